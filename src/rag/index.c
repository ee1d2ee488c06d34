/* SPDX-License-Identifier: Apache-2.0 */
/* index.c: terms of chunks become postings; postings join the store's last blocks. */
#include "rag/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "rag/postings.h"
#include "rag/store.h"
#include "text/terms.h"

enum {
	TERMS_AT_ONCE = 2000, /* in one statement */
	CHUNKS_AT_ONCE = 1000 /* read back in one statement when removing */
};

/* One occurrence of a term. */
struct occurrence {
	const char *term;
	size_t chunk; /* position among the chunks */
};

/* A term and its postings; a chunk's number there is its place among the chunks until they are written. */
struct plan_term {
	const char *term;
	size_t first, n; /* in the plan's postings */
};

struct rag_index_plan {
	const struct rag_index_chunk *chunks;
	size_t n;
	int64_t *lengths; /* of each chunk, in words */
	int64_t total_terms;
	int64_t languages; /* of the chunks */
	struct plan_term *terms;
	size_t n_terms;
	struct rag_posting *postings;
	const struct rag_equal *equal; /* whose vectors are copied; NULL: they are staged */
};

static int
by_term(const void *left, const void *right)
{
	const struct occurrence *x = left, *y = right;
	int order = strcmp(x->term, y->term);

	return order != 0 ? order : x->chunk < y->chunk ? -1 : x->chunk > y->chunk;
}

/* Terms of a chunk as it is indexed: its heading path and its text. */
static int
terms_of(struct bh_arena *arena, const char *heading, const char *text, struct bh_terms *out)
{
	const char *both = heading[0] != '\0' ? bh_arena_printf(arena, "%s\n%s", heading, text) : text;

	return bh_terms_split(arena, both, strlen(both), out);
}

/* Equal neighbours of the sorted list become postings, and their terms the plan's terms. */
static void
gather(struct bh_arena *arena, struct rag_index_plan *plan, const struct occurrence *list, size_t n)
{
	size_t n_postings = 0, i;

	plan->postings = bh_arena_array(arena, n + 1, sizeof(*plan->postings));
	plan->terms = bh_arena_array(arena, n + 1, sizeof(*plan->terms));
	for (i = 0; i < n; i++) {
		bool same_term = i > 0 && strcmp(list[i].term, list[i - 1].term) == 0;

		if (same_term && list[i].chunk == list[i - 1].chunk) {
			plan->postings[n_postings - 1].count++;
			continue;
		}
		if (!same_term)
			plan->terms[plan->n_terms++] = (struct plan_term){list[i].term, n_postings, 0};
		plan->terms[plan->n_terms - 1].n++;
		plan->postings[n_postings++] = (struct rag_posting){(int64_t)list[i].chunk, 1,
			(uint32_t)plan->lengths[list[i].chunk]};
	}
}

int
rag_index_plan(struct bh_arena *arena, const struct rag_index_chunk *chunks, size_t n,
	struct rag_index_plan **out)
{
	struct rag_index_plan *plan = bh_arena_alloc(arena, sizeof(*plan));
	struct bh_terms *terms = bh_arena_array(arena, n + 1, sizeof(*terms));
	struct occurrence *list;
	size_t total = 0, at = 0, i, j;

	plan->chunks = chunks;
	plan->n = n;
	plan->lengths = bh_arena_array(arena, n + 1, sizeof(*plan->lengths));
	for (i = 0; i < n; i++) {
		int rc = terms_of(arena, chunks[i].heading, chunks[i].text, &terms[i]);

		if (rc < 0)
			return rc;
		plan->lengths[i] = (int64_t)terms[i].words;
		plan->total_terms += plan->lengths[i];
		plan->languages |= (int64_t)BH_LANGUAGE_BIT(terms[i].language);
		total += terms[i].n;
	}

	list = bh_arena_array(arena, total + 1, sizeof(*list));
	for (i = 0; i < n; i++)
		for (j = 0; j < terms[i].n; j++)
			list[at++] = (struct occurrence){terms[i].list[j].text, i};
	qsort(list, total, sizeof(*list), by_term);
	gather(arena, plan, list, total);
	*out = plan;
	return 0;
}

