/* SPDX-License-Identifier: Apache-2.0 */
/* signing.c: keys move standby → in_use → previously_used → revoked; the one in use signs. */
#include "auth/signing.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth/store_signing.h"
#include "base/error.h"
#include "sec/jws.h"
#include "sec/seal.h"
#include "sec/token.h"

struct auth_signer {
	struct auth_signer_conf conf;
	pthread_rwlock_t lock;  /* over all below: signing reads, a cycle writes */
	struct bh_jws_key *key; /* owned: the one in use */
	char kid[BH_UUID_TEXT];
	struct bh_buf jwks; /* owned */
};

/* A cycle's transaction. */
struct cycle {
	struct auth_signer *signer;
	int64_t now_ms;
	struct auth_signing_key *keys; /* out: as they are afterwards; in the handle's arena */
	size_t n_keys;
};

int
auth_signer_open(const struct auth_signer_conf *conf, struct auth_signer **out)
{
	struct auth_signer *signer = calloc(1, sizeof(*signer));

	if (signer == NULL)
		return BH_E_MEMORY;
	signer->conf = *conf;
	pthread_rwlock_init(&signer->lock, NULL);
	*out = signer;
	return 0;
}

void
auth_signer_close(struct auth_signer *signer)
{
	if (signer == NULL)
		return;
	bh_jws_key_close(signer->key);
	bh_buf_close(&signer->jwks);
	bh_secret_close(&signer->conf.seal_key);
	pthread_rwlock_destroy(&signer->lock);
	free(signer);
}

/* ---- life of a key ---- */

static void
seal_context(const struct bh_uuid *id, char out[64])
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(id, text);
	strcpy(out, "auth.signing_key:");
	strcat(out, text);
}

BH_MUST_CHECK static int
key_add(struct cycle *cycle, struct bh_db *tx, const char *state)
{
	BH_AUTO(bh_buf_close) struct bh_buf der = {0}, sealed = {0}, jwk = {0};
	struct auth_signing_key row = {.id = bh_uuid_new(), .state = state};
	struct bh_jws_key *key;
	char kid[BH_UUID_TEXT], context[64];
	int rc = bh_jws_key_generate(BH_JWS_ES256, &key);

	if (rc < 0)
		return rc;
	bh_uuid_format(&row.id, kid);
	seal_context(&row.id, context);
	rc = bh_jws_key_export(key, &der);
	if (rc == 0)
		rc = bh_jws_key_jwk(key, kid, &jwk);
	bh_jws_key_close(key);
	if (rc < 0)
		return rc;
	bh_seal(&cycle->signer->conf.seal_key, context, der.data, der.len, &sealed);
	bh_wipe(der.data, der.len);
	row.public_jwk = jwk.data;
	row.private_sealed = (struct bh_bytes){sealed.data, sealed.len};
	return auth_store_signing_add(tx, &row, cycle->now_ms);
}

static const struct auth_signing_key *
key_in(const struct cycle *cycle, const char *state)
{
	for (size_t i = 0; i < cycle->n_keys; i++)
		if (strcmp(cycle->keys[i].state, state) == 0)
			return &cycle->keys[i];
	return NULL;
}

/* Puts the standby into the place of the one in use, when its time has come. */
BH_MUST_CHECK static int
rotate(struct cycle *cycle, struct bh_db *tx)
{
	const struct auth_signing_key *used = key_in(cycle, "in_use"), *next = key_in(cycle, "standby");
	int rc;

	if (used == NULL)
		return key_add(cycle, tx, "in_use"); /* the platform's first */
	if (next == NULL || cycle->now_ms - used->state_ms < cycle->signer->conf.rotate_ms ||
		cycle->now_ms - next->created_ms < AUTH_SIGNING_PUBLISH_MS)
		return 0;
	rc = auth_store_signing_set_state(tx, &used->id, "previously_used", cycle->now_ms);
	return rc < 0 ? rc : auth_store_signing_set_state(tx, &next->id, "in_use", cycle->now_ms);
}

BH_MUST_CHECK static int
keys_move(struct bh_db *tx, void *ctx)
{
	struct cycle *cycle = ctx;
	int rc = auth_store_signing_lock(tx);

	if (rc == 0)
		rc = auth_store_signing_list(tx, &cycle->keys, &cycle->n_keys);
	for (size_t i = 0; rc == 0 && i < cycle->n_keys; i++) {
		const struct auth_signing_key *key = &cycle->keys[i];

		if (strcmp(key->state, "previously_used") == 0 &&
			cycle->now_ms - key->state_ms >= AUTH_SIGNING_KEEP_MS)
			rc = auth_store_signing_set_state(tx, &key->id, "revoked", cycle->now_ms);
	}
	if (rc == 0)
		rc = rotate(cycle, tx);
	if (rc == 0)
		rc = auth_store_signing_list(tx, &cycle->keys, &cycle->n_keys);
	if (rc == 0 && key_in(cycle, "standby") == NULL) {
		rc = key_add(cycle, tx, "standby");
		if (rc == 0)
			rc = auth_store_signing_list(tx, &cycle->keys, &cycle->n_keys);
	}
	return rc;
}

/* ---- in memory ---- */

