/* SPDX-License-Identifier: Apache-2.0 */
/* json.h: JSON values, strict and bounded. The only part that knows yyjson. */
#ifndef BH_JSON_JSON_H
#define BH_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"

/* A value inside a document. Borrowed from the document it came from. */
struct bh_json;

/* A parsed document; owner of every value reached from it. Zeroed means none. */
struct bh_json_doc {
	struct bh_json *root;
	struct bh_arena arena; /* owned: holds root and everything below it */
};

enum bh_json_kind {
	BH_JSON_NONE, /* a NULL value: the member is absent */
	BH_JSON_NULL,
	BH_JSON_BOOL,
	BH_JSON_INT,
	BH_JSON_REAL,
	BH_JSON_STRING,
	BH_JSON_ARRAY,
	BH_JSON_OBJECT
};

/* Parses exactly one value. Strict: duplicate names, invalid UTF-8, NUL in strings, trailing bytes,
 * nesting over 64 levels and numbers outside their range are BH_E_JSON with a detail that tells line
 * and column (never the content). Reading members and elements takes a time that does not grow with
 * what lies before them. */
BH_MUST_CHECK int bh_json_parse(const char *text, size_t len, struct bh_json_doc *out);

/* An upper bound of the memory for parsing a text: about its length for prose, up to thirteen times that
 * for very small values, or if text is NULL. */
size_t bh_json_bytes(const char *text, size_t len);

void bh_json_close(struct bh_json_doc *doc);

/* Reading. All accept NULL, which reads as absent. */
enum bh_json_kind bh_json_kind(const struct bh_json *value);
const char *bh_json_string(const struct bh_json *value); /* NULL if no string */
size_t bh_json_string_len(const struct bh_json *value);
/* The string that is an object's member, or NULL. */
const char *bh_json_text(const struct bh_json *object, const char *name);
bool bh_json_int(const struct bh_json *value, int64_t *out);   /* false if no integer */
bool bh_json_number(const struct bh_json *value, double *out); /* integer or real */
bool bh_json_bool(const struct bh_json *value, bool *out);
const struct bh_json *bh_json_get(const struct bh_json *object, const char *name);
/* A member's value; NULL or `preset` where it is absent or of another kind. */
const char *bh_json_get_string(const struct bh_json *object, const char *name);
int64_t bh_json_get_int(const struct bh_json *object, const char *name, int64_t preset);
const struct bh_json *bh_json_at(const struct bh_json *array, size_t index);
size_t bh_json_count(const struct bh_json *value); /* members or elements */

/* Walks an object's members in order; start with *cursor = NULL. False at the end. */
bool bh_json_next(const struct bh_json *object, void **cursor, const char **out_name,
	const struct bh_json **out_value);

/* Bytes of all names and strings within a value: how much there is to read in it. */
size_t bh_json_text_bytes(const struct bh_json *value);

/* Appends all names and strings within a value, each as a line: what somebody can read in it. */
void bh_json_append_texts(struct bh_buf *out, const struct bh_json *value);

/* Serialises a value compactly, members in their order. */
void bh_json_append(struct bh_buf *out, const struct bh_json *value);

#endif
