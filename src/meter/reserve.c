/* SPDX-License-Identifier: Apache-2.0 */
/* reserve.c: whoever comes first for a tenant leads: it reserves for itself. Who comes meanwhile waits;
 * when the leader is back, the first of them leads and takes the others of its tenant along. */
#include "meter/reserve.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/log.h"
#include "meter/reassert.h"

enum { TOGETHER_MOST = 64 };

enum turn { TURN_LEADS, TURN_OVER };

/* One caller, on its own stack. Whose list it stands in is guarded by the lock; what the caller's turn
 * brought it was written before `called`, and is the caller's own after that. */
struct waiter {
	struct waiter *next; /* in the list it stands in */
	const struct bh_uuid *tenant;
	const struct meter_wanted *want;
	sem_t called; /* its turn has changed */
	enum turn turn;
	int rc;
	struct meter_refusal refusal;
	uint64_t looks;
};

struct meter_reserve {
	struct meter_reassert *reassert; /* borrowed */
	pthread_mutex_t lock;
	struct waiter *leading; /* one of each tenant at most */
	struct waiter *waiting; /* in the order they came */
};

int
meter_reserve_open(struct meter_reassert *reassert, struct meter_reserve **out)
{
	struct meter_reserve *reserve = calloc(1, sizeof(*reserve));

	if (reserve == NULL)
		return BH_E_MEMORY;
	reserve->reassert = reassert;
	pthread_mutex_init(&reserve->lock, NULL);
	*out = reserve;
	return 0;
}

void
meter_reserve_close(struct meter_reserve *reserve)
{
	if (reserve == NULL)
		return;
	BH_ASSERT(reserve->leading == NULL && reserve->waiting == NULL);
	pthread_mutex_destroy(&reserve->lock);
	free(reserve);
}

static void
append(struct waiter **list, struct waiter *waiter)
{
	while (*list != NULL)
		list = &(*list)->next;
	waiter->next = NULL;
	*list = waiter;
}

static void
take_out(struct waiter **list, struct waiter *waiter)
{
	while (*list != waiter)
		list = &(*list)->next;
	*list = waiter->next;
}

/* Where the tenant's next one stands in a list; points to NULL when there is none. */
static struct waiter **
find(struct waiter **list, const struct bh_uuid *tenant)
{
	while (*list != NULL && !bh_uuid_equal((*list)->tenant, tenant))
		list = &(*list)->next;
	return list;
}

/* The waiter may be gone when this returns. Called without the lock: a thread that wakes into a lock
 * which is held sleeps again at once, and with many waiters that costs more than all the rest here. */
static void
call_up(struct waiter *waiter, enum turn turn)
{
	waiter->turn = turn;
	BH_ASSERT(sem_post(&waiter->called) == 0);
}

static void
wait_until_called(struct waiter *waiter)
{
	while (sem_wait(&waiter->called) < 0)
		BH_ASSERT(errno == EINTR);
}

/* The leader and those of its tenant that wait now, in order, out of the list. */
static size_t
gather(struct meter_reserve *reserve, struct waiter *leader, struct waiter *group[TOGETHER_MOST])
{
	struct waiter **at = &reserve->waiting;
	size_t n = 0;

	group[n++] = leader;
	while (n < TOGETHER_MOST && *(at = find(at, leader->tenant)) != NULL) {
		group[n] = *at;
		*at = group[n++]->next;
	}
	return n;
}

static int
reserve_together(struct bh_db *db, struct waiter *const *group, size_t n,
	struct meter_refusal *out_refusal)
{
	struct meter_wanted wants[TOGETHER_MOST];

	for (size_t i = 0; i < n; i++)
		wants[i] = *group[i]->want;
	return meter_books_reserve(db, group[0]->tenant, wants, n, out_refusal);
}

/* All at once; where that is too much, one after the other, so that each is judged by what fits. */
static int
reserve_over(struct bh_db *session, struct waiter **group, size_t n)
{
	struct meter_refusal refusal = {0};
	int rc = reserve_together(session, group, n, &refusal);

	for (size_t i = 0; i < n; i++) {
		group[i]->rc = rc;
		group[i]->refusal = refusal;
		if (rc == 0 && refusal.span != METER_ADMITTED && n > 1)
			group[i]->rc = reserve_together(session, &group[i], 1, &group[i]->refusal);
	}
	return rc;
}

/* Over one session: what a crash of the server had taken is back before more is reserved, and a crash in
 * between ends the session. */
static void
reserve_group(struct meter_reserve *reserve, struct bh_db *db, struct waiter **group, size_t n)
{
	struct bh_db session = {0};
	uint64_t looks = 0;
	int rc = bh_db_session_open(db, &session);

	if (rc == 0)
		rc = meter_reassert_run(reserve->reassert, &session);
	looks = meter_reassert_looks(reserve->reassert);
	if (rc == 0)
		rc = reserve_over(&session, group, n);
	for (size_t i = 0; i < n; i++) {
		group[i]->looks = looks;
		if (rc < 0)
			group[i]->rc = rc;
	}
	bh_db_session_close(&session);
}

/* The leader's place passes to the tenant's next one; NULL when there is none. */
static struct waiter *
pass_on(struct meter_reserve *reserve, struct waiter *leader)
{
	struct waiter **at, *next;

	take_out(&reserve->leading, leader);
	at = find(&reserve->waiting, leader->tenant);
	next = *at;
	if (next != NULL) {
		*at = next->next;
		append(&reserve->leading, next);
	}
	return next;
}

static void
lead(struct meter_reserve *reserve, struct bh_db *db, struct waiter *leader)
{
	struct waiter *group[TOGETHER_MOST];
	struct waiter *next;
	size_t n;

	pthread_mutex_lock(&reserve->lock);
	n = gather(reserve, leader, group);
	pthread_mutex_unlock(&reserve->lock);

	reserve_group(reserve, db, group, n);

	pthread_mutex_lock(&reserve->lock);
	next = pass_on(reserve, leader);
	pthread_mutex_unlock(&reserve->lock);
	/* The next one first: the others' acts go on while it asks the database. */
	if (next != NULL)
		call_up(next, TURN_LEADS);
	for (size_t i = 1; i < n; i++)
		call_up(group[i], TURN_OVER);
}

/* True: it leads. False: it stands in line and will be called. */
static bool
join(struct meter_reserve *reserve, struct waiter *me)
{
	bool leads;

	pthread_mutex_lock(&reserve->lock);
	leads = *find(&reserve->leading, me->tenant) == NULL;
	append(leads ? &reserve->leading : &reserve->waiting, me);
	pthread_mutex_unlock(&reserve->lock);
	return leads;
}

int
meter_reserve_take(struct meter_reserve *reserve, struct bh_db *db, const struct bh_uuid *tenant,
	const struct meter_wanted *want, struct meter_refusal *out_refusal, uint64_t *out_looks)
{
	struct waiter me = {
		.tenant = tenant,
		.want = want,
		.turn = TURN_LEADS,
	};

	BH_ASSERT(sem_init(&me.called, 0, 0) == 0);
	/* The leader is bounded by the database's time-outs, and so is this. */
	if (!join(reserve, &me))
		wait_until_called(&me);
	if (me.turn == TURN_LEADS)
		lead(reserve, db, &me);
	sem_destroy(&me.called);

	if (me.rc < 0)
		return me.turn == TURN_OVER ? bh_error(me.rc, "reserve together with other acts") : me.rc;
	*out_refusal = me.refusal;
	*out_looks = me.looks;
	return 0;
}
