/* SPDX-License-Identifier: Apache-2.0 */
/* push.c: POST /internal/forget to the private socket of the gateway, or of each of them. */
#include "auth/push.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/store_revocation.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/client.h"
#include "http/endpoint.h"
#include "sec/token.h"
#include "service/runtime.h"

enum {
	GATEWAY_MS = 500,
	WAIT_MS = 500,
	MANY = 32 /* rows of one tenant that are told as one */
};

/* No token lives for an hour, so no row older than that can matter to one. */
#define LOG_KEEP_MS (60 * 60 * 1000LL)

struct auth_pusher {
	pthread_mutex_t lock;
	pthread_cond_t told;    /* a pass has ended */
	uint64_t asked, passed; /* what was committed before `passed` was asked for has been told */
	/* The worker's: up to which number each gateway was told, in the order of their addresses. One that is away
	 * falls behind and is told later; it holds back no other. */
	int64_t up_to[BH_ENDPOINTS_MOST];
	bool knows_up_to;
	struct bh_http_client *const *gateways; /* borrowed; NULL: the peer of that name */
	size_t n_gateways;
};

int
auth_pusher_open(struct auth_pusher **out)
{
	struct auth_pusher *pusher = calloc(1, sizeof(*pusher));

	if (pusher == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&pusher->lock, NULL);
	bh_clock_cond_init(&pusher->told);
	*out = pusher;
	return 0;
}

void
auth_pusher_close(struct auth_pusher *pusher)
{
	if (pusher == NULL)
		return;
	pthread_cond_destroy(&pusher->told);
	pthread_mutex_destroy(&pusher->lock);
	free(pusher);
}

/* ---- the gateway ---- */

BH_MUST_CHECK static int
forget(struct bh_http_client *gateway, const char *kind, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	struct bh_http_reply reply = {0};
	char text[BH_UUID_TEXT], of[BH_UUID_TEXT], path[160];
	struct bh_http_call call = {
		.method = "POST",
		.path = path,
		.watch_fd = -1,
		.first_byte_ms = GATEWAY_MS,
		.idle_ms = GATEWAY_MS,
		.repeatable = true,
	};
	int rc = 0;

	bh_uuid_format(id, text);
	snprintf(path, sizeof(path), "/internal/forget?kind=%s&id=%s", kind, text);
	/* Whose it is spares the gateway a look at everybody's credentials. */
	if (!bh_uuid_is_zero(tenant)) {
		bh_uuid_format(tenant, of);
		snprintf(path, sizeof(path), "/internal/forget?kind=%s&id=%s&tenant=%s", kind, text, of);
	}
	rc = bh_http_call(gateway, &call, &reply);
	if (rc == 0 && reply.status / 100 != 2)
		rc = bh_error(BH_E_PROTOCOL, "the gateway returned %d", reply.status);
	bh_http_reply_close(&reply);
	return rc;
}

static size_t
gateways_count(struct bh_runtime *runtime, const struct auth_pusher *pusher)
{
	return pusher->gateways != NULL ? pusher->n_gateways
									: bh_http_client_count(bh_runtime_peer(runtime, "gateway"));
}

static struct bh_http_client *
gateway_at(struct bh_runtime *runtime, const struct auth_pusher *pusher, size_t index)
{
	return pusher->gateways != NULL ? pusher->gateways[index]
									: bh_http_client_at(bh_runtime_peer(runtime, "gateway"), index);
}

void
auth_pusher_gateways(struct auth_pusher *pusher, struct bh_http_client *const *gateways, size_t n)
{
	BH_ASSERT(n > 0 && n <= BH_ENDPOINTS_MOST);
	pusher->gateways = gateways;
	pusher->n_gateways = n;
}

/* One line when the gateway (or the database) goes away, not one for each try. */
static void
note(int rc)
{
	static atomic_bool failing;
	bool failed = rc < 0;

	if (atomic_exchange(&failing, failed) != failed && failed)
		bh_log_failure("push to the gateway", rc);
}