BH_MUST_CHECK static int
key_open(const struct auth_signer *signer, const struct auth_signing_key *row,
	struct bh_jws_key **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf der = {0};
	char context[64];
	int rc;

	seal_context(&row->id, context);
	rc = bh_unseal(&signer->conf.seal_key, context, row->private_sealed.data,
		row->private_sealed.len, &der);
	if (rc < 0)
		return bh_error(BH_E_CONFIG,
			"the signing key in the database was sealed with a different master key");
	rc = bh_jws_key_import(BH_JWS_ES256, der.data, der.len, out);
	bh_wipe(der.data, der.len);
	return rc;
}

static void
jwks_write(const struct cycle *cycle, struct bh_buf *out)
{
	bh_buf_text(out, "{\"keys\":[");
	for (size_t i = 0; i < cycle->n_keys; i++) {
		if (i > 0)
			bh_buf_char(out, ',');
		bh_buf_text(out, cycle->keys[i].public_jwk);
	}
	bh_buf_text(out, "]}");
}

int
auth_signer_cycle(struct auth_signer *signer, struct bh_db *db, struct bh_token_checker *checker,
	int64_t now_ms)
{
	BH_AUTO(bh_buf_close) struct bh_buf jwks = {0};
	struct cycle cycle = {.signer = signer, .now_ms = now_ms};
	const struct auth_signing_key *used;
	struct bh_jws_key *key, *old;
	struct bh_buf old_jwks;
	int rc = bh_tx_run(db, keys_move, &cycle);

	if (rc < 0)
		return rc;
	used = key_in(&cycle, "in_use");
	if (used == NULL)
		return bh_error(BH_E_INTERNAL, "there is no active signing key");
	rc = key_open(signer, used, &key);
	if (rc < 0)
		return rc;
	jwks_write(&cycle, &jwks);
	rc = bh_token_checker_keys(checker, jwks.data, jwks.len);
	if (rc < 0) {
		bh_jws_key_close(key);
		return rc;
	}

	pthread_rwlock_wrlock(&signer->lock);
	old = signer->key;
	signer->key = key;
	bh_uuid_format(&used->id, signer->kid);
	old_jwks = signer->jwks;
	signer->jwks = jwks;
	jwks = old_jwks;
	pthread_rwlock_unlock(&signer->lock);
	bh_jws_key_close(old);
	return 0;
}

void
auth_signer_jwks(struct auth_signer *signer, struct bh_buf *out)
{
	pthread_rwlock_rdlock(&signer->lock);
	bh_buf_add(out, signer->jwks.data, signer->jwks.len);
	pthread_rwlock_unlock(&signer->lock);
}

/* ---- tokens ---- */

/* Copies a text that must fit: what does not is our mistake, not a shorter right. */
BH_MUST_CHECK static int
put(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return bh_error(BH_E_INTERNAL, "a claim is too long");
	memcpy(out, text, len + 1);
	return 0;
}

/* A tenant without a plan has the one called "default", which says nothing. */
BH_MUST_CHECK static int
plan_put(struct bh_claims *claims, const struct auth_plan *plan)
{
	int rc = put(claims->plan, sizeof(claims->plan), plan->name != NULL ? plan->name : "default");

	if (rc < 0 || plan->name == NULL)
		return rc;
	rc = put(claims->entitled, sizeof(claims->entitled), plan->entitlements);
	if (rc == 0 && strcmp(plan->state, "active") != 0)
		rc = put(claims->plan_state, sizeof(claims->plan_state), plan->state);
	return rc;
}

int
auth_signer_mint(struct auth_signer *signer, const struct auth_grant *grant, int64_t now_s,
	struct bh_buf *out, int64_t *out_expires_s)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	struct bh_claims claims = {
		.tenant = grant->tenant,
		.session = grant->session,
		.team = grant->team,
		.token = bh_uuid_new(),
		.issued_s = now_s,
		.not_before_s = now_s,
		.expires_s = now_s + signer->conf.access_ttl_s,
		.version = grant->version,
		.impersonator = grant->impersonator,
		.elevated_s = grant->elevated_s,
	};
	int rc = put(claims.subject_text, sizeof(claims.subject_text), grant->subject);

	if (rc == 0)
		rc = put(claims.client, sizeof(claims.client), grant->client);
	if (rc == 0)
		rc = put(claims.actor, sizeof(claims.actor), grant->actor);
	if (rc == 0)
		rc = put(claims.role, sizeof(claims.role), grant->role);
	if (rc == 0)
		rc = put(claims.scope, sizeof(claims.scope), grant->scope);
	if (rc == 0)
		rc = put(claims.audience, sizeof(claims.audience), grant->audience);
	if (rc == 0)
		rc = plan_put(&claims, &grant->plan);
	if (rc < 0)
		return rc;
	if (grant->ends_s != 0 && grant->ends_s < claims.expires_s)
		claims.expires_s = grant->ends_s;
	bh_claims_write(&claims, signer->conf.issuer, &payload);

	pthread_rwlock_rdlock(&signer->lock);
	rc = signer->key == NULL
		? bh_error(BH_E_UNAVAILABLE, "no signing key is loaded")
		: bh_jws_sign(signer->key, signer->kid, "at+jwt", payload.data, payload.len, out);
	pthread_rwlock_unlock(&signer->lock);
	if (rc == 0)
		*out_expires_s = claims.expires_s;
	return rc;
}
