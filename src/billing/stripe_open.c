/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_open.c: which account there is, and with which secrets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "sec/digest.h"
#include "sec/seal.h"
#include "service/peer.h"
#include "service/runtime.h"

enum { SECRET_MOST = 512, ROTATES_MS = 24 * 3600 * 1000 };

static char *
wiped(char *text)
{
	if (text != NULL)
		bh_wipe(text, strlen(text));
	free(text);
	return NULL;
}

void
stripe_close(struct stripe *stripe)
{
	for (size_t i = 0; i < STRIPE_SECRETS_MOST; i++)
		stripe->secrets[i] = wiped(stripe->secrets[i]);
	stripe_client_close(stripe->client);
	*stripe = (struct stripe){0};
}

/* What a secret is sealed with: its account and what it is for. */
static void
context_of(const struct bh_uuid *account, const char *what, char out[96])
{
	char id[BH_UUID_TEXT];

	bh_uuid_format(account, id);
	snprintf(out, 96, "billing.stripe.%s:%s", what, id);
}

/* *out is owned by the caller, who wipes it. */
static int
unseal(const struct billing *billing, const struct bh_uuid *account, const char *what,
	const struct bh_bytes *sealed, char **out)
{
	struct bh_buf text = {0};
	char context[96];
	int rc;

	context_of(account, what, context);
	rc = bh_unseal(&billing->stripe_secret, context, sealed->data, sealed->len, &text);
	if (rc == 0) {
		*out = strdup(bh_buf_string(&text));
		rc = *out == NULL ? BH_E_MEMORY : 0;
	}
	if (text.data != NULL)
		bh_wipe(text.data, text.size);
	bh_buf_close(&text);
	return rc;
}

static int
open_client(struct stripe *stripe, const char *url, struct bh_http_client *http, const char *key,
	const bool *cancel)
{
	const struct stripe_client_conf conf = {.url = url,
		.http = http,
		.key = key,
		.cancel = cancel,
		.down_until_ms = url != NULL ? &stripe->billing->stripe_down_until_ms : NULL};

	return stripe_client_open(&conf, &stripe->client);
}

/* An account has the same id in both modes, whose objects are different ones. */
static void
tag_of(const struct stripe_account *account, char out[9])
{
	struct bh_digest digest;
	char name[STRIPE_ID_BYTES + 8];
	int len = snprintf(name, sizeof(name), "%s:%s", account->account,
		account->livemode ? "live" : "test");

	bh_digest_sha256(name, (size_t)len, &digest);
	bh_text_hex(digest.bytes, 4, out);
}

static int
open_account(struct stripe *stripe, const struct stripe_account *account, const bool *cancel)
{
	const struct billing *billing = stripe->billing;
	char *key = NULL;
	int rc = 0;

	if (account->disconnected_ms != 0)
		return bh_error(BH_E_STATE, "The account at Stripe was disconnected.");
	if (bh_clock_steady_ms() < __atomic_load_n(&billing->stripe_down_until_ms, __ATOMIC_RELAXED))
		return bh_error(BH_E_UNAVAILABLE, "Stripe could not be reached a moment ago");
	rc = unseal(billing, &account->id, "key", &account->key, &key);
	if (rc == 0)
		rc = unseal(billing, &account->id, "secret", &account->secret, &stripe->secrets[0]);
	stripe->n_secrets = rc == 0;
	if (rc == 0 && account->old_secret.len > 0 && account->old_until_ms > bh_clock_wall_ms()) {
		rc = unseal(billing, &account->id, "secret", &account->old_secret, &stripe->secrets[1]);
		stripe->n_secrets += rc == 0;
	}
	if (rc == 0)
		rc = open_client(stripe, billing->conf.stripe_url, NULL, key, cancel);
	wiped(key);
	stripe->livemode = account->livemode;
	tag_of(account, stripe->tag);
	return rc;
}

/* The mock tells its keys to the service that it stands in for, and to nobody else. */
static int
open_mock(struct stripe *stripe, struct bh_db *db, const bool *cancel)
{
	struct bh_runtime *runtime = stripe->billing->runtime;
	const struct bh_peer peer = {
		.runtime = runtime,
		.onward = {.tenant = bh_platform_tenant},
		.arena = db->arena,
		.watch_fd = -1,
		.cancel = cancel,
	};
	const struct bh_peer_call call = {.service = "stripemock", .path = "/internal/account"};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *key, *secret, *old, *account;
	int rc = bh_peer_ask(&peer, &call, &doc);

	if (rc < 0)
		return rc;
	key = bh_json_get_string(doc.root, "secret_key");
	secret = bh_json_get_string(doc.root, "webhook_secret");
	old = bh_json_get_string(doc.root, "old_webhook_secret");
	account = bh_json_get_string(doc.root, "account");
	if (key == NULL || secret == NULL || account == NULL || !bh_text_starts(key, "sk_test_mock_"))
		return bh_error(BH_E_PROTOCOL, "the mock of Stripe gave no keys of a mock");
	stripe->mock = true;
	stripe->secrets[0] = strdup(secret);
	stripe->n_secrets = 1;
	if (old != NULL)
		stripe->secrets[stripe->n_secrets++] = strdup(old);
	for (size_t i = 0; i < stripe->n_secrets; i++) {
		if (stripe->secrets[i] == NULL)
			return BH_E_MEMORY;
	}
	snprintf(stripe->tag, sizeof(stripe->tag), "%.8s", account);
	return open_client(stripe, NULL, bh_runtime_peer(runtime, "stripemock"), key, cancel);
}

