/* SPDX-License-Identifier: Apache-2.0 */
/* import_file.c: the object and its row, the document, then chunks and vectors as they are, or an ingestion. */
#include "rag/import_file.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "object/object.h"
#include "rag/attach.h"
#include "rag/file.h"
#include "rag/index.h"
#include "rag/move.h"
#include "rag/parts.h"
#include "rag/quota.h"
#include "rag/store.h"
#include "rag/store_import.h"
#include "sec/digest.h"

enum { COPY_BYTES = 64 * 1024, ROOM_LEAST = 256 };

#define ALIKE_LEAST \
	0.99 /* cosine of a vector and its like, made by another engine of the same model */

void
rag_import_call(struct rag *rag, struct bh_job *job, struct bh_arena *arena, const char *model,
	struct rag_embed_call *out)
{
	*out = (struct rag_embed_call){
		.peer = {.runtime = rag->runtime,
			.onward = {.tenant = job->lease.tenant},
			.arena = arena,
			.cancel = &job->stop.now,
			.watch_fd = -1},
		.model = model,
	};
}

/* One file on its way. */
struct making {
	struct rag_import_files *files;
	const struct bh_lease *lease;
	const struct rag_archive_file *file;
	struct rag_search_store store;    /* as it was when the file began */
	struct rag_store_file attachment; /* id zero: not attached yet */
	struct rag_index_chunk *chunks;
	size_t n_chunks, room;
	struct rag_index_plan *plan;
	int64_t usage_bytes;
	/* A page of chunks. */
	const struct rag_archive_chunk *page;
	size_t n_page;
};

/* ---- the file ---- */

static int
copy_original(struct making *making, struct bh_arena *arena, struct bh_object_writer *writer)
{
	char *buffer = bh_arena_raw(arena, COPY_BYTES);
	int64_t at = making->file->at, end = at + making->file->bytes;
	int rc = 0;

	while (rc == 0 && at < end) {
		size_t n = end - at < COPY_BYTES ? (size_t)(end - at) : COPY_BYTES;

		if (bh_job_stop_reason(&making->files->job->stop) != BH_JOB_STOP_NONE)
			return BH_E_CANCELLED;
		rc = rag_members_pread(&making->files->archive->members, at, buffer, n);
		if (rc == 0)
			rc = bh_object_write(writer, buffer, n);
		at += (int64_t)n;
	}
	return rc;
}

/* Of an attempt that died behind the object and before its row, the object is in the way. */
static int
make_object(struct making *making, struct bh_db *db, const struct bh_uuid *id)
{
	struct rag *rag = making->files->rag;
	const struct bh_uuid *tenant = &making->lease->tenant;
	const struct rag_archive_file *file = making->file;
	BH_AUTO(bh_object_writer_close) struct bh_object_writer writer = {0};
	struct rag_new_file new_file = {.rag = rag,
		.tenant = tenant,
		.file = {.id = *id,
			.filename = file->filename,
			.purpose = file->purpose,
			.content_type = file->content_type,
			.bytes = file->bytes}};
	int rc = bh_object_remove(rag->objects, tenant, id);

	if (rc == 0)
		rc = bh_object_create(rag->objects, tenant, id, &writer);
	if (rc == 0)
		rc = copy_original(making, db->arena, &writer);
	if (rc == 0)
		rc = bh_object_publish(&writer, &new_file.hash);
	if (rc == 0 && !bh_digest_equal(&new_file.hash, &file->hash))
		rc = bh_error(BH_E_IO, "a file of an archive was not stored as it is");
	return rc < 0 ? rc : rag_file_add(db, &new_file);
}

static int
make_file(struct making *making, struct bh_db *db, struct bh_uuid *out)
{
	const struct bh_uuid id = bh_uuid_new();
	bool named = false;
	struct rag_file row;
	int rc = rag_store_import_file(db, &making->lease->tenant, &making->lease->subject,
		making->files->archive->files, &id, out);

	/* The import's row went with its store. */
	if (rc == BH_E_REFERENCE)
		return BH_E_NOT_FOUND;
	if (rc == 0)
		rc = rag_store_file_get(db, &making->lease->tenant, out, &row);
	if (rc != BH_E_NOT_FOUND)
		return rc;
	/* Made by an earlier attempt and deleted since, while another file has the same bytes: it stays deleted, and its
	 * object stays. */
	rc = rag_store_file_object_exists(db, &making->lease->tenant, out, &named);
	return rc < 0 || named ? rc : make_object(making, db, out);
}

