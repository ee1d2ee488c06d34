/* SPDX-License-Identifier: Apache-2.0 */
/* rag.h: types shared inside the rag service. */
#ifndef RAG_RAG_H
#define RAG_RAG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "rag/readers.h"
#include "rag/turns.h"

#define RAG_FILE_PREFIX "file-"
#define RAG_STORE_PREFIX "vs_"
#define RAG_BATCH_PREFIX "vsfb_"
#define RAG_UPLOAD_PREFIX "upload_"
#define RAG_PART_PREFIX "part_"
#define RAG_ID_TEXT 40                         /* the longest prefix, 32 hex digits and the NUL */
#define RAG_FILE_BYTES_MAX (512LL * BH_MIB)    /* sent in one piece, or ingested */
#define RAG_UPLOAD_BYTES_MAX (8192LL * BH_MIB) /* sent in parts */
#define RAG_PART_BYTES_MAX (64LL * BH_MIB)
#define RAG_PARTS_MAX 10000 /* of an upload, those sent again included */
#define RAG_BATCH_FILES_MAX 2000
#define RAG_STORE_FILES_MAX 500 /* file_ids when a store is created */
#define RAG_QUEUE "rag"
#define RAG_AUTO_CHUNK_TOKENS 256
#define RAG_AUTO_OVERLAP_TOKENS 0
#define RAG_WORKERS 4
#define RAG_WORKERS_OF_ONE 2    /* the most that one tenant has at a time */
#define RAG_EMBEDDINGS_OF_ONE 2 /* calls for its documents: they keep an engine busy */

struct bh_runtime;
struct bh_service;
struct bh_object_store;
struct rag_announcement;
struct rag_meter;
struct rag_parked;
struct rag_vector_cache;

/* main.c: what the command table runs as `bulkhead serve rag`. */
extern const struct bh_service rag_service;

struct rag_conf {
	const char *embedding_model;
	const char *extract_path; /* "": bulkhead-extract beside the other programs */
	int64_t extract_timeout_s;
	const char *ocr_languages; /* "off": pictures are not read */
	int64_t ocr_timeout_s;     /* of processor time */
	int64_t document_characters_max;
	int64_t keep_job_s;     /* after its end */
	int64_t keep_batch_s;   /* after its making */
	int64_t keep_receipt_s; /* after the deletion's completion */
	int64_t keep_upload_s;
	int64_t uploads_max; /* pending at the same time */
	int64_t embed_batch_tokens;
	int64_t search_depth;
	int64_t rerank_depth, rerank_ms;
	bool rerank_auto;
	int64_t vector_weight_percent;
	int64_t query_cache_entries, query_cache_s;
	int64_t searches_of_one;   /* 0: as many as the machine has processors */
	int64_t storage_bytes_max; /* of a tenant without a limit of its own; 0: none */
	int64_t storage_files_max;
	int64_t unnamed_days;
	int64_t stores_max, store_files_max, batches_max;
	int64_t own_vectors_chunks; /* above it a store has its own table; below half of it no longer */
};

/* Running uploads in this process (quota.c). */
struct rag_announced {
	pthread_mutex_t lock;
	struct rag_announcement *first; /* each in its request's arena */
};

/* The service's state; conf first. */
struct rag {
	struct rag_conf conf;
	struct bh_object_store *objects; /* owned */
	struct rag_vector_cache *cache;  /* owned */
	struct rag_parked *parked;       /* owned: readers whose turn is over */
	struct rag_meter *meter;         /* owned: usage on its way to the database */
	struct bh_runtime *runtime;      /* borrowed */
	struct rag_announced announced;
	struct rag_turns turns;          /* of searches */
	struct rag_turns readings;       /* of documents: one of a tenant at a time */
	struct rag_turns short_readings; /* of short ones, beside it */
	struct rag_readers readers;      /* of all tenants */
	struct rag_turns embeddings;     /* of calls for a tenant's documents */
	struct rag_turns joinings;       /* of uploads, the same: each needs room for its bytes twice */
	bool moving;                     /* a store's vectors are being moved; atomic */
	char extract_path[512];
};

/* A row of `file`. */
struct rag_file {
	struct bh_uuid id, object_id;
	const char *filename;
	const char *purpose;
	const char *content_type;
	int64_t bytes;
	struct bh_bytes sha256;
	int64_t created_ms;
	int64_t expires_ms; /* 0: never */
};

/* A row of `upload`, with the file it became. */
struct rag_upload {
	struct bh_uuid id;
	const char *filename, *purpose, *content_type;
	const char *status; /* expired also when its job has not noticed yet */
	int64_t bytes;
	int64_t file_expires_s; /* 0: never */
	int64_t parts;          /* ever added */
	int64_t created_ms, expires_ms;
	struct rag_file file; /* zeroed: none */
};

