/* SPDX-License-Identifier: Apache-2.0 */
/* password.h: Argon2id (19 MiB, t = 2, PHC strings) in a bounded pool of hashing threads (libsodium). */
#ifndef BH_SEC_PASSWORD_H
#define BH_SEC_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define BH_PASSWORD_HASH 128 /* PHC string and NUL */
#define BH_PASSWORD_LEAST 10
#define BH_PASSWORD_MOST 1024

struct bh_password_pool;

/* What a password is hashed for. Each kind has its own queue, and the queues take turns: a full queue
 * delays the others by one hash. */
enum bh_password_kind {
	BH_PASSWORD_FAMILIAR, /* a sign-in from where the account has signed in before */
	BH_PASSWORD_STRANGE,  /* any other sign-in */
	BH_PASSWORD_SET       /* somebody sets a password */
};

/* The owner of a hash: within a kind, owners take turns as well, however many each has waiting. */
struct bh_password_turn {
	enum bh_password_kind kind;
	uint64_t owner; /* a hash of the client's address, or of the tenant */
};

/* `workers` threads hash; of each kind at most `waiting` callers queue, a quarter of them one owner's. */
BH_MUST_CHECK int bh_password_pool_open(unsigned workers, unsigned waiting,
	struct bh_password_pool **out);
void bh_password_pool_close(struct bh_password_pool *pool);

/* Both block until done; BH_E_UNAVAILABLE when the queue is full or the owner has its part of it. In a
 * full queue, the newest entry of the owner that has most is dropped for an owner that has fewer. */
BH_MUST_CHECK int bh_password_hash(struct bh_password_pool *pool,
	const struct bh_password_turn *turn, const char *password, size_t len,
	char out[BH_PASSWORD_HASH]);
/* hash NULL: spends the same time and answers BH_E_UNAUTHENTICATED, so that unknown users cost alike. */
BH_MUST_CHECK int bh_password_verify(struct bh_password_pool *pool,
	const struct bh_password_turn *turn, const char *hash, const char *password, size_t len,
	bool *out_rehash);

#endif
