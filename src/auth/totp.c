/* SPDX-License-Identifier: Apache-2.0 */
/* totp.c: setting up an authenticator app, checking its codes, and the codes that stand for it. */
#include "auth/totp.h"

#include <string.h>

#include "auth/store_totp.h"
#include "base/error.h"
#include "sec/seal.h"

static void
seal_context(const struct bh_uuid *account, char out[64])
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(account, text);
	strcpy(out, "auth.totp:");
	strcat(out, text);
}

BH_MUST_CHECK static int
secret_open(const struct auth *auth, const struct bh_uuid *account, const struct auth_totp_row *row,
	uint8_t out[BH_OTP_SECRET_BYTES])
{
	BH_AUTO(bh_buf_close) struct bh_buf secret = {0};
	char context[64];
	int rc;

	seal_context(account, context);
	rc = bh_unseal(&auth->totp_key, context, row->secret_sealed.data, row->secret_sealed.len,
		&secret);
	if (rc < 0 || secret.len != BH_OTP_SECRET_BYTES)
		return bh_error(BH_E_INTERNAL,
			"an authenticator's secret in the database was sealed with a different master key");
	memcpy(out, secret.data, BH_OTP_SECRET_BYTES);
	bh_wipe(secret.data, secret.len);
	return 0;
}

int
auth_totp_begin(struct auth *auth, struct bh_db *db, const struct bh_uuid *account, int64_t now_ms,
	char out_secret[BH_OTP_SECRET_TEXT])
{
	BH_AUTO(bh_buf_close) struct bh_buf sealed = {0};
	uint8_t secret[BH_OTP_SECRET_BYTES];
	char context[64], text[BH_OTP_SECRET_TEXT];
	bool begun = false;
	int rc;

	bh_random(secret, sizeof(secret));
	seal_context(account, context);
	bh_seal(&auth->totp_key, context, secret, sizeof(secret), &sealed);
	bh_otp_text(secret, text);
	bh_wipe(secret, sizeof(secret));
	rc = auth_store_totp_begin(db, account, sealed.data, sealed.len, now_ms, &begun);
	if (rc == 0 && !begun)
		rc = bh_error(BH_E_STATE, "An authenticator app is set up already; remove it first.");
	if (rc == 0)
		memcpy(out_secret, text, sizeof(text));
	bh_wipe(text, sizeof(text));
	return rc;
}

/* ---- recovery codes ---- */

/* Without letters that are taken for others; 32 of them, so that a byte has no bias. */
static const char alphabet[33] = "abcdefghjkmnpqrstuvwxyz123456789";

