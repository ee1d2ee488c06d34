/* SPDX-License-Identifier: Apache-2.0 */
/* token.c: checking access tokens: key set, cache of verified tokens, revocations. */
#include "sec/token.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "sec/digest.h"

enum {
	KEYS_MOST = 16,
	KID_BYTES = 64,
	WAYS = 4, /* places in the cache one token may take */
	LOG_AGE_MOST_MS = 5000
};

/* The keys of one JWKS document. Shared: a check holds one while it verifies without the lock. */
struct key_set {
	atomic_uint holders;
	struct bh_digest document;
	size_t n;
	struct {
		char kid[KID_BYTES];
		struct bh_jws_key *key; /* owned */
	} keys[KEYS_MOST];
};

struct cached {
	struct bh_digest digest;
	uint64_t generation; /* 0: free */
	struct bh_claims claims;
};

struct bh_token_checker {
	char *issuer, *audience; /* owned */
	int64_t leeway_s;
	pthread_mutex_t lock; /* over all below; never held during a signature */
	struct key_set *keys; /* one hold; NULL before the first document */
	uint64_t generation;  /* of the key set; a cached token belongs to one */
	struct cached *cache; /* owned */
	size_t n_buckets;     /* of WAYS entries */
	struct bh_revoked_set revoked;
	int64_t seen_ms; /* the log was read then; 0: never */
};

static void
key_set_release(struct key_set *set)
{
	if (set == NULL || atomic_fetch_sub(&set->holders, 1) != 1)
		return;
	for (size_t i = 0; i < set->n; i++)
		bh_jws_key_close(set->keys[i].key);
	free(set);
}

static void
key_set_close(struct key_set **set)
{
	key_set_release(*set);
}

int
bh_token_checker_open(const struct bh_token_checker_conf *conf, struct bh_token_checker **out)
{
	struct bh_token_checker *checker = calloc(1, sizeof(*checker));

	if (checker == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&checker->lock, NULL);
	checker->issuer = strdup(conf->issuer);
	checker->audience = strdup(conf->audience);
	checker->leeway_s = conf->leeway_s;
	checker->n_buckets = (conf->cache_entries + WAYS - 1) / WAYS;
	if (checker->n_buckets == 0)
		checker->n_buckets = 1;
	checker->cache = calloc(checker->n_buckets * WAYS, sizeof(*checker->cache));
	if (checker->issuer == NULL || checker->audience == NULL || checker->cache == NULL) {
		bh_token_checker_close(checker);
		return BH_E_MEMORY;
	}
	*out = checker;
	return 0;
}

void
bh_token_checker_close(struct bh_token_checker *checker)
{
	if (checker == NULL)
		return;
	key_set_release(checker->keys);
	bh_revoked_close(&checker->revoked);
	free(checker->cache);
	free(checker->audience);
	free(checker->issuer);
	pthread_mutex_destroy(&checker->lock);
	free(checker);
}

/* ---- keys ---- */

/* Takes the keys that we can use; the others belong to somebody else's algorithms. */
static void
key_set_fill(struct key_set *set, const struct bh_json *list)
{
	for (size_t i = 0; i < bh_json_count(list) && set->n < KEYS_MOST; i++) {
		const struct bh_json *jwk = bh_json_at(list, i);
		const char *kid = bh_json_string(bh_json_get(jwk, "kid"));
		struct bh_jws_key *key;

		if (kid == NULL || kid[0] == '\0' || strlen(kid) >= KID_BYTES)
			continue;
		if (bh_jws_key_from_jwk(jwk, &key) < 0)
			continue;
		memcpy(set->keys[set->n].kid, kid, strlen(kid) + 1);
		set->keys[set->n++].key = key;
	}
}

