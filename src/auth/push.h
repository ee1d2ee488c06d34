/* SPDX-License-Identifier: Apache-2.0 */
/* push.h: tells the gateway to drop revoked or changed credentials; one thread does it for all. */
#ifndef BH_AUTH_PUSH_H
#define BH_AUTH_PUSH_H

#include <stddef.h>

#include "base/macros.h"
#include "base/uuid.h"

struct auth_pusher;
struct bh_http_client;
struct bh_runtime;

/* The worker's name, with which it is woken. */
#define AUTH_WORKER_PUSH "push"

BH_MUST_CHECK int auth_pusher_open(struct auth_pusher **out);
void auth_pusher_close(struct auth_pusher *pusher); /* safe on NULL */

/* Tells all of these instead of the peer "gateway", each from where it was told last. Borrowed; the same ones in the
 * same order while the process lives. Before the worker runs. */
void auth_pusher_gateways(struct auth_pusher *pusher, struct bh_http_client *const *gateways,
	size_t n);

/* After a revocation has committed: wakes the pusher and waits, for at most half a second, until all
 * rows up to now have been pushed to the gateway; the rest is pushed later. Each row is pushed only
 * once, however many callers wait. */
void auth_push_pending(struct bh_runtime *runtime, void *service);

/* For changes that revoke nothing (limits, a resumed tenant): the gateway asks again. If it is
 * unreachable, its cache entries expire. */
void auth_push_tenant(struct bh_runtime *runtime, const struct bh_uuid *tenant);
void auth_push_credential(struct bh_runtime *runtime, const struct bh_uuid *tenant,
	const struct bh_uuid *credential);
/* In one tenant; in all for the zero one. */
void auth_push_subject(struct bh_runtime *runtime, const struct bh_uuid *tenant,
	const struct bh_uuid *subject);

/* The worker: pushes every revocation that was not pushed yet to each gateway, and marks what all of them were
 * told. Stops at the first failure of a gateway, goes on with the next one, and tries again when it is called next;
 * that is logged once. Many of one tenant are pushed as one. */
void auth_push_run(struct bh_runtime *runtime, void *service);

/* The worker: replaces many revocations of a tenant by one for all its tokens, before services run out
 * of room for them. */
void auth_push_crowds(struct bh_runtime *runtime, void *service);

/* The worker: removes rows that no living token is older than. */
void auth_push_prune(struct bh_runtime *runtime, void *service);

#endif
