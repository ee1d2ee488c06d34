/* SPDX-License-Identifier: Apache-2.0 */
/* http.h: the handlers of the agent service; see routes.c for who may call them. */
#ifndef AGENT_HTTP_H
#define AGENT_HTTP_H

struct bh_request;
struct bh_shape;

int agent_http_response_create(struct bh_request *req);
int agent_http_response_get(struct bh_request *req);
int agent_http_response_delete(struct bh_request *req);
int agent_http_response_cancel(struct bh_request *req);
int agent_http_response_input_items(struct bh_request *req);
int agent_http_kept_get(struct bh_request *req);
int agent_http_kept_put(struct bh_request *req);

/* Answers. */
extern const struct bh_shape agent_deleted_shape;

#endif
