/* SPDX-License-Identifier: Apache-2.0 */
/* http.h: the handlers of the finetune service; see routes.c for who may call them. */
#ifndef BH_FINETUNE_HTTP_H
#define BH_FINETUNE_HTTP_H

#include "base/macros.h"
#include "finetune/store.h"

struct bh_request;
struct bh_shape;

/* What a credential needs to have a file of its tenant read, or what was learned from it. */
#define FINETUNE_FILE_SCOPE "files:read"

/* http_create.c */
int finetune_http_job_create(struct bh_request *req);

/* http_jobs.c */
int finetune_http_job_list(struct bh_request *req);
int finetune_http_job_get(struct bh_request *req);
int finetune_http_job_cancel(struct bh_request *req);
int finetune_http_job_pause(struct bh_request *req);
int finetune_http_job_resume(struct bh_request *req);
/* The job of the path. BH_E_NOT_FOUND. */
BH_MUST_CHECK int finetune_http_job_find(struct bh_request *req, struct finetune_job *out);
/* Replies with it. */
int finetune_http_job_reply(struct bh_request *req, const struct finetune_job *row);

/* http_events.c */
int finetune_http_event_list(struct bh_request *req);

/* http_checkpoints.c */
int finetune_http_checkpoint_list(struct bh_request *req);
int finetune_http_permission_list(struct bh_request *req);
int finetune_http_permission_add(struct bh_request *req);
int finetune_http_permission_delete(struct bh_request *req);

extern const struct bh_shape finetune_job_shape, finetune_event_shape, finetune_checkpoint_shape,
	finetune_permission_shape, finetune_permission_create;

#endif
