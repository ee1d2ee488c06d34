/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_send.c: the calls of the outbox, a function for each kind. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "billing/stripe_collect.h"
#include "billing/stripe_outbox.h"
#include "json/json.h"
#include "meter/unit.h"

struct sending {
	struct stripe *stripe;
	struct bh_db *db;
	const struct bh_uuid *tenant;
	const struct stripe_owed *owed;
	const struct bh_json *payload;
	const char *customer; /* Stripe's id of it */
	char key[128];        /* of idempotency: the account's and the row's */
};

/* A POST of the row; what comes back is of interest to few. */
static int
post(const struct sending *sending, const char *path, const struct stripe_form *form,
	struct bh_json_doc *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc unused = {0};
	const struct stripe_call call = {.method = "POST",
		.path = path,
		.form = form,
		.idempotency_key = sending->key};

	return stripe_call(sending->stripe->client, &call, out != NULL ? out : &unused, NULL);
}

static const char *
text_of(const struct sending *sending, const char *name)
{
	const char *text = bh_json_get_string(sending->payload, name);

	return text != NULL ? text : "";
}

/* {"name", "email", "country", …}: who the invoice is for. */
static int
send_customer(const struct sending *sending)
{
	static const char *const members[][2] = {{"name", "name"}, {"email", "email"},
		{"line1", "address[line1]"}, {"line2", "address[line2]"}, {"city", "address[city]"},
		{"postal_code", "address[postal_code]"}, {"state", "address[state]"},
		{"country", "address[country]"}};
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};

	for (size_t i = 0; i < BH_COUNT(members); i++) {
		if (bh_json_get(sending->payload, members[i][0]) != NULL)
			stripe_form_text(&form, members[i][1], text_of(sending, members[i][0]));
	}
	return post(sending, bh_arena_printf(sending->db->arena, "/v1/customers/%s", sending->customer),
		&form, NULL);
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
	stripe_form_text(&form, "identifier", sending->key);
	stripe_form_int(&form, "timestamp", bh_json_get_int(sending->payload, "timestamp", 0));
	stripe_form_text(&form, "payload[stripe_customer_id]", sending->customer);
	stripe_form_text(&form, "payload[value]", text_of(sending, "value"));
	return post(sending, "/v1/billing/meter_events", &form, NULL);
}

/* {"grant", "name", "amount" (minor units), "currency", "category", "priority", "expires_at"}. */
static int
send_credit_grant(const struct sending *sending)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int64_t expires_s = bh_json_get_int(sending->payload, "expires_at", 0);
	const char *id;
	int rc;

	stripe_form_text(&form, "customer", sending->customer);
	stripe_form_text(&form, "name", text_of(sending, "name"));
	stripe_form_text(&form, "amount[type]", "monetary");
	stripe_form_int(&form, "amount[monetary][value]",
		bh_json_get_int(sending->payload, "amount", 0));
	stripe_form_text(&form, "amount[monetary][currency]", text_of(sending, "currency"));
	stripe_form_text(&form, "applicability_config[scope][price_type]", "metered");
	stripe_form_text(&form, "category", text_of(sending, "category"));
	stripe_form_int(&form, "priority", bh_json_get_int(sending->payload, "priority", 50));
	if (expires_s > 0)
		stripe_form_int(&form, "expires_at", expires_s);
	stripe_form_text(&form, "metadata[grant_id]", text_of(sending, "grant"));
	rc = post(sending, "/v1/billing/credit_grants", &form, &doc);
	id = rc == 0 ? bh_json_get_string(doc.root, "id") : NULL;
	if (rc == 0 && id == NULL)
		return bh_error(BH_E_PROTOCOL, "Stripe's credit grant has no id");
	return rc < 0 ? rc
				  : stripe_link_put(sending->stripe, sending->db, sending->tenant, "grant",
						text_of(sending, "grant"), id);
}

/* {"grant"}: one that Stripe was never told of is void already. */
static int
send_credit_void(const struct sending *sending)
{
	const char *grant = NULL;
	int rc = stripe_link_get(sending->stripe, sending->db, sending->tenant, "grant",
		text_of(sending, "grant"), &grant);

	if (rc < 0 || grant == NULL)
		return rc;
	return post(sending,
		bh_arena_printf(sending->db->arena, "/v1/billing/credit_grants/%s/void", grant), NULL,
		NULL);
}

static int
send_collect(const struct sending *sending)
{
	return stripe_collect_send(sending->stripe, sending->db, sending->tenant, sending->customer,
		sending->payload, sending->key);
}

static const struct {
	const char *name;
	int (*send)(const struct sending *sending);
} kinds[] = {
	{"customer", send_customer},
	{"meter_event", send_meter_event},
	{"credit_grant", send_credit_grant},
	{"credit_void", send_credit_void},
	{"collect", send_collect},
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
	snprintf(sending.key, sizeof(sending.key), "bulkhead-%s-%s", stripe->tag, id);
	return kinds[kind].send(&sending);
}
