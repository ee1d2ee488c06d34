/* SPDX-License-Identifier: Apache-2.0 */
/* hello.h: the example of docs/adding-a-service.md: greetings, which a worker writes. */
#ifndef BH_HELLO_HELLO_H
#define BH_HELLO_HELLO_H

#include <stdbool.h>

#include "db/db.h"
#include "service/service.h"

#define HELLO_QUEUE "hello"
#define HELLO_JOB_GREET "greet"
#define HELLO_PREFIX "greet_"

struct bh_request;
struct bh_worker_conf;

/* [hello] of bulkhead.conf. */
struct hello {
	const char *word;
	int64_t keep_job_s;
};

struct hello_greeting {
	struct bh_uuid id;
	const char *name;
	const char *text; /* NULL: not yet */
};

extern const struct bh_service hello_service;
extern const struct bh_route hello_routes[];
extern const struct bh_worker_conf hello_jobs;

/* store_greeting.c */
BH_MUST_CHECK int hello_store_greeting_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct hello_greeting *greeting);
/* BH_E_NOT_FOUND also for another tenant's id. */
BH_MUST_CHECK int hello_store_greeting_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct hello_greeting *out);
/* BH_E_NOT_FOUND */
BH_MUST_CHECK int hello_store_greeting_say(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *word);

/* http_greeting.c */
int hello_http_greeting_create(struct bh_request *req);
int hello_http_greeting_get(struct bh_request *req);

#endif
