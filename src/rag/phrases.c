/* SPDX-License-Identifier: Apache-2.0 */
/* phrases.c: postings know no order, so that the passages are read for it. */
#include "rag/phrases.h"

#include <string.h>

#include "rag/store.h"
#include "text/points.h"
#include "text/terms.h"

/* What is asked for in quotes and missing outweighs all but the nearest cosine. */
static const double has = 2, lacks = -6;

/* The mark that closes what this one opens; 0 for no quotation mark. */
static uint32_t
closing(uint32_t c)
{
	switch (c) {
	case '"':
		return '"';
	case 0xab:
		return 0xbb;
	case 0xbb:
		return 0xab;
	case 0x201c:
		return 0x201d;
	case 0x201e:
		return 0x201c;
	case 0x300c:
		return 0x300d;
	default:
		return 0;
	}
}

/* Where the mark stands; `len` without one. */
static size_t
find(const char *text, size_t len, size_t at, uint32_t mark)
{
	size_t bytes;

	while (at < len && bh_point_at(text, len, at, &bytes) != mark)
		at += bytes;
	return at;
}

/* A blank in front and one behind each word. */
static bool
has_several_words(const char *line)
{
	size_t blanks = 0;

	for (; *line != '\0'; line++)
		blanks += *line == ' ';
	return blanks > 2;
}

int
rag_phrases_read(struct bh_arena *arena, const char *query, struct rag_phrases *out)
{
	size_t len = strlen(query), at = 0, bytes;
	struct rag_phrases phrases = {0};

	while (at < len && phrases.n < RAG_PHRASES_MAX) {
		uint32_t mark = closing(bh_point_at(query, len, at, &bytes));
		size_t start = at + bytes, end;
		int rc;

		at = start;
		if (mark == 0)
			continue;
		end = find(query, len, start, mark);
		if (end == len)
			continue;
		rc = bh_terms_line(arena, query + start, end - start, &phrases.lines[phrases.n]);
		if (rc < 0)
			return rc;
		phrases.n += has_several_words(phrases.lines[phrases.n]);
		(void)bh_point_at(query, len, end, &bytes);
		at = end + bytes;
	}
	*out = phrases;
	return 0;
}

int
rag_phrases_evidence(struct bh_arena *arena, const struct rag_phrases *phrases, const char *heading,
	const char *text, double *out)
{
	const char *both = heading[0] != '\0' ? bh_arena_printf(arena, "%s\n%s", heading, text) : text;
	const char *line;
	double sum = 0;
	int rc = bh_terms_line(arena, both, strlen(both), &line);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < phrases->n; i++)
		sum += strstr(line, phrases->lines[i]) != NULL ? has : lacks;
	*out = sum;
	return 0;
}

int
rag_phrases_judge(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_phrases *phrases, struct rag_fused *list, size_t n)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db piece = *db;
	struct rag_chunk_text *texts;
	int64_t *chunks;
	size_t n_texts, j = 0;
	int rc;

	if (phrases->n == 0)
		return 0;
	piece.arena = &arena;
	chunks = bh_arena_array(&arena, n + 1, sizeof(*chunks));
	for (size_t i = 0; i < n; i++)
		chunks[i] = list[i].chunk_id;
	rc = rag_store_search_texts(&piece, tenant, store, chunks, n, &texts, &n_texts);
	/* Both by chunk. */
	for (size_t i = 0; rc == 0 && i < n_texts; i++) {
		while (j < n && list[j].chunk_id < texts[i].chunk_id)
			j++;
		if (j < n && list[j].chunk_id == texts[i].chunk_id)
			rc = rag_phrases_evidence(&arena, phrases, texts[i].heading, texts[i].text,
				&list[j].phrases);
	}
	return rc;
}
