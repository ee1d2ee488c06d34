/* SPDX-License-Identifier: Apache-2.0 */
/* archive.h: reads the archive of a vector store (docs/archives.md), which is bytes from outside.
 *
 * Members come in one order under names that are known beforehand, so that nothing in it names a place. Every
 * member has its bound, every folder its checksums, and a chunk its text in its document: what is given out has been
 * checked, except that a folder's checksums come last.
 *
 *     rc = rag_archive_open(&archive, …, &store);
 *     while (rc == 0 && !end) {
 *         rc = rag_archive_file(&archive, &arena, &file, &end);
 *         while (… && n > 0) rc = rag_archive_chunks(&archive, &arena, &file, &chunks, &n);
 *     } */
#ifndef RAG_ARCHIVE_H
#define RAG_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "db/row.h"
#include "json/fields.h"
#include "rag/archive_member.h"
#include "rag/index.h"
#include "rag/rag.h"

#define RAG_ARCHIVE_FORMAT "bulkhead-vector-store"
#define RAG_ARCHIVE_VERSION 1
#define RAG_ARCHIVE_PARTS_MAX 256            /* vectors of a chunk */
#define RAG_ARCHIVE_TITLE 4096               /* bytes of a title */
#define RAG_ARCHIVE_PAGE_MAX (16LL * BH_MIB) /* a member of JSON lines */
#define RAG_ARCHIVE_PAGE (1LL * BH_MIB)      /* about as much is written to one */
#define RAG_ARCHIVE_PAGE_CHUNKS 200
#define RAG_ARCHIVE_PAGE_BLOCKS 4000

/* What may be in it. */
struct rag_archive_limits {
	int64_t files, characters; /* of a store; of a document */
};

struct rag_archive {
	struct rag_members members; /* owned */
	struct rag_archive_limits limits;
	int64_t dimensions;
	struct bh_json_doc manifest, record; /* owned: what the store's and the file's texts lie in */
	int64_t files, chunks;               /* given out */
	int64_t page;                        /* of the folder's chunks */
	/* Of the folder that is being read. */
	int64_t left;   /* chunks to come */
	size_t text_at; /* where the last one began, in bytes and in code points */
	int64_t points_at;
	int64_t points; /* of all its chunks together */
	int64_t heading_bytes;
	bool in_file;
	bool resumed; /* its end was checked before */
};

/* The store as the archive has it; borrowed until that is closed. */
struct rag_archive_store {
	const char *name, *description, *metadata, *embedding_model;
	int64_t dimensions;
};

/* Borrowed from the arena, and until the next file is read. */
struct rag_archive_file {
	const char *filename, *purpose, *content_type;
	int64_t bytes, at; /* of the original, in the archive */
	const char *sha256_hex;
	struct bh_digest hash; /* of the original */
	const char *attributes;
	const char *chunking; /* "auto", "static" */
	int64_t chunk_tokens, overlap_tokens;
	bool is_read; /* the document is there; otherwise it was not ingested */
	struct rag_document document;
	int64_t n_chunks;
};

/* Text and heading lie in the arena. */
struct rag_archive_chunk {
	struct rag_index_chunk chunk; /* without hashes */
	const struct bh_floats
		*vectors; /* n_parts of them, of the archive's dimensions and of length 1 */
};

/* All: BH_E_INVALID with a sentence for the client when the archive is not as it should be; BH_E_IO. */

/* `archive` comes in with fd or memory and bytes in `members`, and limits; it is closed by the caller. */
BH_MUST_CHECK int rag_archive_open(struct rag_archive *archive, struct bh_arena *arena,
	struct rag_archive_store *out);
/* The next file; its chunks have to be read to their end before the one behind it. *out_end: there is none, and
 * the archive is whole. */
BH_MUST_CHECK int rag_archive_file(struct rag_archive *archive, struct bh_arena *arena,
	struct rag_archive_file *out, bool *out_end);
/* How far an archive was read without a fault. */
struct rag_archive_checked {
	int64_t files, position, chunks;
};
/* Just opened: goes on behind what was read before, by the headers and sums of these files. */
BH_MUST_CHECK int rag_archive_pass(struct rag_archive *archive,
	const struct rag_archive_checked *checked);
/* Goes on behind file number n of an archive that was read to its end before. */
void rag_archive_go(struct rag_archive *archive, int64_t at, int64_t n);
/* The next chunks; *out_n 0: there are no more, and the folder has its checksums. */
BH_MUST_CHECK int rag_archive_chunks(struct rag_archive *archive, struct bh_arena *arena,
	const struct rag_archive_file *file, struct rag_archive_chunk **out, size_t *out_n);
void rag_archive_close(struct rag_archive *archive);

/* Names of members, for reader and writer: "files/000001/chunks-00001.jsonl". `page` 0: none. */
void rag_archive_name(int64_t file, const char *what, int64_t page, char out[101]);

/* The records, for reader and writer. */
extern const struct bh_field rag_archive_manifest_fields[], rag_archive_file_fields[],
	rag_archive_block_fields[], rag_archive_end_fields[];
extern const size_t rag_archive_n_manifest_fields, rag_archive_n_file_fields,
	rag_archive_n_block_fields, rag_archive_n_end_fields;

struct rag_archive_manifest {
	const char *format;
	int64_t version;
	struct rag_archive_store store;
};
/* file.json. */
struct rag_archive_record {
	const char *filename, *purpose, *content_type, *sha256, *attributes, *chunking;
	int64_t bytes, chunk_tokens, overlap_tokens;
	bool has_document;
	struct {
		const char *format, *title;
		int64_t pages, characters, bytes, blocks, chunks;
		struct rag_ocr ocr;
	} document;
};
/* Takes the folders off the file's name; false: the record is not one of a store of these dimensions. */
bool rag_archive_record_mend(struct rag_archive_record *record, int64_t dimensions);
struct rag_archive_block {
	int64_t kind, level, page, confidence, start, end, header_start, header_end;
};
/* One line of blocks of this document, which begins at `least` or behind it. BH_E_INVALID. */
BH_MUST_CHECK int rag_archive_block_read(const char *line, size_t len,
	const struct rag_document *document, int64_t least, struct rag_block *out);
struct rag_archive_end {
	int64_t files, chunks;
	const char *sha256;
};

#endif
