/* SPDX-License-Identifier: Apache-2.0 */
/* run_tend.c: what ends a run before its answer does: its time, its client, its credential. */
#include "agent/run.h"

#include "base/clock.h"

void
agent_run_watch(struct agent_run *run)
{
	const struct agent_response *response = &run->response;

	run->began_ms = bh_clock_steady_ms();
	run->claims = (struct bh_claims){.tenant = run->job->lease.tenant,
		.version = response->token_version};
	/* A person signing out does not end what they left running; losing the account does, and so does
	 * the revocation of a key. */
	if (!response->background || response->by_key)
		run->claims.session = response->session;
	if (bh_uuid_parse(response->subject, &run->claims.subject) < 0)
		run->claims.subject = (struct bh_uuid){0};
	/* What was revoked while the job waited never begins. */
	if (bh_token_checker_revoked(bh_runtime_checker(run->agent->runtime), &run->claims))
		bh_job_stop_set(&run->job->stop, AGENT_STOP_REVOKED);
	run->job->state = run;
	bh_job_tend(run->job, true);
}

/* Whether a foreground run's client is gone for good: nobody here listens, nor in another process. */
static bool
has_left(const struct agent_run *run, int64_t now_ms)
{
	const struct agent *agent = run->agent;
	const struct agent_response *response = &run->response;
	const struct bh_job *job = run->job;
	int64_t patience_ms = response->store ? agent->conf.resume_ms : 0;

	/* A run taken over from a dead process gets the full time, stored or not, to be found again. */
	if (!response->store && job->lease.attempt > 1)
		patience_ms = agent->conf.resume_ms;
	if (response->background ||
		agent_hub_unwatched_ms(agent->hub, &response->id, now_ms) <= patience_ms)
		return false;
	return !response->store || job->unwatched_ms + now_ms - job->beaten_ms > agent->conf.resume_ms;
}

void
agent_run_tend(struct bh_job *job)
{
	const struct agent_run *run = job->state;
	const struct agent *agent = run->agent;
	int64_t now_ms = bh_clock_steady_ms();

	if (bh_token_checker_revoked(bh_runtime_checker(agent->runtime), &run->claims))
		bh_job_stop_set(&job->stop, AGENT_STOP_REVOKED);
	if (now_ms - run->began_ms > agent->conf.run_s_max * 1000)
		bh_job_stop_set(&job->stop, AGENT_STOP_TIME);
	if (has_left(run, now_ms))
		bh_job_stop_set(&job->stop, AGENT_STOP_LEFT);
	/* Another process may begin anew what has not said anything. */
	if (bh_runtime_stopping(agent->runtime) && !__atomic_load_n(&run->texted, __ATOMIC_RELAXED))
		bh_job_stop_set(&job->stop, BH_JOB_STOP_STOPPING);
}
