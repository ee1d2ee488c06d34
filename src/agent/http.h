/* SPDX-License-Identifier: Apache-2.0 */
/* http.h: the handlers of the agent service; see routes.c for who may call them. */
#ifndef AGENT_HTTP_H
#define AGENT_HTTP_H

#include <stdbool.h>

struct bh_request;
struct bh_shape;

int agent_http_response_create(struct bh_request *req);
int agent_http_response_get(struct bh_request *req);
int agent_http_response_delete(struct bh_request *req);
int agent_http_response_cancel(struct bh_request *req);
int agent_http_response_input_items(struct bh_request *req);
int agent_http_chat_list(struct bh_request *req);
int agent_http_chat_create(struct bh_request *req);
int agent_http_chat_get(struct bh_request *req);
int agent_http_chat_change(struct bh_request *req);
int agent_http_chat_delete(struct bh_request *req);
int agent_http_chat_turns(struct bh_request *req);
int agent_http_kept_get(struct bh_request *req);
int agent_http_kept_put(struct bh_request *req);

extern const struct bh_shape agent_chat_change, agent_kept_change;

/* Answers. */
struct agent_deleted {
	const char *id, *object;
	bool deleted;
};
extern const struct bh_shape agent_deleted_shape, agent_chat_shape, agent_kept_shape;

#endif
