/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: the SQL of the rag service, a function per statement (or per transaction's step).
 *
 * All: errors as bh_db_*; BH_E_NOT_FOUND also for another tenant's id. Text in results is the
 * handle's arena's. Functions whose handle is called `tx` run inside bh_tx_run. */
#ifndef RAG_STORE_H
#define RAG_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "db/db.h"
#include "queue/queue.h"
#include "rag/bm25.h"
#include "rag/rag.h"
#include "service/list.h"

/* ---- store_file.c ---- */

/* Of two files f and o with the same bytes: what else the document reader goes by is the same. */
#define RAG_FILES_ARE_READ_ALIKE \
	"(o.content_type, lower(substring(o.filename FROM '[.][^.]*$')))" \
	" IS NOT DISTINCT FROM (f.content_type, lower(substring(f.filename FROM '[.][^.]*$')))"

BH_MUST_CHECK int rag_store_file_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_file *file, struct rag_file *out);
BH_MUST_CHECK int rag_store_file_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct rag_file *out);
/* `purpose` NULL: any. */
BH_MUST_CHECK int rag_store_file_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, const char *purpose, struct rag_file **out, size_t *out_n);
/* BH_E_REFERENCE while a store still holds the file. *out_object: what its bytes were in. */
BH_MUST_CHECK int rag_store_file_delete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_uuid *out_object);
/* The row of an object that no file names; *out_gone: there is no such file, and the row is gone (*out_bytes:
 * its size). A file that is being added with the same bytes is waited for. */
BH_MUST_CHECK int rag_store_file_object_delete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *object, int64_t *out_bytes, bool *out_gone);
/* Whether a row names this object: the file that it is called after may have gone, and another have its bytes. */
BH_MUST_CHECK int rag_store_file_object_exists(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *object, bool *out);
/* An object that nobody has seen sealed. */
struct rag_unsealed {
	struct bh_uuid id;
	struct bh_bytes sha256;
	int64_t bytes;
};
/* In the order of their ids, behind `after`. */
BH_MUST_CHECK int rag_store_file_unsealed(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *after, int64_t limit, struct rag_unsealed **out, size_t *out_n);
/* Notes that one is; *out_named: its row is still there. */
BH_MUST_CHECK int rag_store_file_object_sealed(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *object, bool *out_named);
/* The first of these ids that does not exist (by position); BH_E_NOT_FOUND if all do. */
BH_MUST_CHECK int rag_store_file_first_missing(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *ids, size_t n, struct bh_uuid *out);
/* Those of these objects that belong to no file, expired ones being files too, and to no part of an
 * upload; none while the tenant has neither at all. */
BH_MUST_CHECK int rag_store_file_unnamed(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *ids, size_t n, struct bh_uuid **out, size_t *out_n);
/* Stores that hold the file. */
BH_MUST_CHECK int rag_store_file_stores(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_uuid **out, size_t *out_n);

/* ---- store_upload.c ---- */

BH_MUST_CHECK int rag_store_upload_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_upload *upload);
BH_MUST_CHECK int rag_store_upload_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct rag_upload *out);
BH_MUST_CHECK int rag_store_upload_pending(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t *out);
/* pending → `status`, as which its parts no longer count; `file` may be NULL. *out_changed: it was pending.
 * Once its time is over it can only expire. */
BH_MUST_CHECK int rag_store_upload_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *status, const struct bh_uuid *file, bool *out_changed);
/* BH_E_NOT_FOUND when the upload is not pending. */
BH_MUST_CHECK int rag_store_upload_add_part(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_part *part, struct rag_part *out);
/* Parts in the order they came: the next `limit` behind one. */
BH_MUST_CHECK int rag_store_upload_parts(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *upload, const struct bh_slice *slice, struct rag_part **out,
	size_t *out_n);
/* These parts of the upload, in this order; those that do not exist are absent. */
BH_MUST_CHECK int rag_store_upload_parts_of(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *upload, const struct bh_uuid *ids, size_t n, struct rag_part **out,
	size_t *out_n);
BH_MUST_CHECK int rag_store_upload_drop_parts(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *upload, const struct bh_uuid *ids, size_t n);

