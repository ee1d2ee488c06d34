/* SPDX-License-Identifier: Apache-2.0 */
/* http_notice.c: notices and where they are sent. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/http.h"
#include "billing/store_notice.h"
#include "http/mail.h"
#include "sec/digest.h"
#include "service/list.h"
#include "service/request.h"
#include "service/webhook.h"

enum { EMAILS_MAX = 10 };

/* For how long the secret before signs too. */
#define ROTATION_MS INT64_C(86400000)

#define AT(member) offsetof(struct billing_notice, member)

static const struct bh_field notice_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "notice"},
	{"owner_kind", BH_FIELD_TEXT, AT(owner_kind)},
	{"owner_id", BH_FIELD_ID, AT(owner)},
	{"span", BH_FIELD_TEXT, AT(span)},
	{"percent", BH_FIELD_INT, AT(percent)},
	{"limit", BH_FIELD_MONEY, AT(limit)},
	{"spent", BH_FIELD_MONEY, AT(spent)},
	{"crossed_at", BH_FIELD_TIME, AT(crossed_ms)},
	{"webhook", BH_FIELD_TEXT, AT(webhook)},
	{"webhook_error", BH_FIELD_TEXT, AT(webhook_error), BH_NULLABLE},
	{"webhook_sent_at", BH_FIELD_TIME, AT(webhook_ms), BH_NULLABLE},
	{"mail", BH_FIELD_TEXT, AT(mail)},
	{"mail_error", BH_FIELD_TEXT, AT(mail_error), BH_NULLABLE},
	{"mail_sent_at", BH_FIELD_TIME, AT(mail_ms), BH_NULLABLE},
	{"attempts", BH_FIELD_INT, AT(attempts)},
};

#undef AT

const struct bh_shape billing_notice_shape = BH_SHAPE("Notice", struct billing_notice,
	notice_fields);

struct shown {
	const char *url, *emails, *secret;
	int64_t previous_until_ms;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field endpoint_fields[] = {
	{"object", BH_FIELD_CONST, .words = "notice_endpoint"},
	{"url", BH_FIELD_TEXT, AT(url), BH_NULLABLE},
	{"secret", BH_FIELD_TEXT, AT(secret), BH_OMIT},
	{"previous_secret_until", BH_FIELD_TIME, AT(previous_until_ms), BH_NULLABLE},
	{"emails", BH_FIELD_WORDS, AT(emails)},
};

#undef AT

const struct bh_shape billing_endpoint_shape = BH_SHAPE("NoticeEndpoint", struct shown,
	endpoint_fields);

struct endpoint_new {
	const char *url;
	const char **emails;
	size_t n_emails;
};

static const struct bh_field text_row = {"", BH_FIELD_TEXT};

static const struct bh_field new_fields[] = {
	{"url", BH_FIELD_TEXT, offsetof(struct endpoint_new, url), BH_NULLABLE, 1, 2000},
	{"emails", BH_FIELD_ARRAY, offsetof(struct endpoint_new, emails), 0, 0, EMAILS_MAX,
		BH_ELEMENTS(struct endpoint_new, emails, n_emails, &text_row)},
};

const struct bh_shape billing_endpoint_new_shape = BH_SHAPE("NoticeEndpointUpdate",
	struct endpoint_new, new_fields);

static const struct bh_paging paging = {20, 100, "after", NULL};

/* GET /api/notices, GET /api/tenants/{tenant}/notices: the last one first. */
int
billing_http_notice_list(struct bh_request *req)
{
	struct billing_notice *notices = NULL;
	struct bh_slice slice;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = billing_store_notice_list(req->target_db, &req->target, &slice, &notices, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &billing_notice_shape, &page, notices, n);
}

/* `secret` is shown once, when it was made. */
static int
reply_endpoint(struct bh_request *req, const char *secret)
{
	struct billing_endpoint endpoint;
	struct shown shown = {.secret = secret};
	int rc = billing_store_endpoint_get(req->db, &req->tenant, &endpoint);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown.url = endpoint.url;
	shown.emails = endpoint.emails != NULL ? endpoint.emails : "";
	if (endpoint.previous.len > 0 && endpoint.previous_until_ms > bh_clock_wall_ms())
		shown.previous_until_ms = endpoint.previous_until_ms;
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_object(req, 200, &billing_endpoint_shape, &shown);
}

/* GET /api/notice-endpoint */
int
billing_http_endpoint_get(struct bh_request *req)
{
	return reply_endpoint(req, NULL);
}

static int
join_emails(const struct endpoint_new *body, struct bh_buf *out)
{
	char param[32];

	for (size_t i = 0; i < body->n_emails; i++) {
		snprintf(param, sizeof(param), "emails.%zu", i);
		if (!bh_mail_is_address(body->emails[i]))
			return bh_error_param(BH_E_INVALID, param, "'%s' must be a mail address.", param);
		bh_buf_text(out, out->len > 0 ? " " : "");
		bh_buf_text(out, body->emails[i]);
	}
	return 0;
}

static int
check_url(struct bh_request *req, const char *url)
{
	int rc = bh_webhook_url_check(req->arena, url);

	return rc < 0
		? bh_error_param(rc, "url", "'url' must be an https address without a user or a fragment.")
		: 0;
}

/* PUT /api/notice-endpoint: the whole; absent and null are none. The secret comes with the answer that
 * made it. */
int
billing_http_endpoint_put(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf sealed = {0}, emails = {0};
	uint8_t secret[BH_WEBHOOK_SECRET];
	char text[BH_WEBHOOK_SHOWN];
	struct endpoint_new body = {0};
	const struct billing *billing = req->service;
	bool used = false;
	int rc = bh_request_object(req, &billing_endpoint_new_shape, &body);

	if (rc == 0 && body.url != NULL)
		rc = check_url(req, body.url);
	if (rc == 0)
		rc = join_emails(&body, &emails);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_random(secret, sizeof(secret));
	bh_webhook_seal(&billing->webhooks, &req->tenant, secret, &sealed);
	bh_webhook_show(secret, text);
	rc = billing_store_endpoint_set(req->db, &req->tenant, body.url, &sealed,
		bh_buf_string(&emails), &used);
	rc = rc < 0 ? bh_reply_error(req, rc, NULL) : reply_endpoint(req, used ? text : NULL);
	bh_wipe(secret, sizeof(secret));
	bh_wipe(text, sizeof(text));
	return rc;
}

/* POST /api/notice-endpoint/rotate: another secret; for a day both sign. */
int
billing_http_endpoint_rotate(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf sealed = {0};
	uint8_t secret[BH_WEBHOOK_SECRET];
	char text[BH_WEBHOOK_SHOWN];
	const struct billing *billing = req->service;
	int rc;

	bh_random(secret, sizeof(secret));
	bh_webhook_seal(&billing->webhooks, &req->tenant, secret, &sealed);
	bh_webhook_show(secret, text);
	rc = billing_store_endpoint_rotate(req->db, &req->tenant, &sealed,
		bh_clock_wall_ms() + ROTATION_MS);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(BH_E_STATE, "There is no webhook whose secret could be rotated.");
	rc = rc < 0 ? bh_reply_error(req, rc, NULL) : reply_endpoint(req, text);
	bh_wipe(secret, sizeof(secret));
	bh_wipe(text, sizeof(text));
	return rc;
}
