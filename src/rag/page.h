/* SPDX-License-Identifier: Apache-2.0 */
/* page.h: which hits of several queries make a page, so that none of the queries crowds out the others. */
#ifndef RAG_PAGE_H
#define RAG_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/* From this score on, a passage is likelier to answer its query than not. */
#define RAG_PAGE_LIKELY 0.5

struct rag_page_row {
	size_t at;    /* the caller's */
	size_t query; /* the query that the passage answers best */
	double score;
	bool chosen; /* false when it comes */
};

/* Leaves of n rows, best first, at most `limit` in their order. Those below `threshold` go. If more are left, each
 * query in turn adds its next passage as long as that is likely to answer it; the best of all others fill the page.
 * Returns how many rows there are now. */
size_t rag_page_choose(struct rag_page_row *rows, size_t n, size_t n_queries, size_t limit,
	double threshold);

#endif
