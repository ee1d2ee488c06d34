/* SPDX-License-Identifier: Apache-2.0 */
/* page.c: queries take turns. */
#include "rag/page.h"

#include <stdint.h>

/* Chooses the best row of a query that is likely and not chosen yet; false: there is none. */
static bool
choose_next(struct rag_page_row *rows, size_t n, size_t query)
{
	for (size_t i = 0; i < n && rows[i].score >= RAG_PAGE_LIKELY; i++) {
		if (rows[i].query == query && !rows[i].chosen) {
			rows[i].chosen = true;
			return true;
		}
	}
	return false;
}

static void
choose(struct rag_page_row *rows, size_t n, size_t n_queries, size_t limit)
{
	size_t chosen = 0, before;

	do {
		before = chosen;
		for (size_t query = 0; query < n_queries && chosen < limit; query++)
			chosen += choose_next(rows, n, query);
	} while (chosen > before && chosen < limit);
	for (size_t i = 0; i < n && chosen < limit; i++) {
		chosen += !rows[i].chosen;
		rows[i].chosen = true;
	}
}

size_t
rag_page_choose(struct rag_page_row *rows, size_t n, size_t n_queries, size_t limit,
	double threshold)
{
	size_t kept = 0;

	while (n > 0 && rows[n - 1].score < threshold)
		n--;
	if (n <= limit || n_queries == 1)
		return n < limit ? n : limit;
	choose(rows, n, n_queries, limit);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].chosen)
			rows[kept++] = rows[i];
	}
	return kept;
}