/* A row of `upload_part`. */
struct rag_part {
	struct bh_uuid id, upload_id;
	int64_t bytes;
	struct bh_bytes sha256;
	const char *sha256_hex;
	int64_t created_ms;
};

struct rag_counts {
	int64_t in_progress, completed, failed, cancelled;
};

/* A row of `vector_store` and what its files add up to. */
struct rag_store {
	struct bh_uuid id;
	const char *name;
	const char *description;
	const char *metadata; /* JSON text */
	const char *embedding_model;
	int64_t dimensions;   /* 0: not known yet */
	int64_t expires_days; /* 0: never */
	int64_t created_ms, last_active_ms;
	bool expired;
	int64_t usage_bytes;
	struct rag_counts counts;
	struct bh_uuid vectors; /* the set that is searched (store_set.h) */
	int64_t n_chunks;
	/* Of a change of its embedding model; next_state NULL: there is none. */
	const char *next_state, *next_model, *next_error;
	int64_t next_dimensions, next_chunks;
	/* Of the import that made it; import_state NULL: there was none. */
	const char *import_state, *import_error;
	int64_t import_files, import_done;
};

/* What was recognized in pictures. Lists of pages are text, as "3, 7-9"; "" if empty. */
struct rag_ocr {
	int64_t pages, confidence;
	const char *low_pages, *unread_pages;
	bool is_low; /* there are low_pages; of an attachment only */
};

/* A row of `vector_store_file`. */
struct rag_store_file {
	struct bh_uuid store_id, file_id, id, job_id;
	const char *status;
	const char *attributes; /* JSON text */
	const char *chunking;
	int64_t chunk_tokens, overlap_tokens;
	int64_t usage_bytes;
	const char *error_code; /* NULL unless failed */
	const char *error_message;
	const char *stage;
	int64_t stage_done, stage_total;
	int64_t chunk_first, n_chunks;
	int64_t created_ms, changed_ms;
	struct rag_ocr ocr; /* of its document */
	const char *filename;
	int64_t bytes; /* of the file */
};

struct rag_batch {
	struct bh_uuid id, store_id;
	int64_t created_ms;
	bool cancelled;
	struct rag_counts counts;
};

/* One file to attach: what the client asked for. */
struct rag_attach {
	struct bh_uuid file_id;
	const char *attributes; /* JSON text, "{}"; NULL: those the file has in the store already */
	bool is_static;
	int64_t chunk_tokens, overlap_tokens;
};

/* One piece of an extracted document; offsets are bytes of its text. */
struct rag_block {
	uint8_t kind;  /* enum rag_block_kind */
	uint8_t level; /* of a heading; of source code 1 more than the heading's above it; else 0 */
	uint32_t page; /* 0: the format has none */
	uint8_t confidence; /* of its recognition, in percent; 0: it was not read from a picture */
	size_t start, end;
	/* A table row's column headers, elsewhere in the text, or a function's signature; equal: none. */
	size_t header_start, header_end;
};

enum rag_block_kind {
	RAG_BLOCK_HEADING,
	RAG_BLOCK_PARAGRAPH,
	RAG_BLOCK_LIST_ITEM,
	RAG_BLOCK_TABLE_ROW,
	RAG_BLOCK_CODE,
	RAG_BLOCK_CAPTION
};

struct rag_document {
	const char *format;
	const char *title; /* "" if none */
	int64_t pages;
	int64_t characters;
	struct rag_ocr ocr;
	const char *text;
	size_t text_len;
	const struct rag_block *blocks;
	size_t n_blocks;
};

/* One chunk as the chunker makes it: byte offsets into the document's text. */
struct rag_piece {
	size_t start, end;
	uint32_t page_start, page_end;
	const char *heading; /* path of headings, "" if none; in the arena */
};

/* A chunk of a text of several. */
struct rag_joined {
	int64_t chunk_id;
	const char *name; /* of the chunk, for who shows it */
	int64_t start, end, page_start, page_end;
};

/* The text around a hit, in the document: each chunk from where the one before ends, with an empty line between
 * those that do not meet. One that adds nothing is none of the parts. */
struct rag_context {
	const char *text; /* NULL: not asked for */
	int64_t start, end;
	struct rag_joined *parts;
	size_t n_parts;
};

/* A chunk as it was found, ready to be shown. */
struct rag_hit {
	int64_t chunk_id;
	struct bh_uuid store_id, file_id;
	const char *filename;
	const char *attributes;
	const char *heading;
	const char *text;
	int64_t start, end, page_start, page_end;
	double score; /* calibrated, 0 to 1 */
	double fused;
	double vector_score, text_score, text_share;
	int64_t vector_rank, text_rank; /* from 1; 0: not in that leg */
	size_t store_index;             /* which of the searched stores */
	size_t query;                   /* which of the queries it answers best */
	struct rag_context around;
};

#endif