/* One that is away is told later, and keeps the others from nothing. */
static void
forget_everywhere(struct bh_runtime *runtime, const char *kind, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	struct bh_http_client *gateways = bh_runtime_peer(runtime, "gateway");
	int first = 0;

	for (size_t i = 0; i < bh_http_client_count(gateways); i++) {
		int rc = forget(bh_http_client_at(gateways, i), kind, tenant, id);

		first = first == 0 ? rc : first;
	}
	note(first);
}

void
auth_push_tenant(struct bh_runtime *runtime, const struct bh_uuid *tenant)
{
	forget_everywhere(runtime, "tenant", tenant, tenant);
}

void
auth_push_credential(struct bh_runtime *runtime, const struct bh_uuid *tenant,
	const struct bh_uuid *credential)
{
	forget_everywhere(runtime, "credential", tenant, credential);
}

void
auth_push_subject(struct bh_runtime *runtime, const struct bh_uuid *tenant,
	const struct bh_uuid *subject)
{
	forget_everywhere(runtime, "subject", tenant, subject);
}

/* ---- one pass over what was not told ---- */

static bool
same_tenant(const struct auth_revocation *a, const struct auth_revocation *b)
{
	return bh_uuid_equal(&a->tenant, &b->tenant) && !bh_uuid_is_zero(&a->tenant);
}

/* How many rows are of the tenant of the i-th, from there on; 0 when an earlier one is. */
static size_t
rows_of_tenant(const struct auth_revocation *rows, size_t n, size_t i)
{
	size_t count = 0;

	for (size_t j = 0; j < i; j++)
		if (same_tenant(&rows[j], &rows[i]))
			return 0;
	for (size_t j = i; j < n; j++)
		count += same_tenant(&rows[j], &rows[i]);
	return count;
}

BH_MUST_CHECK static int
rows_of_tenant_push(struct bh_http_client *gateway, struct auth_revocation *rows, size_t n,
	size_t i)
{
	int rc = forget(gateway, "tenant", &rows[i].tenant, &rows[i].tenant);

	for (size_t j = i; rc == 0 && j < n; j++)
		rows[j].told = rows[j].told || same_tenant(&rows[j], &rows[i]);
	return rc;
}

/* Forgetting a tenant costs it an exchange for each credential it uses: less than many calls do. */
BH_MUST_CHECK static int
rows_push(struct bh_http_client *gateway, struct auth_revocation *rows, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		if (rows_of_tenant(rows, n, i) >= MANY)
			rc = rows_of_tenant_push(gateway, rows, n, i);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (rows[i].told)
			continue;
		/* The gateway asks anew about all of a tenant's credentials, whatever changed in it. */
		rc = forget(gateway, strcmp(rows[i].kind, "plan") == 0 ? "tenant" : rows[i].kind,
			&rows[i].tenant, bh_uuid_is_zero(&rows[i].id) ? &rows[i].tenant : &rows[i].id);
	}
	return rc;
}

/* The next page of what one gateway was not told; false: there may be more. After a failure it is told the page
 * again. */
BH_MUST_CHECK static int
page_push(struct bh_runtime *runtime, struct bh_http_client *gateway, int64_t *told, bool *out_all)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena, .vital = true};
	struct auth_revocation *rows = NULL;
	size_t n = 0;
	int rc = auth_store_revocation_after(&db, *told, &rows, &n);

	if (rc == 0)
		rc = rows_push(gateway, rows, n);
	if (rc == 0 && n > 0)
		*told = rows[n - 1].seq;
	*out_all = rc == 0 && n < AUTH_REVOCATIONS_AT_ONCE;
	return rc;
}

/* Where all begin when this process does. */
BH_MUST_CHECK static int
told_begin(struct bh_runtime *runtime, struct auth_pusher *pusher)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena, .vital = true};
	int64_t seq = 0;
	int rc = pusher->knows_up_to ? 0 : auth_store_revocation_told(&db, &seq);

	if (rc < 0 || pusher->knows_up_to)
		return rc;
	for (size_t i = 0; i < BH_ENDPOINTS_MOST; i++)
		pusher->up_to[i] = seq;
	pusher->knows_up_to = true;
	return 0;
}

