/* SPDX-License-Identifier: Apache-2.0 */
/* attributes.h: a file's attributes as filters compare them, read from PostgreSQL's jsonb text.
 *
 * A reader of its own: jsonb writes numbers of any size without an exponent, which JSON values here do
 * not hold, and a search reads this of every file of a store. */
#ifndef RAG_ATTRIBUTES_H
#define RAG_ATTRIBUTES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/macros.h"

enum rag_attribute_kind {
	RAG_ATTRIBUTE_NONE, /* the file has no such key */
	RAG_ATTRIBUTE_BOOL,
	RAG_ATTRIBUTE_NUMBER,
	RAG_ATTRIBUTE_TEXT
};

struct rag_attribute {
	enum rag_attribute_kind kind;
	const char *text; /* borrowed; not terminated */
	size_t len;
	long double number; /* holds every int64_t and every double; also of a boolean, 0 or 1 */
};

/* Reads the values of these keys from a flat object; out[i] belongs to keys[i] and comes in zeroed. Texts
 * point into `json`, or into the arena where they were written with escapes. BH_E_DB: not of that form. */
BH_MUST_CHECK int rag_attributes_read(const char *json, const char *const *keys, size_t n_keys,
	struct bh_arena *arena, struct rag_attribute *out);

/* A total order: by kind, then numbers by value and texts by their bytes. */
int rag_attribute_order(const struct rag_attribute *left, const struct rag_attribute *right);

#endif
