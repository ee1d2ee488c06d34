/* SPDX-License-Identifier: Apache-2.0 */
/* password.c: password hashing in a few threads of its own, with a bounded queue before them. */
#include "sec/password.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sec/digest.h"
#include "sec/rounds.h"

enum { PASSES = 2, MEMORY_BYTES = 19 * 1024 * 1024 };

_Static_assert(BH_PASSWORD_SET + 1 == BH_ROUND_KINDS, "each kind has its queue");
_Static_assert(crypto_pwhash_STRBYTES <= BH_PASSWORD_HASH, "a PHC string fits");

/* One call's work; lives on the caller's stack while it waits. */
struct job {
	struct bh_round_waiter waiter; /* first: a waiter is its job */
	const char *password;          /* borrowed */
	size_t len;
	const char *hash; /* borrowed; NULL: make a hash into `out` */
	char *out;
	int result;
	bool done;
};

struct bh_password_pool {
	pthread_mutex_t lock;
	pthread_cond_t work;     /* a job was queued, or the pool stops */
	pthread_cond_t finished; /* a job is done */
	struct bh_rounds rounds;
	unsigned started; /* threads to join */
	bool stopping;
	pthread_t *workers;            /* owned */
	char nobody[BH_PASSWORD_HASH]; /* a hash nothing matches: unknown users cost the same */
};

BH_MUST_CHECK static int
hash_make(const char *password, size_t len, char out[BH_PASSWORD_HASH])
{
	if (crypto_pwhash_str_alg(out, password, len, PASSES, MEMORY_BYTES,
			crypto_pwhash_ALG_ARGON2ID13) != 0)
		return BH_E_MEMORY;
	return 0;
}

static void
job_run(struct job *job)
{
	if (job->hash == NULL)
		job->result = hash_make(job->password, job->len, job->out);
	else if (crypto_pwhash_str_verify(job->hash, job->password, job->len) != 0)
		job->result = BH_E_UNAUTHENTICATED;
	else
		job->result = 0;
}

static void *
worker(void *argument)
{
	struct bh_password_pool *pool = argument;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct job *job;

		while ((job = (struct job *)bh_rounds_next(&pool->rounds)) == NULL && !pool->stopping)
			pthread_cond_wait(&pool->work, &pool->lock);
		if (job == NULL)
			break;

		pthread_mutex_unlock(&pool->lock);
		job_run(job);
		pthread_mutex_lock(&pool->lock);
		job->done = true;
		pthread_cond_broadcast(&pool->finished);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static int
too_many(void)
{
	return bh_error(BH_E_UNAVAILABLE, "too many passwords are waiting to be checked");
}

/* Queues the job and waits until a worker has done it, or it gave its place to somebody with fewer. */
BH_MUST_CHECK static int
job_wait(struct bh_password_pool *pool, struct job *job)
{
	struct bh_round_waiter *ousted;

	pthread_mutex_lock(&pool->lock);
	if (pool->stopping || !bh_rounds_enter(&pool->rounds, &job->waiter, &ousted)) {
		pthread_mutex_unlock(&pool->lock);
		return too_many();
	}
	if (ousted != NULL) {
		((struct job *)ousted)->result = BH_E_UNAVAILABLE;
		((struct job *)ousted)->done = true;
		pthread_cond_broadcast(&pool->finished);
	}
	pthread_cond_signal(&pool->work);
	while (!job->done)
		pthread_cond_wait(&pool->finished, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	return job->result == BH_E_UNAVAILABLE ? too_many() : job->result;
}

int
bh_password_pool_open(unsigned workers, unsigned waiting, struct bh_password_pool **out)
{
	struct bh_password_pool *pool;
	uint8_t secret[32];
	int rc;

	if (sodium_init() < 0)
		return bh_error(BH_E_INTERNAL, "cannot initialize libsodium");
	pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return BH_E_MEMORY;
	pool->rounds.waiting_max = waiting;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->finished, NULL);

	bh_random(secret, sizeof(secret));
	rc = hash_make((const char *)secret, sizeof(secret), pool->nobody);
	bh_wipe(secret, sizeof(secret));
	pool->workers = calloc(workers, sizeof(*pool->workers));
	if (rc == 0 && pool->workers == NULL)
		rc = BH_E_MEMORY;
	while (rc == 0 && pool->started < workers) {
		if (pthread_create(&pool->workers[pool->started], NULL, worker, pool) != 0)
			rc = bh_error(BH_E_MEMORY, "start a hashing thread");
		else
			pool->started++;
	}
	if (rc < 0) {
		bh_password_pool_close(pool);
		return rc;
	}
	*out = pool;
	return 0;
}

/* Jobs already queued are still done: their callers wait for them. */
void
bh_password_pool_close(struct bh_password_pool *pool)
{
	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->started; i++)
		pthread_join(pool->workers[i], NULL);
	pthread_cond_destroy(&pool->finished);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->lock);
	free(pool->workers);
	free(pool);
}

int
bh_password_hash(struct bh_password_pool *pool, const struct bh_password_turn *turn,
	const char *password, size_t len, char out[BH_PASSWORD_HASH])
{
	char hash[BH_PASSWORD_HASH] = "";
	struct job job = {
		.waiter = {.kind = turn->kind, .owner = turn->owner},
		.password = password,
		.len = len,
		.out = hash,
	};
	int rc;

	rc = job_wait(pool, &job);
	if (rc < 0)
		return rc;
	memcpy(out, hash, sizeof(hash));
	return 0;
}

int
bh_password_verify(struct bh_password_pool *pool, const struct bh_password_turn *turn,
	const char *hash, const char *password, size_t len, bool *out_rehash)
{
	struct job job = {
		.waiter = {.kind = turn->kind, .owner = turn->owner},
		.password = password,
		.len = len,
		.hash = hash != NULL ? hash : pool->nobody,
	};
	int rc;

	rc = job_wait(pool, &job);
	if (rc < 0)
		return rc;
	if (hash == NULL)
		return BH_E_UNAUTHENTICATED;
	*out_rehash = crypto_pwhash_str_needs_rehash(hash, PASSES, MEMORY_BYTES) != 0;
	return 0;
}
