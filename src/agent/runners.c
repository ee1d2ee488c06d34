/* runners.c: idle threads wait for a job handed over or look into the queue; one thread tends all. */
#include "agent/runners.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/hub.h"
#include "agent/run.h"
#include "agent/seats.h"
#include "agent/store.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "sec/token.h"

enum {
	POLL_MS = 500, /* how often the queue is looked into */
	TEND_MS = 200,
	IDLE_TEND_MS = 1000,
	BEAT_MS = 1000,
	FINISH_MS = 7000 /* time that runs with text get when the service stops */
};

struct handed {
	struct bh_uuid tenant, job;
	bool background;
};

/* What the tending thread knows of a run; a copy, so that no lock is held over a statement. */
struct tended {
	struct agent_run *run; /* NULL: free; valid under the lock only */
	struct bh_lease lease;
	struct bh_uuid response;
	struct bh_claims claims;
	bool background, store;
	int64_t began_ms, beaten_ms;
	int64_t unwatched_ms; /* at the last beat, as the queue knows from all processes */
};

struct agent_runners {
	pthread_mutex_t lock;
	pthread_cond_t wake; /* on the steady clock */
	size_t idle;
	bool polling; /* an idle thread looks into the queue from time to time */
	struct handed handed[AGENT_RUNNERS];
	size_t n_handed;
	struct agent_seats seats; /* of every job that a thread has, or was handed */
	bool claiming;            /* a thread asks the queue and has no seat yet */
	pthread_mutex_t claims;   /* one at a time: a claim is given what the one before left */
	struct tended tended[AGENT_RUNNERS];
	size_t n_tended;
};

struct agent_runners *
agent_runners_new(void)
{
	struct agent_runners *runners = calloc(1, sizeof(*runners));

	BH_ASSERT(runners != NULL);
	pthread_mutex_init(&runners->lock, NULL);
	pthread_mutex_init(&runners->claims, NULL);
	bh_clock_cond_init(&runners->wake);
	return runners;
}

void
agent_runners_free(struct agent_runners *runners)
{
	if (runners == NULL)
		return;
	pthread_cond_destroy(&runners->wake);
	pthread_mutex_destroy(&runners->claims);
	pthread_mutex_destroy(&runners->lock);
	free(runners);
}

void
agent_runners_hand(struct agent_runners *runners, const struct bh_uuid *tenant,
	const struct bh_uuid *job, bool background)
{
	/* A claim under way may turn out to be this tenant's: room is left for it. */
	size_t spare;

	pthread_mutex_lock(&runners->lock);
	spare = runners->claiming ? 1 : 0;
	if (runners->n_handed < runners->idle &&
		agent_seats_free(&runners->seats, tenant, background) > spare) {
		agent_seats_take(&runners->seats, tenant, background);
		runners->handed[runners->n_handed++] = (struct handed){*tenant, *job, background};
		pthread_cond_broadcast(&runners->wake);
	}
	pthread_mutex_unlock(&runners->lock);
}

/* ---- doing ---- */

/* Waits for a job handed over; false when it is this thread's turn to look into the queue. One idle
 * thread keeps that watch, the others sleep. */
static bool
idle(struct agent_runners *runners, struct bh_runtime *runtime, struct handed *out)
{
	int64_t until_ms = bh_clock_steady_ms() + POLL_MS;
	bool found = false, mine;

	pthread_mutex_lock(&runners->lock);
	runners->idle++;
	mine = !runners->polling;
	runners->polling = true;
	while (runners->n_handed == 0 && !bh_runtime_stopping(runtime)) {
		if (mine && bh_clock_steady_ms() >= until_ms)
			break;
		if (!mine && !runners->polling) {
			mine = runners->polling = true;
			until_ms = bh_clock_steady_ms() + POLL_MS;
		}
		bh_clock_wait_until(&runners->wake, &runners->lock,
			mine ? until_ms : bh_clock_steady_ms() + 60000);
	}
	if (runners->n_handed > 0) {
		*out = runners->handed[--runners->n_handed];
		found = true;
	}
	if (mine) {
		runners->polling = false;
		pthread_cond_broadcast(&runners->wake);
	}
	runners->idle--;
	pthread_mutex_unlock(&runners->lock);
	return found;
}

static void
leave_seat(struct agent_runners *runners, const struct bh_uuid *tenant, bool background)
{
	pthread_mutex_lock(&runners->lock);
	agent_seats_leave(&runners->seats, tenant, background);
	pthread_mutex_unlock(&runners->lock);
}

/* The next job of the queue, of whoever has room; with a seat. */
static int
claim_next(struct agent_runners *runners, struct bh_db *db, const char *worker,
	struct bh_lease *out)
{
	struct agent_seats_full full;
	int rc;

	pthread_mutex_lock(&runners->claims);
	pthread_mutex_lock(&runners->lock);
	runners->claiming = true;
	agent_seats_full(&runners->seats, &full);
	pthread_mutex_unlock(&runners->lock);

