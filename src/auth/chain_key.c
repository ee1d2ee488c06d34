/* SPDX-License-Identifier: Apache-2.0 */
/* chain_key.c: the keys that sign checkpoints: one signs, and all there ever were are published. */
#include <string.h>

#include "auth/chain.h"
#include "base/clock.h"
#include "base/error.h"
#include "json/fields.h"
#include "sec/seal.h"

struct choice {
	const struct auth_chain_conf *conf;
	int64_t now_ms;
	struct auth_chain_signer signer; /* out */
};

void
auth_chain_signer_close(struct auth_chain_signer *signer)
{
	bh_jws_key_close(signer->key);
	signer->key = NULL;
}

static void
seal_context(const struct bh_uuid *id, char out[64])
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(id, text);
	strcpy(out, "auth.audit_key:");
	strcat(out, text);
}

static int
open_key(const struct auth_chain_conf *conf, const struct auth_signing_key *row,
	struct auth_chain_signer *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf der = {0};
	char context[64];
	int rc;

	seal_context(&row->id, context);
	rc = bh_unseal(&conf->seal_key, context, row->private_sealed.data, row->private_sealed.len,
		&der);
	if (rc < 0)
		return bh_error(BH_E_CONFIG,
			"the audit key in the database was sealed with a different master key");
	rc = bh_jws_key_import(BH_JWS_EDDSA, der.data, der.len, &out->key);
	bh_wipe(der.data, der.len);
	if (rc == 0)
		bh_uuid_format(&row->id, out->kid);
	return rc;
}

static int
make_key(struct bh_db *tx, struct choice *choice)
{
	BH_AUTO(bh_buf_close) struct bh_buf der = {0}, sealed = {0}, jwk = {0};
	struct auth_signing_key row = {.id = bh_uuid_new()};
	struct auth_chain_signer signer = {0};
	char context[64];
	int rc = bh_jws_key_generate(BH_JWS_EDDSA, &signer.key);

	if (rc < 0)
		return rc;
	bh_uuid_format(&row.id, signer.kid);
	seal_context(&row.id, context);
	rc = bh_jws_key_export(signer.key, &der);
	if (rc == 0)
		rc = bh_jws_key_jwk(signer.key, signer.kid, &jwk);
	if (rc == 0) {
		bh_seal(&choice->conf->seal_key, context, der.data, der.len, &sealed);
		row.public_jwk = bh_buf_string(&jwk);
		row.private_sealed = (struct bh_bytes){sealed.data, sealed.len};
		rc = auth_store_chain_key_add(tx, &row, choice->now_ms);
	}
	bh_wipe(der.data, der.len);
	if (rc == 0)
		choice->signer = signer;
	else
		auth_chain_signer_close(&signer);
	return rc;
}

static int
choose(struct bh_db *tx, void *ctx)
{
	struct choice *choice = ctx;
	struct auth_signing_key *keys;
	size_t n;
	int rc = auth_store_signing_lock(tx);

	auth_chain_signer_close(&choice->signer);
	if (rc == 0)
		rc = auth_store_chain_keys(tx, &keys, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (strcmp(keys[i].state, "in_use") != 0)
			continue;
		if (choice->now_ms - keys[i].created_ms < choice->conf->rotate_ms)
			return open_key(choice->conf, &keys[i], &choice->signer);
		/* Its private part goes: what it has signed nobody can sign again. */
		rc = auth_store_signing_set_state(tx, &keys[i].id, "previously_used", choice->now_ms);
	}
	return rc < 0 ? rc : make_key(tx, choice);
}

int
auth_chain_signer_open(struct bh_db *db, const struct auth_chain_conf *conf, int64_t now_ms,
	struct auth_chain_signer *out)
{
	struct choice choice = {.conf = conf, .now_ms = now_ms};
	int rc = bh_tx_run(db, choose, &choice);

	if (rc < 0)
		auth_chain_signer_close(&choice.signer);
	else
		*out = choice.signer;
	return rc;
}

/* The JWK with what else is told of the key; readers pass over members that they do not know. */
static void
write_key(const struct auth_signing_key *key, struct bh_buf *out)
{
	char created[BH_TIME_TEXT], since[BH_TIME_TEXT];

	bh_clock_format(key->created_ms, created);
	bh_clock_format(key->state_ms, since);
	bh_buf_add(out, key->public_jwk, strlen(key->public_jwk) - 1);
	bh_buf_printf(out, ",\"state\":\"%s\",\"created\":\"%s\",\"since\":\"%s\"}", key->state,
		created, since);
}

int
auth_chain_jwks(struct bh_db *db, struct bh_buf *out)
{
	struct auth_signing_key *keys;
	size_t n;
	int rc = auth_store_chain_keys(db, &keys, &n);

	if (rc < 0)
		return rc;
	bh_buf_text(out, "{\"keys\":[");
	for (size_t i = 0; i < n; i++) {
		bh_buf_text(out, i > 0 ? "," : "");
		write_key(&keys[i], out);
	}
	bh_buf_text(out, "]}");
	return 0;
}