/* ---- store_document.c ---- */

BH_MUST_CHECK int rag_store_document_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *file, const struct rag_document *document);
BH_MUST_CHECK int rag_store_document_find(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *file, struct rag_document *out, bool *out_found);
/* The same of another file with the same bytes, name suffix and content type. */
BH_MUST_CHECK int rag_store_document_find_equal(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *file, struct rag_document *out, bool *out_found);
/* The text alone. */
BH_MUST_CHECK int rag_store_document_text(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *file, const char **out);

/* ---- store_store.c: vector stores ---- */

BH_MUST_CHECK int rag_store_store_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store *store);
BH_MUST_CHECK int rag_store_store_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct rag_store *out);
BH_MUST_CHECK int rag_store_store_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, struct rag_store **out, size_t *out_n);

/* What an update changes; the rest stays. */
struct rag_store_change {
	const char *name;     /* NULL: as it is */
	const char *metadata; /* JSON text; NULL: as it is */
	bool has_expiry;
	int64_t expires_days; /* 0: never */
};
BH_MUST_CHECK int rag_store_store_update(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct rag_store_change *change);
BH_MUST_CHECK int rag_store_store_delete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
/* Moves last_active_at; waits for nobody. */
BH_MUST_CHECK int rag_store_store_touch(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
/* Notes the model's dimensions where they were not known. */
BH_MUST_CHECK int rag_store_store_dimensions(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t dimensions);
/* When the store expires (0: never) and whether it has by now; its row stays locked. BH_E_NOT_FOUND when
 * it is gone or was emptied before. */
BH_MUST_CHECK int rag_store_store_expiry(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t *out_ms, bool *out_expired);
/* Empties an expired store of its files; the row stays and says so. */
BH_MUST_CHECK int rag_store_store_expire(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

/* ---- store_attachment.c: files in stores ---- */

BH_MUST_CHECK int rag_store_attachment_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, struct rag_store_file *out);
/* As get, locked against other writers. */
BH_MUST_CHECK int rag_store_attachment_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, struct rag_store_file *out,
	bool *out_found);
/* By the attachment's own id (the subject of its job). */
BH_MUST_CHECK int rag_store_attachment_by_id(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct rag_store_file *out, bool *out_found);
/* BH_E_CONFLICT if the file is in the store already, BH_E_REFERENCE if either does not exist. */
BH_MUST_CHECK int rag_store_attachment_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *file);
/* A row as it is after `add`, in place of an earlier one of the same file. */
BH_MUST_CHECK int rag_store_attachment_restart(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *file);
/* Which of a store's files; NULL: of all. The name is a part of theirs, whatever the case, and not for a batch. */
struct rag_wanted {
	const struct bh_uuid *batch;
	const char *status, *name;
};
BH_MUST_CHECK int rag_store_attachment_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_wanted *wanted, const struct bh_slice *slice,
	struct rag_store_file **out, size_t *out_n);
/* The place of a file in the list of a store, as a slice's bound; also for one that has left. */
BH_MUST_CHECK int rag_store_attachment_cursor(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, struct bh_uuid *out);
BH_MUST_CHECK int rag_store_attachment_attributes(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, const char *attributes);
BH_MUST_CHECK int rag_store_attachment_delete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file);
/* Progress; touches nothing once the file is no longer in progress. */
BH_MUST_CHECK int rag_store_attachment_progress(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *stage, int64_t done, int64_t total);
/* What a file's state is, for whoever watches it. */
struct rag_event {
	int64_t number; /* counted up with each change */
	const char *status, *stage;
	int64_t done, total; /* in the stage */
	int64_t pages;       /* of the document, once it is read */
	bool is_read;
	int64_t n_chunks;            /* once it is complete */
	int64_t began_done, took_ms; /* of the stage: where it began, and since when */
	const char *error_code, *error_message;
};
BH_MUST_CHECK int rag_store_attachment_event(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, struct rag_event *out);
/* in_progress → failed. */
BH_MUST_CHECK int rag_store_attachment_fail(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *code, const char *message);
/* in_progress → completed, with what was indexed. */
BH_MUST_CHECK int rag_store_attachment_complete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t chunk_first, int64_t n_chunks, int64_t usage_bytes);
/* A complete file with the same bytes, suffix and content type as that of `row`, chunked alike, in a store
 * with this embedding model. */