	rc = bh_lease_claim(db, AGENT_QUEUE, worker, AGENT_LEASE_MS, &full.kept_back, out);

	pthread_mutex_lock(&runners->lock);
	runners->claiming = false;
	if (rc == 0)
		agent_seats_take(&runners->seats, &out->tenant, out->background);
	pthread_mutex_unlock(&runners->lock);
	pthread_mutex_unlock(&runners->claims);
	return rc;
}

/* The job handed over, which has a seat already. */
static int
claim_handed(struct agent_runners *runners, struct bh_db *db, const char *worker,
	const struct handed *handed, struct bh_lease *out)
{
	int rc;

	db->context = handed->tenant;
	rc = bh_lease_claim_job(db, &handed->tenant, &handed->job, worker, AGENT_LEASE_MS, out);
	if (rc < 0)
		leave_seat(runners, &handed->tenant, handed->background);
	return rc;
}

/* True when there was something to do. */
static bool
run_one(struct agent *agent, const struct handed *handed)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(agent->runtime), .arena = &arena};
	struct bh_lease lease = {0};
	char worker[BH_WORKER_NAME];
	int rc;

	bh_error_clear();
	bh_lease_worker(AGENT_QUEUE, worker);
	rc = handed != NULL ? claim_handed(agent->runners, &db, worker, handed, &lease)
						: claim_next(agent->runners, &db, worker, &lease);
	if (rc == 0) {
		agent_run_execute(agent, &arena, &lease);
		leave_seat(agent->runners, &lease.tenant, lease.background);
	} else if (rc != BH_E_EMPTY && rc != BH_E_LOST) {
		bh_log_failure("claim a run", rc);
	}
	bh_arena_close(&arena);
	return rc == 0;
}

void
agent_runners_run(struct bh_runtime *runtime, void *service)
{
	struct agent *agent = service;
	struct handed handed;
	bool busy = false;

	while (!bh_runtime_stopping(runtime)) {
		/* After a run the queue comes first: who waited there waited longest, and a job that was kept
		 * back for its tenant's share may have room now. */
		if (busy)
			busy = run_one(agent, NULL);
		else if (idle(agent->runners, runtime, &handed))
			busy = run_one(agent, &handed);
		else if (!bh_runtime_stopping(runtime))
			busy = run_one(agent, NULL);
	}
}

/* ---- tending ---- */

void
agent_runners_enter(struct agent_runners *runners, struct agent_run *run)
{
	const struct agent_response *response = &run->response;
	struct tended tended = {
		.run = run,
		.lease = run->journal.lease,
		.response = response->id,
		.background = response->background,
		.store = response->store,
		.began_ms = bh_clock_steady_ms(),
		.beaten_ms = bh_clock_steady_ms(),
		.unwatched_ms = run->journal.lease.unwatched_ms,
		.claims = {.tenant = run->journal.lease.tenant, .version = response->token_version},
	};

	/* A person signing out does not end what they left running; losing the account does, and so does
	 * the revocation of a key. */
	if (!response->background || response->by_key)
		tended.claims.session = response->session;
	if (bh_uuid_parse(response->subject, &tended.claims.subject) < 0)
		tended.claims.subject = (struct bh_uuid){0};
	/* What was revoked while the job waited never begins. */
	if (bh_token_checker_revoked(bh_runtime_checker(run->agent->runtime), &tended.claims))
		agent_stop_set(&run->stop, AGENT_STOP_REVOKED);
	pthread_mutex_lock(&runners->lock);
	BH_ASSERT(runners->n_tended < AGENT_RUNNERS);
	runners->tended[runners->n_tended++] = tended;
	pthread_mutex_unlock(&runners->lock);
	bh_runtime_wake(run->agent->runtime, AGENT_WORKER_TEND);
}

void
agent_runners_leave(struct agent_runners *runners, struct agent_run *run)
{
	pthread_mutex_lock(&runners->lock);
	for (size_t i = 0; i < runners->n_tended; i++) {
		if (runners->tended[i].run != run)
			continue;
		runners->tended[i] = runners->tended[--runners->n_tended];
		break;
	}
	pthread_mutex_unlock(&runners->lock);
}

/* Brakes the run, if it is still the same one; `spare_text`: not if it has said something. */
static void
brake_unless(struct agent_runners *runners, const struct tended *tended,
	enum agent_stop_reason reason, bool spare_text)
{
	pthread_mutex_lock(&runners->lock);
	for (size_t i = 0; i < runners->n_tended; i++) {
		if (runners->tended[i].run != tended->run ||
			!bh_uuid_equal(&runners->tended[i].response, &tended->response))
			continue;
		if (!spare_text || !__atomic_load_n(&tended->run->texted, __ATOMIC_RELAXED))
			agent_stop_set(&tended->run->stop, reason);
	}
	pthread_mutex_unlock(&runners->lock);
}

