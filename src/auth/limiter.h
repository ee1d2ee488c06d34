/* SPDX-License-Identifier: Apache-2.0 */
/* limiter.h: limits attempts: GCRA per name, in a bounded table in memory. */
#ifndef BH_AUTH_LIMITER_H
#define BH_AUTH_LIMITER_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct auth_limiter;

struct auth_limiter_conf {
	size_t entries;      /* names remembered; the least used of a few is evicted */
	int64_t interval_ms; /* one attempt regained in this time */
	int64_t burst;       /* attempts at once */
};

BH_MUST_CHECK int auth_limiter_open(const struct auth_limiter_conf *conf,
	struct auth_limiter **out);
void auth_limiter_close(struct auth_limiter *limiter); /* safe on NULL */

/* Takes one attempt. BH_E_RATE_LIMITED when there is none; *out_wait_ms tells for how long. */
BH_MUST_CHECK int auth_limiter_take(struct auth_limiter *limiter, const char *name, int64_t now_ms,
	int64_t *out_wait_ms);

/* Gives an attempt back that was taken. */
void auth_limiter_give(struct auth_limiter *limiter, const char *name);

/* Restores all attempts after a success. */
void auth_limiter_forget(struct auth_limiter *limiter, const char *name);

#endif
