/* SPDX-License-Identifier: Apache-2.0 */
/* http_stream.c: where a tenant's audit events are sent. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/store_chain.h"
#include "auth/stream.h"
#include "base/clock.h"
#include "service/request.h"

/* For how long the secret before signs too. */
#define ROTATION_MS INT64_C(86400000)

struct shown {
	const char *url, *secret, *error;
	int64_t position, size, attempts, previous_until_ms, next_ms, delivered_ms;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field shown_fields[] = {
	{"object", BH_FIELD_CONST, .words = "audit_stream"},
	{"url", BH_FIELD_TEXT, AT(url), BH_NULLABLE},
	{"secret", BH_FIELD_TEXT, AT(secret), BH_OMIT},
	{"previous_secret_until", BH_FIELD_TIME, AT(previous_until_ms), BH_NULLABLE},
	{"position", BH_FIELD_INT, AT(position)},
	{"size", BH_FIELD_INT, AT(size)},
	{"delivered_at", BH_FIELD_TIME, AT(delivered_ms), BH_NULLABLE},
	{"attempts", BH_FIELD_INT, AT(attempts)},
	{"error", BH_FIELD_TEXT, AT(error), BH_NULLABLE},
	{"next_attempt_at", BH_FIELD_TIME, AT(next_ms), BH_NULLABLE},
};

#undef AT

const struct bh_shape auth_stream_shape = BH_SHAPE("AuditStream", struct shown, shown_fields);

struct change {
	const char *url;
	int64_t position;
};

static const struct bh_field change_fields[] = {
	{"url", BH_FIELD_TEXT, offsetof(struct change, url), BH_REQUIRED, 1, 2000},
	{"position", BH_FIELD_INT, offsetof(struct change, position), 0, 0, 9007199254740992.0},
};

const struct bh_shape auth_stream_change = BH_SHAPE("AuditStreamUpdate", struct change,
	change_fields);

/* `secret` is shown once, when it was made. */
static int
reply_stream(struct bh_request *req, const char *secret)
{
	struct auth_chain_state state = {0};
	struct auth_stream stream = {0};
	struct shown shown;
	int rc = auth_store_stream_get(req->db, &req->tenant, &stream);

	if (rc == 0)
		rc = auth_store_chain_state(req->db, &req->tenant, &state);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = (struct shown){.url = stream.url,
		.secret = secret,
		.error = stream.error,
		.position = stream.position,
		.size = state.size,
		.attempts = stream.attempts,
		.delivered_ms = stream.delivered_ms};
	if (stream.error != NULL)
		shown.next_ms = stream.next_ms;
	if (stream.previous.len > 0 && stream.previous_until_ms > bh_clock_wall_ms())
		shown.previous_until_ms = stream.previous_until_ms;
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_object(req, 200, &auth_stream_shape, &shown);
}

/* GET /api/audit/stream */
int
auth_http_stream_get(struct bh_request *req)
{
	return reply_stream(req, NULL);
}

/* PUT /api/audit/stream: the secret comes with the answer that made it. */
int
auth_http_stream_put(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf sealed = {0};
	const struct auth *auth = req->service;
	struct change body = {.position = -1};
	uint8_t secret[BH_WEBHOOK_SECRET];
	char text[BH_WEBHOOK_SHOWN];
	bool used = false;
	int rc = bh_request_object(req, &auth_stream_change, &body);

	if (rc == 0 && bh_webhook_url_check(req->arena, body.url) < 0)
		rc = bh_error_param(BH_E_INVALID, "url",
			"'url' must be an https address without a user or a fragment.");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_random(secret, sizeof(secret));
	bh_webhook_seal(&auth->webhooks, &req->tenant, secret, &sealed);
	bh_webhook_show(secret, text);
	rc = auth_store_stream_set(req->db, &req->tenant, body.url, &sealed, body.position, &used);
	rc = rc < 0 ? bh_reply_error(req, rc, NULL) : reply_stream(req, used ? text : NULL);
	bh_wipe(secret, sizeof(secret));
	bh_wipe(text, sizeof(text));
	return rc;
}

/* POST /api/audit/stream/rotate: another secret; for a day both sign. */
int
auth_http_stream_rotate(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf sealed = {0};
	const struct auth *auth = req->service;
	uint8_t secret[BH_WEBHOOK_SECRET];
	char text[BH_WEBHOOK_SHOWN];
	int rc;

	bh_random(secret, sizeof(secret));
	bh_webhook_seal(&auth->webhooks, &req->tenant, secret, &sealed);
	bh_webhook_show(secret, text);
	rc = auth_store_stream_rotate(req->db, &req->tenant, &sealed, bh_clock_wall_ms() + ROTATION_MS);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(BH_E_STATE, "There is no webhook whose secret could be rotated.");
	rc = rc < 0 ? bh_reply_error(req, rc, NULL) : reply_stream(req, text);
	bh_wipe(secret, sizeof(secret));
	bh_wipe(text, sizeof(text));
	return rc;
}

/* DELETE /api/audit/stream */
int
auth_http_stream_remove(struct bh_request *req)
{
	int rc = auth_store_stream_remove(req->db, &req->tenant);

	return rc < 0 ? bh_reply_error(req, rc, NULL) : bh_reply_empty(req, 204);
}