/* Up to where all of them were told. */
static int64_t
told_least(struct bh_runtime *runtime, const struct auth_pusher *pusher)
{
	int64_t least = pusher->up_to[0];

	for (size_t i = 1; i < gateways_count(runtime, pusher); i++)
		least = pusher->up_to[i] < least ? pusher->up_to[i] : least;
	return least;
}

BH_MUST_CHECK static int
told_note(struct bh_runtime *runtime, int64_t seq)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena, .vital = true};

	return auth_store_revocation_pushed(&db, seq);
}

/* Each gateway all that it was not told; what all of them were told is noted. Returns what went wrong first. */
BH_MUST_CHECK static int
push_all(struct bh_runtime *runtime, struct auth_pusher *pusher)
{
	int first = told_begin(runtime, pusher), rc = 0;
	int64_t before = told_least(runtime, pusher);

	if (first < 0)
		return first;
	for (size_t i = 0; i < gateways_count(runtime, pusher); i++) {
		bool all = false;

		rc = 0;
		while (rc == 0 && !all && !bh_runtime_stopping(runtime))
			rc = page_push(runtime, gateway_at(runtime, pusher, i), &pusher->up_to[i], &all);
		first = first < 0 ? first : rc;
	}
	if (told_least(runtime, pusher) > before) {
		rc = told_note(runtime, told_least(runtime, pusher));
		first = first < 0 ? first : rc;
	}
	return first;
}

void
auth_push_run(struct bh_runtime *runtime, void *service)
{
	struct auth_pusher *pusher = ((struct auth *)service)->pusher;
	uint64_t asked;
	int rc;

	pthread_mutex_lock(&pusher->lock);
	asked = pusher->asked;
	pthread_mutex_unlock(&pusher->lock);
	rc = push_all(runtime, pusher);
	note(rc);
	pthread_mutex_lock(&pusher->lock);
	if (rc == 0)
		pusher->passed = asked;
	pthread_cond_broadcast(&pusher->told);
	pthread_mutex_unlock(&pusher->lock);
}

void
auth_push_pending(struct bh_runtime *runtime, void *service)
{
	struct auth_pusher *pusher = ((struct auth *)service)->pusher;
	int64_t until_ms = bh_clock_steady_ms() + WAIT_MS;
	bool in_time = true;
	uint64_t mine;

	pthread_mutex_lock(&pusher->lock);
	mine = ++pusher->asked;
	bh_runtime_wake(runtime, AUTH_WORKER_PUSH);
	while (pusher->passed < mine && in_time)
		in_time = bh_clock_wait_until(&pusher->told, &pusher->lock, until_ms);
	pthread_mutex_unlock(&pusher->lock);
}

/* ---- keeping the log small ---- */

/* One row for all of the tenant's tokens: its clients exchange anew, nobody else's do. */
BH_MUST_CHECK static int
crowd_work(struct bh_db *tx, void *ctx)
{
	return auth_store_revocation_tenant(tx, ctx);
}

BH_MUST_CHECK static int
crowd_join(struct bh_runtime *runtime, struct bh_db *db)
{
	struct bh_uuid tenant = {0};
	char text[BH_UUID_TEXT];
	int rc;

	if (!bh_token_checker_crowded(bh_runtime_checker(runtime), &tenant) || bh_uuid_is_zero(&tenant))
		return 0;
	bh_uuid_format(&tenant, text);
	bh_log(BH_LOG_WARN, "tenant %s has so many revocations that all of its tokens must be reissued",
		text);
	rc = bh_tx_run(db, crowd_work, &tenant);
	if (rc == 0)
		bh_runtime_wake(runtime, AUTH_WORKER_PUSH);
	return rc;
}

void
auth_push_crowds(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	static _Thread_local bool failing; /* one line when it begins to fail */
	int rc;

	(void)service;
	rc = crowd_join(runtime, &db);
	if (rc < 0 && !failing)
		bh_log_failure("merge a tenant's revocations", rc);
	failing = rc < 0;
}

void
auth_push_prune(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena};
	int rc;

	(void)service;
	rc = auth_store_revocation_prune(&db, bh_clock_wall_ms() - LOG_KEEP_MS);
	if (rc < 0)
		bh_log_failure("prune the revocation log", rc);
}