struct rag_equal {
	struct bh_uuid store_id;
	int64_t chunk_first, n_chunks, usage_bytes;
	struct bh_uuid vectors;
	bool own_vectors;
	int64_t n_vectors; /* by rag_store_index_count_vectors */
};
BH_MUST_CHECK int rag_store_attachment_find_equal(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_store_file *row, const char *model, int64_t dimensions, struct rag_equal *out,
	bool *out_found);
/* Jobs of a store's files in progress, at most 1,000: to stop them when the store goes. */
BH_MUST_CHECK int rag_store_attachment_jobs(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, struct bh_uuid **out, size_t *out_n);
/* A file with chunks in the index, as filters see it. */
struct rag_labelled {
	struct bh_uuid file_id;
	const char *attributes; /* JSON text */
	struct rag_range range;
};
/* The next `limit` of them behind a file's id, by id. */
BH_MUST_CHECK int rag_store_attachment_labels(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *after, int64_t limit,
	struct rag_labelled **out, size_t *out_n);

/* ---- store_chunk.c ---- */

/* A chunk as it is listed. */
struct rag_chunk {
	int64_t chunk_id;
	struct bh_uuid file_id;
	const char *heading, *text;
	int64_t start, end, page_start, page_end;
};
/* Chunks first to first + n - 1 of a store. */
BH_MUST_CHECK int rag_store_chunk_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t first, int64_t n, struct rag_chunk **out, size_t *out_n);

/* ---- store_quota.c ---- */

/* What a tenant keeps, and its own limits where it has any. */
struct rag_kept {
	int64_t bytes, files, stores, batches;
	int64_t changes; /* rows that make up the sums */
	bool has_bytes_max, has_files_max;
	int64_t bytes_max, files_max;
};
struct rag_quota_change {
	bool has_bytes, has_files; /* else as it is */
	int64_t bytes_max, files_max;
};
/* Locks the tenant's storage until the end of the transaction, so that nothing else is added. */
BH_MUST_CHECK int rag_store_quota_lock(struct bh_db *tx, const struct bh_uuid *tenant);
BH_MUST_CHECK int rag_store_quota_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct rag_kept *out);
/* Merges the changes that no other transaction is merging into one, or none if they add up to zero; does
 * not wait for locks. */
BH_MUST_CHECK int rag_store_quota_fold(struct bh_db *tx, const struct bh_uuid *tenant);
BH_MUST_CHECK int rag_store_quota_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_quota_change *change);
/* Files in a store, and the rows that make up the sum. */
BH_MUST_CHECK int rag_store_quota_store_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t *out_files, int64_t *out_changes);
BH_MUST_CHECK int rag_store_quota_store_fold(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store);

/* ---- store_batch.c ---- */

BH_MUST_CHECK int rag_store_batch_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *batch);
/* jobs[i] is noted where it is the job that ingests files[i]. */
BH_MUST_CHECK int rag_store_batch_add_files(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *batch, const struct bh_uuid *files,
	const struct bh_uuid *jobs, size_t n);
/* Batches keep how the file ended, before it is attached anew. */
BH_MUST_CHECK int rag_store_batch_keep_outcome(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *ended);
/* Row and counts in one statement, so that they agree. */
BH_MUST_CHECK int rag_store_batch_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *batch, struct rag_batch *out);
BH_MUST_CHECK int rag_store_batch_cancel(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *batch);
/* The files it began itself and that are in progress become cancelled; *out: their jobs. */
BH_MUST_CHECK int rag_store_batch_cancel_files(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *batch, struct bh_uuid **out, size_t *out_n);

/* ---- store_staging.c ---- */

BH_MUST_CHECK int rag_store_staging_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *attachment, const uint8_t hash[32], struct bh_floats vector);
struct rag_hash {
	struct bh_bytes bytes;
};
BH_MUST_CHECK int rag_store_staging_hashes(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *attachment, struct rag_hash **out, size_t *out_n);
BH_MUST_CHECK int rag_store_staging_clear(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *attachment);
/* Of the files of a batch that are cancelled. */
BH_MUST_CHECK int rag_store_staging_clear_batch(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *batch);
/* At most some thousands of rows of files that failed or were cancelled: vectors that were staged while
 * the work was being ended. *out: how many. */
