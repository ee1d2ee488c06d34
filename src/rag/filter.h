/* filter.h: attribute filters of a search, turned into one jsonpath predicate (a parameter, not SQL). */
#ifndef RAG_FILTER_H
#define RAG_FILTER_H

#include "base/buf.h"
#include "base/macros.h"
#include "json/json.h"

#define RAG_FILTER_DEPTH_MAX 8
#define RAG_FILTER_NODES_MAX 200

/* Appends the predicate for a comparison {type, key, value} or a compound {type: and|or, filters}.
 * ne and nin also match files without the key, and files whose value has another type. Errors name
 * the field below `at` ("filters"): BH_E_TYPE, BH_E_INVALID, BH_E_MISSING, BH_E_UNKNOWN_FIELD. */
BH_MUST_CHECK int rag_filter_compile(const struct bh_json *filter, const char *at,
	struct bh_buf *out);

#endif