/* ---- whether the vectors fit ---- */

/* The model of that name makes the same of a chunk: what an archive says its vectors are is not believed. */
static int
compare(struct making *making, struct bh_arena *arena, const struct rag_archive_chunk *chunk,
	bool *out)
{
	const struct rag_chunk_text text = {.heading = chunk->chunk.heading, .text = chunk->chunk.text};
	struct rag_embed_model model;
	struct rag_embed_call call;
	struct rag_parts parts;
	int rc;

	*out = false;
	rag_import_call(making->files->rag, making->files->job, arena, making->store.embedding_model,
		&call);
	rc = rag_embed_model(&call, &model);
	if (rc == BH_E_MODEL_NOT_FOUND || (rc == 0 && model.dimensions != making->store.dimensions))
		return 0;
	if (rc == 0)
		rc = rag_parts_embed(&call, &model, &text, 1, &parts);
	/* A chunk that the model cannot read it has made no vector of. */
	if (rc == BH_E_CONTEXT_LENGTH)
		return 0;
	if (rc < 0)
		return rc;
	*out = parts.n == chunk->chunk.n_parts;
	for (size_t i = 0; *out && i < parts.n; i++) {
		double sum = 0;

		for (size_t j = 0; j < chunk->vectors[i].count; j++)
			sum += (double)chunk->vectors[i].data[j] * (double)parts.list[i].vector.data[j];
		*out = sum > ALIKE_LEAST;
	}
	return 0;
}

static int
do_vectors_fit(struct making *making, struct bh_arena *arena, bool *out)
{
	struct rag_import_files *files = making->files;
	bool same = strcmp(making->store.embedding_model, files->store->embedding_model) == 0 &&
		making->store.dimensions == files->store->dimensions;
	int rc = 0;

	if (same && !files->asked) {
		rc = compare(making, arena, &making->page[0], &files->fit);
		files->asked = rc == 0;
	}
	*out = rc == 0 && same && files->fit;
	return rc;
}

/* ---- chunks as they are ---- */

/* The attachment that the vectors are staged for; it has no job that could end it. */
static int
attach(struct bh_db *tx, void *ctx)
{
	struct making *making = ctx;
	const struct bh_uuid *tenant = &making->lease->tenant;
	const struct rag_archive_file *file = making->file;
	struct rag_store_file *row = &making->attachment, now;
	bool found = false;
	int rc = bh_lease_fence(tx, making->lease);

	if (rc == 0)
		rc = rag_store_attachment_lock(tx, tenant, &row->store_id, &row->file_id, &now, &found);
	if (rc == 0 && found) {
		row->id = now.id;
		return rag_store_staging_clear(tx, tenant, &row->id);
	}
	row->id = bh_uuid_new();
	row->job_id = bh_uuid_new();
	row->attributes = file->attributes;
	row->chunking = file->chunking;
	row->chunk_tokens = file->chunk_tokens;
	row->overlap_tokens = file->overlap_tokens;
	if (rc == 0)
		rc = rag_store_attachment_add(tx, tenant, row);
	/* Its file was deleted, or the store was; which of them, the note of progress sees. */
	if (rc == BH_E_REFERENCE)
		return BH_E_EMPTY;
	return rc < 0 ? rc : rag_quota_check(tx, tenant, &row->store_id, &making->files->rag->conf);
}

/* Of its place: the same text may stand in many chunks. */
static void
name_vector(const struct making *making, size_t chunk, size_t part, struct bh_digest *out)
{
	const uint64_t place[2] = {chunk, part};
	struct bh_hash hash;

	bh_hash_begin(&hash);
	bh_hash_add(&hash, &making->attachment.id, sizeof(struct bh_uuid));
	bh_hash_add(&hash, place, sizeof(place));
	bh_hash_end(&hash, out);
}

