/* SPDX-License-Identifier: Apache-2.0 */
/* http_chunks.c: the chunks of a file in a store, in the order of its text. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "rag/embed.h"
#include "rag/http.h"
#include "rag/store.h"
#include "rag/wire.h"
#include "service/list.h"

enum { LIST_PRESET = 20, LIST_MOST = 100 };

/* A chunk with its names and its length as the store's embedding model counts. */
struct shown {
	const char *id;
	struct rag_chunk chunk;
	int64_t index, tokens;
};

#define AT(member) offsetof(struct shown, chunk.member)

static const struct bh_field chunk_fields[] = {
	{"id", BH_FIELD_TEXT, offsetof(struct shown, id)},
	{"object", BH_FIELD_CONST, .words = "vector_store.file.chunk"},
	{"index", BH_FIELD_INT, offsetof(struct shown, index)},
	{"text", BH_FIELD_TEXT, AT(text)},
	{"heading", BH_FIELD_TEXT, AT(heading)},
	{"page_start", BH_FIELD_INT, AT(page_start)},
	{"page_end", BH_FIELD_INT, AT(page_end)},
	{"start", BH_FIELD_INT, AT(start)},
	{"end", BH_FIELD_INT, AT(end)},
	{"tokens", BH_FIELD_INT, offsetof(struct shown, tokens)},
};

#undef AT

const struct bh_shape rag_chunk_shape = BH_SHAPE("StoreFileChunk", struct shown, chunk_fields);

static const struct bh_paging paging = {LIST_PRESET, LIST_MOST, "after", ""};

/* "chunk_STORE_NUMBER", as search results name them; *out: the number of the next one. */
static int
read_after(const struct rag_store_file *row, const char *text, int64_t *out)
{
	char start[sizeof("chunk__") + BH_UUID_HEX], hex[BH_UUID_HEX];
	char *end;
	size_t len;

	bh_uuid_hex(&row->store_id, hex);
	len = (size_t)snprintf(start, sizeof(start), "chunk_%s_", hex);
	if (strncmp(text, start, len) == 0 && text[len] >= '0' && text[len] <= '9') {
		long long number = strtoll(text + len, &end, 10);

		if (*end == '\0' && number >= row->chunk_first &&
			number - row->chunk_first < row->n_chunks) {
			*out = number + 1;
			return 0;
		}
	}
	return bh_error_param(BH_E_INVALID, "after", "'after' is not an id from this list.");
}

static int
count_tokens(struct bh_request *req, const struct rag_store_file *row, struct shown *list, size_t n)
{
	struct rag_embed_call call = {0};
	const char **texts = bh_arena_array(req->arena, n + 1, sizeof(*texts));
	int64_t *counts = bh_arena_array(req->arena, n + 1, sizeof(*counts));
	struct rag_store store;
	int rc = rag_store_store_get(req->db, &req->tenant, &row->store_id, &store);

	if (rc < 0 || n == 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		texts[i] = list[i].chunk.text;
	bh_peer_from(req, &call.peer);
	call.model = store.embedding_model;
	rc = rag_embed_count(&call, texts, n, counts);
	for (size_t i = 0; rc == 0 && i < n; i++)
		list[i].tokens = counts[i] > RAG_EMBED_MARKS ? counts[i] - RAG_EMBED_MARKS : 1;
	return rc;
}

static int
reply_chunks(struct bh_request *req, const struct rag_store_file *row, const struct bh_page *page,
	const struct rag_chunk *chunks, size_t n)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	bool more = n > (size_t)page->limit;
	struct shown *list = bh_arena_array(req->arena, n + 1, sizeof(*list));
	char hex[BH_UUID_HEX];
	int rc;

	if (more)
		n = (size_t)page->limit;
	bh_uuid_hex(&row->store_id, hex);
	for (size_t i = 0; i < n; i++)
		list[i] = (struct shown){.id = bh_arena_printf(req->arena, "chunk_%s_%lld", hex,
									 (long long)chunks[i].chunk_id),
			.chunk = chunks[i],
			.index = chunks[i].chunk_id - row->chunk_first};
	rc = count_tokens(req, row, list, n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	bh_list_begin(&write);
	for (size_t i = 0; i < n; i++)
		bh_fields_write(&write, BH_OF(rag_chunk_shape), &list[i]);
	bh_list_end(&write, n > 0 ? list[0].id : "", n > 0 ? list[n - 1].id : "", more);
	return bh_reply_json(req, 200, &body);
}

/* GET /v1/vector_stores/{store}/files/{file}/chunks: none until the file is complete. */
int
rag_http_store_file_chunks(struct bh_request *req)
{
	struct rag_store_file row;
	struct bh_uuid store, file;
	struct bh_page page;
	struct rag_chunk *chunks = NULL;
	int64_t first, left;
	size_t n = 0;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &store);

	if (rc == 0)
		rc = bh_request_id(req, "file", RAG_FILE_PREFIX, &file);
	if (rc == 0)
		rc = rag_store_attachment_get(req->db, &req->tenant, &store, &file, &row);
	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	first = row.chunk_first;
	rc = bh_list_page(req, &paging, &page);
	if (rc == 0 && page.has_after)
		rc = read_after(&row, page.after_text, &first);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	left = row.chunk_first + row.n_chunks - first;
	if (left > page.limit + 1)
		left = page.limit + 1;
	if (left > 0)
		rc = rag_store_chunk_list(req->db, &req->tenant, &store, first, left, &chunks, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return reply_chunks(req, &row, &page, chunks, n);
}
