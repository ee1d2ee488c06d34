/* SPDX-License-Identifier: Apache-2.0 */
/* postings.c: packs and unpacks the postings of one term. */
#include "rag/postings.h"

#include <string.h>

#include "base/error.h"

enum { VARINT_MAX = 10, POSTING_MAX = 3 * VARINT_MAX };

static size_t
varint_put(uint8_t *out, uint64_t value)
{
	size_t n = 0;

	while (value >= 0x80) {
		out[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	out[n++] = (uint8_t)value;
	return n;
}

static bool
varint_get(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
	uint64_t value = 0;
	unsigned shift;

	for (shift = 0; shift < 63 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*out = value;
			return true;
		}
	}
	return false;
}

struct rag_postings_reader
rag_postings_open(int64_t first, struct bh_bytes data)
{
	const uint8_t *bytes = data.data;

	return (struct rag_postings_reader){.at = bytes, .end = bytes + data.len, .chunk = first};
}

bool
rag_postings_next(struct rag_postings_reader *reader, struct rag_posting *out)
{
	uint64_t distance, count, length;

	if (reader->at == reader->end)
		return false;
	if (!varint_get(&reader->at, reader->end, &distance) ||
		!varint_get(&reader->at, reader->end, &count) ||
		!varint_get(&reader->at, reader->end, &length) || distance > INT32_MAX ||
		count > UINT32_MAX || length > UINT32_MAX) {
		reader->at = reader->end;
		reader->damaged = true;
		return false;
	}

	reader->chunk += (int64_t)distance;
	*out = (struct rag_posting){reader->chunk, (uint32_t)count, (uint32_t)length};
	return true;
}

/* Fills one block from the front of the list; returns how many postings it took. */
static size_t
pack_block(struct bh_arena *arena, const struct rag_posting *postings, size_t n,
	struct rag_postings_block *out)
{
	uint8_t bytes[RAG_POSTINGS_BYTES_MAX];
	int64_t before = postings[0].chunk;
	size_t len = 0, i;

	for (i = 0; i < n && len + POSTING_MAX <= sizeof(bytes); i++) {
		len += varint_put(bytes + len, (uint64_t)(postings[i].chunk - before));
		len += varint_put(bytes + len, postings[i].count);
		len += varint_put(bytes + len, postings[i].length);
		before = postings[i].chunk;
	}
	*out = (struct rag_postings_block){
		.first = postings[0].chunk,
		.last = before,
		.n = (int64_t)i,
		.data = {bh_arena_copy(arena, bytes, len), len},
	};
	return i;
}

void
rag_postings_pack(struct bh_arena *arena, const struct rag_posting *postings, size_t n,
	struct rag_postings_block **out_blocks, size_t *out_n)
{
	size_t least = RAG_POSTINGS_BYTES_MAX / POSTING_MAX - 1;
	struct rag_postings_block *blocks = bh_arena_array(arena, n / least + 1, sizeof(*blocks));
	size_t count = 0, at = 0;

	while (at < n)
		at += pack_block(arena, postings + at, n - at, &blocks[count++]);
	*out_blocks = blocks;
	*out_n = count;
}

int
rag_postings_unpack(struct bh_arena *arena, const struct rag_postings_block *block,
	struct rag_posting **out, size_t *out_n)
{
	struct rag_postings_reader reader = rag_postings_open(block->first, block->data);
	struct rag_posting *list, posting;
	size_t n = 0;

	if (block->n < 0 || (size_t)block->n > block->data.len)
		return bh_error(BH_E_PROTOCOL, "a block of postings states an impossible count");

	list = bh_arena_array(arena, (size_t)block->n + 1, sizeof(*list));
	while (n < (size_t)block->n && rag_postings_next(&reader, &posting))
		list[n++] = posting;
	if (reader.damaged || n != (size_t)block->n)
		return bh_error(BH_E_PROTOCOL, "a block of postings is damaged");

	*out = list;
	*out_n = n;
	return 0;
}
