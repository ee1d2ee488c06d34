/* SPDX-License-Identifier: Apache-2.0 */
/* http_stripe_account.c: what the operator sets and sees of Stripe: the account, and what is owed to it. */
#include "base/error.h"
#include "billing/billing.h"
#include "billing/http.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "billing/stripe_outbox.h"
#include "queue/worker.h"
#include "service/list.h"
#include "service/request.h"

enum { ROWS_MOST = 200 };

struct shown {
	const char *mode, *webhook, *account;
	int64_t connected_ms;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field shown_fields[] = {
	{"object", BH_FIELD_CONST, .words = "stripe"},
	{"mode", BH_FIELD_TEXT, AT(mode)},
	{"webhook_path", BH_FIELD_TEXT, AT(webhook)},
	{"account", BH_FIELD_TEXT, AT(account), BH_NULLABLE},
	{"connected_at", BH_FIELD_DATE, AT(connected_ms), BH_NULLABLE},
};

#undef AT

const struct bh_shape billing_stripe_shape = BH_SHAPE("StripeAccount", struct shown, shown_fields);

static int
reply_account(struct bh_request *req)
{
	const struct billing *billing = req->service;
	struct bh_db platform = bh_db_as(req->db, &bh_platform_tenant);
	struct stripe_account account = {0};
	struct shown shown = {.webhook = "/webhooks/stripe"};
	bool found = false;
	int rc = stripe_store_account_get(&platform, &bh_platform_tenant, &account, &found);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown.connected_ms = account.disconnected_ms == 0 ? account.connected_ms : 0;
	shown.account = account.disconnected_ms == 0 ? account.account : NULL;
	if (found && account.disconnected_ms != 0)
		shown.mode = "off";
	else if (found)
		shown.mode = account.livemode ? "live" : "test";
	else
		shown.mode = billing->conf.stripe_mock ? "mock" : "off";
	return bh_reply_object(req, 200, &billing_stripe_shape, &shown);
}

/* GET /api/stripe */
int
billing_http_stripe_get(struct bh_request *req)
{
	return reply_account(req);
}

struct connect {
	const char *key, *secret;
};

static const struct bh_field connect_fields[] = {
	{"key", BH_FIELD_TEXT, offsetof(struct connect, key), BH_REQUIRED | BH_WRITE_ONLY, 1, 512},
	{"webhook_secret", BH_FIELD_TEXT, offsetof(struct connect, secret), BH_REQUIRED | BH_WRITE_ONLY,
		1, 512},
};

const struct bh_shape billing_stripe_connect_shape = BH_SHAPE("StripeConnect", struct connect,
	connect_fields);

/* PUT /api/stripe */
int
billing_http_stripe_put(struct bh_request *req)
{
	struct connect body = {0};
	int rc = bh_request_object(req, &billing_stripe_connect_shape, &body);

	if (rc == 0)
		rc = stripe_connect(req->service, req->db, body.key, body.secret);
	if (rc == 0)
		rc = stripe_move_all(req->db);
	if (rc == 0)
		bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply_account(req);
}

/* DELETE /api/stripe: what is owed waits for the next account. The mock does not come back for it. */
int
billing_http_stripe_delete(struct bh_request *req)
{
	struct bh_db platform = bh_db_as(req->db, &bh_platform_tenant);
	int rc = stripe_store_account_disconnect(&platform, &bh_platform_tenant);

	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply_account(req);
}

#define AT(member) offsetof(struct stripe_outbox_row, member)

static const struct bh_field outbox_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"kind", BH_FIELD_TEXT, AT(kind)},
	{"reference", BH_FIELD_TEXT, AT(reference)},
	{"state", BH_FIELD_TEXT, AT(state)},
	{"attempts", BH_FIELD_INT, AT(attempts)},
	{"error", BH_FIELD_TEXT, AT(error), BH_NULLABLE},
	{"created_at", BH_FIELD_DATE, AT(created_ms)},
};

#undef AT

const struct bh_shape billing_stripe_outbox_shape = BH_SHAPE("StripeOutboxRow",
	struct stripe_outbox_row, outbox_fields);

/* GET /api/tenants/{tenant}/stripe/outbox: what waits or was refused. */
int
billing_http_stripe_outbox(struct bh_request *req)
{
	struct stripe_outbox_row *rows = NULL;
	size_t n = 0;
	int rc = stripe_store_outbox_list(req->target_db, &req->target, ROWS_MOST, &rows, &n);

	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_list(req, &billing_stripe_outbox_shape, rows, n);
}

struct retrying {
	const struct bh_uuid *tenant;
	int64_t rows;
};

static int
retry(struct bh_db *tx, void *ctx)
{
	struct retrying *retrying = ctx;
	int rc = stripe_queue_add(tx, retrying->tenant, &stripe_outbox);

	return rc < 0 ? rc : stripe_store_outbox_again(tx, retrying->tenant, &retrying->rows);
}

static const struct bh_field retried_fields[] = {
	{"object", BH_FIELD_CONST, .words = "stripe_retry"},
	{"rows", BH_FIELD_INT, offsetof(struct retrying, rows)},
};

const struct bh_shape billing_stripe_retried_shape = BH_SHAPE("StripeRetried", struct retrying,
	retried_fields);

/* POST /api/tenants/{tenant}/stripe/retry: what was refused is sent again, and what waits at once. */
int
billing_http_stripe_retry(struct bh_request *req)
{
	struct retrying retrying = {.tenant = &req->target};
	int rc = bh_tx_run(req->target_db, retry, &retrying);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return bh_reply_object(req, 200, &billing_stripe_retried_shape, &retrying);
}
