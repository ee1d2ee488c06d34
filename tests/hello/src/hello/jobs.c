/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c: the one kind of job: writes the text of a greeting. */
#include "hello/hello.h"
#include "queue/worker.h"

enum { PLACES = 2 };

/* May be done twice: the text is the same. */
static int
greet(struct bh_job *job)
{
	const struct hello *hello = job->service;

	return hello_store_greeting_say(&job->db, &job->lease.tenant, &job->lease.subject, hello->word);
}

static const struct bh_job_kind kinds[] = {
	{HELLO_JOB_GREET, .run = greet},
	{0},
};

const struct bh_worker_conf hello_jobs = {
	.kinds = kinds,
	.seats = {.places = PLACES,
		.tenant_percent = 100,
		.tenant_most = 1,
		.tenant_background_most = 1,
		.background_most = PLACES},
	.lease_ms = 10000,
};
