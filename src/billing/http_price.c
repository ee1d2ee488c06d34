/* SPDX-License-Identifier: Apache-2.0 */
/* http_price.c: the price book is read by tenants, and set and imported by the operator. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/decimal.h"
#include "billing/http.h"
#include "billing/store_price.h"
#include "service/list.h"
#include "service/request.h"

enum { IMPORT_MOST = 500, ITEM_MOST = 200, SOURCE_MOST = 200, LIST_PRESET = 100, LIST_MOST = 1000 };

#define TIME_MOST_S 253402300799.0

/* ---- as it goes ---- */

struct shown {
	struct billing_price_row row;
	const char *prices;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field price_fields[] = {
	{"object", BH_FIELD_CONST, .words = "price"},
	{"item", BH_FIELD_TEXT, AT(row.price.item)},
	{"version", BH_FIELD_INT, AT(row.version)},
	{"effective_at", BH_FIELD_TIME, AT(row.effective_ms)},
	{"source", BH_FIELD_TEXT, AT(row.source)},
	{"tenant_id", BH_FIELD_ID, AT(row.tenant)},
	{"prices", BH_FIELD_JSON, AT(prices)},
};

#undef AT

const struct bh_shape billing_price_shape = BH_SHAPE("Price", struct shown, price_fields);

/* {"input": "0.15", …}: by a million. */
static const char *
prices_text(struct bh_arena *arena, const struct billing_price *price)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	char amount[32];

	bh_write_object(&write);
	for (int i = 0; i < BILLING_PRICE_UNITS; i++) {
		if (!price->has[i])
			continue;
		bh_text_from_nanos(price->nanos[i], amount);
		bh_write_pair_text(&write, billing_price_units[i], amount);
	}
	bh_write_end(&write);
	return bh_arena_copy(arena, text.data, text.len);
}

/* GET /api/billing/prices, GET /api/tenants/{tenant}/prices ?item=&after=&limit=&at= */
int
billing_http_price_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct billing_price_row *rows = NULL;
	const char *item = NULL, *after = NULL;
	int64_t limit = LIST_PRESET, at_s = bh_clock_wall_ms() / 1000;
	size_t n = 0, shown_n;
	int rc = bh_request_query_text(req, "item", &item);

	if (rc == 0)
		rc = bh_request_query_text(req, "after", &after);
	if (rc == 0)
		rc = bh_request_query_int(req, "limit", 1, LIST_MOST, &limit);
	if (rc == 0)
		rc = bh_request_query_int(req, "at", 0, (int64_t)TIME_MOST_S, &at_s);
	if (rc == 0)
		rc = billing_store_price_list(req->target_db, &req->target, item, after, at_s * 1000 + 999,
			limit + 1, &rows, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown_n = n > (size_t)limit ? (size_t)limit : n;
	bh_list_begin(&write);
	for (size_t i = 0; i < shown_n; i++) {
		const struct shown shown = {rows[i], prices_text(req->arena, &rows[i].price)};

		bh_fields_write(&write, BH_OF(billing_price_shape), &shown);
	}
	bh_write_end(&write);
	bh_write_pair_bool(&write, "has_more", n > shown_n);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}

/* ---- as it comes ---- */

BH_MUST_CHECK static int
unit_read(const struct bh_json *value, const char *member, const char *at,
	struct billing_price *price)
{
	const char *text = bh_json_string(value);
	int unit = billing_price_unit_find(member);
	char param[128];
	int64_t nanos;

	snprintf(param, sizeof(param), "%s.%.60s", at, member);
	if (unit < 0)
		return bh_error_param(BH_E_UNKNOWN_FIELD, param, "There is no unit '%.60s'.", member);
	if (text == NULL)
		return bh_error_param(BH_E_TYPE, param,
			"'%s' must be a decimal amount as a string, such as \"0.15\".", param);
	if (bh_text_nanos(text, &nanos) < 0)
		return bh_error_param(BH_E_INVALID, param,
			"'%s' must be a decimal amount as a string, such as \"0.15\".", param);
	if (nanos > BILLING_NANOS_MOST)
		return bh_error_param(BH_E_RANGE, param, "'%s' must be at most 1000000000.", param);
	price->nanos[unit] = nanos;
	price->has[unit] = true;
	return 0;
}

