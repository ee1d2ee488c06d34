/* SPDX-License-Identifier: Apache-2.0 */
/* tries.c: the limits on sign-ins and refreshes. */
#include "auth/tries.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/limiter.h"
#include "base/error.h"

/* A table full of strangers' names drops those that lack the least; nobody's name counts for another. */
/* clang-format off */
static const struct auth_limiter_conf
	of_pair    = {.entries = 65536, .interval_ms = 20 * 1000, .burst = 10},
	of_client  = {.entries = 16384, .interval_ms =  2 * 1000, .burst = 60},
	of_address = {.entries = 65536, .interval_ms = 60 * 1000, .burst = 100},
	of_session = {.entries = 65536, .interval_ms = 30 * 1000, .burst = 60};
/* clang-format on */

struct auth_tries {
	struct auth_limiter *pair, *client, *address, *session; /* owned */
};

int
auth_tries_open(struct auth_tries **out)
{
	struct auth_tries *tries = calloc(1, sizeof(*tries));
	int rc;

	if (tries == NULL)
		return BH_E_MEMORY;
	rc = auth_limiter_open(&of_pair, &tries->pair);
	if (rc == 0)
		rc = auth_limiter_open(&of_client, &tries->client);
	if (rc == 0)
		rc = auth_limiter_open(&of_address, &tries->address);
	if (rc == 0)
		rc = auth_limiter_open(&of_session, &tries->session);
	if (rc < 0) {
		auth_tries_close(tries);
		return rc;
	}
	*out = tries;
	return 0;
}

void
auth_tries_close(struct auth_tries *tries)
{
	if (tries == NULL)
		return;
	auth_limiter_close(tries->session);
	auth_limiter_close(tries->address);
	auth_limiter_close(tries->client);
	auth_limiter_close(tries->pair);
	free(tries);
}

int
auth_tries_take(struct auth_tries *tries, const struct auth_client *client, const char *email,
	bool familiar, int64_t now_ms, struct auth_try *out, int64_t *out_wait_ms)
{
	struct auth_try attempt = {.client = client->name, .email = email, .familiar = familiar};
	int rc;

	snprintf(attempt.pair, sizeof(attempt.pair), "%s %s", client->name, email);
	rc = auth_limiter_take(tries->pair, attempt.pair, now_ms, out_wait_ms);
	if (rc < 0)
		return rc;
	if (!familiar) {
		rc = auth_limiter_take(tries->client, client->name, now_ms, out_wait_ms);
		if (rc == 0) {
			rc = auth_limiter_take(tries->address, email, now_ms, out_wait_ms);
			if (rc < 0)
				auth_limiter_give(tries->client, client->name);
		}
	}
	if (rc < 0) {
		auth_limiter_give(tries->pair, attempt.pair);
		return rc;
	}
	*out = attempt;
	return 0;
}

void
auth_tries_undo(struct auth_tries *tries, const struct auth_try *attempt)
{
	auth_limiter_give(tries->pair, attempt->pair);
	if (attempt->familiar)
		return;
	auth_limiter_give(tries->client, attempt->client);
	auth_limiter_give(tries->address, attempt->email);
}

void
auth_tries_right(struct auth_tries *tries, const struct auth_try *attempt)
{
	auth_tries_undo(tries, attempt);
	auth_limiter_forget(tries->pair, attempt->pair);
}

int
auth_tries_refresh(struct auth_tries *tries, const struct bh_uuid *session, int64_t now_ms,
	int64_t *out_wait_ms)
{
	char name[BH_UUID_TEXT];

	bh_uuid_format(session, name);
	return auth_limiter_take(tries->session, name, now_ms, out_wait_ms);
}
