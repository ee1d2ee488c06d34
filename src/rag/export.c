/* SPDX-License-Identifier: Apache-2.0 */
/* export.c: the members of an archive, one step after another. */
#include "rag/export.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "object/object.h"
#include "rag/archive.h"
#include "rag/object.h"
#include "rag/store.h"
#include "rag/store_set.h"
#include "rag/tar.h"
#include "sec/digest.h"

enum {
	SUM_HEX = 64,
	COPY_BYTES = 64 * 1024,
	MOVES_MOST = 8,
	TEXT_BYTES = 4096 /* of a chunk, about */
};

enum stage { MANIFEST, NEXT_FILE, ORIGINAL, TEXT, BLOCKS, CHUNKS, FOLDER_END, OVER };

struct rag_export {
	struct rag *rag;
	struct bh_db db; /* with the arena of the file */
	struct bh_uuid tenant, store;
	int watch_fd;
	int64_t time_s;
	enum stage stage;
	struct bh_arena arena; /* owned: of the file that is being sent */
	struct bh_buf pending; /* owned: bytes on their way */
	struct bh_buf sums;    /* owned: SHA256SUMS of the folder */
	struct bh_hash all;    /* owned: of all of these */
	int64_t files, chunks; /* sent */
	/* The file. */
	struct rag_store_file attachment;
	struct rag_file file;
	struct rag_search_store vectors; /* whose they are, as it was when the file began */
	struct rag_document document;
	bool is_read;
	size_t text_at, block; /* the next of the document */
	int64_t chunk, page;   /* the next */
	struct bh_object_stream stream;
	int fd;              /* of the original; -1: `stream` */
	struct bh_hash hash; /* owned: of the original, then of the text */
	int64_t left;        /* of it */
};

/* ---- members ---- */

static void
begin_member(struct rag_export *export, const char *name, int64_t bytes)
{
	struct rag_tar_member member = {.bytes = bytes};
	uint8_t block[RAG_TAR_BLOCK];

	snprintf(member.name, sizeof(member.name), "%s", name);
	rag_tar_write(&member, export->time_s, block);
	bh_buf_add(&export->pending, block, sizeof(block));
}

static void
pad(struct rag_export *export, int64_t bytes)
{
	static const char zeros[RAG_TAR_BLOCK];

	bh_buf_add(&export->pending, zeros, rag_tar_padding(bytes));
}

static void
note_sum(struct rag_export *export, const char *name, const struct bh_digest *digest)
{
	const char *base = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
	char hex[SUM_HEX + 1];
	size_t before = export->sums.len;

	bh_text_hex(digest->bytes, sizeof(digest->bytes), hex);
	bh_buf_printf(&export->sums, "%s  %s\n", hex, base);
	bh_hash_add(&export->all, export->sums.data + before, export->sums.len - before);
}

static void
add_member(struct rag_export *export, const char *name, const char *data, size_t len)
{
	struct bh_digest digest;

	begin_member(export, name, (int64_t)len);
	bh_buf_add(&export->pending, data, len);
	pad(export, (int64_t)len);
	bh_digest_sha256(data, len, &digest);
	note_sum(export, name, &digest);
}

static void
add_record(struct rag_export *export, const char *name, const struct bh_field *fields, size_t n,
	const void *row)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	bh_fields_write(&(struct bh_write){.out = &text}, fields, n, row);
	bh_buf_char(&text, '\n');
	add_member(export, name, text.data, text.len);
}

/* ---- the stages ---- */

static int
changed(void)
{
	return bh_error(BH_E_STATE, "the vector store changed while it was exported");
}

static int
write_manifest(struct rag_export *export)
{
	struct rag_store store;
	struct rag_archive_manifest manifest = {.format = RAG_ARCHIVE_FORMAT,
		.version = RAG_ARCHIVE_VERSION};
	int rc = rag_store_store_get(&export->db, &export->tenant, &export->store, &store);

	if (rc < 0)
		return rc;
	manifest.store = (struct rag_archive_store){store.name, store.description, store.metadata,
		store.embedding_model, store.dimensions};
	add_record(export, "manifest.json", rag_archive_manifest_fields, rag_archive_n_manifest_fields,
		&manifest);
	bh_buf_reset(&export->sums);
	export->stage = NEXT_FILE;
	return 0;
}

static int
write_end(struct rag_export *export)
{
	static const char zeros[2 * RAG_TAR_BLOCK];
	struct rag_archive_end end = {.files = export->files, .chunks = export->chunks};
	struct bh_digest digest;
	char hex[SUM_HEX + 1];

	bh_hash_end(&export->all, &digest);
	bh_hash_begin(&export->all);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	end.sha256 = hex;
	add_record(export, "end.json", rag_archive_end_fields, rag_archive_n_end_fields, &end);
	bh_buf_add(&export->pending, zeros, sizeof(zeros));
	export->stage = OVER;
	return 0;
}

