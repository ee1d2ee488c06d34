/* SPDX-License-Identifier: Apache-2.0 */
/* limiter.h: limits attempts: GCRA per name, as one figure for all auth processes where they share one
 * (shared/shared.h), and in a bounded table in memory where they do not, or while that is away. */
#ifndef BH_AUTH_LIMITER_H
#define BH_AUTH_LIMITER_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct auth_limiter;
struct bh_secret;
struct bh_shared;

struct auth_limiter_conf {
	const char *what;    /* static: tells this limiter's names from others' */
	size_t entries;      /* names remembered; the least used of a few is evicted */
	int64_t interval_ms; /* one attempt regained in this time */
	int64_t burst;       /* attempts at once */
};

/* `shared` (borrowed) may be NULL. `key` is that of all auth processes: what they share shows nobody's name; NULL
 * where nothing is shared. */
BH_MUST_CHECK int auth_limiter_open(const struct auth_limiter_conf *conf, struct bh_shared *shared,
	const struct bh_secret *key, struct auth_limiter **out);
void auth_limiter_close(struct auth_limiter *limiter); /* safe on NULL */

/* Takes one attempt. now_ms: steady clock. BH_E_RATE_LIMITED when there is none; *out_wait_ms tells for how long. */
BH_MUST_CHECK int auth_limiter_take(struct auth_limiter *limiter, const char *name, int64_t now_ms,
	int64_t *out_wait_ms);

/* Gives an attempt back that was taken. */
void auth_limiter_give(struct auth_limiter *limiter, const char *name);

/* Restores all attempts after a success. */
void auth_limiter_forget(struct auth_limiter *limiter, const char *name);

#endif
