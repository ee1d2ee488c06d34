/* SPDX-License-Identifier: Apache-2.0 */
/* http.h: the handlers that routes.c names. */
#ifndef RAG_HTTP_H
#define RAG_HTTP_H

struct bh_request;
struct bh_shape;

int rag_http_file_create(struct bh_request *req);
int rag_http_file_list(struct bh_request *req);
int rag_http_file_get(struct bh_request *req);
int rag_http_file_delete(struct bh_request *req);
int rag_http_file_content(struct bh_request *req);
int rag_http_file_content_internal(struct bh_request *req);
/* Of other services, for the tenant that they act for. */
int rag_http_kept_put(struct bh_request *req);
int rag_http_kept_room(struct bh_request *req);

int rag_http_upload_create(struct bh_request *req);
int rag_http_upload_get(struct bh_request *req);
int rag_http_upload_part_create(struct bh_request *req);
int rag_http_upload_part_list(struct bh_request *req);
int rag_http_upload_complete(struct bh_request *req);
int rag_http_upload_cancel(struct bh_request *req);

int rag_http_store_create(struct bh_request *req);
int rag_http_store_list(struct bh_request *req);
int rag_http_store_list_of(struct bh_request *req);
int rag_http_store_get(struct bh_request *req);
int rag_http_store_update(struct bh_request *req);
int rag_http_store_update_of(struct bh_request *req);
int rag_http_store_delete(struct bh_request *req);
int rag_http_store_export(struct bh_request *req);

int rag_http_store_file_create(struct bh_request *req);
int rag_http_store_file_list(struct bh_request *req);
int rag_http_store_file_get(struct bh_request *req);
int rag_http_store_file_update(struct bh_request *req);
int rag_http_store_file_delete(struct bh_request *req);
int rag_http_store_file_content(struct bh_request *req);
int rag_http_store_file_chunks(struct bh_request *req);
int rag_http_store_file_events(struct bh_request *req);

int rag_http_batch_create(struct bh_request *req);
int rag_http_batch_get(struct bh_request *req);
int rag_http_batch_cancel(struct bh_request *req);
int rag_http_batch_files(struct bh_request *req);

int rag_http_receipt_list(struct bh_request *req);
int rag_http_receipt_list_of(struct bh_request *req);
int rag_http_receipt_get(struct bh_request *req);

int rag_http_search(struct bh_request *req);
int rag_http_quota_get(struct bh_request *req);
int rag_http_quota_put(struct bh_request *req);
int rag_http_search_internal(struct bh_request *req);

/* Bodies and answers. */
extern const struct bh_shape rag_batch_create, rag_search_shape, rag_results_shape,
	rag_store_file_create, rag_upload_create, rag_upload_complete, rag_chunk_shape,
	rag_store_file_update, rag_content_shape, rag_store_create, rag_store_update, rag_quota_shape,
	rag_quota_change;

#endif