void
rag_index_plan_copy(struct rag_index_plan *plan, const struct rag_equal *equal)
{
	plan->equal = equal;
}

/* ---- adding ---- */

static int
add_chunks(struct bh_db *tx, const struct bh_uuid *tenant, const struct rag_store_file *attachment,
	const struct rag_index_plan *plan, int64_t first)
{
	size_t n = plan->n, i;
	int64_t *numbers = bh_arena_array(tx->arena, 5 * n + 1, sizeof(*numbers));
	const char **texts = bh_arena_array(tx->arena, 2 * n + 1, sizeof(*texts));
	const struct rag_chunk_columns columns = {
		.n = n,
		.ids = numbers,
		.starts = numbers + n,
		.ends = numbers + 2 * n,
		.page_starts = numbers + 3 * n,
		.page_ends = numbers + 4 * n,
		.headings = texts,
		.texts = texts + n,
	};

	for (i = 0; i < n; i++) {
		const struct rag_index_chunk *chunk = &plan->chunks[i];

		numbers[i] = first + (int64_t)i;
		numbers[n + i] = chunk->start;
		numbers[2 * n + i] = chunk->end;
		numbers[3 * n + i] = chunk->page_start;
		numbers[4 * n + i] = chunk->page_end;
		texts[i] = chunk->heading;
		texts[n + i] = chunk->text;
	}
	return rag_store_index_add_chunks(tx, tenant, &attachment->store_id, &attachment->file_id,
		&columns);
}

static int
add_vectors(struct bh_db *tx, const struct bh_uuid *tenant, const struct rag_store_file *attachment,
	int64_t dimensions, const struct rag_index_plan *plan, int64_t first,
	struct rag_statistics *statistics)
{
	size_t total = 0, at = 0, i, j;
	int64_t *chunks, *parts;
	struct bh_bytes *hashes;

	for (i = 0; i < plan->n; i++)
		total += plan->chunks[i].n_parts;
	chunks = bh_arena_array(tx->arena, total + 1, sizeof(*chunks));
	parts = bh_arena_array(tx->arena, total + 1, sizeof(*parts));
	hashes = bh_arena_array(tx->arena, total + 1, sizeof(*hashes));
	for (i = 0; i < plan->n; i++) {
		for (j = 0; j < plan->chunks[i].n_parts; j++, at++) {
			chunks[at] = first + (int64_t)i;
			parts[at] = (int64_t)j;
			hashes[at] = plan->chunks[i].hashes[j];
		}
		if ((int64_t)plan->chunks[i].n_parts > statistics->parts_max)
			statistics->parts_max = (int64_t)plan->chunks[i].n_parts;
	}
	return rag_store_index_add_staged(tx, tenant, attachment, statistics, dimensions, chunks, parts,
		hashes, total);
}

static int
copy_vectors(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *attachment, int64_t dimensions, const struct rag_index_plan *plan,
	int64_t first, struct rag_statistics *statistics)
{
	int64_t parts = 0;
	int rc = rag_store_index_copy_vectors(tx, tenant, attachment, statistics, plan->equal,
		dimensions, first, &parts);

	if (rc == 0 && parts > statistics->parts_max)
		statistics->parts_max = parts;
	return rc;
}

static int
by_block_term(const void *left, const void *right)
{
	const struct rag_term_block *x = left, *y = right;

	return strcmp(x->term, y->term);
}

/* A term's new postings, behind those of the store's last block while that has room. */
static int
join_blocks(struct bh_arena *arena, const struct rag_index_plan *plan, const struct plan_term *term,
	const int64_t *numbers, const struct rag_term_block *last, struct rag_postings_block **out,
	size_t *out_n)
{
	struct rag_posting *before = NULL, *list;
	size_t n_before = 0, i;
	int rc;

	if (last != NULL && last->block.data.len < RAG_POSTINGS_BYTES_MAX - 64) {
		rc = rag_postings_unpack(arena, &last->block, &before, &n_before);
		if (rc < 0)
			return rc;
	}
	list = bh_arena_array(arena, n_before + term->n, sizeof(*list));
	if (n_before > 0)
		memcpy(list, before, n_before * sizeof(*list));
	for (i = 0; i < term->n; i++) {
		list[n_before + i] = plan->postings[term->first + i];
		list[n_before + i].chunk = numbers[list[n_before + i].chunk];
	}
	rag_postings_pack(arena, list, n_before + term->n, out, out_n);
	return 0;
}