int
bh_token_checker_keys(struct bh_token_checker *checker, const char *jwks, size_t len)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(key_set_close) struct key_set *set = NULL;
	const struct bh_json *list;
	struct key_set *old;
	int rc;

	rc = bh_json_parse(jwks, len, &doc);
	if (rc < 0)
		return rc;
	list = bh_json_get(doc.root, "keys");
	if (bh_json_kind(list) != BH_JSON_ARRAY)
		return bh_error(BH_E_INVALID, "not a key set");
	set = calloc(1, sizeof(*set));
	if (set == NULL)
		return BH_E_MEMORY;
	atomic_init(&set->holders, 1);
	bh_digest_sha256(jwks, len, &set->document);
	key_set_fill(set, list);
	if (set->n == 0)
		return bh_error(BH_E_INVALID, "the key set has no supported key");

	pthread_mutex_lock(&checker->lock);
	old = checker->keys;
	/* The same document again keeps the verified tokens. */
	if (old == NULL || !bh_digest_equal(&old->document, &set->document)) {
		checker->keys = set;
		checker->generation++;
		set = old;
	}
	pthread_mutex_unlock(&checker->lock);
	return 0;
}

static const struct bh_jws_key *
key_set_find(const struct key_set *set, const char *kid)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->keys[i].kid, kid) == 0)
			return set->keys[i].key;
	return NULL;
}

/* ---- revocations ---- */

void
bh_token_checker_revoke(struct bh_token_checker *checker, enum bh_revoked_kind kind,
	const struct bh_uuid *tenant, const struct bh_uuid *id, int64_t seq)
{
	static const struct bh_uuid nobody;

	if (tenant == NULL)
		tenant = &nobody;
	pthread_mutex_lock(&checker->lock);
	bh_revoked_add(&checker->revoked, kind, tenant, id, seq, bh_clock_steady_ms());
	pthread_mutex_unlock(&checker->lock);
}

int64_t
bh_token_checker_seq(const struct bh_token_checker *checker)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&checker->lock;
	int64_t seq;

	pthread_mutex_lock(lock);
	seq = checker->revoked.seq;
	pthread_mutex_unlock(lock);
	return seq;
}

bool
bh_token_checker_crowded(struct bh_token_checker *checker, struct bh_uuid *out_tenant)
{
	bool crowded;

	pthread_mutex_lock(&checker->lock);
	crowded = bh_revoked_crowded(&checker->revoked, bh_clock_steady_ms(), out_tenant);
	pthread_mutex_unlock(&checker->lock);
	return crowded;
}

void
bh_token_checker_seen(struct bh_token_checker *checker, int64_t steady_ms)
{
	pthread_mutex_lock(&checker->lock);
	checker->seen_ms = steady_ms;
	pthread_mutex_unlock(&checker->lock);
}

bool
bh_token_checker_revoked(const struct bh_token_checker *checker, const struct bh_claims *claims)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&checker->lock;
	bool hit;

	pthread_mutex_lock(lock);
	hit = bh_revoked_hits(&checker->revoked, claims);
	pthread_mutex_unlock(lock);
	return hit;
}

/* ---- checking ---- */

static size_t
bucket_of(const struct bh_token_checker *checker, const struct bh_digest *digest)
{
	uint64_t number;

	memcpy(&number, digest->bytes, sizeof(number));
	return (size_t)(number % checker->n_buckets) * WAYS;
}

/* Under the lock. */
static bool
cache_find(const struct bh_token_checker *checker, const struct bh_digest *digest,
	struct bh_claims *out)
{
	const struct cached *bucket = &checker->cache[bucket_of(checker, digest)];

	for (size_t i = 0; i < WAYS; i++) {
		if (bucket[i].generation == checker->generation &&
			memcmp(&bucket[i].digest, digest, sizeof(*digest)) == 0) {
			*out = bucket[i].claims;
			return true;
		}
	}
	return false;
}

/* Under the lock. Takes a free place, else the one that expires first. */
static void
cache_add(struct bh_token_checker *checker, const struct bh_digest *digest, uint64_t generation,
	const struct bh_claims *claims)
{
	struct cached *bucket = &checker->cache[bucket_of(checker, digest)], *place = bucket;

	for (size_t i = 0; i < WAYS; i++) {
		if (bucket[i].generation != checker->generation) {
			place = &bucket[i];
			break;
		}
		if (bucket[i].claims.expires_s < place->claims.expires_s)
			place = &bucket[i];
	}
	*place = (struct cached){*digest, generation, *claims};
}