static int
stage(struct bh_db *tx, void *ctx)
{
	const struct making *making = ctx;
	int rc = bh_lease_fence(tx, making->lease);

	for (size_t i = 0; rc == 0 && i < making->n_page; i++) {
		for (size_t j = 0; rc == 0 && j < making->page[i].chunk.n_parts; j++) {
			struct bh_digest name;

			name_vector(making, making->n_chunks + i, j, &name);
			rc = rag_store_staging_add(tx, &making->lease->tenant, &making->attachment.id,
				name.bytes, making->page[i].vectors[j]);
		}
	}
	/* The attachment went with its file or store. */
	return rc == BH_E_REFERENCE ? BH_E_EMPTY : rc;
}

/* The chunks of a page stay until the commit, their vectors do not. */
static void
keep_page(struct making *making, struct bh_arena *arena)
{
	for (size_t i = 0; i < making->n_page; i++) {
		struct rag_index_chunk chunk = making->page[i].chunk;
		struct bh_bytes *hashes = bh_arena_array(arena, chunk.n_parts, sizeof(*hashes));

		for (size_t j = 0; j < chunk.n_parts; j++) {
			struct bh_digest name;

			name_vector(making, making->n_chunks, j, &name);
			hashes[j] = (struct bh_bytes){bh_arena_copy(arena, name.bytes, sizeof(name.bytes)),
				sizeof(name.bytes)};
		}
		chunk.hashes = hashes;
		chunk.heading = bh_arena_strdup(arena, chunk.heading);
		chunk.text = bh_arena_strdup(arena, chunk.text);
		making->usage_bytes += (int64_t)strlen(chunk.text) + (int64_t)strlen(chunk.heading) +
			(int64_t)chunk.n_parts * making->store.dimensions * (int64_t)sizeof(float);
		if (making->n_chunks == making->room) {
			size_t room = making->room > 0 ? 2 * making->room : ROOM_LEAST;

			making->chunks = making->room == 0
				? bh_arena_raw(arena, room * sizeof(*making->chunks))
				: bh_arena_grow(arena, making->chunks, making->room * sizeof(*making->chunks),
					  room * sizeof(*making->chunks));
			making->room = room;
		}
		making->chunks[making->n_chunks++] = chunk;
	}
}

static int
advance(struct bh_db *tx, const struct making *making)
{
	const struct rag_archive *archive = making->files->archive;

	return rag_store_import_advance(tx, &making->lease->tenant, &making->lease->subject,
		archive->files, archive->members.at);
}

/* As the commit of an ingestion. BH_E_CONFLICT: the store has another model by now. BH_E_EMPTY: the file was taken out
 * of it. */
static int
commit(struct bh_db *tx, void *ctx)
{
	struct making *making = ctx;
	const struct bh_uuid *tenant = &making->lease->tenant;
	const struct bh_uuid *store = &making->lease->subject;
	struct rag_statistics statistics;
	struct rag_store_file now;
	bool found = false;
	int64_t first = 0;
	int rc = bh_lease_fence(tx, making->lease);

	if (rc == 0)
		rc = rag_store_index_lock(tx, tenant, store, &statistics);
	if (rc == 0 && !bh_uuid_equal(&statistics.vectors, &making->store.statistics.vectors))
		return BH_E_CONFLICT;
	if (rc == 0)
		rc = rag_store_attachment_lock(tx, tenant, store, &making->attachment.file_id, &now,
			&found);
	if (rc < 0)
		return rc;
	if (!found || !bh_uuid_equal(&now.id, &making->attachment.id) ||
		strcmp(now.status, "in_progress") != 0)
		return BH_E_EMPTY;
	rc = rag_index_add(tx, tenant, &making->attachment, making->store.dimensions, making->plan,
		&first);
	if (rc == 0)
		rc = rag_store_attachment_complete(tx, tenant, &making->attachment.id, first,
			(int64_t)making->n_chunks, making->usage_bytes);
	if (rc == 0)
		rc = rag_store_staging_clear(tx, tenant, &making->attachment.id);
	if (rc == 0)
		rc = rag_move_consider(tx, tenant, store, making->files->rag->conf.own_vectors_chunks);
	if (rc == 0)
		rc = advance(tx, making);
	return rc < 0 ? rc : rag_quota_check(tx, tenant, store, &making->files->rag->conf);
}

/* ---- or an ingestion ---- */