int
stripe_open(struct billing *billing, struct bh_db *db, const bool *cancel, struct stripe *out)
{
	struct bh_db platform = bh_db_as(db, &bh_platform_tenant);
	struct stripe stripe = {.billing = billing};
	struct stripe_account account = {0};
	bool found = false;
	int rc = stripe_store_account_get(&platform, &bh_platform_tenant, &account, &found);

	if (rc == 0 && !found && !billing->conf.stripe_mock)
		rc = bh_error(BH_E_STATE, "No account at Stripe is connected.");
	else if (rc == 0)
		rc = found ? open_account(&stripe, &account, cancel) : open_mock(&stripe, db, cancel);
	if (rc < 0) {
		stripe_close(&stripe);
		return rc;
	}
	*out = stripe;
	return 0;
}

static void
seal(const struct billing *billing, const struct bh_uuid *account, const char *what,
	const char *text, struct bh_buf *out)
{
	char context[96];

	context_of(account, what, context);
	bh_seal(&billing->stripe_secret, context, text, strlen(text), out);
}

/* What a key may look like: a mock's is never taken for Stripe's. */
static int
check_key(const char *key)
{
	bool known = bh_text_starts(key, "sk_live_") || bh_text_starts(key, "sk_test_") ||
		bh_text_starts(key, "rk_live_") || bh_text_starts(key, "rk_test_");

	if (!known || strlen(key) > SECRET_MOST || !bh_text_is_plain(key))
		return bh_error_param(BH_E_INVALID, "key",
			"The key must be a secret key of Stripe (sk_…).");
	if (bh_text_starts(key, "sk_test_mock_"))
		return bh_error_param(BH_E_INVALID, "key", "This is a key of the mock, not of Stripe.");
	return 0;
}

/* Whose key it is. */
static int
try_key(struct billing *billing, struct bh_arena *arena, const char *key, const char **out)
{
	const struct stripe_call call = {.method = "GET", .path = "/v1/account"};
	BH_AUTO(stripe_close) struct stripe stripe = {.billing = billing};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct stripe_refusal refusal = {0};
	const char *id;
	int rc = open_client(&stripe, billing->conf.stripe_url, NULL, key, NULL);

	if (rc == 0)
		rc = stripe_call(stripe.client, &call, &doc, &refusal);
	if (refusal.status == 401 || refusal.status == 403)
		return bh_error_param(BH_E_INVALID, "key", "Stripe refused the key: %s", refusal.message);
	if (rc < 0)
		return rc;
	id = bh_json_get_string(doc.root, "id");
	if (id == NULL || id[0] == '\0' || strlen(id) >= STRIPE_ID_BYTES)
		return bh_error(BH_E_PROTOCOL, "Stripe's account has no id");
	*out = bh_arena_strdup(arena, id);
	return 0;
}

int
stripe_connect(struct billing *billing, struct bh_db *db, const char *key, const char *secret)
{
	struct bh_db platform = bh_db_as(db, &bh_platform_tenant);
	BH_AUTO(bh_buf_close) struct bh_buf sealed_key = {0};
	BH_AUTO(bh_buf_close) struct bh_buf sealed_secret = {0};
	BH_AUTO(bh_buf_close) struct bh_buf sealed_old = {0};
	struct stripe_account account = {.id = bh_uuid_new()}, before = {0};
	char *old = NULL;
	bool found = false, same;
	int rc = check_key(key);

	if (rc == 0 && (!bh_text_starts(secret, "whsec_") || strlen(secret) > SECRET_MOST))
		rc = bh_error_param(BH_E_INVALID, "webhook_secret",
			"The webhook secret must be that of the endpoint at Stripe (whsec_…).");
	if (rc == 0)
		rc = try_key(billing, db->arena, key, &account.account);
	if (rc == 0)
		rc = stripe_store_account_get(&platform, &bh_platform_tenant, &before, &found);
	if (rc < 0)
		return rc;
	account.livemode = strncmp(key + 2, "_live_", 6) == 0;
	same = found && before.livemode == account.livemode &&
		strcmp(before.account, account.account) == 0;
	if (same)
		account.id = before.id;
	if (same && before.disconnected_ms == 0 &&
		unseal(billing, &before.id, "secret", &before.secret, &old) == 0 &&
		strcmp(old, secret) != 0) {
		seal(billing, &account.id, "secret", old, &sealed_old);
		account.old_until_ms = bh_clock_wall_ms() + ROTATES_MS;
	}
	wiped(old);
	seal(billing, &account.id, "key", key, &sealed_key);
	seal(billing, &account.id, "secret", secret, &sealed_secret);
	account.key = (struct bh_bytes){sealed_key.data, sealed_key.len};
	account.secret = (struct bh_bytes){sealed_secret.data, sealed_secret.len};
	account.old_secret = (struct bh_bytes){sealed_old.data != NULL ? sealed_old.data : "",
		sealed_old.len};
	return stripe_store_account_put(&platform, &bh_platform_tenant, &account);
}