BH_MUST_CHECK int rag_store_staging_sweep(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t *out);

/* ---- store_index.c ---- */

struct rag_statistics {
	int64_t n_chunks, total_terms, next_chunk, parts_max;
	int64_t languages;     /* of the chunks' words: bits, BH_LANGUAGE_BIT */
	int64_t terms_version; /* what made the postings: BH_TERMS_VERSION once they are made anew */
	bool own_vectors;      /* in the store's own table; changed by its move and by its swap only */
	struct bh_uuid
		vectors; /* the set that is searched (store_set.h): what tables of vectors call the store */
};
BH_MUST_CHECK int rag_store_index_add_store(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store);
BH_MUST_CHECK int rag_store_index_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, struct rag_statistics *out);
BH_MUST_CHECK int rag_store_index_statistics(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_statistics *statistics);

/* Columns of the chunks to write, side by side. */
struct rag_chunk_columns {
	size_t n;
	const int64_t *ids, *starts, *ends, *page_starts, *page_ends;
	const char *const *headings, *const *texts;
};
BH_MUST_CHECK int rag_store_index_add_chunks(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file,
	const struct rag_chunk_columns *chunks);
/* Vectors from the staging rows of the attachment, into the set that is searched: hashes[i] belongs to chunks[i],
 * parts[i]. BH_E_DB_RETRY when one of them is not staged. */
BH_MUST_CHECK int rag_store_index_add_staged(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *attachment, const struct rag_statistics *statistics,
	int64_t dimensions, const int64_t *chunks, const int64_t *parts, const struct bh_bytes *hashes,
	size_t n);

/* How many vectors the chunks of an equal file have. */
BH_MUST_CHECK int rag_store_index_count_vectors(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_equal *equal, int64_t dimensions, int64_t *out);
/* Copies them into the set that is searched, for chunks from `first` on. BH_E_CONFLICT when they are
 * no longer all where they were counted. *out_parts: most vectors of a chunk. */
BH_MUST_CHECK int rag_store_index_copy_vectors(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *attachment, const struct rag_statistics *statistics,
	const struct rag_equal *equal, int64_t dimensions, int64_t first, int64_t *out_parts);

struct rag_term_block {
	const char *term;
	struct rag_postings_block block;
};
/* The last block of each of these terms that has one. */
BH_MUST_CHECK int rag_store_index_last_blocks(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *const *terms, size_t n, struct rag_term_block **out,
	size_t *out_n);
/* Blocks of these terms that reach into a range of chunks. */
BH_MUST_CHECK int rag_store_index_blocks_of(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *const *terms, size_t n, int64_t first, int64_t last,
	struct rag_term_block **out, size_t *out_n);
/* Blocks of all terms that reach into a range of chunks: a walk over the store's postings. */
BH_MUST_CHECK int rag_store_index_blocks_in(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t first, int64_t last, struct rag_term_block **out,
	size_t *out_n);
BH_MUST_CHECK int rag_store_index_drop_postings(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store);
BH_MUST_CHECK int rag_store_index_put_blocks(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_term_block *blocks, size_t n);
BH_MUST_CHECK int rag_store_index_drop_blocks(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_term_block *blocks, size_t n);

struct rag_chunk_text {
	int64_t chunk_id;
	const char *heading, *text;
};
BH_MUST_CHECK int rag_store_index_texts(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t first, int64_t n, struct rag_chunk_text **out,
	size_t *out_n);
/* With their vectors, in whichever set and table. */
BH_MUST_CHECK int rag_store_index_drop_chunks(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t first, int64_t n);
/* Deletes at most some thousands of rows of a store that is gone; *out: how many. */
BH_MUST_CHECK int rag_store_index_purge(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t *out);

/* ---- store_move.c ---- */

/* Where the vectors of a store lie, and what decides where they should. `vectors` is what the functions below
 * call `set`, but for the flag. */
