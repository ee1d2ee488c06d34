/* password.h: Argon2id (19 MiB, t = 2, PHC strings) in a bounded pool of hashing threads (libsodium). */
#ifndef BH_SEC_PASSWORD_H
#define BH_SEC_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

#define BH_PASSWORD_HASH 128 /* PHC string and NUL */
#define BH_PASSWORD_LEAST 10
#define BH_PASSWORD_MOST 1024

struct bh_password_pool;

/* `workers` threads hash; at most `waiting` callers queue. */
BH_MUST_CHECK int bh_password_pool_open(unsigned workers, unsigned waiting,
	struct bh_password_pool **out);
void bh_password_pool_close(struct bh_password_pool *pool);

/* Both block until done; BH_E_UNAVAILABLE at once when the queue is full. */
BH_MUST_CHECK int bh_password_hash(struct bh_password_pool *pool, const char *password, size_t len,
	char out[BH_PASSWORD_HASH]);
/* hash NULL: spends the same time and answers BH_E_UNAUTHENTICATED, so that unknown users cost alike. */
BH_MUST_CHECK int bh_password_verify(struct bh_password_pool *pool, const char *hash,
	const char *password, size_t len, bool *out_rehash);

#endif
