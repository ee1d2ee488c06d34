/* SPDX-License-Identifier: Apache-2.0 */
/* entitle.h: what a tenant's tokens tell of its plan: written with the subscription, told to auth afterwards. */
#ifndef BH_BILLING_ENTITLE_H
#define BH_BILLING_ENTITLE_H

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/plan.h"
#include "db/db.h"

struct bh_job;
struct bh_runtime;

#define BILLING_QUEUE "billing"
#define BILLING_JOB_ENTITLE "entitle" /* its subject is the tenant */

/* Writes it, with a job that tells auth should nobody do so before. `state` is the subscription's. Inside
 * bh_tx_run. */
BH_MUST_CHECK int billing_entitle_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_plan *plan, const char *state);

/* Tells auth, behind the commit: within a second it holds everywhere. A failure is left to the job. */
void billing_entitle_tell(struct bh_runtime *runtime, struct bh_arena *arena,
	const struct bh_uuid *tenant, const char *request_id);

/* The job. */
BH_MUST_CHECK int billing_entitle_run(struct bh_job *job);

#endif
