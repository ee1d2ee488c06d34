/* SPDX-License-Identifier: Apache-2.0 */
/* http_greeting.c: asking for a greeting, and reading it. */
#include "hello/hello.h"
#include "queue/worker.h"
#include "service/request.h"

struct creation {
	const struct bh_uuid *tenant;
	struct hello_greeting greeting;
};

#define AT(member) offsetof(struct hello_greeting, member)

static const struct bh_field create_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), BH_REQUIRED, 1, 100},
};

static const struct bh_shape greeting_create = BH_SHAPE("GreetingCreate", struct hello_greeting,
	create_fields);

static const struct bh_field greeting_fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = HELLO_PREFIX},
	{"object", BH_FIELD_CONST, .words = "greeting"},
	{"name", BH_FIELD_TEXT, AT(name)},
	{"text", BH_FIELD_TEXT, AT(text), BH_NULLABLE},
};

static const struct bh_shape greeting_shape = BH_SHAPE("Greeting", struct hello_greeting,
	greeting_fields);

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
	struct hello_greeting greeting;
	int rc = hello_store_greeting_get(req->db, &req->tenant, id, &greeting);

	return rc < 0 ? bh_reply_error(req, rc, "greeting")
				  : bh_reply_object(req, 200, &greeting_shape, &greeting);
}

/* POST /v1/greetings */
int
hello_http_greeting_create(struct bh_request *req)
{
	struct creation creation = {.tenant = &req->tenant, .greeting = {.id = bh_uuid_new()}};
	int rc = bh_request_object(req, &greeting_create, &creation.greeting);

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
