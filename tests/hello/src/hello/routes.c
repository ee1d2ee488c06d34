/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the hello service. */
#include "hello/hello.h"

const struct bh_route hello_routes[] = {
	{.method = "POST",
		.path = "/v1/greetings",
		.scope = "greetings:write",
		.limits = "data",
		.audit = "greeting.create",
		.body_bytes_max = 4 * BH_KIB,
		.timeout_ms = 5000,
		.handler = hello_http_greeting_create},
	{.method = "GET",
		.path = "/v1/greetings/{greeting}",
		.scope = "greetings:read",
		.limits = "data",
		.audit = "greeting.get",
		.timeout_ms = 5000,
		.handler = hello_http_greeting_get},
	{0},
};
