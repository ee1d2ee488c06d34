/* push.h: telling the gateway to forget what was revoked or changed: one thread does it for all. */
#ifndef BH_AUTH_PUSH_H
#define BH_AUTH_PUSH_H

#include "base/macros.h"
#include "base/uuid.h"

struct auth_pusher;
struct bh_runtime;

/* The worker's name, with which it is woken. */
#define AUTH_WORKER_PUSH "push"

BH_MUST_CHECK int auth_pusher_open(struct auth_pusher **out);
void auth_pusher_close(struct auth_pusher *pusher); /* safe on NULL */

/* After a revocation has committed: wakes the pusher and waits until the gateway was told of every row
 * up to now, for half a second at most; what is not told by then is told later. However many wait, each
 * row is told once. */
void auth_push_pending(struct bh_runtime *runtime, void *service);

/* For changes that revoke nothing (limits, a resumed tenant): the gateway asks anew. When it cannot be
 * told, its cache forgets by itself. */
void auth_push_tenant(struct bh_runtime *runtime, const struct bh_uuid *tenant);
void auth_push_credential(struct bh_runtime *runtime, const struct bh_uuid *tenant,
	const struct bh_uuid *credential);
/* In one tenant; in all for the zero one. */
void auth_push_subject(struct bh_runtime *runtime, const struct bh_uuid *tenant,
	const struct bh_uuid *subject);

/* The worker: pushes every revocation that the gateway was not told of, and marks it. Stops at the
 * first failure, which is logged once, and tries again when it is called next. Many of one tenant are
 * pushed as one. */
void auth_push_run(struct bh_runtime *runtime, void *service);

/* The worker: gives a tenant that has revoked much a row for all its tokens instead, before services
 * run out of room for each. */
void auth_push_crowds(struct bh_runtime *runtime, void *service);

/* The worker: removes rows that no living token is older than. */
void auth_push_prune(struct bh_runtime *runtime, void *service);

#endif
