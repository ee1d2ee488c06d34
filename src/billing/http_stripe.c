/* SPDX-License-Identifier: Apache-2.0 */
/* http_stripe.c: the webhook's endpoint. Its credential is the signature over the very bytes that came. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "billing/billing.h"
#include "billing/http.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "billing/stripe_signature.h"
#include "billing/stripe_webhook.h"
#include "queue/worker.h"
#include "service/request.h"

struct intake {
	struct bh_uuid tenant; /* whose customer it is about; the platform for none of ours */
	struct stripe_event event;
	bool known; /* it is about a tenant */
	bool is_new;
};

/* Which customer an event is about: its object, or the object's. */
static const char *
customer_of(const struct bh_json *object)
{
	const struct bh_json *customer = bh_json_get(object, "customer");
	const char *kind = bh_json_get_string(object, "object");

	if (kind != NULL && strcmp(kind, "customer") == 0)
		return bh_json_get_string(object, "id");
	return bh_json_kind(customer) == BH_JSON_OBJECT ? bh_json_get_string(customer, "id")
													: bh_json_string(customer);
}

static int
read_event(struct bh_request *req, const struct stripe *stripe, struct intake *out,
	const char **out_customer)
{
	const struct bh_json *object = bh_json_get(bh_json_get(req->body.root, "data"), "object");
	const char *id = bh_json_get_string(req->body.root, "id");
	const char *type = bh_json_get_string(req->body.root, "type");
	const char *object_id = bh_json_get_string(object, "id");
	bool livemode = false;

	if (id == NULL || strlen(id) > 255 || type == NULL || strlen(type) > 255)
		return bh_error(BH_E_INVALID, "The body must be an event of Stripe.");
	if (!bh_json_bool(bh_json_get(req->body.root, "livemode"), &livemode) ||
		livemode != stripe->livemode)
		return bh_error(BH_E_INVALID, "The event is of another mode than the connected account.");
	out->event = (struct stripe_event){
		.id = id,
		.type = type,
		.object = object_id != NULL && strlen(object_id) <= 255 ? object_id : "",
		.happened_ms = bh_json_get_int(req->body.root, "created", 0) * 1000,
	};
	if (out->event.happened_ms <= 0 || out->event.happened_ms > INT64_C(4102444800000))
		return bh_error(BH_E_INVALID, "The event has no time.");
	*out_customer = customer_of(object);
	return 0;
}

/* Events of connected accounts, and about customers that somebody else made, are of nobody here. */
static int
find_tenant(struct bh_request *req, struct stripe *stripe, const char *customer,
	struct intake *intake)
{
	const char *tenant = NULL;
	int rc = 0;

	intake->tenant = bh_platform_tenant;
	if (customer != NULL && bh_json_get(req->body.root, "account") == NULL)
		rc = stripe_link_get(stripe, req->db, &bh_platform_tenant, "owner", customer, &tenant);
	intake->known = rc == 0 && tenant != NULL && bh_uuid_parse(tenant, &intake->tenant) == 0;
	return rc;
}

static int
keep_event(struct bh_db *tx, void *ctx)
{
	struct intake *intake = ctx;
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = BILLING_QUEUE,
		.kind = STRIPE_JOB_EVENT,
		.subject = intake->tenant,
		.payload = "{}",
	};
	int rc = stripe_store_lock(tx, &intake->tenant);

	if (rc == 0)
		rc = stripe_store_event_add(tx, &intake->tenant, &intake->event,
			intake->known ? "waiting" : "ignored", &intake->is_new);

	return rc == 0 && intake->known && intake->is_new ? bh_job_add(tx, &intake->tenant, &job) : rc;
}

static int
take_event(struct bh_request *req, struct stripe *stripe, struct intake *intake)
{
	const char *customer = NULL;
	struct bh_db as;
	int rc = bh_request_json(req);

	if (rc == 0)
		rc = read_event(req, stripe, intake, &customer);
	if (rc == 0)
		rc = find_tenant(req, stripe, customer, intake);
	if (rc < 0)
		return rc;
	as = bh_db_as(req->db, &intake->tenant);
	return bh_tx_run(&as, keep_event, intake);
}

/* POST /webhooks/stripe */
int
billing_http_stripe_webhook(struct bh_request *req)
{
	BH_AUTO(stripe_close) struct stripe stripe = {0};
	struct intake intake = {0};
	int rc = stripe_open(req->service, req->db, NULL, &stripe);

	if (rc == BH_E_STATE)
		rc = bh_error(BH_E_NOT_FOUND, "No account at Stripe is connected.");
	if (rc == 0)
		rc = stripe_signature_check(bh_http_header(req->http, "stripe-signature"),
			(const char *const *)stripe.secrets, stripe.n_secrets, req->http->body.data,
			req->http->body.len, bh_clock_wall_ms() / 1000);
	if (rc == 0)
		rc = take_event(req, &stripe, &intake);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_text(&req->audit, "stripe_event", intake.event.id);
	bh_audit_text(&req->audit, "stripe_type", intake.event.type);
	bh_audit_text(&req->audit, "outcome",
		!intake.known       ? "ignored"
			: intake.is_new ? "taken"
							: "repeated");
	if (intake.known && intake.is_new)
		bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return bh_reply_json(req, 200,
		&(struct bh_buf){.data = (char[]){"{\"received\":true}"}, .len = 17});
}
