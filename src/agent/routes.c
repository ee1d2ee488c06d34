/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the agent service. */
#include "agent/agent.h"
#include "agent/http.h"
#include "agent/request.h"
#include "agent/wire.h"

#define RUN_MS 900000

/* clang-format off */
const struct bh_route agent_routes[] = {
	/* method  path                                    scope              limits       audit                   body         ms      handler                     flags takes gives */
	{"POST",   "/v1/responses",                        "responses:write", "inference", "response.create",      8 * BH_MIB,  RUN_MS, agent_http_response_create, BH_ROUTE_STREAM | BH_ROUTE_IDEMPOTENT, &agent_request_body, &agent_wire_response_shape},
	{"GET",    "/v1/responses/{response}",             "responses:read",  "data",      "response.get",         0,           RUN_MS, agent_http_response_get,    BH_ROUTE_STREAM, NULL, &agent_wire_response_shape},
	{"DELETE", "/v1/responses/{response}",             "responses:write", "data",      "response.delete",      0,           10000,  agent_http_response_delete, 0, NULL, &agent_deleted_shape},
	{"POST",   "/v1/responses/{response}/cancel",      "responses:write", "data",      "response.cancel",      16 * BH_KIB, 10000,  agent_http_response_cancel, BH_ROUTE_IDEMPOTENT, NULL, &agent_wire_response_shape},
	{"GET",    "/v1/responses/{response}/input_items", "responses:read",  "data",      "response.items",       0,           10000,  agent_http_response_input_items},

	/* a person's chats */
	{"GET",    "/api/chats",                           "responses:read",  "control",   "chat.list",            0,           10000,  agent_http_chat_list,       0, NULL, &agent_chat_shape},
	{"POST",   "/api/chats",                           "responses:write", "control",   "chat.create",          32 * BH_KIB, 10000,  agent_http_chat_create,     BH_ROUTE_IDEMPOTENT, &agent_chat_change, &agent_chat_shape},
	{"GET",    "/api/chats/{chat}",                    "responses:read",  "control",   "chat.get",             0,           10000,  agent_http_chat_get,        0, NULL, &agent_chat_shape},
	{"POST",   "/api/chats/{chat}",                    "responses:write", "control",   "chat.change",          32 * BH_KIB, 10000,  agent_http_chat_change,     0, &agent_chat_change, &agent_chat_shape},
	{"DELETE", "/api/chats/{chat}",                    "responses:write", "control",   "chat.delete",          0,           30000,  agent_http_chat_delete,     0, NULL, &agent_deleted_shape},
	{"GET",    "/api/chats/{chat}/turns",              "responses:read",  "control",   "chat.turns",           0,           30000,  agent_http_chat_turns},

	/* the platform's staff */
	{"GET",    "/api/tenants/{tenant}/responses",      "tenants:read",        "control",   "tenant.responses.get", 0,           10000,  agent_http_kept_get,        BH_ROUTE_OPERATOR, NULL, &agent_kept_shape},
	{"PUT",    "/api/tenants/{tenant}/responses",      "tenants:write",        "control",   "tenant.responses.set", 4 * BH_KIB,  10000,  agent_http_kept_put,        BH_ROUTE_OPERATOR, &agent_kept_change, &agent_kept_shape},
	{0},
};
/* clang-format on */
