/* SPDX-License-Identifier: Apache-2.0 */
/* http_stripe.c: the webhook's endpoint. Its credential is the signature over the very bytes that came. */
#include "base/clock.h"
#include "base/error.h"
#include "billing/billing.h"
#include "billing/http.h"
#include "billing/stripe.h"
#include "billing/stripe_signature.h"
#include "billing/stripe_webhook.h"
#include "queue/worker.h"
#include "service/request.h"

/* POST /webhooks/stripe */
int
billing_http_stripe_webhook(struct bh_request *req)
{
	BH_AUTO(stripe_close) struct stripe stripe = {0};
	struct stripe_intake intake = {0};
	int rc = stripe_open(req->service, req->db, NULL, &stripe);

	if (rc == BH_E_STATE)
		rc = bh_error(BH_E_NOT_FOUND, "No account at Stripe is connected.");
	if (rc == 0)
		rc = stripe_signature_check(bh_http_header(req->http, "stripe-signature"),
			(const char *const *)stripe.secrets, stripe.n_secrets, req->http->body.data,
			req->http->body.len, bh_clock_wall_ms() / 1000);
	if (rc == 0)
		rc = bh_request_json(req);
	if (rc == 0)
		rc = stripe_intake(&stripe, req->db, req->body.root, &intake);
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
