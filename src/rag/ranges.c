/* SPDX-License-Identifier: Apache-2.0 */
/* ranges.c: asks a filter about each file of a store, and joins what follows each other. */
#include "rag/ranges.h"

#include <stdlib.h>

#include "base/buf.h"
#include "rag/store.h"

enum { FILES_AT_ONCE = 500 };

struct judged {
	struct rag_range range;
	bool matches;
};

static int
by_first(const void *left, const void *right)
{
	const struct judged *x = left, *y = right;

	return x->range.first < y->range.first ? -1 : x->range.first > y->range.first;
}

/* One piece of the files; *after moves on. */
static int
judge_some(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_filter *filter, int64_t next_chunk, struct bh_uuid *after,
	struct bh_buf *judged, size_t *out_n)
{
	struct rag_labelled *files = NULL;
	size_t n = 0, i;
	int rc = rag_store_attachment_labels(db, tenant, store, after, FILES_AT_ONCE, &files, &n);

	for (i = 0; rc == 0 && i < n; i++) {
		struct judged one = {.range = files[i].range};

		rc = rag_filter_match(filter, files[i].attributes, db->arena, &one.matches);
		if (rc == 0 && one.range.first < next_chunk)
			bh_buf_add(judged, &one, sizeof(one));
		*after = files[i].file_id;
	}
	*out_n = n;
	return rc;
}

/* Between two files that both match there is nothing that does not: gaps are chunks that have gone. */
static size_t
join(const struct judged *files, size_t n, struct rag_range *out)
{
	size_t count = 0, i;

	for (i = 0; i < n; i++) {
		const struct rag_range *range = &files[i].range;

		if (!files[i].matches)
			continue;
		if (i > 0 && files[i - 1].matches)
			out[count - 1].n = range->first + range->n - out[count - 1].first;
		else
			out[count++] = *range;
	}
	return count;
}

int
rag_ranges_find(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_filter *filter, int64_t next_chunk, struct rag_range **out, size_t *out_n)
{
	BH_AUTO(bh_buf_close) struct bh_buf judged = {0};
	struct bh_uuid after = {0};
	struct judged *files;
	size_t n = FILES_AT_ONCE;

	while (n == FILES_AT_ONCE) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db piece = *db;
		int rc;

		piece.arena = &arena;
		rc = judge_some(&piece, tenant, store, filter, next_chunk, &after, &judged, &n);
		if (rc < 0)
			return rc;
	}

	n = judged.len / sizeof(*files);
	files = (struct judged *)(void *)judged.data;
	if (n > 1)
		qsort(files, n, sizeof(*files), by_first);
	*out = bh_arena_array(db->arena, n + 1, sizeof(**out));
	*out_n = join(files, n, *out);
	return 0;
}