static int
add_some_terms(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_index_plan *plan, const struct plan_term *terms, size_t n,
	const int64_t *numbers)
{
	const char **names = bh_arena_array(tx->arena, n + 1, sizeof(*names));
	struct rag_term_block *last = NULL, *blocks;
	size_t n_last = 0, n_blocks = 0, room = 0, i, j;
	int rc;

	for (i = 0; i < n; i++) {
		names[i] = terms[i].term;
		room += terms[i].n + RAG_POSTINGS_BYTES_MAX;
	}
	rc = rag_store_index_last_blocks(tx, tenant, store, names, n, &last, &n_last);
	if (rc < 0)
		return rc;
	qsort(last, n_last, sizeof(*last), by_block_term);

	room = room / 32 + 2 * n + 1;
	blocks = bh_arena_array(tx->arena, room, sizeof(*blocks));
	for (i = 0; i < n; i++) {
		struct rag_term_block key = {.term = terms[i].term};
		struct rag_postings_block *packed;
		size_t n_packed;

		rc = join_blocks(tx->arena, plan, &terms[i], numbers,
			n_last > 0 ? bsearch(&key, last, n_last, sizeof(*last), by_block_term) : NULL, &packed,
			&n_packed);
		if (rc < 0)
			return rc;
		if (n_blocks + n_packed > room)
			return bh_error(BH_E_INTERNAL, "too many blocks of postings");
		for (j = 0; j < n_packed; j++)
			blocks[n_blocks++] = (struct rag_term_block){terms[i].term, packed[j]};
	}
	return rag_store_index_put_blocks(tx, tenant, store, blocks, n_blocks);
}