/* {"input": "0.15", …} */
BH_MUST_CHECK static int
units_read(const struct bh_json *object, const char *at, struct billing_price *price)
{
	const struct bh_json *value;
	const char *member;
	void *cursor = NULL;
	int rc = 0;

	while (rc == 0 && bh_json_next(object, &cursor, &member, &value))
		rc = unit_read(value, member, at, price);
	if (rc == 0 && billing_price_is_empty(price))
		rc = bh_error_param(BH_E_MISSING, at, "'%s' must name at least one price.", at);
	return rc;
}

struct set_body {
	const char *item, *source;
	int64_t effective_ms;
	const struct bh_json *prices;
};

#define AT(member) offsetof(struct set_body, member)

static const struct bh_field set_fields[] = {
	{"item", BH_FIELD_TEXT, AT(item), BH_REQUIRED, 1, ITEM_MOST},
	{"effective_at", BH_FIELD_TIME, AT(effective_ms), 0, 0, TIME_MOST_S},
	{"source", BH_FIELD_TEXT, AT(source), 0, 0, SOURCE_MOST},
	{"prices", BH_FIELD_OBJECT, AT(prices), BH_REQUIRED},
};

#undef AT

const struct bh_shape billing_price_set_shape = BH_SHAPE("PriceSet", struct set_body, set_fields);

struct import_item {
	const char *item;
	const struct bh_json *prices;
};

struct import_body {
	const char *source;
	int64_t effective_ms;
	bool dry_run;
	struct import_item *items;
	size_t n_items;
};

#define AT(member) offsetof(struct import_item, member)

static const struct bh_field item_fields[] = {
	{"item", BH_FIELD_TEXT, AT(item), BH_REQUIRED, 1, ITEM_MOST},
	{"prices", BH_FIELD_OBJECT, AT(prices), BH_REQUIRED},
};

#undef AT
#define AT(member) offsetof(struct import_body, member)

static const struct bh_field item_element = {"", BH_FIELD_OBJECT, BH_FIELDS(item_fields)};

static const struct bh_field import_fields[] = {
	{"source", BH_FIELD_TEXT, AT(source), BH_REQUIRED, 1, SOURCE_MOST},
	{"effective_at", BH_FIELD_TIME, AT(effective_ms), 0, 0, TIME_MOST_S},
	{"dry_run", BH_FIELD_BOOL, AT(dry_run)},
	{"items", BH_FIELD_ARRAY, AT(items), BH_REQUIRED, 1, IMPORT_MOST,
		BH_ELEMENTS(struct import_body, items, n_items, &item_element)},
};

#undef AT

const struct bh_shape billing_price_import_shape = BH_SHAPE("PriceImport", struct import_body,
	import_fields);

/* ---- writing ---- */

/* A version that was added, or would be. */
struct added {
	const char *item;
	int64_t version;
};

struct adding {
	const struct bh_uuid *tenant;
	const struct billing_price *prices;
	size_t n_prices;
	int64_t effective_ms;
	const char *source;
	bool dry_run;
	struct added *added; /* room for all */
	size_t n_added;
};

BH_MUST_CHECK static int
add_work(struct bh_db *tx, void *ctx)
{
	struct adding *adding = ctx;
	int rc = 0;

	adding->n_added = 0;
	for (size_t i = 0; rc == 0 && i < adding->n_prices; i++) {
		int64_t version = 0;

		rc = billing_store_price_add(tx, adding->tenant, &adding->prices[i], adding->effective_ms,
			adding->source, &version);
		if (rc == 0 && version > 0)
			adding->added[adding->n_added++] = (struct added){adding->prices[i].item, version};
	}
	/* Two at once: the second sees the first's version when it tries again. */
	if (rc == BH_E_CONFLICT)
		return bh_error(BH_E_DB_RETRY, "a price was set at the same moment");
	/* What would change is what changed before it was taken back. */
	return rc == 0 && adding->dry_run ? BH_E_CANCELLED : rc;
}

