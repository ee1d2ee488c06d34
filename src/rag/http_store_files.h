/* SPDX-License-Identifier: Apache-2.0 */
/* http_store_files.h: what batches share with single files in stores. */
#ifndef RAG_HTTP_STORE_FILES_H
#define RAG_HTTP_STORE_FILES_H

#include <stddef.h>

#include "base/macros.h"
#include "rag/rag.h"
#include "service/request.h"

/* The store of the path. BH_E_NOT_FOUND, BH_E_STATE when it has expired. */
BH_MUST_CHECK int rag_http_live_store(struct bh_request *req, struct bh_uuid *out);

/* {file_id, attributes, chunking_strategy}; errors name fields below `at`. */
BH_MUST_CHECK int rag_http_read_attach(struct bh_request *req, const struct bh_json *object,
	const char *at, struct rag_attach *out);

/* BH_E_NOT_FOUND naming the first file that does not exist. */
BH_MUST_CHECK int rag_http_check_files(struct bh_request *req, const struct rag_attach *files,
	size_t n, const char *at);

/* Replies with the list of a store's files, or of a batch's when that is not NULL. */
int rag_http_list_files(struct bh_request *req, const struct bh_uuid *store,
	const struct bh_uuid *batch);

#endif
