/* SPDX-License-Identifier: Apache-2.0 */
/* parts.c: counts, halves what is too long, and embeds. */
#include "rag/parts.h"

#include <string.h>

#include "base/error.h"
#include "rag/chunk.h"

enum { PARTS_OF_ONE = 256 };

static void
set_text(struct bh_arena *arena, struct rag_part_of *part)
{
	part->text = part->heading[0] != '\0'
		? bh_arena_printf(arena, "%s\n%.*s", part->heading, (int)part->body_len, part->body)
		: bh_arena_copy(arena, part->body, part->body_len);
	part->tokens = 0;
}

static int
count(const struct rag_embed_call *call, struct rag_parts *parts)
{
	struct bh_arena *arena = call->peer.arena;
	const char **texts = bh_arena_array(arena, parts->n + 1, sizeof(*texts));
	size_t *which = bh_arena_array(arena, parts->n + 1, sizeof(*which));
	int64_t *counts = bh_arena_array(arena, parts->n + 1, sizeof(*counts));
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < parts->n; i++) {
		if (parts->list[i].tokens > 0)
			continue;
		which[n] = i;
		texts[n++] = parts->list[i].text;
	}
	rc = n > 0 ? rag_embed_count(call, texts, n, counts) : 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		parts->list[which[i]].tokens = counts[i] > 0 ? counts[i] : 1;
	return rc;
}

/* Cuts every part that is longer than the model reads in two; *out_any: there was one. */
static int
split(struct bh_arena *arena, const struct rag_embed_model *model, struct rag_parts *parts,
	size_t room, bool *out_any)
{
	*out_any = false;
	for (size_t i = 0; i < parts->n; i++) {
		struct rag_part_of *part = &parts->list[i], *second = part + 1;
		size_t half;

		if (part->tokens <= model->context - RAG_EMBED_MARKS)
			continue;
		half = rag_chunk_halve(part->body, part->body_len);
		if (half == 0 || half >= part->body_len || parts->n == room)
			return bh_error(BH_E_CONTEXT_LENGTH,
				"cannot shorten a part to the model's context length");
		memmove(second, part, (parts->n - i) * sizeof(*part));
		parts->n++;
		part->body_len = half;
		second->body += half;
		second->body_len -= half;
		set_text(arena, part);
		set_text(arena, second);
		*out_any = true;
		i++;
	}
	return 0;
}

static void
number(struct rag_parts *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		parts->list[i].number = i > 0 && parts->list[i - 1].chunk_id == parts->list[i].chunk_id
			? parts->list[i - 1].number + 1
			: 0;
}

static int
embed(const struct rag_embed_call *call, const struct rag_embed_model *model,
	struct rag_part_of *parts, size_t n)
{
	const char *texts[RAG_PARTS_AT_ONCE];
	struct bh_floats vectors[RAG_PARTS_AT_ONCE];
	int rc;

	for (size_t i = 0; i < n; i++)
		texts[i] = parts[i].text;
	rc = rag_embed_vectors(call, texts, n, vectors);
	if (rc < 0)
		return rc;
	if (vectors[0].count != (size_t)model->dimensions)
		return bh_error(BH_E_VECTOR,
			"the embedding model's vectors do not have the number of dimensions that it reports");
	for (size_t i = 0; i < n; i++)
		parts[i].vector = vectors[i];
	return 0;
}

int
rag_parts_embed(const struct rag_embed_call *call, const struct rag_embed_model *model,
	const struct rag_chunk_text *chunks, size_t n, struct rag_parts *out)
{
	struct bh_arena *arena = call->peer.arena;
	size_t room = n + PARTS_OF_ONE;
	struct rag_parts parts = {.list = bh_arena_array(arena, room + 1, sizeof(*parts.list)), .n = n};
	bool any = true;
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		parts.list[i] = (struct rag_part_of){.chunk_id = chunks[i].chunk_id,
			.heading = chunks[i].heading,
			.body = chunks[i].text,
			.body_len = strlen(chunks[i].text)};
		set_text(arena, &parts.list[i]);
	}
	while (rc == 0 && any) {
		rc = count(call, &parts);
		if (rc == 0)
			rc = split(arena, model, &parts, room, &any);
	}
	number(&parts);
	for (size_t at = 0; rc == 0 && at < parts.n; at += RAG_PARTS_AT_ONCE)
		rc = embed(call, model, parts.list + at,
			parts.n - at < RAG_PARTS_AT_ONCE ? parts.n - at : RAG_PARTS_AT_ONCE);
	if (rc == 0)
		*out = parts;
	return rc;
}
