/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_router.c: a method, a blank and any path; parameters come out as bounded, valid text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/request.h"
#include "service/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
handle(struct bh_request *req)
{
	(void)req;
	return 0;
}

#define ROW(method, path) \
	{ \
		method, path, "none", "none", "event", 0, 1000, handle \
	}
static const struct bh_route routes[] = {
	ROW("GET", "/v1/files"),
	ROW("POST", "/v1/files"),
	ROW("GET", "/v1/files/{id}"),
	ROW("GET", "/v1/files/{id}/content"),
	ROW("GET", "/v1/files/all/content"),
	ROW("DELETE", "/api/tenants/{tenant}/keys/{key}"),
	{0},
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bh_router router;
	struct bh_arena arena = {0};
	struct bh_router_match match = {0};
	const char *allow = NULL;
	char *method = bh_arena_copy(&arena, data, size);
	char *path = strchr(method, ' ');

	if (router.n_entries == 0 && bh_router_add(&router, routes) < 0)
		abort();
	if (path != NULL) {
		*path++ = '\0';
		if (bh_router_find(&router, &arena, method, path, &match, &allow) == 0) {
			for (size_t i = 0; i < BH_ROUTE_PARAMS_MOST && match.params[i].name != NULL; i++) {
				const char *value = match.params[i].value;

				if (value[0] == '\0' || !bh_text_is_utf8(value, strlen(value)))
					abort();
			}
		}
	}
	bh_arena_close(&arena);
	return 0;
}