/* A store that is deleted has no files either, and an archive with an end is taken for all of it. */
static int
end_files(struct rag_export *export)
{
	struct rag_store store;
	int rc = rag_store_store_get(&export->db, &export->tenant, &export->store, &store);

	if (rc == BH_E_NOT_FOUND || (rc == 0 && store.expired))
		return changed();
	return rc < 0 ? rc : write_end(export);
}

static int
open_original(struct rag_export *export)
{
	int rc = rag_object_stream(export->rag, &export->tenant, &export->file, NULL, export->watch_fd,
		&export->stream);

	if (rc == BH_E_UNSUPPORTED)
		rc = rag_object_open(export->rag, &export->tenant, &export->file, &export->fd);
	return rc;
}

static void
close_original(struct rag_export *export)
{
	struct bh_digest ignored;

	bh_object_stream_close(&export->stream);
	if (export->fd >= 0)
		close(export->fd);
	export->fd = -1;
	if (export->hash.impl != NULL)
		bh_hash_end(&export->hash, &ignored);
}

static void
write_file_record(struct rag_export *export)
{
	const struct rag_store_file *attachment = &export->attachment;
	const struct rag_file *file = &export->file;
	const char *title = export->is_read
		? bh_arena_copy(&export->arena, export->document.title,
			  bh_text_cut(export->document.title, strlen(export->document.title),
				  RAG_ARCHIVE_TITLE))
		: "";
	struct rag_archive_record record = {.filename = file->filename,
		.purpose = file->purpose,
		.content_type = file->content_type,
		.attributes = attachment->attributes,
		.chunking = attachment->chunking,
		.bytes = file->bytes,
		.chunk_tokens = attachment->chunk_tokens,
		.overlap_tokens = attachment->overlap_tokens,
		.has_document = export->is_read,
		.document = {export->document.format, title, export->document.pages,
			export->document.characters, (int64_t) export->document.text_len,
			(int64_t) export->document.n_blocks, attachment->n_chunks, export->document.ocr}};
	char hex[SUM_HEX + 1] = "", name[RAG_TAR_NAME + 1];

	bh_text_hex(file->sha256.data, file->sha256.len, hex);
	record.sha256 = hex;
	rag_archive_name(export->files, "file.json", 0, name);
	add_record(export, name, rag_archive_file_fields, rag_archive_n_file_fields, &record);
	rag_archive_name(export->files, "original", 0, name);
	begin_member(export, name, file->bytes);
	export->left = file->bytes;
	bh_hash_begin(&export->hash);
}

/* The next file that is there, with all that its record says. */
static int
begin_file(struct rag_export *export)
{
	struct bh_slice slice = {.up = true, .limit = 1, .low = export->attachment.id};
	const struct rag_wanted all = {0};
	struct rag_store_file *list;
	size_t n = 0;
	int rc;

	bh_arena_close(&export->arena);
	memset(slice.high.bytes, 0xff, sizeof(slice.high.bytes));
	rc = rag_store_attachment_list(&export->db, &export->tenant, &export->store, &all, &slice,
		&list, &n);
	if (rc == 0 && n == 0)
		return end_files(export);
	if (rc < 0)
		return rc;
	export->attachment = list[0];
	rc = rag_store_file_get(&export->db, &export->tenant, &list[0].file_id, &export->file);
	/* Expired, or deleted this moment: the next one. */
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc == 0)
		rc = rag_store_search_store(&export->db, &export->tenant, &export->store, &export->vectors);
	export->is_read = false;
	if (rc == 0 && list[0].n_chunks > 0)
		rc = rag_store_document_find(&export->db, &export->tenant, &list[0].file_id,
			&export->document, &export->is_read);
	if (rc == 0)
		rc = open_original(export);
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc < 0)
		return rc;
	export->files++;
	export->text_at = export->block = 0;
	export->chunk = list[0].chunk_first;
	export->page = 0;
	bh_buf_reset(&export->sums);
	write_file_record(export);
	export->stage = ORIGINAL;
	return 0;
}