static int
detach(struct bh_db *tx, void *ctx)
{
	struct making *making = ctx;
	const struct rag_store_file *row = &making->attachment;
	struct rag_store_file now;
	bool found = false;
	int rc = bh_lease_fence(tx, making->lease);

	if (rc == 0)
		rc = rag_store_attachment_lock(tx, &making->lease->tenant, &row->store_id, &row->file_id,
			&now, &found);
	if (rc < 0 || !found || !bh_uuid_equal(&now.id, &row->id))
		return rc;
	return rag_store_attachment_delete(tx, &making->lease->tenant, &row->store_id, &row->file_id);
}

static int
note_progress(struct bh_db *tx, void *ctx)
{
	const struct making *making = ctx;
	int rc = bh_lease_fence(tx, making->lease);

	return rc < 0 ? rc : advance(tx, making);
}

static int
ingest(struct making *making, struct bh_db *db)
{
	const struct rag_archive_file *file = making->file;
	const struct rag_attach attach_this = {.file_id = making->attachment.file_id,
		.attributes = file->attributes,
		.is_static = strcmp(file->chunking, "static") == 0,
		.chunk_tokens = file->chunk_tokens,
		.overlap_tokens = file->overlap_tokens};
	int rc = 0;

	if (!bh_uuid_is_zero(&making->attachment.id))
		rc = bh_tx_run(db, detach, making);
	if (rc == 0)
		rc = rag_attach_files(db, &making->lease->tenant, &making->lease->subject, NULL,
			&attach_this, 1, &making->files->rag->conf);
	/* The file was deleted, or the store was; which of them, the next step sees. */
	if (rc == BH_E_REFERENCE)
		rc = 0;
	return rc < 0 ? rc : bh_tx_run(db, note_progress, making);
}

/* ---- the whole ---- */

/* Pages are read to the end of the folder either way, and staged while they are to be taken as they are. */
static int
take_pages(struct making *making, struct bh_db *db, bool *out_taken)
{
	bool first = true, taken = making->file->is_read;
	size_t n = 1;
	int rc = 0;

	while (rc == 0 && n > 0) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct rag_archive_chunk *page = NULL;
		struct bh_db piece = *db;

		piece.arena = &arena;
		rc = rag_archive_chunks(making->files->archive, &arena, making->file, &page, &n);
		making->page = page;
		making->n_page = n;
		if (rc == 0 && n > 0 && taken && first)
			rc = do_vectors_fit(making, &arena, &taken);
		if (rc == 0 && n > 0 && taken && first)
			rc = bh_tx_run(&piece, attach, making);
		if (rc == 0 && n > 0 && taken)
			rc = bh_tx_run(&piece, stage, making);
		if (rc == BH_E_EMPTY) {
			taken = false;
			rc = 0;
		}
		if (rc == 0 && taken)
			keep_page(making, db->arena);
		first = false;
	}
	*out_taken = taken;
	return rc;
}

static int
make_searchable(struct making *making, struct bh_db *db)
{
	bool taken = false;
	int rc = take_pages(making, db, &taken);

	if (rc == 0 && taken && making->n_chunks > 0) {
		rc = rag_index_plan(db->arena, making->chunks, making->n_chunks, &making->plan);
		if (rc == 0)
			rc = bh_tx_run(db, commit, making);
		if (rc == BH_E_EMPTY)
			return bh_tx_run(db, note_progress, making);
		if (rc != BH_E_CONFLICT)
			return rc;
		rc = 0;
	}
	return rc < 0 ? rc : ingest(making, db);
}

int
rag_import_file(struct rag_import_files *files, struct bh_db *db, bool *out_end)
{
	const struct bh_lease *lease = &files->job->lease;
	struct making making = {.files = files,
		.lease = lease,
		.attachment = {.store_id = lease->subject}};
	struct rag_archive_file file;
	int rc = rag_archive_file(files->archive, db->arena, &file, out_end);

	if (rc < 0 || *out_end)
		return rc;
	making.file = &file;
	rc = rag_store_search_store(db, &lease->tenant, &lease->subject, &making.store);
	if (rc == 0 && making.store.expired)
		return BH_E_NOT_FOUND;
	if (rc == 0)
		rc = make_file(&making, db, &making.attachment.file_id);
	if (rc == 0 && file.is_read)
		rc = rag_store_document_add(db, &lease->tenant, &making.attachment.file_id, &file.document);
	/* Deleted meanwhile: what is left is to go over the rest of it. */
	if (rc == BH_E_REFERENCE)
		rc = 0;
	return rc < 0 ? rc : make_searchable(&making, db);
}
