/* push.h: telling the gateway to forget what was revoked or changed. */
#ifndef BH_AUTH_PUSH_H
#define BH_AUTH_PUSH_H

#include "base/uuid.h"

struct bh_runtime;

/* Pushes every revocation that the gateway was not told of, and marks it. Stops at the first failure,
 * which is logged once; the worker tries again. Called after a revocation commits, and by the worker. */
void auth_push_pending(struct bh_runtime *runtime);

/* For changes that revoke nothing (limits, a resumed tenant): the gateway asks anew. When it cannot be
 * told, its cache forgets by itself. */
void auth_push_tenant(struct bh_runtime *runtime, const struct bh_uuid *tenant);
void auth_push_credential(struct bh_runtime *runtime, const struct bh_uuid *credential);
void auth_push_subject(struct bh_runtime *runtime, const struct bh_uuid *subject);

/* The workers: push what is left, and remove rows that no living token is older than. */
void auth_push_run(struct bh_runtime *runtime, void *service);
void auth_push_prune(struct bh_runtime *runtime, void *service);

#endif
