/* SPDX-License-Identifier: Apache-2.0 */
/* expand.c: grows a hit to both sides, as far as its section and the tokens go. */
#include "rag/expand.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "rag/chunk.h"
#include "rag/store.h"

enum {
	HITS_MOST = 8, /* that get a context */
	SIDE_MOST = 8, /* chunks before and behind a hit */
	TOKENS_MOST = 4096
};

static bool
is_same_section(const struct rag_chunk *x, const struct rag_chunk *y)
{
	return bh_uuid_equal(&x->file_id, &y->file_id) && strcmp(x->heading, y->heading) == 0;
}

static int64_t
tokens_of(const struct rag_chunk *chunk)
{
	return (int64_t)rag_chunk_estimate(chunk->text, strlen(chunk->text));
}

/* Takes a neighbour if it belongs there and fits. */
static bool
grow(const struct rag_chunk *chunks, size_t from, size_t to, int64_t *left)
{
	int64_t tokens = tokens_of(&chunks[to]);

	if (!is_same_section(&chunks[from], &chunks[to]) || tokens > *left)
		return false;
	*left -= tokens;
	return true;
}

static void
join(struct bh_arena *arena, const struct rag_chunk *chunks, size_t first, size_t last,
	struct rag_context *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int64_t end = chunks[first].start;

	*out = (struct rag_context){.start = end,
		.parts = bh_arena_array(arena, last - first + 1, sizeof(*out->parts))};

	for (size_t i = first; i <= last; i++) {
		const struct rag_chunk *chunk = &chunks[i];
		size_t len = strlen(chunk->text), shared = 0;

		if (chunk->end <= end)
			continue;
		if (chunk->start > end)
			bh_buf_text(&text, "\n\n");
		else
			shared = bh_text_offset(chunk->text, len, (size_t)(end - chunk->start));
		bh_buf_add(&text, chunk->text + shared, len - shared);
		out->parts[out->n_parts++] = (struct rag_joined){.chunk_id = chunk->chunk_id,
			.start = chunk->start,
			.end = chunk->end,
			.page_start = chunk->page_start,
			.page_end = chunk->page_end};
		end = chunk->end;
	}
	out->text = bh_arena_strdup(arena, bh_buf_string(&text));
	out->end = end;
}

void
rag_expand_join(struct bh_arena *arena, const struct rag_chunk *chunks, size_t n, size_t at,
	int64_t tokens, struct rag_context *out)
{
	int64_t left = (tokens < TOKENS_MOST ? tokens : TOKENS_MOST) - tokens_of(&chunks[at]);
	size_t first = at, last = at;
	bool back = true, on = true;

	/* What follows explains a passage at least as often as what stands before it: it comes first. */
	while (back || on) {
		on = on && last + 1 < n && grow(chunks, last, last + 1, &left);
		last += on;
		back = back && first > 0 && grow(chunks, first, first - 1, &left);
		first -= back;
	}
	join(arena, chunks, first, last, out);
}

static bool
is_within(const struct rag_hit *hit, const struct rag_hit *other)
{
	return other->around.text != NULL && bh_uuid_equal(&hit->store_id, &other->store_id) &&
		bh_uuid_equal(&hit->file_id, &other->file_id) && hit->start >= other->around.start &&
		hit->end <= other->around.end;
}

static int
expand(struct bh_db *db, const struct bh_uuid *tenant, int64_t tokens, struct rag_hit *hit)
{
	int64_t first = hit->chunk_id > SIDE_MOST ? hit->chunk_id - SIDE_MOST : 1;
	struct rag_chunk *chunks;
	size_t n = 0;
	int rc = rag_store_chunk_list(db, tenant, &hit->store_id, first,
		hit->chunk_id + SIDE_MOST - first + 1, &chunks, &n);

	for (size_t i = 0; rc == 0 && i < n; i++)
		if (chunks[i].chunk_id == hit->chunk_id)
			rag_expand_join(db->arena, chunks, n, i, tokens, &hit->around);
	return rc;
}

int
rag_expand_hits(struct bh_db *db, const struct bh_uuid *tenant, int64_t tokens,
	struct rag_hit *hits, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n && i < HITS_MOST; i++) {
		size_t j;

		for (j = 0; j < i && !is_within(&hits[i], &hits[j]); j++)
			continue;
		if (j == i)
			rc = expand(db, tenant, tokens, &hits[i]);
	}
	return rc;
}