/* What changes while a token lives: time and the log. */
BH_MUST_CHECK static int
alive(const struct bh_token_checker *checker, const struct bh_claims *claims, int64_t now_s,
	int64_t steady_ms)
{
	if (now_s >= claims->expires_s + checker->leeway_s)
		return bh_error(BH_E_UNAUTHENTICATED, "The token has expired.");
	if (now_s < claims->not_before_s - checker->leeway_s ||
		now_s < claims->issued_s - checker->leeway_s)
		return bh_error(BH_E_UNAUTHENTICATED, "The token is not valid yet.");
	if (bh_revoked_hits(&checker->revoked, claims))
		return bh_error(BH_E_UNAUTHENTICATED, "The credential was revoked.");
	if (bh_revoked_stale(&checker->revoked, claims, steady_ms))
		return bh_error(BH_E_UNAUTHENTICATED, "The token is older than the tenant's plan.");
	return 0;
}

/* Signature and claims, without the lock. */
BH_MUST_CHECK static int
token_verify(const struct bh_token_checker *checker, const struct key_set *keys, const char *token,
	size_t len, struct bh_claims *out, bool *out_unknown_kid)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	const struct bh_jws_key *key;
	char kid[KID_BYTES];
	int rc;

	rc = bh_jws_kid(token, len, kid, sizeof(kid));
	if (rc < 0)
		return rc;
	key = key_set_find(keys, kid);
	if (key == NULL) {
		*out_unknown_kid = true;
		return bh_error(BH_E_UNAUTHENTICATED, "The token is signed by an unknown key.");
	}
	rc = bh_jws_verify(key, "at+jwt", token, len, &payload);
	if (rc < 0)
		return rc;
	rc = bh_claims_read(payload.data, payload.len, checker->issuer, out);
	if (rc < 0)
		return rc;
	if (!bh_text_has_word(out->audience, checker->audience))
		return bh_error(BH_E_UNAUTHENTICATED, "The token is for other services.");
	return 0;
}

/* Verifies a token that the cache does not have, and keeps it. Enters and leaves under the lock. */
BH_MUST_CHECK static int
verify_and_keep(struct bh_token_checker *checker, const char *token, size_t len,
	const struct bh_digest *digest, struct bh_claims *out, bool *out_unknown_kid)
{
	struct key_set *keys = checker->keys;
	uint64_t generation = checker->generation;
	int rc;

	atomic_fetch_add(&keys->holders, 1);
	pthread_mutex_unlock(&checker->lock);
	rc = token_verify(checker, keys, token, len, out, out_unknown_kid);
	key_set_release(keys);
	pthread_mutex_lock(&checker->lock);

	if (rc == 0)
		cache_add(checker, digest, generation, out);
	return rc;
}

int
bh_token_check(struct bh_token_checker *checker, const char *token, size_t len, int64_t now_s,
	int64_t steady_ms, struct bh_claims *out, bool *out_unknown_kid)
{
	struct bh_claims claims;
	struct bh_digest digest;
	int rc = 0;

	*out_unknown_kid = false;
	if (len > BH_JWS_BYTES_MAX)
		return bh_error(BH_E_UNAUTHENTICATED, "The token is too long.");
	bh_digest_sha256(token, len, &digest);

	pthread_mutex_lock(&checker->lock);
	if (checker->seen_ms == 0 || steady_ms - checker->seen_ms > LOG_AGE_MOST_MS) {
		rc = bh_error(BH_E_UNAVAILABLE, "the revocation log cannot be read");
	} else if (checker->keys == NULL) {
		*out_unknown_kid = true;
		rc = bh_error(BH_E_UNAVAILABLE, "no signing keys are known yet");
	} else if (!cache_find(checker, &digest, &claims)) {
		rc = verify_and_keep(checker, token, len, &digest, &claims, out_unknown_kid);
	}
	if (rc == 0)
		rc = alive(checker, &claims, now_s, steady_ms);
	pthread_mutex_unlock(&checker->lock);
	if (rc < 0)
		return rc;
	*out = claims;
	return 0;
}
