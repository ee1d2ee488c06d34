/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_intake.c: takes an event once, however it came: by webhook, or from Stripe's list. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "billing/stripe_webhook.h"
#include "queue/worker.h"
#include "service/runtime.h"

static const char *
id_of(const struct bh_json *member)
{
	return bh_json_kind(member) == BH_JSON_OBJECT ? bh_json_get_string(member, "id")
												  : bh_json_string(member);
}

/* What an event is about by which its tenant is known: its object, the object's customer, or of a refund, which
 * names none, the payment. */
static const char *
owned_of(const struct bh_json *object)
{
	const char *kind = bh_json_get_string(object, "object");

	if (kind != NULL && strcmp(kind, "customer") == 0)
		return bh_json_get_string(object, "id");
	if (kind != NULL && strcmp(kind, "refund") == 0)
		return id_of(bh_json_get(object, "payment_intent"));
	return id_of(bh_json_get(object, "customer"));
}

static int
read_event(const struct stripe *stripe, const struct bh_json *event, struct stripe_intake *out,
	const char **out_owned)
{
	const struct bh_json *object = bh_json_get(bh_json_get(event, "data"), "object");
	const char *id = bh_json_get_string(event, "id");
	const char *type = bh_json_get_string(event, "type");
	const char *object_id = bh_json_get_string(object, "id");
	const char *kind = bh_json_get_string(event, "object");
	int64_t happened_ms;
	bool livemode = false;

	if (id == NULL || strlen(id) > 255 || type == NULL || strlen(type) > 255)
		return bh_error(BH_E_INVALID, "The body must be an event of Stripe.");
	if (!bh_json_bool(bh_json_get(event, "livemode"), &livemode) || livemode != stripe->livemode)
		return bh_error(BH_E_INVALID, "The event is of another mode than the connected account.");
	happened_ms = bh_json_get_int(event, "created", 0) * 1000;
	/* Of the second API, a thin one: its time is a text, and what it is about has to be asked for. */
	if (kind != NULL && strcmp(kind, "v2.core.event") == 0)
		happened_ms = bh_clock_wall_ms();
	out->event = (struct stripe_event){
		.id = id,
		.type = type,
		.object = object_id != NULL && strlen(object_id) <= 255 ? object_id : "",
		.happened_ms = happened_ms,
	};
	if (out->event.happened_ms <= 0 || out->event.happened_ms > INT64_C(4102444800000))
		return bh_error(BH_E_INVALID, "The event has no time.");
	*out_owned = owned_of(object);
	return 0;
}

/* Reports that Stripe took and then could not count: nobody's event, and the operator's trouble. */
static void
tell_meter_errors(const struct stripe *stripe, const struct stripe_intake *intake)
{
	if (!intake->is_new || !bh_text_starts(intake->event.type, "v1.billing.meter."))
		return;
	bh_log(BH_LOG_ERROR, "Stripe could not count meter events: see event %s in its dashboard",
		intake->event.id);
	__atomic_fetch_add(&stripe->billing->mismatches, 1, __ATOMIC_RELAXED);
}

/* Events of connected accounts, and about customers that somebody else made, are of nobody here. */
static int
find_tenant(struct bh_db *db, struct stripe *stripe, const struct bh_json *event, const char *owned,
	struct stripe_intake *intake)
{
	const char *tenant = NULL, *own = NULL;
	struct bh_uuid id;
	int rc = 0;

	intake->tenant = bh_platform_tenant;
	if (owned != NULL && bh_json_get(event, "account") == NULL)
		rc = stripe_link_get(stripe, db, &bh_platform_tenant, "owner", owned, &tenant);
	if (rc < 0 || tenant == NULL || bh_uuid_parse(tenant, &id) < 0)
		return rc;
	/* A tenant that was deleted has no customer any more. */
	rc = stripe_link_get(stripe, db, &id, "customer", "self", &own);
	intake->known = rc == 0 && own != NULL &&
		(bh_text_starts(owned, "pi_") || strcmp(own, owned) == 0);
	if (intake->known)
		intake->tenant = id;
	return rc;
}

