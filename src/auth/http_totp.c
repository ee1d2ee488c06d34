/* SPDX-License-Identifier: Apache-2.0 */
/* http_totp.c: a person's authenticator app: setting it up, recovery codes, removing it. */
#include "auth/routes.h"

#include "auth/http_console.h"
#include "auth/prove.h"
#include "auth/push.h"
#include "auth/store_account.h"
#include "auth/totp.h"
#include "base/clock.h"
#include "base/text.h"
#include "service/request.h"

struct begun {
	const char *secret, *uri;
};

static const struct bh_field begun_fields[] = {
	{"secret", BH_FIELD_TEXT, offsetof(struct begun, secret)},
	{"uri", BH_FIELD_TEXT, offsetof(struct begun, uri)},
};

const struct bh_shape auth_totp_shape = BH_SHAPE("Totp", struct begun, begun_fields);

struct confirm {
	const char *code;
};

static const struct bh_field confirm_fields[] = {
	{"code", BH_FIELD_TEXT, offsetof(struct confirm, code), BH_REQUIRED, 1, 32},
};

const struct bh_shape auth_totp_confirm_shape = BH_SHAPE("TotpConfirm", struct confirm,
	confirm_fields);

struct codes {
	const char *words;
};

static const struct bh_field codes_fields[] = {
	{"recovery_codes", BH_FIELD_WORDS, offsetof(struct codes, words)},
};

const struct bh_shape auth_recovery_shape = BH_SHAPE("RecoveryCodes", struct codes, codes_fields);

static int
reply_codes(struct bh_request *req, struct auth_recovery_codes *codes)
{
	BH_AUTO(bh_buf_close) struct bh_buf words = {0};
	int rc;

	for (size_t i = 0; i < AUTH_RECOVERY_CODES; i++) {
		if (i > 0)
			bh_buf_char(&words, ' ');
		bh_buf_text(&words, codes->text[i]);
	}
	bh_wipe(codes, sizeof(*codes));
	bh_reply_header(req, "cache-control", "no-store");
	rc = bh_reply_object(req, 200, &auth_recovery_shape, &(struct codes){bh_buf_string(&words)});
	bh_wipe(words.data, words.len);
	return rc;
}

/* What authenticator apps read from a picture. */
static const char *
uri_make(struct bh_request *req, const char *email, const char *secret)
{
	BH_AUTO(bh_buf_close) struct bh_buf uri = {0};

	bh_buf_text(&uri, "otpauth://totp/Bulkhead:");
	bh_text_url(&uri, email);
	bh_buf_printf(&uri, "?secret=%s&issuer=Bulkhead&algorithm=SHA1&digits=%d&period=%d", secret,
		BH_OTP_DIGITS, BH_OTP_STEP_S);
	return bh_arena_strdup(req->arena, bh_buf_string(&uri));
}

/* Whoever finds an open session, or took its cookie, must not be able to lock its owner out with an app of
 * their own: the password was proved a moment ago, at the sign-in or since. */
BH_MUST_CHECK static int
proof_check(const struct auth_console *console, int64_t now_ms)
{
	if (console->elevated_until_ms > now_ms || now_ms - console->row.proved_ms < AUTH_ELEVATION_MS)
		return 0;
	return bh_error(BH_E_ELEVATION, "Prove who you are once more before you do this.");
}

/* POST /api/auth/totp: a secret for an app, shown this once. */
int
auth_http_totp_begin(struct bh_request *req)
{
	struct auth_console console = {0};
	struct auth_account account = {0};
	char secret[BH_OTP_SECRET_TEXT];
	int64_t now_ms = bh_clock_wall_ms();
	int rc = auth_console_of(req, &console);

	if (rc == 0)
		rc = proof_check(&console, now_ms);
	if (rc == 0)
		rc = auth_store_account_get(req->db, &console.row.account, &account);
	if (rc == 0)
		rc = auth_totp_begin(req->service, req->db, &account.id, now_ms, secret);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_object(req, 200, &auth_totp_shape,
		&(struct begun){bh_arena_strdup(req->arena, secret), uri_make(req, account.email, secret)});
}

/* POST /api/auth/totp/confirm: the app shows this code. The session has the second factor from now on. */
int
auth_http_totp_confirm(struct bh_request *req)
{
	struct confirm body = {0};
	struct auth_console console = {0};
	struct auth_recovery_codes codes = {0};
	struct auth_cookie cookie = {0};
	int64_t wait_ms = 0, now_ms = bh_clock_wall_ms();
	int rc = bh_request_object(req, &auth_totp_confirm_shape, &body);

	if (rc == 0)
		rc = auth_console_of(req, &console);
	if (rc == 0)
		rc = auth_prove_app(req, &console.row.account, body.code, &codes, &wait_ms);
	/* Whoever else replaced the secret: the codes are there now, and are shown this once. */
	if (rc == 0)
		rc = auth_console_rotate(req->service, req->db, &req->tenant, &console.row.id,
			&(struct auth_console_proof){.mfa = true}, now_ms, &cookie);
	if (rc < 0)
		return auth_prove_refuse(req, rc, wait_ms);
	auth_push_credential(req->runtime, &req->tenant, &console.row.id);
	auth_console_set_cookie(req, &cookie, now_ms);
	return reply_codes(req, &codes);
}

/* POST /api/auth/totp/recovery-codes: new codes in place of all. */
int
auth_http_totp_renew(struct bh_request *req)
{
	struct auth_console console = {0};
	struct auth_recovery_codes codes = {0};
	int rc = auth_console_of(req, &console);

	if (rc == 0)
		rc = auth_totp_renew(req->service, req->db, &console.row.account, &codes);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply_codes(req, &codes);
}

/* DELETE /api/auth/totp: no code is asked for any more. */
int
auth_http_totp_remove(struct bh_request *req)
{
	struct auth_console console = {0};
	int rc = auth_console_of(req, &console);

	if (rc == 0)
		rc = auth_totp_remove(req->db, &console.row.account);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	auth_push_credential(req->runtime, &req->tenant, &console.row.id);
	return bh_reply_empty(req, 204);
}

/* DELETE /api/accounts/{id}/totp: for somebody who has lost the app and the codes. */
int
auth_http_account_totp(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "id", &id);

	if (rc == 0)
		rc = auth_totp_remove(req->db, &id);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	bh_audit_uuid(&req->audit, "target_user_id", &id);
	return bh_reply_empty(req, 204);
}