/* PUT /api/tenants/{tenant}/prices */
int
billing_http_price_set(struct bh_request *req)
{
	struct set_body body = {.source = "set"};
	struct billing_price price = {0};
	struct added added;
	struct adding adding = {.tenant = &req->target,
		.prices = &price,
		.n_prices = 1,
		.added = &added};
	struct billing_price_row *rows = NULL;
	size_t n = 0;
	int rc = bh_request_object(req, &billing_price_set_shape, &body);

	if (rc == 0)
		rc = units_read(body.prices, "prices", &price);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	price.item = body.item;
	adding.source = body.source;
	adding.effective_ms = body.effective_ms != 0 ? body.effective_ms : bh_clock_wall_ms();
	rc = bh_tx_run(req->target_db, add_work, &adding);
	if (rc == 0)
		rc = billing_store_price_list(req->target_db, &req->target, body.item, NULL,
			adding.effective_ms, 1, &rows, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_text(&req->audit, "item", body.item);
	return bh_reply_object(req, 200, &billing_price_shape,
		&(struct shown){rows[0], prices_text(req->arena, &rows[0].price)});
}

struct imported {
	bool dry_run;
	int64_t changed, unchanged;
	struct added *items;
	size_t n_items;
};

#define AT(member) offsetof(struct added, member)

static const struct bh_field added_fields[] = {
	{"item", BH_FIELD_TEXT, AT(item)},
	{"version", BH_FIELD_INT, AT(version)},
};

#undef AT
#define AT(member) offsetof(struct imported, member)

static const struct bh_field added_element = {"", BH_FIELD_OBJECT, BH_FIELDS(added_fields)};

static const struct bh_field imported_fields[] = {
	{"object", BH_FIELD_CONST, .words = "price_import"},
	{"dry_run", BH_FIELD_BOOL, AT(dry_run)},
	{"changed", BH_FIELD_INT, AT(changed)},
	{"unchanged", BH_FIELD_INT, AT(unchanged)},
	{"items", BH_FIELD_ARRAY, AT(items),
		BH_ELEMENTS(struct imported, items, n_items, &added_element)},
};

#undef AT

const struct bh_shape billing_price_imported_shape = BH_SHAPE("PriceImported", struct imported,
	imported_fields);

/* POST /api/tenants/{tenant}/prices/import: all of them or none. */
int
billing_http_price_import(struct bh_request *req)
{
	struct import_body body = {0};
	struct adding adding = {.tenant = &req->target};
	struct billing_price *prices;
	int rc = bh_request_object(req, &billing_price_import_shape, &body);

	prices = bh_arena_array(req->arena, body.n_items + 1, sizeof(*prices));
	for (size_t i = 0; rc == 0 && i < body.n_items; i++) {
		char at[32];

		snprintf(at, sizeof(at), "items.%zu.prices", i);
		prices[i].item = body.items[i].item;
		rc = units_read(body.items[i].prices, at, &prices[i]);
	}
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	adding.prices = prices;
	adding.n_prices = body.n_items;
	adding.effective_ms = body.effective_ms != 0 ? body.effective_ms : bh_clock_wall_ms();
	adding.source = body.source;
	adding.dry_run = body.dry_run;
	adding.added = bh_arena_array(req->arena, body.n_items + 1, sizeof(*adding.added));
	rc = bh_tx_run(req->target_db, add_work, &adding);
	if (rc < 0 && !(rc == BH_E_CANCELLED && body.dry_run))
		return bh_reply_error(req, rc, NULL);
	bh_audit_text(&req->audit, "source", body.source);
	bh_audit_int(&req->audit, "changed", (int64_t)adding.n_added);
	return bh_reply_object(req, 200, &billing_price_imported_shape,
		&(struct imported){body.dry_run, (int64_t)adding.n_added,
			(int64_t)(adding.n_prices - adding.n_added), adding.added, adding.n_added});
}