struct rag_place {
	struct bh_uuid vectors; /* the set that is searched */
	bool own;               /* in a table of the store's own */
	int64_t n_chunks;
	int64_t dimensions; /* 0: not known yet */
};
/* Locks the store's statistics. BH_E_NOT_FOUND: the store has gone or expired. */
BH_MUST_CHECK int rag_store_move_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, struct rag_place *out);
/* Makes the store's own table unless it is there. *out false: there are too many. */
BH_MUST_CHECK int rag_store_move_open(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *set, int64_t dimensions, bool *out);
/* The rows of that table; none also where there is no table. */
struct rag_own_table {
	const char *name; /* NULL: no rows */
	int64_t rows;
};
BH_MUST_CHECK int rag_store_move_table(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *set, int64_t dimensions, struct rag_own_table *out);
/* Drops it, if there is one. BH_E_DB while the store is searched there. */
BH_MUST_CHECK int rag_store_move_close(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *set, int64_t dimensions);
struct rag_vector_key {
	int64_t chunk_id, part;
};
/* The last row of the store's own table; zero when it has none. */
BH_MUST_CHECK int rag_store_move_last(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *set, int64_t dimensions, struct rag_vector_key *out);
/* Copies the next `limit` rows behind *at from the side where the store has them to the other; *at: the
 * last of them, *out: how many there were. Rows that are there already stay. */
BH_MUST_CHECK int rag_store_move_copy(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *set, const struct rag_place *place, int64_t limit,
	struct rag_vector_key *at, int64_t *out);
BH_MUST_CHECK int rag_store_move_flag(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, bool own);
/* Deletes `limit` of the store's rows in the shared table; *out: how many there were. */
BH_MUST_CHECK int rag_store_move_clear(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *set, int64_t dimensions, int64_t limit, int64_t *out);

/* ---- store_search.c ---- */

/* What a search needs to know of a store, in one statement. */
struct rag_search_store {
	struct bh_uuid id;
	const char *embedding_model;
	int64_t dimensions;
	bool expired;
	int64_t idle_ms; /* since last_active_at */
	struct rag_statistics statistics;
};
BH_MUST_CHECK int rag_store_search_store(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct rag_search_store *out);
/* Which chunks may be found. */
struct rag_ranges {
	const struct rag_range *ranges; /* borrowed, ascending */
	size_t n;
};
/* The k nearest chunks, best first, score = cosine, by all vectors. `within` NULL: of all. No hits also when
 * the vectors have moved since `store` was read. */
BH_MUST_CHECK int rag_store_search_vectors(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_search_store *store, struct bh_floats query, const struct rag_ranges *within,
	size_t k, struct rag_leg_hit **out, size_t *out_n);
/* The k nearest vectors, as far as the graph of the store's own table finds them: a chunk of several parts
 * comes several times. No hits also when the vectors have moved since `store` was read. */
BH_MUST_CHECK int rag_store_search_graph(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_search_store *store, struct bh_floats query, size_t k,
	struct rag_leg_hit **out, size_t *out_n);
/* The cosines of these chunks, in no order; those that have gone are absent, and so are all when another set of
 * vectors is searched by now. */
BH_MUST_CHECK int rag_store_search_cosines(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *vectors, struct bh_floats query, const int64_t *chunks, size_t n,
	struct rag_leg_hit **out, size_t *out_n);
/* Text and heading of these chunks, by chunk. */
BH_MUST_CHECK int rag_store_search_texts(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const int64_t *chunks, size_t n, struct rag_chunk_text **out,
	size_t *out_n);
/* How many blocks each term has, counted up to `most`; out has n elements. */
BH_MUST_CHECK int rag_store_search_block_counts(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *const *terms, size_t n, int64_t most, int64_t *out);
/* All blocks of these terms, those of a term together. */
BH_MUST_CHECK int rag_store_search_postings(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *const *terms, size_t n, struct rag_term_block **out,
	size_t *out_n);
/* Fills text and file of these chunks; those that have gone are absent. */
BH_MUST_CHECK int rag_store_search_hits(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const int64_t *chunks, size_t n, struct rag_hit **out,
	size_t *out_n);

#endif
