/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h: attribute filters of a search: checked and compiled once, then asked about one file after
 * another. They never become SQL: what a filter costs is bounded here and not in the database. */
#ifndef RAG_FILTER_H
#define RAG_FILTER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/macros.h"
#include "json/json.h"

#define RAG_FILTER_DEPTH_MAX 8
#define RAG_FILTER_NODES_MAX 100     /* comparisons and compounds in all */
#define RAG_FILTER_ELEMENTS_MAX 1000 /* of all lists of `in` and `nin` together */

struct rag_filter; /* in the arena it was compiled into */

/* Compiles a comparison {type, key, value} or a compound {type: and|or, filters}. Texts are borrowed from
 * the document. Errors name the field below `at` ("filters"): BH_E_TYPE, BH_E_INVALID, BH_E_MISSING,
 * BH_E_RANGE, BH_E_UNKNOWN_FIELD. */
BH_MUST_CHECK int rag_filter_compile(const struct bh_json *filter, const char *at,
	struct bh_arena *arena, struct rag_filter **out);

/* Whether a file's attributes (one flat object of strings, numbers and booleans, as PostgreSQL writes
 * jsonb) match. Values of another type are neither equal nor ordered; ne and nin also match files
 * without the key, and files whose value has another type. Strings are ordered by their bytes.
 * BH_E_DB: the attributes are not of that form. */
BH_MUST_CHECK int rag_filter_match(const struct rag_filter *filter, const char *attributes,
	struct bh_arena *scratch, bool *out);

#endif
