/* SPDX-License-Identifier: Apache-2.0 */
/* value.h: a JSON value that can be changed: Stripe's objects are built, kept and answered as such trees.
 *
 * A path names a value inside: members divided by dots, elements by their numbers ("items.data.0.price").
 * All memory is the arena's. A value has one place: what is put elsewhere too is cloned. */
#ifndef BH_STRIPEMOCK_VALUE_H
#define BH_STRIPEMOCK_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "json/fields.h"

struct stripemock_value {
	enum bh_json_kind kind;
	bool truth;
	int64_t number;
	double real;
	const char *text;
	const char *name; /* as a member of an object */
	struct bh_arena *arena;
	struct stripemock_value *first, *last, *next;
	size_t count;
};

struct stripemock_value *stripemock_value_new(struct bh_arena *arena, enum bh_json_kind kind);
struct stripemock_value *stripemock_value_of(struct bh_arena *arena, const struct bh_json *json);
/* BH_E_JSON for text that is none. */
BH_MUST_CHECK int stripemock_value_read(struct bh_arena *arena, const char *text,
	struct stripemock_value **out);
/* From a literal in which ' stands for ". */
struct stripemock_value *stripemock_value_literal(struct bh_arena *arena, const char *literal);
struct stripemock_value *stripemock_value_clone(struct bh_arena *arena,
	const struct stripemock_value *value);

/* NULL: there is none. A NULL value has none. */
struct stripemock_value *stripemock_value_at(const struct stripemock_value *value,
	const char *path);
/* Sets a member, in place of what stood there; objects on the way are made. */
void stripemock_value_put(struct stripemock_value *value, const char *path,
	struct stripemock_value *member);
void stripemock_value_drop(struct stripemock_value *value, const char *name);
/* Appends an element. */
void stripemock_value_add(struct stripemock_value *list, struct stripemock_value *element);
/* Takes an element out of a list. */
void stripemock_value_cut(struct stripemock_value *list, const struct stripemock_value *element);
bool stripemock_value_same(const struct stripemock_value *a, const struct stripemock_value *b);

/* Members whose name begins with '_' are our own notes, but in metadata and payloads, whose names are the caller's:
 * `whole` writes them too. */
void stripemock_value_write(struct bh_write *write, const struct stripemock_value *value,
	bool whole);
/* The same as text in the arena. */
const char *stripemock_value_print(struct bh_arena *arena, const struct stripemock_value *value,
	bool whole);

/* ---- what most callers want ---- */

/* NULL where there is no text. */
static inline const char *
text_at(const struct stripemock_value *value, const char *path)
{
	const struct stripemock_value *at = stripemock_value_at(value, path);

	return at != NULL && at->kind == BH_JSON_STRING ? at->text : NULL;
}

/* 0 where there is no number. */
static inline int64_t
int_at(const struct stripemock_value *value, const char *path)
{
	const struct stripemock_value *at = stripemock_value_at(value, path);

	return at != NULL && at->kind == BH_JSON_INT ? at->number : 0;
}

static inline bool
bool_at(const struct stripemock_value *value, const char *path)
{
	const struct stripemock_value *at = stripemock_value_at(value, path);

	return at != NULL && at->kind == BH_JSON_BOOL && at->truth;
}

/* Whether there is something, and not null. */
static inline bool
has_at(const struct stripemock_value *value, const char *path)
{
	const struct stripemock_value *at = stripemock_value_at(value, path);

	return at != NULL && at->kind != BH_JSON_NULL;
}

bool stripemock_value_is(const struct stripemock_value *value, const char *path, const char *text);

static inline void
put_null(struct stripemock_value *value, const char *path)
{
	stripemock_value_put(value, path, stripemock_value_new(value->arena, BH_JSON_NULL));
}

/* NULL is null. The text is borrowed: a literal, or of the arena. */
static inline void
put_text(struct stripemock_value *value, const char *path, const char *text)
{
	struct stripemock_value *put = stripemock_value_new(value->arena,
		text != NULL ? BH_JSON_STRING : BH_JSON_NULL);

	put->text = text;
	stripemock_value_put(value, path, put);
}

static inline void
put_int(struct stripemock_value *value, const char *path, int64_t number)
{
	struct stripemock_value *put = stripemock_value_new(value->arena, BH_JSON_INT);

	put->number = number;
	stripemock_value_put(value, path, put);
}

/* 0 is null: moments. */
static inline void
put_time(struct stripemock_value *value, const char *path, int64_t seconds)
{
	if (seconds != 0)
		put_int(value, path, seconds);
	else
		put_null(value, path);
}

static inline void
put_bool(struct stripemock_value *value, const char *path, bool truth)
{
	struct stripemock_value *put = stripemock_value_new(value->arena, BH_JSON_BOOL);

	put->truth = truth;
	stripemock_value_put(value, path, put);
}

/* A clone of `from`; NULL is null. */
static inline void
put_copy(struct stripemock_value *value, const char *path, const struct stripemock_value *from)
{
	if (from == NULL)
		put_null(value, path);
	else
		stripemock_value_put(value, path, stripemock_value_clone(value->arena, from));
}

/* From a literal. */
static inline void
put_literal(struct stripemock_value *value, const char *path, const char *literal)
{
	stripemock_value_put(value, path, stripemock_value_literal(value->arena, literal));
}

#define EACH(element, list) \
	struct stripemock_value *element = (list) != NULL ? (list)->first : NULL; \
	(element) != NULL; \
	(element) = (element)->next

#endif
