/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the multimodal service: pictures that are made, and whatever else is neither text alone nor a document. */
#include "multimodal/multimodal.h"

#include "service/idempotency_sql.h"
#include "service/retention.h"

static int
multimodal_open(struct bh_runtime *runtime, void *state)
{
	struct multimodal *multimodal = state;

	multimodal->runtime = runtime;
	return 0;
}

static const struct bh_retention_kind retention[] = {
	BH_RETENTION_IDEMPOTENCY("idempotency_multimodal"),
	{0},
};

static const struct bh_idempotency_sql idempotency = BH_IDEMPOTENCY_SQL("idempotency_multimodal");

static const struct bh_service_call calls[] = {
	{"model", "internal:model"},
	{"rag", "internal:rag"},
	{0},
};

static const struct bh_scope scopes[] = {
	{"images:write", BH_ROLE_MEMBER, true, "images"},
	{0},
};

const struct bh_service multimodal_service = {
	.name = "multimodal",
	.routes = multimodal_routes,
	.scopes = scopes,
	.state_size = sizeof(struct multimodal),
	.open = multimodal_open,
	.retention = retention,
	.idempotency = &idempotency,
	.calls = calls,
};
