/* SPDX-License-Identifier: Apache-2.0 */
/* http_greeting.c: asking for a greeting, and reading it. */
#include "hello/hello.h"
#include "queue/worker.h"
#include "service/request.h"

struct creation {
	const struct bh_uuid *tenant;
	struct hello_greeting greeting;
};

static const struct bh_field create_fields[] = {
	{"name", BH_FIELD_TEXT, BH_REQUIRED, 1, 100, offsetof(struct hello_greeting, name), BH_NO_SET},
};

/* The greeting and the job that writes it appear together. */
static int
add_greeting(struct bh_db *tx, void *ctx)
{
	const struct creation *creation = ctx;
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = HELLO_QUEUE,
		.kind = HELLO_JOB_GREET,
		.subject = creation->greeting.id,
		.payload = "{}",
	};
	int rc = hello_store_greeting_add(tx, creation->tenant, &creation->greeting);

	return rc < 0 ? rc : bh_job_add(tx, creation->tenant, &job);
}

static int
reply_greeting(struct bh_request *req, const struct bh_uuid *id)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct hello_greeting greeting;
	char text[64];
	int rc = hello_store_greeting_get(req->db, &req->tenant, id, &greeting);

	if (rc < 0)
		return bh_reply_error(req, rc, "greeting");
	bh_uuid_format_id(&greeting.id, HELLO_PREFIX, text, sizeof(text));
	bh_write_object(&write);
	bh_write_pair_text(&write, "id", text);
	bh_write_pair_text(&write, "object", "greeting");
	bh_write_pair_text(&write, "name", greeting.name);
	bh_write_pair_text(&write, "text", greeting.text);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}

/* POST /v1/greetings */
int
hello_http_greeting_create(struct bh_request *req)
{
	struct creation creation = {.tenant = &req->tenant, .greeting = {.id = bh_uuid_new()}};
	int rc = bh_request_fields(req, BH_LIST(create_fields), &creation.greeting);

	if (rc == 0)
		rc = bh_tx_run(req->db, add_greeting, &creation);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return reply_greeting(req, &creation.greeting.id);
}

/* GET /v1/greetings/{greeting} */
int
hello_http_greeting_get(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_id(req, "greeting", HELLO_PREFIX, &id);

	return rc < 0 ? bh_reply_error(req, rc, "greeting") : reply_greeting(req, &id);
}
