/* SPDX-License-Identifier: Apache-2.0 */
/* client_spread.c: one peer at several addresses: which of them gets a call, and when another gets it too. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/client.h"
#include "http/endpoint.h"
#include "http/peer.h"

#define OUT_FIRST_MS 200
#define OUT_MOST_MS 5000
#define TRIES_MOST 3u /* each may take the time of a connect */

/* The fewest calls under way among those that are in; else the one that is in again first. Between equals they
 * take turns. NULL: all were tried. */
static struct bh_http_client *
choose(struct bh_http_client *client, const bool *tried, int64_t now_ms, size_t *out_index)
{
	size_t first = atomic_fetch_add_explicit(&client->turn, 1, memory_order_relaxed);
	struct bh_http_client *best = NULL;
	int64_t best_out_ms = 0;
	unsigned best_load = 0;

	for (size_t i = 0; i < client->n_members; i++) {
		size_t index = (first + i) % client->n_members;
		struct bh_http_client *member = client->members[index];
		int64_t out_ms = atomic_load_explicit(&member->out_until_ms, memory_order_relaxed);
		unsigned load = atomic_load_explicit(&member->in_flight, memory_order_relaxed);

		if (tried[index])
			continue;
		if (out_ms <= now_ms)
			out_ms = 0;
		if (best == NULL || out_ms < best_out_ms || (out_ms == best_out_ms && load < best_load)) {
			best = member;
			best_out_ms = out_ms;
			best_load = load;
			*out_index = index;
		}
	}
	return best;
}

/* Calls that fail together count as one failure: what was under way when an address went away must not keep it
 * out for long. */
static void
leave_out(struct bh_http_client *member)
{
	int64_t now_ms = bh_clock_steady_ms();
	int64_t wait_ms = OUT_FIRST_MS;
	unsigned failures;

	if (atomic_load(&member->out_until_ms) > now_ms)
		return;
	failures = atomic_fetch_add(&member->failures, 1);
	for (; failures > 0 && wait_ms < OUT_MOST_MS; failures--)
		wait_ms *= 2;
	atomic_store(&member->out_until_ms, now_ms + (wait_ms < OUT_MOST_MS ? wait_ms : OUT_MOST_MS));
}

static void
take_in(struct bh_http_client *member)
{
	if (atomic_load_explicit(&member->failures, memory_order_relaxed) == 0)
		return;
	atomic_store(&member->failures, 0);
	atomic_store(&member->out_until_ms, 0);
}

/* Whether the address is at fault, so that another may do better. A slow answer is no such sign. */
static bool
has_failed(int rc, const struct bh_http_reply *reply)
{
	if (rc == 0)
		return reply->status == 503 && bh_http_reply_header(reply, BH_HTTP_UNREADY) != NULL;
	return rc == BH_E_CONNECT || rc == BH_E_PROTOCOL;
}

int
bh_spread_call(struct bh_http_client *client, const struct bh_http_call *call,
	struct bh_http_reply *out)
{
	bool tried[BH_ENDPOINTS_MOST] = {false};
	struct bh_http_client *member;
	bool sent = false;
	unsigned tries = 0;
	size_t index = 0;
	int rc = 0;

	member = choose(client, tried, bh_clock_steady_ms(), &index);
	for (;;) {
		struct bh_http_client *next;

		tried[index] = true;
		rc = bh_peer_call(member, call, out);
		if (!has_failed(rc, out)) {
			if (rc == 0)
				take_in(member);
			break;
		}
		leave_out(member);
		sent = sent || (rc < 0 && out->sent);
		if ((sent && !call->repeatable) || ++tries == TRIES_MOST)
			break;
		next = choose(client, tried, bh_clock_steady_ms(), &index);
		if (next == NULL)
			break;
		member = next;
		bh_http_reply_close(out);
	}
	out->sent = out->sent || sent;
	return rc;
}

size_t
bh_http_client_count(const struct bh_http_client *client)
{
	return client->n_members > 0 ? client->n_members : 1;
}

struct bh_http_client *
bh_http_client_at(struct bh_http_client *client, size_t index)
{
	BH_ASSERT(index < bh_http_client_count(client));
	return client->n_members > 0 ? client->members[index] : client;
}
