/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c: a row for each kind of job of auth. */
#include "auth/jobs.h"

#include "auth/mail.h"
#include "auth/reset.h"

enum { PLACES = 4, OF_ONE = 2, FINISH_MS = 5000, LEASE_MS = 10000 };

/* A mail server that hangs holds two places of the tenant that writes, and mail is never given up by these: a
 * mail has its own end, and a request for a link does nothing but read and write rows. */
static const struct bh_job_kind kinds[] = {
	{AUTH_JOB_MAIL, .run = auth_mail_run, .finish_ms = FINISH_MS},
	{AUTH_JOB_RESET, .run = auth_reset_run},
	{0},
};

const struct bh_worker_conf auth_jobs = {
	.kinds = kinds,
	.seats = {.places = PLACES,
		.tenant_percent = 100,
		.tenant_most = OF_ONE,
		.tenant_background_most = 1,
		.background_most = PLACES - 1},
	.lease_ms = LEASE_MS,
};