static void
code_draw(char out[AUTH_RECOVERY_TEXT])
{
	uint8_t bytes[AUTH_RECOVERY_TEXT - 1];

	bh_random(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		out[i] = i == sizeof(bytes) / 2 ? '-' : alphabet[bytes[i] & 31];
	out[sizeof(bytes)] = '\0';
}

/* The code as it was shown, however it was typed: without blanks and hyphens, in lower case. */
static bool
code_read(const char *typed, char out[AUTH_RECOVERY_TEXT])
{
	size_t n = 0, half = (AUTH_RECOVERY_TEXT - 1) / 2;

	for (; *typed != '\0'; typed++) {
		char c = *typed >= 'A' && *typed <= 'Z' ? (char)(*typed - 'A' + 'a') : *typed;

		if (c == ' ' || c == '-')
			continue;
		if (n == AUTH_RECOVERY_TEXT - 1 || strchr(alphabet, c) == NULL)
			return false;
		if (n == half)
			out[n++] = '-';
		out[n++] = c;
	}
	out[n] = '\0';
	return n == AUTH_RECOVERY_TEXT - 1;
}

static void
code_hash(const struct auth *auth, const struct bh_uuid *account, const char *code,
	struct bh_digest *out)
{
	char text[BH_UUID_TEXT + AUTH_RECOVERY_TEXT];

	bh_uuid_format(account, text);
	strcat(text, ":");
	strcat(text, code);
	bh_digest_hmac(&auth->recovery_key, text, strlen(text), out);
	bh_wipe(text, sizeof(text));
}

BH_MUST_CHECK static int
codes_make(const struct auth *auth, struct bh_db *tx, const struct bh_uuid *account,
	struct auth_recovery_codes *out)
{
	struct bh_digest digests[AUTH_RECOVERY_CODES];
	struct bh_bytes hashes[AUTH_RECOVERY_CODES];

	for (size_t i = 0; i < AUTH_RECOVERY_CODES; i++) {
		code_draw(out->text[i]);
		code_hash(auth, account, out->text[i], &digests[i]);
		hashes[i] = (struct bh_bytes){digests[i].bytes, sizeof(digests[i].bytes)};
	}
	return auth_store_totp_codes(tx, account, hashes, AUTH_RECOVERY_CODES);
}

/* ---- confirm and renew ---- */

struct renew {
	struct auth *auth;
	const struct bh_uuid *account;
	const char *code; /* of the app that is confirmed; NULL: it is */
	int64_t now_ms;
	struct auth_recovery_codes codes;
};

BH_MUST_CHECK static int
step_take(struct bh_db *tx, const struct renew *renew, const struct auth_totp_row *row)
{
	uint8_t secret[BH_OTP_SECRET_BYTES];
	int64_t step = 0;
	bool good;
	int rc = secret_open(renew->auth, renew->account, row, secret);

	if (rc < 0)
		return rc;
	good = bh_otp_check(secret, renew->code, renew->now_ms / 1000, row->last_step, &step);
	bh_wipe(secret, sizeof(secret));
	if (good)
		rc = auth_store_totp_step(tx, renew->account, step, true, renew->now_ms, &good);
	return rc == 0 && !good ? bh_error(BH_E_PROOF, "The code is incorrect.") : rc;
}

BH_MUST_CHECK static int
renew_work(struct bh_db *tx, void *ctx)
{
	struct renew *renew = ctx;
	struct auth_totp_row row = {0};
	bool found = false;
	int rc = auth_store_totp_get(tx, renew->account, &row, &found);

	if (rc == 0 && (!found || (row.confirmed_ms != 0) != (renew->code == NULL)))
		rc = bh_error(BH_E_STATE,
			renew->code == NULL ? "No authenticator app is set up."
								: "No authenticator app waits for a code.");
	if (rc == 0 && renew->code != NULL)
		rc = step_take(tx, renew, &row);
	return rc < 0 ? rc : codes_make(renew->auth, tx, renew->account, &renew->codes);
}

int
auth_totp_confirm(struct auth *auth, struct bh_db *db, const struct bh_uuid *account,
	const char *code, int64_t now_ms, struct auth_recovery_codes *out)
{
	struct renew renew = {.auth = auth, .account = account, .code = code, .now_ms = now_ms};
	int rc = bh_tx_run(AUTH_DB(auth_platform(db)), renew_work, &renew);

	if (rc == 0)
		*out = renew.codes;
	bh_wipe(&renew.codes, sizeof(renew.codes));
	return rc;
}

int
auth_totp_renew(struct auth *auth, struct bh_db *db, const struct bh_uuid *account,
	struct auth_recovery_codes *out)
{
	struct renew renew = {.auth = auth, .account = account};
	int rc = bh_tx_run(AUTH_DB(auth_platform(db)), renew_work, &renew);

	if (rc == 0)
		*out = renew.codes;
	bh_wipe(&renew.codes, sizeof(renew.codes));
	return rc;
}

/* ---- check ---- */

static int
wrong(void)
{
	return bh_error(BH_E_MFA_WRONG, "The code is incorrect, or was used before.");
}

int
auth_totp_check(struct auth *auth, struct bh_db *db, const struct bh_uuid *account,
	const char *code, bool use, int64_t now_ms)
{
	struct auth_totp_row row = {0};
	uint8_t secret[BH_OTP_SECRET_BYTES];
	char recovery[AUTH_RECOVERY_TEXT];
	struct bh_digest hash;
	int64_t step = 0;
	bool good = false;
	int rc = auth_store_totp_get(db, account, &row, &good);

	if (rc < 0)
		return rc;
	if (!good || row.confirmed_ms == 0)
		return wrong();
	rc = secret_open(auth, account, &row, secret);
	if (rc < 0)
		return rc;
	good = bh_otp_check(secret, code, now_ms / 1000, row.last_step, &step);
	bh_wipe(secret, sizeof(secret));
	if (good && use) {
		rc = auth_store_totp_step(db, account, step, false, now_ms, &good);
	} else if (!good && code_read(code, recovery)) {
		code_hash(auth, account, recovery, &hash);
		rc = auth_store_totp_code(db, account, &hash, use, now_ms, &good);
		bh_wipe(recovery, sizeof(recovery));
	}
	return rc == 0 && !good ? wrong() : rc;
}

int
auth_totp_remove(struct bh_db *db, const struct bh_uuid *account)
{
	return auth_store_totp_remove(db, account);
}
