/* SPDX-License-Identifier: Apache-2.0 */
/* http.h: the handlers of the model service; see routes.c for who may call them. */
#ifndef BH_MODEL_HTTP_H
#define BH_MODEL_HTTP_H

struct bh_request;
struct bh_shape;

int model_http_chat_create(struct bh_request *req);
int model_http_embedding_create(struct bh_request *req);
int model_http_rerank_create(struct bh_request *req);
int model_http_moderation_create(struct bh_request *req);

/* Other services, which have made the sound what it has to be: http_audio.c. */
int model_http_transcription_create(struct bh_request *req);
int model_http_speech_create(struct bh_request *req);

int model_http_image_create(struct bh_request *req); /* http_images.c: other services */
int model_http_model_list(struct bh_request *req);
int model_http_model_get(struct bh_request *req);
int model_http_model_delete(struct bh_request *req);

/* http_adapters.c: the service that trains them. */
int model_http_adapter_create(struct bh_request *req);
int model_http_adapter_get(struct bh_request *req);
int model_http_adapter_delete(struct bh_request *req);
/* Answers. */
int model_http_adapter_remove(struct bh_request *req, const char *name);

/* Other services. */
int model_http_tokenize(struct bh_request *req);
int model_http_model_describe(struct bh_request *req);

/* The platform's operator, on behalf of the tenant named in the path. */
int model_http_tenant_model_list(struct bh_request *req);
int model_http_tenant_model_add(struct bh_request *req);
int model_http_tenant_model_remove(struct bh_request *req);
int model_http_tenant_model_default(struct bh_request *req);
int model_http_tenant_budget_get(struct bh_request *req);
int model_http_tenant_budget_set(struct bh_request *req);
int model_http_tenant_usage_list(struct bh_request *req);
int model_http_tenant_quarantine_list(struct bh_request *req);
int model_http_settlement_get(struct bh_request *req);
int model_http_engine_list(struct bh_request *req);

/* Bodies and answers. */
extern const struct bh_shape model_shape, model_embedding_create, model_chat_create,
	model_chat_completion, model_deleted_shape, model_rerank_create, model_reranking,
	model_moderation_create, model_moderation_shape;
extern const struct bh_shape model_entry_shape, model_add_shape, model_default_shape,
	model_budget_shape, model_budget_change_shape, model_usage_shape, model_quarantine_shape,
	model_settlement_shape, model_engine_shape;

#endif
