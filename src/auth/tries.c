/* SPDX-License-Identifier: Apache-2.0 */
/* tries.c: the limits on sign-ins and refreshes. */
#include "auth/tries.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/limiter.h"
#include "base/error.h"

enum {
	PAIR,
	CLIENT,
	ADDRESS,
	SESSION,
	CODE,
	CODES,
	WRITER,
	READER,
	ASKER,
	ASKED,
	ASKERS,
	LIMITERS
};

/* A table full of strangers' names drops those that lack the least; nobody's name counts for another. */
/* clang-format off */
static const struct auth_limiter_conf confs[LIMITERS] = {
	[PAIR]    = {.what = "pair", .entries = 65536, .interval_ms = 20 * 1000, .burst = 10},
	[CLIENT]  = {.what = "client", .entries = 16384, .interval_ms =  2 * 1000, .burst = 60},
	[ADDRESS] = {.what = "address", .entries = 65536, .interval_ms = 60 * 1000, .burst = 100},
	[SESSION] = {.what = "session", .entries = 65536, .interval_ms = 30 * 1000, .burst = 60},
	[CODE]    = {.what = "code", .entries = 65536, .interval_ms = 60 * 1000, .burst = 5},
	[CODES]   = {.what = "codes", .entries = 65536, .interval_ms = 300 * 1000, .burst = 10},
	[WRITER]  = {.what = "writer", .entries = 65536, .interval_ms = 1200 * 1000, .burst = 3},
	[READER]  = {.what = "reader", .entries = 65536, .interval_ms = 1800 * 1000, .burst = 10},
	[ASKER]   = {.what = "asker", .entries = 16384, .interval_ms = 30 * 1000, .burst = 20},
	[ASKED]   = {.what = "asked", .entries = 65536, .interval_ms = 600 * 1000, .burst = 5},
	[ASKERS]  = {.what = "askers", .entries =     8, .interval_ms =      200, .burst = 1000},
};
/* clang-format on */

struct auth_tries {
	struct auth_limiter *of[LIMITERS]; /* owned */
};

int
auth_tries_open(struct bh_shared *shared, const struct bh_secret *key, struct auth_tries **out)
{
	struct auth_tries *tries = calloc(1, sizeof(*tries));
	int rc = tries == NULL ? BH_E_MEMORY : 0;

	for (size_t i = 0; rc == 0 && i < LIMITERS; i++)
		rc = auth_limiter_open(&confs[i], shared, key, &tries->of[i]);
	if (rc == 0)
		*out = tries;
	else
		auth_tries_close(tries);
	return rc;
}

void
auth_tries_close(struct auth_tries *tries)
{
	for (size_t i = 0; tries != NULL && i < LIMITERS; i++)
		auth_limiter_close(tries->of[i]);
	free(tries);
}

int
auth_tries_take(struct auth_tries *tries, const struct auth_client *client, const char *email,
	bool familiar, int64_t now_ms, struct auth_try *out, int64_t *out_wait_ms)
{
	struct auth_try attempt = {.client = client->name, .email = email, .familiar = familiar};
	int rc;

	snprintf(attempt.pair, sizeof(attempt.pair), "%s %s", client->name, email);
	rc = auth_limiter_take(tries->of[PAIR], attempt.pair, now_ms, out_wait_ms);
	if (rc < 0)
		return rc;
	if (!familiar) {
		rc = auth_limiter_take(tries->of[CLIENT], client->name, now_ms, out_wait_ms);
		if (rc == 0) {
			rc = auth_limiter_take(tries->of[ADDRESS], email, now_ms, out_wait_ms);
			if (rc < 0)
				auth_limiter_give(tries->of[CLIENT], client->name);
		}
	}
	if (rc < 0) {
		auth_limiter_give(tries->of[PAIR], attempt.pair);
		return rc;
	}
	*out = attempt;
	return 0;
}

void
auth_tries_undo(struct auth_tries *tries, const struct auth_try *attempt)
{
	auth_limiter_give(tries->of[PAIR], attempt->pair);
	if (attempt->familiar)
		return;
	auth_limiter_give(tries->of[CLIENT], attempt->client);
	auth_limiter_give(tries->of[ADDRESS], attempt->email);
}

