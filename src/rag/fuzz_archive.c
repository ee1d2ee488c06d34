/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_archive.c: any bytes as the archive of a vector store, with the sums of tar's headers made right: otherwise few
 * inputs would come behind the first of them. The SHA-256 of the members come last in their folder. */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rag/archive.h"
#include "rag/chunk.h"
#include "rag/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the vectors do not fit, the text is cut again by its blocks. */
static void
cut(struct bh_arena *arena, const struct rag_archive_file *file)
{
	const struct rag_chunk_conf conf = {.tokens = (size_t)file->chunk_tokens,
		.overlap = (size_t)file->overlap_tokens,
		.by_size = strcmp(file->chunking, "static") == 0,
		.factor = 1};
	struct rag_piece *pieces;
	size_t n;

	rag_chunk_document(arena, &file->document, &conf, &pieces, &n);
	for (size_t i = 0; i < n; i++)
		if (pieces[i].start >= pieces[i].end || pieces[i].end > file->document.text_len)
			abort();
}

/* What was given out lies in its document. */
static void
check(const struct rag_archive_file *file, const struct rag_archive_chunk *chunks, size_t n,
	int64_t dimensions)
{
	for (size_t i = 0; i < n; i++) {
		const struct rag_index_chunk *chunk = &chunks[i].chunk;

		if (chunk->start < 0 || chunk->start >= chunk->end ||
			chunk->end > file->document.characters || chunk->n_parts == 0 ||
			strstr(file->document.text, chunk->text) == NULL)
			abort();
		for (size_t j = 0; j < chunk->n_parts; j++)
			if ((int64_t)chunks[i].vectors[j].count != dimensions)
				abort();
	}
}

static void
mend_headers(uint8_t *bytes, size_t size)
{
	size_t at = 0;

	while (size - at >= RAG_TAR_BLOCK) {
		struct rag_tar_member member;
		unsigned sum = 0;
		bool end = false;

		memset(bytes + at + 148, ' ', 8);
		for (size_t i = 0; i < RAG_TAR_BLOCK; i++)
			sum += bytes[at + i];
		/* The end stays zeros. */
		if (sum == 8 * ' ')
			memset(bytes + at + 148, 0, 8);
		else
			snprintf((char *)bytes + at + 148, 8, "%06o", sum);
		if (rag_tar_read(bytes + at, &member, &end) < 0 || end ||
			member.bytes > (int64_t)(size - at - RAG_TAR_BLOCK))
			return;
		at += RAG_TAR_BLOCK + (size_t)member.bytes;
		at += size - at < rag_tar_padding(member.bytes) ? size - at : rag_tar_padding(member.bytes);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena input = {0};
	uint8_t *bytes = (uint8_t *)bh_arena_copy(&input, data, size);
	struct rag_archive archive = {.members = {.fd = -1, .memory = bytes, .bytes = (int64_t)size},
		.limits = {.files = 100, .characters = 1000000}};
	struct bh_arena manifest = {0};
	struct rag_archive_store store;
	bool end = false;
	int rc;

	mend_headers(bytes, size);
	rc = rag_archive_open(&archive, &manifest, &store);

	while (rc == 0 && !end) {
		struct bh_arena arena = {0};
		struct rag_archive_file file;
		size_t n = 1;

		rc = rag_archive_file(&archive, &arena, &file, &end);
		if (rc == 0 && !end && file.is_read)
			cut(&arena, &file);
		while (rc == 0 && !end && n > 0) {
			struct rag_archive_chunk *chunks = NULL;

			rc = rag_archive_chunks(&archive, &arena, &file, &chunks, &n);
			if (rc == 0)
				check(&file, chunks, n, archive.dimensions);
		}
		bh_arena_close(&arena);
	}
	rag_archive_close(&archive);
	bh_arena_close(&manifest);
	bh_arena_close(&input);
	return 0;
}