static void
brake(struct agent_runners *runners, const struct tended *tended, enum agent_stop_reason reason)
{
	brake_unless(runners, tended, reason, false);
}

static void
note_beat(struct agent_runners *runners, const struct tended *tended, int64_t now_ms,
	int64_t unwatched_ms)
{
	pthread_mutex_lock(&runners->lock);
	for (size_t i = 0; i < runners->n_tended; i++) {
		if (runners->tended[i].run != tended->run)
			continue;
		runners->tended[i].beaten_ms = now_ms;
		runners->tended[i].unwatched_ms = unwatched_ms;
	}
	pthread_mutex_unlock(&runners->lock);
}

static void
take_beat(struct agent_runners *runners, const struct tended *tended,
	const struct bh_lease_state *state, int64_t now_ms)
{
	/* A run that is just settling has ended its lease itself: the brake finds it gone. */
	if (!state->held)
		brake(runners, tended, AGENT_STOP_LOST);
	else
		note_beat(runners, tended, now_ms, state->unwatched_ms);
	if (state->cancelled)
		brake(runners, tended, AGENT_STOP_CANCELLED);
}

/* Moves the ends of all leases, and learns who has cancelled or left in other processes. */
static void
beat(struct agent *agent, const struct tended *list, size_t n)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(agent->runtime), .arena = &arena};
	const struct bh_lease *leases[AGENT_RUNNERS];
	struct bh_lease_state states[AGENT_RUNNERS];
	int64_t now_ms = bh_clock_steady_ms();
	bool due = false;
	int rc;

	for (size_t i = 0; i < n; i++) {
		due = due || now_ms - list[i].beaten_ms >= BEAT_MS;
		leases[i] = &list[i].lease;
	}
	if (!due)
		return;
	rc = bh_lease_extend_all(&db, AGENT_QUEUE, leases, n, AGENT_LEASE_MS, states);
	if (rc < 0)
		bh_log_failure("extend leases", rc);
	for (size_t i = 0; rc == 0 && i < n; i++)
		take_beat(agent->runners, &list[i], &states[i], now_ms);
	bh_arena_close(&arena);
}

/* Whether a foreground run's client is gone for good: nobody here listens, nor in another process. */
static bool
has_left(struct agent *agent, const struct tended *tended, int64_t now_ms)
{
	int64_t patience_ms = tended->store ? agent->conf.resume_ms : 0;

	/* A run taken over from a dead process gets the full time, stored or not, to be found again. */
	if (!tended->store && tended->lease.attempt > 1)
		patience_ms = agent->conf.resume_ms;
	if (tended->background ||
		agent_hub_unwatched_ms(agent->hub, &tended->response, now_ms) <= patience_ms)
		return false;
	return !tended->store ||
		tended->unwatched_ms + now_ms - tended->beaten_ms > agent->conf.resume_ms;
}

static void
tend(struct agent *agent, const struct tended *tended, int64_t stopping_ms)
{
	int64_t now_ms = bh_clock_steady_ms();

	if (bh_token_checker_revoked(bh_runtime_checker(agent->runtime), &tended->claims))
		brake(agent->runners, tended, AGENT_STOP_REVOKED);
	if (now_ms - tended->began_ms > agent->conf.run_s_max * 1000)
		brake(agent->runners, tended, AGENT_STOP_TIME);
	if (has_left(agent, tended, now_ms))
		brake(agent->runners, tended, AGENT_STOP_LEFT);
	if (stopping_ms > 0)
		brake_unless(agent->runners, tended, AGENT_STOP_STOPPING,
			now_ms - stopping_ms <= FINISH_MS);
}

static size_t
copy_tended(struct agent_runners *runners, struct tended out[AGENT_RUNNERS])
{
	size_t n;

	pthread_mutex_lock(&runners->lock);
	n = runners->n_tended;
	memcpy(out, runners->tended, n * sizeof(*out));
	pthread_mutex_unlock(&runners->lock);
	return n;
}

void
agent_runners_tend(struct bh_runtime *runtime, void *service)
{
	struct agent *agent = service;
	struct agent_runners *runners = agent->runners;
	struct tended list[AGENT_RUNNERS];
	int64_t stopping_ms = 0;
	size_t n;

	for (;;) {
		if (bh_runtime_stopping(runtime)) {
			if (stopping_ms == 0)
				stopping_ms = bh_clock_steady_ms();
			pthread_mutex_lock(&runners->lock);
			pthread_cond_broadcast(&runners->wake);
			pthread_mutex_unlock(&runners->lock);
		}
		n = copy_tended(runners, list);
		for (size_t i = 0; i < n; i++)
			tend(agent, &list[i], stopping_ms);
		beat(agent, list, n);
		if (stopping_ms > 0 && n == 0)
			return;
		if (stopping_ms > 0)
			usleep(TEND_MS * 1000);
		else
			bh_runtime_wait(runtime, AGENT_WORKER_TEND, n > 0 ? TEND_MS : IDLE_TEND_MS);
	}
}