void
auth_tries_right(struct auth_tries *tries, const struct auth_try *attempt)
{
	auth_tries_undo(tries, attempt);
	auth_limiter_forget(tries->of[PAIR], attempt->pair);
}

int
auth_tries_refresh(struct auth_tries *tries, const struct bh_uuid *session, int64_t now_ms,
	int64_t *out_wait_ms)
{
	char name[BH_UUID_TEXT];

	bh_uuid_format(session, name);
	return auth_limiter_take(tries->of[SESSION], name, now_ms, out_wait_ms);
}

int
auth_tries_code(struct auth_tries *tries, const struct auth_client *client,
	const struct bh_uuid *account, bool familiar, int64_t now_ms, struct auth_code_try *out,
	int64_t *out_wait_ms)
{
	struct auth_code_try attempt = {.familiar = familiar};
	int rc;

	bh_uuid_format(account, attempt.account);
	snprintf(attempt.pair, sizeof(attempt.pair), "%s %s", client->name, attempt.account);
	rc = auth_limiter_take(tries->of[CODE], attempt.pair, now_ms, out_wait_ms);
	if (rc < 0)
		return rc;
	if (!familiar)
		rc = auth_limiter_take(tries->of[CODES], attempt.account, now_ms, out_wait_ms);
	if (rc < 0) {
		auth_limiter_give(tries->of[CODE], attempt.pair);
		return rc;
	}
	*out = attempt;
	return 0;
}

void
auth_tries_code_undo(struct auth_tries *tries, const struct auth_code_try *attempt)
{
	auth_limiter_give(tries->of[CODE], attempt->pair);
	if (!attempt->familiar)
		auth_limiter_give(tries->of[CODES], attempt->account);
}

void
auth_tries_code_right(struct auth_tries *tries, const struct auth_code_try *attempt)
{
	auth_tries_code_undo(tries, attempt);
	auth_limiter_forget(tries->of[CODE], attempt->pair);
}

/* Takes one of each, or none. */
BH_MUST_CHECK static int
take_all(struct auth_tries *tries, const int *which, const char *const *names, size_t n,
	int64_t now_ms, int64_t *out_wait_ms)
{
	for (size_t i = 0; i < n; i++) {
		int rc = auth_limiter_take(tries->of[which[i]], names[i], now_ms, out_wait_ms);

		if (rc < 0) {
			while (i-- > 0)
				auth_limiter_give(tries->of[which[i]], names[i]);
			return rc;
		}
	}
	return 0;
}

/* What a tenant writes to an address. */
#define WRITTEN_BYTES (BH_UUID_TEXT + AUTH_EMAIL_BYTES)

static void
written(const struct bh_uuid *tenant, const char *email, char out[WRITTEN_BYTES])
{
	char id[BH_UUID_TEXT];

	bh_uuid_format(tenant, id);
	snprintf(out, WRITTEN_BYTES, "%s %s", id, email);
}

int
auth_tries_write(struct auth_tries *tries, const struct bh_uuid *tenant, const char *email,
	int64_t now_ms, int64_t *out_wait_ms)
{
	static const int which[] = {WRITER, READER};
	char pair[WRITTEN_BYTES];
	const char *const names[] = {pair, email};

	written(tenant, email, pair);
	return take_all(tries, which, names, BH_COUNT(which), now_ms, out_wait_ms);
}

void
auth_tries_unwrite(struct auth_tries *tries, const struct bh_uuid *tenant, const char *email)
{
	char pair[WRITTEN_BYTES];

	written(tenant, email, pair);
	auth_limiter_give(tries->of[WRITER], pair);
	auth_limiter_give(tries->of[READER], email);
}

int
auth_tries_ask(struct auth_tries *tries, const struct auth_client *client, const char *email,
	int64_t now_ms, int64_t *out_wait_ms)
{
	static const int which[] = {ASKER, ASKED, ASKERS};
	const char *const names[] = {client->name, email, "all"};

	return take_all(tries, which, names, BH_COUNT(which), now_ms, out_wait_ms);
}
