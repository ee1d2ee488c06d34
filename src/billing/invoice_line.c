/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_line.c: how usage becomes lines. */
#include "billing/invoice_line.h"

#include <string.h>

#include "base/text.h"
#include "billing/ledger.h"
#include "billing/store_ledger.h"
#include "json/fields.h"
#include "meter/unit.h"

struct rates {
	struct billing_line_rate *of;
	size_t n;
};

/* What the plan charges for a meter now, if that is what was charged then. */
static const struct billing_line_rate *
rate_of(const struct rates *rates, int64_t meter, int64_t version)
{
	for (size_t i = 0; version != 0 && i < rates->n; i++) {
		if (rates->of[i].meter == meter && rates->of[i].version == version)
			return &rates->of[i];
	}
	return NULL;
}

/* [{"meter", "quantity", "included", "unit_price"}]: the price is per million units. */
static const char *
write_quantities(struct bh_arena *arena, const struct billing_billed *usage,
	const struct rates *rates)
{
	const int64_t used[METER_LINES] = {usage->input, usage->cached, usage->cache_write,
		usage->output, usage->units};
	const int64_t included[METER_LINES] = {usage->included_input, usage->included_cached,
		usage->included_cache_write, usage->included_output, usage->included_units};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	enum meter_kind kind = meter_kind_find(usage->kind);

	bh_write_array(&write);
	for (int line = 0; line < METER_LINES; line++) {
		int64_t meter = METER_NUMBER(kind, line);
		const struct billing_line_rate *rate = rate_of(rates, meter, usage->rate_version);
		char price[32];

		if (used[line] == 0 && included[line] == 0)
			continue;
		bh_write_object(&write);
		bh_write_pair_text(&write, "meter", meter_name(meter));
		bh_write_pair_int(&write, "quantity", used[line]);
		bh_write_pair_int(&write, "included", included[line]);
		if (rate != NULL)
			bh_text_from_nanos(rate->nanos, price);
		bh_write_pair_text(&write, "unit_price", rate != NULL ? price : NULL);
		bh_write_end(&write);
	}
	bh_write_end(&write);
	return bh_arena_strdup(arena, bh_buf_string(&text));
}

static const char *
describe(struct bh_arena *arena, const struct billing_billed *usage)
{
	if (strcmp(usage->kind, "expired") == 0)
		return "Acts whose end was never told";
	return bh_arena_printf(arena, "%c%s%s%.200s%s%s", usage->kind[0] - 'a' + 'A', usage->kind + 1,
		usage->model[0] != '\0' ? ", " : "", usage->model, usage->batch ? ", batch" : "",
		usage->unpriced > 0 ? ", without a price" : "");
}

static int
add_usage(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *invoice,
	const struct billing_billed *usage, const struct rates *rates)
{
	const struct billing_invoice_line line = {.kind = "usage",
		.description = describe(tx->arena, usage),
		.act = usage->kind,
		.model = usage->model,
		.batch = usage->batch,
		.price_version = usage->price_version,
		.rate_version = usage->rate_version,
		.calls = usage->calls,
		.quantities = write_quantities(tx->arena, usage, rates),
		.nanos = usage->cost};

	return billing_store_line_add(tx, tenant, invoice, &line);
}

static int
add_plain(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *invoice,
	const char *kind, const char *description, int64_t nanos)
{
	const struct billing_invoice_line line = {.kind = kind,
		.description = description,
		.nanos = nanos};

	return nanos == 0 ? 0 : billing_store_line_add(tx, tenant, invoice, &line);
}

/* Lines for all groups; *out_covered: what credits paid of them. */
static int
add_groups(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *invoice,
	const struct billing_days *days, int64_t *out_covered)
{
	struct billing_billed *usage = NULL;
	struct rates rates = {0};
	int64_t covered = 0;
	size_t n = 0;
	int rc = billing_store_line_rates(tx, tenant, &rates.of, &rates.n);

	if (rc == 0)
		rc = billing_store_billed_sum(tx, tenant, days, &usage, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		covered += usage[i].covered;
		if (usage[i].calls != 0 || usage[i].cost != 0)
			rc = add_usage(tx, tenant, invoice, &usage[i], &rates);
	}
	if (rc == 0)
		*out_covered = covered;
	return rc;
}

/* What is unbilled besides the days from here on belongs to days that were billed, or was drawn from credits
 * for what no credit covered at once. */
static int
add_adjustment(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *invoice,
	const struct billing_days *days)
{
	int64_t unbilled = 0, later = 0;
	int rc = billing_store_ledger_balance(tx, tenant, BILLING_UNBILLED, &unbilled);

	if (rc == 0)
		rc = billing_store_billed_net(tx, tenant, days->starts_on, &later);
	return rc < 0 ? rc
				  : add_plain(tx, tenant, invoice, "adjustment",
						"Corrections of days billed before, and credits drawn for overruns",
						unbilled - later);
}

int
billing_invoice_line_compute(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, const struct billing_days *days,
	struct billing_line_sums *out)
{
	int64_t covered = 0;
	int rc = billing_store_line_clear(tx, tenant, &invoice->id);

	if (rc == 0 && invoice->bills_usage)
		rc = add_groups(tx, tenant, &invoice->id, days, &covered);
	if (rc == 0)
		rc = add_plain(tx, tenant, &invoice->id, "credits", "Credits applied", -covered);
	if (rc == 0 && invoice->bills_usage)
		rc = add_adjustment(tx, tenant, &invoice->id, days);
	if (rc == 0)
		rc = billing_store_line_sums(tx, tenant, &invoice->id, out);
	if (rc < 0 || invoice->minimum == 0 || out->all >= invoice->minimum)
		return rc;
	rc = add_plain(tx, tenant, &invoice->id, "minimum", "Up to the minimum",
		invoice->minimum - out->all);
	return rc < 0 ? rc : billing_store_line_sums(tx, tenant, &invoice->id, out);
}
