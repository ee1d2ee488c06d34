/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the rag service. */
#include "rag/http.h"
#include "rag/quota.h"
#include "rag/routes.h"
#include "rag/wire.h"

#define UPLOAD_BYTES (513LL * BH_MIB) /* 512 MB of file, and the form around it */
#define PART_BYTES (65LL * BH_MIB)    /* 64 MB of part */
#define UPLOAD_MS 600000
#define QUICK_MS 15000
#define SEARCH_MS 120000 /* the query's vector waits for its turn at the engine */

/* clang-format off */
const struct bh_route rag_routes[] = {
	/* method  path                                                     scope                  limits     audit                        body          ms         handler                      flags                                      takes                   gives */
	{"POST",   "/v1/files",                                             "files:write",         "data",    "file.create",               UPLOAD_BYTES, UPLOAD_MS, rag_http_file_create,        BH_ROUTE_IDEMPOTENT | BH_ROUTE_UNBUFFERED, NULL,                   &rag_file_shape, .admit = rag_quota_admit, .release = rag_quota_release},
	{"GET",    "/v1/files",                                             "files:read",          "data",    "file.list",                 0,            QUICK_MS,  rag_http_file_list,          0,                                         NULL,                   &rag_file_shape},
	{"GET",    "/v1/files/{file}",                                      "files:read",          "data",    "file.get",                  0,            QUICK_MS,  rag_http_file_get,           0,                                         NULL,                   &rag_file_shape},
	{"DELETE", "/v1/files/{file}",                                      "files:write",         "data",    "file.delete",               0,            UPLOAD_MS, rag_http_file_delete,        0,                                         NULL,                   &rag_deleted_shape},
	{"GET",    "/v1/files/{file}/content",                              "files:read",          "data",    "file.content",              0,            UPLOAD_MS, rag_http_file_content},

	{"POST",   "/v1/uploads",                                              "files:write",         "data",    "upload.create",             4 * BH_KIB,   QUICK_MS,  rag_http_upload_create,      BH_ROUTE_IDEMPOTENT,                       &rag_upload_create,     &rag_upload_shape},
	{"GET",    "/v1/uploads/{upload}",                                     "files:read",          "data",    "upload.get",                0,            QUICK_MS,  rag_http_upload_get,         0,                                         NULL,                   &rag_upload_shape},
	{"POST",   "/v1/uploads/{upload}/parts",                               "files:write",         "data",    "upload.part.create",        PART_BYTES,   UPLOAD_MS, rag_http_upload_part_create, BH_ROUTE_IDEMPOTENT | BH_ROUTE_UNBUFFERED, NULL,                   &rag_part_shape, .admit = rag_quota_admit, .release = rag_quota_release},
	{"GET",    "/v1/uploads/{upload}/parts",                               "files:read",          "data",    "upload.part.list",          0,            QUICK_MS,  rag_http_upload_part_list,   0,                                         NULL,                   &rag_part_shape},
	{"POST",   "/v1/uploads/{upload}/complete",                            "files:write",         "data",    "upload.complete",           BH_MIB,       UPLOAD_MS, rag_http_upload_complete,    BH_ROUTE_IDEMPOTENT,                       &rag_upload_complete,   &rag_upload_shape},
	{"POST",   "/v1/uploads/{upload}/cancel",                              "files:write",         "data",    "upload.cancel",             BH_KIB,       UPLOAD_MS, rag_http_upload_cancel,      BH_ROUTE_IDEMPOTENT,                       NULL,                   &rag_upload_shape},

	{"POST",   "/v1/vector_stores",                                     "vector_stores:write", "data",    "vector_store.create",       256 * BH_KIB, QUICK_MS,  rag_http_store_create,       BH_ROUTE_IDEMPOTENT,                       &rag_store_create,      &rag_store_shape},
	{"GET",    "/v1/vector_stores",                                     "vector_stores:read",  "data",    "vector_store.list",         0,            QUICK_MS,  rag_http_store_list,         0,                                         NULL,                   &rag_store_shape},
	{"GET",    "/v1/vector_stores/{store}",                             "vector_stores:read",  "data",    "vector_store.get",          0,            QUICK_MS,  rag_http_store_get,          0,                                         NULL,                   &rag_store_shape},
	{"POST",   "/v1/vector_stores/{store}",                             "vector_stores:write", "data",    "vector_store.update",       64 * BH_KIB,  QUICK_MS,  rag_http_store_update,       BH_ROUTE_IDEMPOTENT,                       &rag_store_update,      &rag_store_shape},
	{"DELETE", "/v1/vector_stores/{store}",                             "vector_stores:write", "data",    "vector_store.delete",       0,            UPLOAD_MS, rag_http_store_delete,       0,                                         NULL,                   &rag_deleted_shape},

	{"GET",    "/v1/vector_stores/{store}/export",                      "vector_stores:read",  "data",    "vector_store.export",       0,            UPLOAD_MS, rag_http_store_export},

	{"POST",   "/v1/vector_stores/{store}/files",                       "vector_stores:write", "data",    "vector_store.file.create",  64 * BH_KIB,  QUICK_MS,  rag_http_store_file_create,  BH_ROUTE_IDEMPOTENT,                       &rag_store_file_create, &rag_store_file_shape},
	{"GET",    "/v1/vector_stores/{store}/files",                       "vector_stores:read",  "data",    "vector_store.file.list",    0,            QUICK_MS,  rag_http_store_file_list,    0,                                         NULL,                   &rag_store_file_shape},
	{"GET",    "/v1/vector_stores/{store}/files/{file}",                "vector_stores:read",  "data",    "vector_store.file.get",     0,            QUICK_MS,  rag_http_store_file_get,     0,                                         NULL,                   &rag_store_file_shape},
	{"POST",   "/v1/vector_stores/{store}/files/{file}",                "vector_stores:write", "data",    "vector_store.file.update",  64 * BH_KIB,  QUICK_MS,  rag_http_store_file_update,  BH_ROUTE_IDEMPOTENT,                       &rag_store_file_update, &rag_store_file_shape},
	{"DELETE", "/v1/vector_stores/{store}/files/{file}",                "vector_stores:write", "data",    "vector_store.file.delete",  0,            UPLOAD_MS, rag_http_store_file_delete,  0,                                         NULL,                   &rag_deleted_shape},
	{"GET",    "/v1/vector_stores/{store}/files/{file}/content",        "vector_stores:read",  "data",    "vector_store.file.content", 0,            UPLOAD_MS, rag_http_store_file_content, 0,                                         NULL,                   &rag_content_shape},
	{"GET",    "/v1/vector_stores/{store}/files/{file}/chunks",            "vector_stores:read",  "data",    "vector_store.file.chunks",  0,            UPLOAD_MS, rag_http_store_file_chunks,  0,                                         NULL,                   &rag_chunk_shape},
	{"GET",    "/v1/vector_stores/{store}/files/{file}/events",            "vector_stores:read",  "data",    "vector_store.file.events",  0,            UPLOAD_MS, rag_http_store_file_events,  BH_ROUTE_STREAM,                           NULL,                   NULL},

	{"POST",   "/v1/vector_stores/{store}/file_batches",                "vector_stores:write", "data",    "vector_store.batch.create", 16 * BH_MIB,  60000,     rag_http_batch_create,       BH_ROUTE_IDEMPOTENT,                       &rag_batch_create,      &rag_batch_shape},
	{"GET",    "/v1/vector_stores/{store}/file_batches/{batch}",        "vector_stores:read",  "data",    "vector_store.batch.get",    0,            QUICK_MS,  rag_http_batch_get,          0,                                         NULL,                   &rag_batch_shape},
	{"POST",   "/v1/vector_stores/{store}/file_batches/{batch}/cancel", "vector_stores:write", "data",    "vector_store.batch.cancel", BH_KIB,       60000,     rag_http_batch_cancel,       BH_ROUTE_IDEMPOTENT,                       NULL,                   &rag_batch_shape},
	{"GET",    "/v1/vector_stores/{store}/file_batches/{batch}/files",  "vector_stores:read",  "data",    "vector_store.batch.files",  0,            QUICK_MS,  rag_http_batch_files,        0,                                         NULL,                   &rag_store_file_shape},

	{"POST",   "/v1/vector_stores/{store}/search",                      "vector_stores:read",  "data",    "vector_store.search",       256 * BH_KIB, SEARCH_MS, rag_http_search,             0,                                         &rag_search_shape,      &rag_results_shape},

	{"GET",    "/v1/receipts",                                          "vector_stores:read",  "data",    "receipt.list",              0,            QUICK_MS,  rag_http_receipt_list,       0,                                         NULL,                   &rag_receipt_shape},
	{"GET",    "/v1/receipts/{receipt}",                                "vector_stores:read",  "data",    "receipt.get",               0,            QUICK_MS,  rag_http_receipt_get,        0,                                         NULL,                   &rag_receipt_shape},

	/* other services */
	{"POST",   "/internal/search",                                      "internal:rag",        "none",    "vector_store.search",       256 * BH_KIB, SEARCH_MS, rag_http_search_internal,    BH_ROUTE_INTERNAL},
	{"PUT",    "/internal/files/{file}",                                "internal:rag",        "none",    "file.create",               UPLOAD_BYTES, UPLOAD_MS, rag_http_kept_put,           BH_ROUTE_INTERNAL | BH_ROUTE_UNBUFFERED, .admit = rag_quota_admit, .release = rag_quota_release},
	{"GET",    "/internal/room",                                        "internal:rag",        "none",    "file.room",                 0,            QUICK_MS,  rag_http_kept_room,          BH_ROUTE_INTERNAL},
	{"GET",    "/internal/files/{file}",                                "internal:rag",        "none",    "file.get",                  0,            QUICK_MS,  rag_http_file_get,           BH_ROUTE_INTERNAL},
	{"DELETE", "/internal/files/{file}",                                "internal:rag",        "none",    "file.delete",               0,            UPLOAD_MS, rag_http_file_delete,        BH_ROUTE_INTERNAL},
	{"GET",    "/internal/files/{file}/content",                        "internal:rag",        "none",    "file.content",              0,            UPLOAD_MS, rag_http_file_content_internal, BH_ROUTE_INTERNAL},
	{"GET",    "/internal/vector_stores/{store}",                       "internal:rag",        "none",    "vector_store.get",          0,            QUICK_MS,  rag_http_store_get,          BH_ROUTE_INTERNAL},
	{"POST",   "/internal/vector_stores/{store}/files",                 "internal:rag",        "none",    "vector_store.file.create",  64 * BH_KIB,  QUICK_MS,  rag_http_store_file_create,  BH_ROUTE_INTERNAL},

	/* the platform's staff */
	{"GET",    "/api/tenants/{tenant}/receipts",                        "tenants:read",            "control", "receipt.list",              0,            QUICK_MS,  rag_http_receipt_list_of,    BH_ROUTE_OPERATOR,                         NULL,                   &rag_receipt_shape},
	{"GET",    "/api/tenants/{tenant}/vector_stores",                       "tenants:read",            "control", "vector_store.list",         0,            QUICK_MS,  rag_http_store_list_of,      BH_ROUTE_OPERATOR,                         NULL,                   &rag_store_shape},
	{"POST",   "/api/tenants/{tenant}/vector_stores/{store}",               "tenants:write",            "control", "vector_store.update",       64 * BH_KIB,  QUICK_MS,  rag_http_store_update_of,    BH_ROUTE_OPERATOR,                         &rag_store_update,      &rag_store_shape},
	{"GET",    "/api/tenants/{tenant}/storage",                         "tenants:read",            "control", "tenant.storage.get",        0,            QUICK_MS,  rag_http_quota_get,          BH_ROUTE_OPERATOR,                         NULL,                   &rag_quota_shape},
	{"PUT",    "/api/tenants/{tenant}/storage",                         "tenants:write",            "control", "tenant.storage.set",        4 * BH_KIB,   QUICK_MS,  rag_http_quota_put,          BH_ROUTE_OPERATOR,                         &rag_quota_change,      &rag_quota_shape},
	{0},
};
/* clang-format on */