static int
keep_event(struct bh_db *tx, void *ctx)
{
	struct stripe_intake *intake = ctx;
	int rc = stripe_store_event_add(tx, &intake->tenant, &intake->event,
		intake->known ? "waiting" : "ignored", &intake->is_new);

	return rc == 0 && intake->known && intake->is_new
		? stripe_queue_add(tx, &intake->tenant, &stripe_events)
		: rc;
}

int
stripe_intake(struct stripe *stripe, struct bh_db *db, const struct bh_json *event,
	struct stripe_intake *out)
{
	struct stripe_intake intake = {0};
	const char *owned = NULL;
	struct bh_db as;
	int rc = read_event(stripe, event, &intake, &owned);

	if (rc == 0)
		rc = find_tenant(db, stripe, event, owned, &intake);
	if (rc < 0)
		return rc;
	as = bh_db_as(db, &intake.tenant);
	rc = bh_tx_run(&as, keep_event, &intake);
	if (rc < 0)
		return rc;
	tell_meter_errors(stripe, &intake);
	*out = intake;
	return 0;
}

/* ---- what no webhook brought ---- */

enum { PAGES_MOST = 100 };

/* A page of Stripe's list, the newest first. *out_news is how many of it were not known. */
static int
take_page(struct stripe *stripe, struct bh_db *db, const char *after, struct bh_json_doc *page,
	size_t *out_news)
{
	const struct stripe_call call = {.method = "GET",
		.path = bh_arena_printf(db->arena, "/v1/events?limit=100%s%s",
			after[0] != '\0' ? "&starting_after=" : "", after)};
	const struct bh_json *data;
	int rc = stripe_call(stripe->client, &call, page, NULL);

	*out_news = 0;
	data = rc == 0 ? bh_json_get(page->root, "data") : NULL;
	for (size_t i = 0; rc == 0 && i < bh_json_count(data); i++) {
		struct stripe_intake intake = {0};

		rc = stripe_intake(stripe, db, bh_json_at(data, i), &intake);
		*out_news += rc == 0 && intake.is_new;
	}
	return rc;
}

/* Back to the first page of which all was known. */
static int
catch_up(struct billing *billing, struct bh_db *db, size_t *out_news)
{
	BH_AUTO(stripe_close) struct stripe stripe = {0};
	const char *after = "";
	int rc = stripe_open(billing, db, bh_runtime_stop_flag(billing->runtime), &stripe);

	for (int pages = 0; rc == 0 && pages < PAGES_MOST; pages++) {
		BH_AUTO(bh_json_close) struct bh_json_doc page = {0};
		const struct bh_json *data;
		bool has_more = false;
		size_t news = 0, n;

		rc = take_page(&stripe, db, after, &page, &news);
		*out_news += news;
		data = bh_json_get(page.root, "data");
		n = bh_json_count(data);
		if (rc < 0 || news == 0 || n == 0 ||
			!bh_json_bool(bh_json_get(page.root, "has_more"), &has_more) || !has_more)
			break;
		after = bh_arena_strdup(db->arena, bh_json_get_string(bh_json_at(data, n - 1), "id"));
	}
	return rc;
}

void
stripe_catch_up(struct bh_runtime *runtime, void *service)
{
	struct billing *billing = service;

	while (!bh_runtime_stopping(runtime)) {
		struct bh_arena arena = {0};
		struct bh_db db = {.pool = bh_runtime_db(runtime),
			.arena = &arena,
			.context = bh_platform_tenant};
		bool has_customers = false;
		size_t news = 0;
		int rc;

		bh_runtime_wait(runtime, STRIPE_WORKER_EVENTS, billing->conf.stripe_catch_up_s * 1000);
		rc = stripe_store_has_customers(&db, &bh_platform_tenant, &has_customers);
		if (rc == 0 && has_customers && !bh_runtime_stopping(runtime))
			rc = catch_up(billing, &db, &news);
		if (rc < 0 && rc != BH_E_STATE && rc != BH_E_CANCELLED)
			bh_log_failure("ask Stripe for events that did not come (will retry)", rc);
		if (news > 0) {
			bh_log(BH_LOG_INFO, "took %zu events of Stripe that no webhook had brought", news);
			bh_worker_pool_wake(bh_runtime_jobs(runtime));
		}
		bh_arena_close(&arena);
	}
}