static int
add_postings(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_index_plan *plan, const int64_t *numbers)
{
	for (size_t at = 0; at < plan->n_terms; at += TERMS_AT_ONCE) {
		size_t n = plan->n_terms - at < TERMS_AT_ONCE ? plan->n_terms - at : TERMS_AT_ONCE;
		int rc = add_some_terms(tx, tenant, store, plan, plan->terms + at, n, numbers);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static void
count(struct rag_statistics *statistics, const struct rag_index_plan *plan)
{
	statistics->n_chunks += (int64_t)plan->n;
	statistics->total_terms += plan->total_terms;
	statistics->languages |= plan->languages;
}

int
rag_index_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *attachment, int64_t dimensions, const struct rag_index_plan *plan,
	int64_t *out_first)
{
	const struct bh_uuid *store = &attachment->store_id;
	int64_t *numbers = bh_arena_array(tx->arena, plan->n + 1, sizeof(*numbers)), first;
	struct rag_statistics statistics;
	int rc = rag_store_index_lock(tx, tenant, store, &statistics);

	if (rc < 0)
		return rc;
	first = statistics.next_chunk;
	for (size_t i = 0; i < plan->n; i++)
		numbers[i] = first + (int64_t)i;
	rc = add_chunks(tx, tenant, attachment, plan, first);
	if (rc == 0)
		rc = (plan->equal != NULL ? copy_vectors : add_vectors)(tx, tenant, attachment, dimensions,
			plan, first, &statistics);
	if (rc == 0)
		rc = add_postings(tx, tenant, store, plan, numbers);
	if (rc < 0)
		return rc;

	/* Of an empty store nothing is older. */
	if (statistics.n_chunks == 0)
		statistics.terms_version = BH_TERMS_VERSION;
	count(&statistics, plan);
	statistics.next_chunk += (int64_t)plan->n;
	rc = rag_store_index_statistics(tx, tenant, store, &statistics);
	if (rc == 0)
		*out_first = first;
	return rc;
}

/* ---- removing ---- */

static int
by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static size_t
unique(const char **names, size_t n)
{
	size_t kept = 0, i;

	qsort(names, n, sizeof(*names), by_name);
	for (i = 0; i < n; i++)
		if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	return kept;
}

/* A block without the postings of [first, end). Its key is its first chunk: when that goes, the block
 * moves to another key. */
static int
thin_out(struct bh_arena *arena, const struct rag_term_block *block, int64_t first, int64_t end,
	struct rag_term_block *keep, size_t *n_keep, struct rag_term_block *drop, size_t *n_drop)
{
	struct rag_postings_block *packed;
	struct rag_posting *list;
	size_t n, kept = 0, n_packed, i;
	int rc = rag_postings_unpack(arena, &block->block, &list, &n);

	if (rc < 0)
		return rc;
	for (i = 0; i < n; i++)
		if (list[i].chunk < first || list[i].chunk >= end)
			list[kept++] = list[i];
	if (kept == 0 || list[0].chunk != block->block.first)
		drop[(*n_drop)++] = *block;
	if (kept == 0)
		return 0;

	rag_postings_pack(arena, list, kept, &packed, &n_packed);
	for (i = 0; i < n_packed && i < 2; i++)
		keep[(*n_keep)++] = (struct rag_term_block){block->term, packed[i]};
	return n_packed <= 2 ? 0 : bh_error(BH_E_INTERNAL, "a block grew when postings were removed");
}

static int
thin_out_all(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_term_block *blocks, size_t n_blocks, int64_t first, int64_t end)
{
	struct rag_term_block *keep, *drop;
	size_t n_keep = 0, n_drop = 0, i;
	int rc = 0;

	keep = bh_arena_array(tx->arena, 2 * n_blocks + 1, sizeof(*keep));
	drop = bh_arena_array(tx->arena, n_blocks + 1, sizeof(*drop));
	for (i = 0; i < n_blocks; i++) {
		rc = thin_out(tx->arena, &blocks[i], first, end, keep, &n_keep, drop, &n_drop);
		if (rc < 0)
			return rc;
	}
	if (n_drop > 0)
		rc = rag_store_index_drop_blocks(tx, tenant, store, drop, n_drop);
	if (rc == 0 && n_keep > 0)
		rc = rag_store_index_put_blocks(tx, tenant, store, keep, n_keep);
	return rc;
}

static int
remove_terms(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const char *const *names, size_t n, int64_t first, int64_t end)
{
	struct rag_term_block *blocks;
	size_t n_blocks;
	int rc = rag_store_index_blocks_of(tx, tenant, store, names, n, first, end - 1, &blocks,
		&n_blocks);

	return rc < 0 ? rc : thin_out_all(tx, tenant, store, blocks, n_blocks, first, end);
}

/* Blocks that other terms than today's made are found by where they reach, however many the store has. */
static int
remove_all_terms(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	int64_t first, int64_t end)
{
	struct rag_term_block *blocks;
	size_t n_blocks;
	int rc = rag_store_index_blocks_in(tx, tenant, store, first, end - 1, &blocks, &n_blocks);

	return rc < 0 ? rc : thin_out_all(tx, tenant, store, blocks, n_blocks, first, end);
}

static int
remove_their_terms(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct bh_terms *terms, size_t n_texts, int64_t first, int64_t end)
{
	const char **names;
	size_t n_names = 0, at = 0, i, j;
	int rc = 0;

	for (i = 0; i < n_texts; i++)
		n_names += terms[i].n;
	names = bh_arena_array(tx->arena, n_names + 1, sizeof(*names));
	for (i = 0; i < n_texts; i++)
		for (j = 0; j < terms[i].n; j++)
			names[at++] = terms[i].list[j].text;
	n_names = unique(names, n_names);

	for (at = 0; rc == 0 && at < n_names; at += TERMS_AT_ONCE)
		rc = remove_terms(tx, tenant, store, names + at,
			n_names - at < TERMS_AT_ONCE ? n_names - at : TERMS_AT_ONCE, first, end);
	return rc;
}

/* The postings of some of the chunks; their terms come from their texts, as they did going in. */
static int
remove_some(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	int64_t first, int64_t n, struct rag_statistics *statistics)
{
	struct rag_chunk_text *texts;
	struct bh_terms *terms;
	size_t n_texts, i;
	int rc = rag_store_index_texts(tx, tenant, store, first, n, &texts, &n_texts);

	if (rc < 0)
		return rc;
	terms = bh_arena_array(tx->arena, n_texts + 1, sizeof(*terms));
	for (i = 0; i < n_texts; i++) {
		rc = terms_of(tx->arena, texts[i].heading, texts[i].text, &terms[i]);
		if (rc < 0)
			return rc;
		statistics->n_chunks--;
		statistics->total_terms -= (int64_t)terms[i].words;
	}
	/* Counted by other rules, until the store is indexed again. */
	if (statistics->total_terms < 0)
		statistics->total_terms = 0;
	return statistics->terms_version == BH_TERMS_VERSION
		? remove_their_terms(tx, tenant, store, terms, n_texts, first, first + n)
		: remove_all_terms(tx, tenant, store, first, first + n);
}

int
rag_index_remove(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *attachment)
{
	const struct bh_uuid *store = &attachment->store_id;
	struct rag_statistics statistics;
	int64_t at;
	int rc = rag_store_index_lock(tx, tenant, store, &statistics);

	if (rc == BH_E_NOT_FOUND || (rc == 0 && attachment->n_chunks == 0))
		return 0;
	if (rc < 0)
		return rc;
	for (at = 0; rc == 0 && at < attachment->n_chunks; at += CHUNKS_AT_ONCE) {
		int64_t n = attachment->n_chunks - at < CHUNKS_AT_ONCE ? attachment->n_chunks - at
															   : CHUNKS_AT_ONCE;

		rc = remove_some(tx, tenant, store, attachment->chunk_first + at, n, &statistics);
	}
	if (rc == 0)
		rc = rag_store_index_drop_chunks(tx, tenant, store, attachment->chunk_first,
			attachment->n_chunks);
	return rc < 0 ? rc : rag_store_index_statistics(tx, tenant, store, &statistics);
}

/* ---- again ---- */

static int
add_again(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_chunk_text *texts, size_t n, struct rag_statistics *statistics)
{
	struct rag_index_chunk *chunks = bh_arena_array(tx->arena, n + 1, sizeof(*chunks));
	int64_t *numbers = bh_arena_array(tx->arena, n + 1, sizeof(*numbers));
	struct rag_index_plan *plan;
	int rc;

	for (size_t i = 0; i < n; i++) {
		chunks[i] = (struct rag_index_chunk){.heading = texts[i].heading, .text = texts[i].text};
		numbers[i] = texts[i].chunk_id;
	}
	rc = rag_index_plan(tx->arena, chunks, n, &plan);
	if (rc == 0)
		rc = add_postings(tx, tenant, store, plan, numbers);
	if (rc == 0)
		count(statistics, plan);
	return rc;
}

int
rag_index_again(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	bool (*stop)(void *ctx), void *ctx)
{
	struct rag_statistics statistics;
	int rc = rag_store_index_lock(tx, tenant, store, &statistics);

	if (rc < 0 || statistics.terms_version == BH_TERMS_VERSION)
		return rc;
	rc = rag_store_index_drop_postings(tx, tenant, store);
	statistics.n_chunks = statistics.total_terms = statistics.languages = 0;
	for (int64_t at = 0; rc == 0 && at < statistics.next_chunk; at += CHUNKS_AT_ONCE) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db piece = *tx;
		struct rag_chunk_text *texts;
		size_t n;

		if (stop(ctx))
			return BH_E_CANCELLED;
		piece.arena = &arena;
		rc = rag_store_index_texts(&piece, tenant, store, at, CHUNKS_AT_ONCE, &texts, &n);
		if (rc == 0 && n > 0)
			rc = add_again(&piece, tenant, store, texts, n, &statistics);
	}
	statistics.terms_version = BH_TERMS_VERSION;
	return rc < 0 ? rc : rag_store_index_statistics(tx, tenant, store, &statistics);
}
