/* SPDX-License-Identifier: Apache-2.0 */
/* clients.h: HTTP clients for engines and providers. Each belongs to one owner, one address and one key,
 * so that two tenants never share a connection. Clients that have not been used for a while, and the
 * least recently used ones of an owner beyond its share, are dropped; calls in progress are not
 * affected. */
#ifndef BH_MODEL_CLIENTS_H
#define BH_MODEL_CLIENTS_H

#include "model/model.h"
#include "model/pace.h"

struct model_clients; /* thread-safe */

enum {
	MODEL_CLIENTS_MOST = 512, /* of all owners */
	MODEL_CLIENTS_TENANT = 16 /* of one customer; the platform has no share of its own */
};

BH_MUST_CHECK int model_clients_open(struct model_clients **out);
/* Safe on NULL. */
void model_clients_close(struct model_clients *clients);

/* The client for the model's engine, held for the caller, who ends with bh_http_client_close.
 * BH_E_INVALID for an address of no known form. */
BH_MUST_CHECK int model_clients_get(struct model_clients *clients, const struct model_entry *entry,
	int64_t now_ms, struct bh_http_client **out);

/* How many calls the engine has said to take at once; false when that is not known or was `age_ms` ago. */
bool model_clients_places(struct model_clients *clients, const struct model_entry *entry,
	int64_t now_ms, int64_t age_ms, size_t *out);
void model_clients_places_set(struct model_clients *clients, const struct model_entry *entry,
	int64_t now_ms, size_t places);

/* How fast the engine was when it was last asked; false when it was not yet. */
bool model_clients_pace(struct model_clients *clients, const struct model_entry *entry,
	struct model_pace *out);
void model_clients_pace_set(struct model_clients *clients, const struct model_entry *entry,
	const struct model_pace *pace);

/* Whether the server may be asked to tell the usage of an answer while it writes: true until it has refused. */
bool model_clients_may_tell_running(struct model_clients *clients, const struct model_entry *entry);
void model_clients_told_no_running(struct model_clients *clients, const struct model_entry *entry);

/* What the calls to an engine came to, by the wall clock; 0: none since its client was made. */
struct model_told {
	int64_t answered_ms;
	int64_t failed_ms;
	char error
		[96]; /* of the last that failed, in our own words: nothing of what an upstream says is kept */
};

/* Notes a call's end: what bh_http_call returned and, where that is 0, the answer's status. A client that left and an
 * answer that was refused with reason say nothing of the engine. */
void model_clients_note(struct model_clients *clients, const struct model_entry *entry,
	int64_t wall_ms, int rc, int status);
/* False where there was no call lately. */
bool model_clients_told(struct model_clients *clients, const struct model_entry *entry,
	struct model_told *out);

size_t model_clients_count(struct model_clients *clients);

#endif
