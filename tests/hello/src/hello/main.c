/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the hello service as tables. */
#include "hello/hello.h"
#include "service/retention.h"

static const struct bh_setting settings[] = {
	BH_TEXT("word", "Hello", struct hello, word, "The first word of a greeting."),
	BH_INT("keep_job_s", "86400", 1, 3153600000, struct hello, keep_job_s,
		"How long a job is kept after it ends."),
};

static const struct bh_retention_kind retention[] = {
	{"job", BH_RETENTION_SQL("job", "id", "finished_at", "AND queue = 'hello'"), 200,
		offsetof(struct hello, keep_job_s)},
	{0},
};

static const struct bh_scope scopes[] = {
	{"greetings:read", BH_ROLE_VIEWER, true},
	{"greetings:write", BH_ROLE_MEMBER, true},
	{0},
};

const struct bh_service hello_service = {
	.name = "hello",
	.settings = BH_LIST(settings),
	.routes = hello_routes,
	.scopes = scopes,
	.jobs = &hello_jobs,
	.state_size = sizeof(struct hello),
	.retention = retention,
};
