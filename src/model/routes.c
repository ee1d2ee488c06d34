/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the model service. */
#include "model/http.h"
#include "model/model.h"

#define CHAT_MS 600000

/* clang-format off */
const struct bh_route model_routes[] = {
	/* method  path                                      scope               limits       audit                      body         ms       handler                            flags                takes gives */
	{"POST",   "/v1/chat/completions",                   "chat:write",       "inference", "chat.create",             8 * BH_MIB,  CHAT_MS, model_http_chat_create,            BH_ROUTE_STREAM | BH_ROUTE_IDEMPOTENT, &model_chat_create, &model_chat_completion},
	{"POST",   "/v1/embeddings",                         "embeddings:write", "inference", "embedding.create",        8 * BH_MIB,  CHAT_MS, model_http_embedding_create,       BH_ROUTE_IDEMPOTENT, &model_embedding_create},
	{"POST",   "/v1/rerank",                             "rerank:write",     "inference", "rerank.create",           8 * BH_MIB,  CHAT_MS, model_http_rerank_create,          BH_ROUTE_IDEMPOTENT, &model_rerank_create, &model_reranking},
	{"POST",   "/v2/rerank",                             "rerank:write",     "inference", "rerank.create",           8 * BH_MIB,  CHAT_MS, model_http_rerank_create,          BH_ROUTE_IDEMPOTENT, &model_rerank_create, &model_reranking},
	{"POST",   "/v1/moderations",                        "moderations:write", "inference", "moderation.create",      8 * BH_MIB,  CHAT_MS, model_http_moderation_create,      BH_ROUTE_IDEMPOTENT, &model_moderation_create, &model_moderation_shape},
	{"GET",    "/v1/models",                             "models:read",      "data",      "model.list",              0,           10000,   model_http_model_list,             0,                   NULL, &model_shape},
	{"GET",    "/v1/models/{model}",                     "models:read",      "data",      "model.get",               0,           10000,   model_http_model_get,              0,                   NULL, &model_shape},
	{"DELETE", "/v1/models/{model}",                     "models:write",     "data",      "model.delete",            0,           60000,   model_http_model_delete,           0,                   NULL, &model_deleted_shape},

	/* other services */
	{"POST",   "/internal/v1/chat/completions",          "internal:model",   "none",      "chat.create",             8 * BH_MIB,  CHAT_MS, model_http_chat_create,            BH_ROUTE_INTERNAL | BH_ROUTE_STREAM},
	{"POST",   "/internal/v1/embeddings",                "internal:model",   "none",      "embedding.create",        8 * BH_MIB,  CHAT_MS, model_http_embedding_create,       BH_ROUTE_INTERNAL},
	{"POST",   "/internal/v1/rerank",                    "internal:model",   "none",      "rerank.create",           8 * BH_MIB,  CHAT_MS, model_http_rerank_create,          BH_ROUTE_INTERNAL},
	{"POST",   "/internal/v1/audio/transcriptions",      "internal:model",   "none",      "transcription.create",    512 * BH_MIB, CHAT_MS, model_http_transcription_create, BH_ROUTE_INTERNAL},
	{"POST",   "/internal/v1/audio/speech",              "internal:model",   "none",      "speech.create",           64 * BH_KIB,  CHAT_MS, model_http_speech_create,        BH_ROUTE_INTERNAL},
	{"POST",   "/internal/v1/images",                    "internal:model",   "none",      "image.make",              512 * BH_MIB, CHAT_MS, model_http_image_create,          BH_ROUTE_INTERNAL | BH_ROUTE_STREAM | BH_ROUTE_UNBUFFERED},
	{"POST",   "/internal/v1/adapters",                  "internal:model",   "none",      "adapter.create",          16 * BH_KIB,  10000,   model_http_adapter_create,         BH_ROUTE_INTERNAL},
	{"GET",    "/internal/v1/adapters/{name}",           "internal:model",   "none",      "adapter.get",             0,           10000,   model_http_adapter_get,            BH_ROUTE_INTERNAL},
	{"DELETE", "/internal/v1/adapters/{name}",           "internal:model",   "none",      "adapter.delete",          0,           60000,   model_http_adapter_delete,         BH_ROUTE_INTERNAL},
	{"POST",   "/internal/tokenize",                     "internal:model",   "none",      "model.tokenize",          8 * BH_MIB,  60000,   model_http_tokenize,               BH_ROUTE_INTERNAL},
	{"GET",    "/internal/models/{model}",               "internal:model",   "none",      "model.describe",          0,           10000,   model_http_model_describe,         BH_ROUTE_INTERNAL},

	/* the platform's staff */
	{"GET",    "/api/tenants/{tenant}/models",           "tenants:read",         "control",   "tenant.model.list",       0,           10000,   model_http_tenant_model_list,      BH_ROUTE_OPERATOR, NULL, &model_entry_shape},
	{"POST",   "/api/tenants/{tenant}/models",           "tenants:write",         "control",   "tenant.model.add",        64 * BH_KIB, 60000,   model_http_tenant_model_add,       BH_ROUTE_OPERATOR, &model_add_shape, &model_entry_shape},
	{"DELETE", "/api/tenants/{tenant}/models/{model}",   "tenants:write",         "control",   "tenant.model.remove",     0,           10000,   model_http_tenant_model_remove,    BH_ROUTE_OPERATOR},
	{"PUT",    "/api/tenants/{tenant}/default-model",    "tenants:write",         "control",   "tenant.model.default",    16 * BH_KIB, 10000,   model_http_tenant_model_default,   BH_ROUTE_OPERATOR, &model_default_shape, &model_entry_shape},
	{"GET",    "/api/tenants/{tenant}/budget",           "tenants:read",         "control",   "tenant.budget.get",       0,           10000,   model_http_tenant_budget_get,      BH_ROUTE_OPERATOR, NULL, &model_budget_shape},
	{"PUT",    "/api/tenants/{tenant}/budget",           "tenants:write",         "control",   "tenant.budget.set",       16 * BH_KIB, 10000,   model_http_tenant_budget_set,      BH_ROUTE_OPERATOR, &model_budget_change_shape, &model_budget_shape},
	{"GET",    "/api/tenants/{tenant}/usage",            "tenants:read",         "control",   "tenant.usage.list",       0,           10000,   model_http_tenant_usage_list,      BH_ROUTE_OPERATOR, NULL, &model_usage_shape},
	{"GET",    "/api/tenants/{tenant}/usage/quarantine", "tenants:read",         "control",   "tenant.usage.quarantine", 0,           10000,   model_http_tenant_quarantine_list, BH_ROUTE_OPERATOR, NULL, &model_quarantine_shape},
	{"GET",    "/api/platform/engines",                  "platform:read",        "control",   "platform.engines",        0,           15000,   model_http_engine_list, 0, NULL, &model_engine_shape},
	{"GET",    "/api/settlement",                        "tenants:read",         "control",   "settlement.get",          0,           10000,   model_http_settlement_get, 0, NULL, &model_settlement_shape},
	{0},
};
/* clang-format on */
