/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_send.c: the calls of the outbox, a function for each kind. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "billing/stripe_collect.h"
#include "billing/stripe_outbox.h"
#include "billing/stripe_refund.h"
#include "json/json.h"
#include "meter/unit.h"

struct sending {
	struct stripe *stripe;
	struct bh_db *db;
	const struct bh_uuid *tenant;
	const struct stripe_owed *owed;
	const struct bh_json *payload;
	const char *customer; /* Stripe's id of it */
	char name[96];        /* the account's and the row's */
	char key[128];        /* of idempotency */
};

/* A POST of the row; what comes back is of no interest. */
static int
post(const struct sending *sending, const char *path, const struct stripe_form *form)
{
	BH_AUTO(bh_json_close) struct bh_json_doc unused = {0};
	const struct stripe_call call = {.method = "POST",
		.path = path,
		.form = form,
		.idempotency_key = sending->key};

	return stripe_call(sending->stripe->client, &call, &unused, NULL);
}

static const char *
text_of(const struct sending *sending, const char *name)
{
	const char *text = bh_json_get_string(sending->payload, name);

	return text != NULL ? text : "";
}

/* {"name", "email", "line1", "country"}: who the invoice is for. */
static int
send_customer(const struct sending *sending)
{
	static const char *const members[][2] = {{"name", "name"}, {"email", "email"},
		{"line1", "address[line1]"}, {"country", "address[country]"}};
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};

	for (size_t i = 0; i < BH_COUNT(members); i++) {
		if (bh_json_get(sending->payload, members[i][0]) != NULL)
			stripe_form_text(&form, members[i][1], text_of(sending, members[i][0]));
	}
	return post(sending, bh_arena_printf(sending->db->arena, "/v1/customers/%s", sending->customer),
		&form);
}

/* {"meter", "value", "timestamp"}. The identifier makes Stripe count it once, for a day at least; the key
 * makes the call the same one. */
static int
send_meter_event(const struct sending *sending)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	int64_t meter = bh_json_get_int(sending->payload, "meter", -1);
	const char *kept = NULL;
	char event_name[64];
	int rc;

	if (meter_name(meter)[0] == '\0')
		return bh_error(BH_E_INVALID, "there is no such meter");
	rc = stripe_meter(sending->stripe, sending->db, meter, &kept);
	if (rc < 0)
		return rc;
	stripe_event_name(meter, event_name);
	stripe_form_text(&form, "event_name", event_name);
	stripe_form_text(&form, "identifier", sending->name);
	stripe_form_int(&form, "timestamp", bh_json_get_int(sending->payload, "timestamp", 0));
	stripe_form_text(&form, "payload[stripe_customer_id]", sending->customer);
	stripe_form_text(&form, "payload[value]", text_of(sending, "value"));
	return post(sending, "/v1/billing/meter_events", &form);
}

static int
send_collect(const struct sending *sending)
{
	return stripe_collect_send(sending->stripe, sending->db, sending->tenant, sending->customer,
		sending->payload, sending->key);
}

static int
send_collect_stop(const struct sending *sending)
{
	return stripe_collect_stop(sending->stripe, sending->db, sending->tenant, sending->payload,
		sending->key);
}

static int
send_refund(const struct sending *sending)
{
	return stripe_refund_send(sending->stripe, sending->db, sending->tenant, sending->payload,
		sending->key);
}

static const struct {
	const char *name;
	int (*send)(const struct sending *sending);
} kinds[] = {
	{"customer", send_customer},
	{"meter_event", send_meter_event},
	{"collect", send_collect},
	{"collect_stop", send_collect_stop},
	{"refund", send_refund},
};

int
stripe_send_one(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripe_owed *owed)
{
	BH_AUTO(bh_json_close) struct bh_json_doc payload = {0};
	struct sending sending = {.stripe = stripe, .db = db, .tenant = tenant, .owed = owed};
	char id[BH_UUID_TEXT];
	size_t kind = 0;
	int rc;

	while (kind < BH_COUNT(kinds) && strcmp(kinds[kind].name, owed->kind) != 0)
		kind++;
	if (kind == BH_COUNT(kinds))
		return bh_error(BH_E_INVALID, "there is no call of the kind %s", owed->kind);
	rc = bh_json_parse(owed->payload, strlen(owed->payload), &payload);
	if (rc == 0)
		rc = stripe_customer(stripe, db, tenant, &sending.customer);
	if (rc < 0)
		return rc;
	sending.payload = payload.root;
	bh_uuid_format(&owed->id, id);
	snprintf(sending.name, sizeof(sending.name), "bulkhead-%s-%s", stripe->tag, id);
	/* What was refused is a new call once somebody asks for it: the old key has the old answer. */
	if (owed->generation > 0)
		snprintf(sending.key, sizeof(sending.key), "%s-%lld", sending.name,
			(long long)owed->generation);
	else
		snprintf(sending.key, sizeof(sending.key), "%s", sending.name);
	return kinds[kind].send(&sending);
}