static ssize_t
read_original(struct rag_export *export, char *out, size_t size)
{
	ssize_t n;

	if (export->fd < 0)
		return bh_object_stream_next(&export->stream, out, size);
	do
		n = read(export->fd, out, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? bh_error(BH_E_IO, "read a file: %m") : n;
}

static int
copy_original(struct rag_export *export)
{
	char name[RAG_TAR_NAME + 1], *room = bh_buf_room(&export->pending, COPY_BYTES);
	struct bh_digest digest;
	ssize_t n = export->left > 0 ? read_original(export, room, COPY_BYTES) : 0;

	if (n < 0)
		return (int)n;
	if (n > export->left || (n == 0 && export->left > 0))
		return bh_error(BH_E_IO, "a file does not have the length of its row");
	bh_hash_add(&export->hash, room, (size_t)n);
	export->pending.len += (size_t)n;
	export->left -= n;
	if (export->left > 0)
		return 0;
	pad(export, export->file.bytes);
	bh_hash_end(&export->hash, &digest);
	close_original(export);
	rag_archive_name(export->files, "original", 0, name);
	note_sum(export, name, &digest);
	export->stage = export->is_read ? TEXT : FOLDER_END;
	return 0;
}

/* The next piece of the text. It is in memory once, and nothing of it a second time. */
static int
write_text(struct rag_export *export)
{
	const struct rag_document *document = &export->document;
	size_t left = document->text_len - export->text_at, n = left < COPY_BYTES ? left : COPY_BYTES;
	char name[RAG_TAR_NAME + 1];
	struct bh_digest digest;

	rag_archive_name(export->files, "document.txt", 0, name);
	if (export->text_at == 0) {
		begin_member(export, name, (int64_t)document->text_len);
		bh_hash_begin(&export->hash);
	}
	bh_buf_add(&export->pending, document->text + export->text_at, n);
	bh_hash_add(&export->hash, document->text + export->text_at, n);
	export->text_at += n;
	if (export->text_at < document->text_len)
		return 0;
	pad(export, (int64_t)document->text_len);
	bh_hash_end(&export->hash, &digest);
	note_sum(export, name, &digest);
	export->stage = BLOCKS;
	return 0;
}

static void
write_block(const struct rag_block *block, struct bh_buf *out)
{
	const struct rag_archive_block row = {block->kind, block->level, block->page, block->confidence,
		(int64_t)block->start, (int64_t)block->end, (int64_t)block->header_start,
		(int64_t)block->header_end};

	bh_fields_write(&(struct bh_write){.out = out}, rag_archive_block_fields,
		rag_archive_n_block_fields, &row);
	bh_buf_char(out, '\n');
}

/* The next page of them. */
static int
write_blocks(struct rag_export *export)
{
	const struct rag_document *document = &export->document;
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	char name[RAG_TAR_NAME + 1];
	size_t end = export->block + RAG_ARCHIVE_PAGE_BLOCKS;

	if (export->block == document->n_blocks) {
		export->page = 0;
		export->stage = CHUNKS;
		return 0;
	}
	if (end > document->n_blocks)
		end = document->n_blocks;
	for (; export->block < end; export->block++)
		write_block(&document->blocks[export->block], &text);
	rag_archive_name(export->files, "blocks", ++export->page, name);
	add_member(export, name, text.data, text.len);
	return 0;
}

/* ---- chunks ---- */

/* A store that moves between the tables has its vectors on the other side by now. */
static int
find_vectors(struct rag_export *export, struct bh_db *db, int64_t first, int64_t n,
	struct rag_set_vector **out, size_t *out_n)
{
	struct rag_search_store *store = &export->vectors;

	for (int moves = 0; moves < MOVES_MOST; moves++) {
		struct rag_search_store now;
		int rc = rag_store_set_vectors(db, &export->tenant, store, first, n, out, out_n);

		if (rc < 0 || *out_n > 0)
			return rc;
		rc = rag_store_search_store(db, &export->tenant, &export->store, &now);
		if (rc < 0 || !bh_uuid_equal(&now.statistics.vectors, &store->statistics.vectors))
			return rc < 0 ? rc : changed();
		store->statistics = now.statistics;
	}
	return changed();
}

/* One line, with the vectors of this chunk; *at moves behind them. The arena is the page's: a file may have
 * more vectors than fit into memory. */
static void
write_chunk(struct bh_arena *arena, const struct rag_chunk *chunk,
	const struct rag_set_vector *vectors, size_t n, size_t *at, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_int(&write, "start", chunk->start);
	bh_write_pair_int(&write, "end", chunk->end);
	bh_write_pair_int(&write, "page_start", chunk->page_start);
	bh_write_pair_int(&write, "page_end", chunk->page_end);
	bh_write_pair_text(&write, "heading", chunk->heading);
	bh_write_pair_text(&write, "text", chunk->text);
	bh_write_name(&write, "vectors");
	bh_write_array(&write);
	for (; *at < n && vectors[*at].chunk_id == chunk->chunk_id; (*at)++) {
		struct bh_floats floats = vectors[*at].embedding;
		size_t bytes = floats.count * sizeof(float);
		char *text = bh_arena_alloc(arena, 4 * ((bytes + 2) / 3) + 1);

		bh_write_bytes(&write, text, bh_base64_encode(floats.data, bytes, text));
	}
	bh_write_end(&write);
	bh_write_end(&write);
	bh_buf_char(out, '\n');
}

/* As many chunks as make a page, whichever of them have the most vectors. */
static int64_t
page_chunks(const struct rag_export *export)
{
	int64_t left = export->attachment.chunk_first + export->attachment.n_chunks - export->chunk;
	int64_t vectors = export->vectors.statistics.parts_max * export->vectors.dimensions;
	int64_t n = RAG_ARCHIVE_PAGE / (TEXT_BYTES + vectors * (int64_t)sizeof(float) * 4 / 3);

	n = n < 1 ? 1 : n > RAG_ARCHIVE_PAGE_CHUNKS ? RAG_ARCHIVE_PAGE_CHUNKS : n;
	return n < left ? n : left;
}

static int
write_chunks(struct rag_export *export)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_db db = export->db;
	int64_t n = page_chunks(export);
	struct rag_set_vector *vectors = NULL;
	struct rag_chunk *chunks = NULL;
	char name[RAG_TAR_NAME + 1];
	size_t n_chunks = 0, n_vectors = 0, at = 0;
	int rc;

	if (n == 0) {
		export->stage = FOLDER_END;
		return 0;
	}
	db.arena = &arena;
	rc = rag_store_chunk_list(&db, &export->tenant, &export->store, export->chunk, n, &chunks,
		&n_chunks);
	if (rc == 0)
		rc = find_vectors(export, &db, export->chunk, n, &vectors, &n_vectors);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n_chunks; i++) {
		size_t before = at;

		write_chunk(&arena, &chunks[i], vectors, n_vectors, &at, &text);
		if (at == before)
			return changed();
	}
	if ((int64_t)n_chunks != n || at != n_vectors)
		return changed();
	rag_archive_name(export->files, "chunks", ++export->page, name);
	add_member(export, name, text.data, text.len);
	export->chunk += n;
	export->chunks += n;
	return 0;
}

static int
end_folder(struct rag_export *export)
{
	char name[RAG_TAR_NAME + 1];

	rag_archive_name(export->files, "SHA256SUMS", 0, name);
	begin_member(export, name, (int64_t) export->sums.len);
	bh_buf_add(&export->pending, export->sums.data, export->sums.len);
	pad(export, (int64_t) export->sums.len);
	export->stage = NEXT_FILE;
	return 0;
}

static int
step(struct rag_export *export)
{
	switch (export->stage) {
	case MANIFEST:
		return write_manifest(export);
	case NEXT_FILE:
		return begin_file(export);
	case ORIGINAL:
		return copy_original(export);
	case TEXT:
		return write_text(export);
	case BLOCKS:
		return write_blocks(export);
	case CHUNKS:
		return write_chunks(export);
	case FOLDER_END:
		return end_folder(export);
	default:
		return 0;
	}
}

/* ---- the whole ---- */

int
rag_export_open(struct rag *rag, const struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int watch_fd, struct bh_arena *arena, struct rag_export **out)
{
	struct rag_export *export;
	struct rag_store row;
	struct bh_db reading = *db;
	int rc = rag_store_store_get(&reading, tenant, store, &row);

	if (rc < 0)
		return rc;
	if (row.expired)
		return bh_error(BH_E_STATE, "The vector store has expired.");
	export = bh_arena_alloc(arena, sizeof(*export));
	*export = (struct rag_export){.rag = rag,
		.db = *db,
		.tenant = *tenant,
		.store = *store,
		.watch_fd = watch_fd,
		.time_s = bh_clock_wall_ms() / 1000,
		.fd = -1};
	export->db.arena = &export->arena;
	export->db.tx = NULL;
	bh_hash_begin(&export->all);
	*out = export;
	return 0;
}

ssize_t
rag_export_next(struct rag_export *export, char *out, size_t size)
{
	size_t n;

	while (export->pending.len == 0 && export->stage != OVER) {
		int rc = step(export);

		if (rc < 0)
			return rc;
	}
	n = export->pending.len < size ? export->pending.len : size;
	if (n > 0)
		memcpy(out, export->pending.data, n);
	bh_buf_shift(&export->pending, n);
	return (ssize_t)n;
}

void
rag_export_close(struct rag_export *export)
{
	struct bh_digest ignored;

	if (export == NULL)
		return;
	close_original(export);
	if (export->all.impl != NULL)
		bh_hash_end(&export->all, &ignored);
	bh_buf_close(&export->pending);
	bh_buf_close(&export->sums);
	bh_arena_close(&export->arena);
}
