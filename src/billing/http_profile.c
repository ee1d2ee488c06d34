/* SPDX-License-Identifier: Apache-2.0 */
/* http_profile.c: who is billed, by the tenant's owner, and rates of tax, by the operator. */
#include <string.h>

#include "base/error.h"
#include "billing/http.h"
#include "billing/store_invoice.h"
#include "billing/stripe_outbox.h"
#include "billing/vat.h"
#include "service/list.h"
#include "service/request.h"

/* A rate in percent, as billionths of one, on the wire "19" or "7.7". */
enum { NANOS_PER_PPM = 100000 };
#define PERCENT_MOST INT64_C(100000000000)

#define AT(member) offsetof(struct billing_party, member)

static const struct bh_field profile_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), 0, 0, 200},
	{"address", BH_FIELD_TEXT, AT(address), 0, 0, 1000},
	{"country", BH_FIELD_TEXT, AT(country), 0, 0, 2},
	{"vat_id", BH_FIELD_TEXT, AT(vat_id), 0, 0, 15},
	{"email", BH_FIELD_TEXT, AT(email), 0, 0, 320},
	{"vat_confirmed_at", BH_FIELD_TIME, AT(vat_confirmed_ms), BH_NULLABLE | BH_READ_ONLY},
	{"vat_confirmed_by", BH_FIELD_TEXT, AT(vat_confirmed_by), BH_NULLABLE | BH_READ_ONLY},
};

#undef AT

const struct bh_shape billing_profile_shape = BH_SHAPE("BillingProfile", struct billing_party,
	profile_fields);

/* GET /api/billing/profile, GET /api/tenants/{tenant}/billing-profile */
int
billing_http_profile_get(struct bh_request *req)
{
	struct billing_party profile;
	int rc = billing_store_profile_get(req->target_db, &req->target, &profile);

	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &billing_profile_shape, &profile);
}

static int
check_country(const char *country)
{
	if (billing_tax_is_country(country))
		return 0;
	return bh_error_param(BH_E_INVALID, "country",
		"'country' must be a country's code of ISO 3166-1, such as DE.");
}

/* What stood there before stays, were it taken when less was asked of a number. */
static int
check_profile(const struct billing_party *profile, const char *vat_id_before)
{
	int rc = profile->country[0] == '\0' ? 0 : check_country(profile->country);

	if (rc == 0 && profile->vat_id[0] != '\0' && strcmp(profile->vat_id, vat_id_before) != 0 &&
		!billing_vat_is_valid(profile->vat_id))
		rc = bh_error_param(BH_E_INVALID, "vat_id",
			"'vat_id' must be a VAT identification number with its country and, in the European "
			"Union, right check digits, such as DE136695976.");
	return rc;
}

struct setting {
	const struct bh_uuid *tenant;
	struct billing_party profile;
};

static int
set(struct bh_db *tx, void *ctx)
{
	struct setting *setting = ctx;
	int rc = billing_store_profile_set(tx, setting->tenant, &setting->profile);

	if (rc == 0)
		rc = stripe_owe_profile(tx, setting->tenant);
	/* As it stands now: what was confirmed may not be any more. */
	return rc < 0 ? rc : billing_store_profile_get(tx, setting->tenant, &setting->profile);
}

/* PUT /api/billing/profile, PUT /api/tenants/{tenant}/billing-profile: what is left out stays. */
int
billing_http_profile_set(struct bh_request *req)
{
	struct setting setting = {.tenant = &req->target};
	const char *vat_id_before;
	int rc = billing_store_profile_get(req->target_db, &req->target, &setting.profile);

	vat_id_before = setting.profile.vat_id;
	if (rc == 0)
		rc = bh_request_object(req, &billing_profile_shape, &setting.profile);
	if (rc == 0)
		rc = check_profile(&setting.profile, vat_id_before);
	if (rc == 0)
		rc = bh_tx_run(req->target_db, set, &setting);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &billing_profile_shape, &setting.profile);
}

struct confirming {
	const char *vat_id, *by;
};

static const struct bh_field confirm_fields[] = {
	{"vat_id", BH_FIELD_TEXT, offsetof(struct confirming, vat_id), BH_REQUIRED, 1, 15},
	{"confirmed_by", BH_FIELD_TEXT, offsetof(struct confirming, by), BH_REQUIRED, 1, 200},
};
const struct bh_shape billing_confirm_shape = BH_SHAPE("BillingVatConfirm", struct confirming,
	confirm_fields);

/* POST /api/tenants/{tenant}/billing-profile/confirm-vat: the number is named, for the tenant may change it
 * meanwhile. */
int
billing_http_profile_confirm(struct bh_request *req)
{
	struct confirming confirming = {0};
	int rc = bh_request_object(req, &billing_confirm_shape, &confirming);

	if (rc == 0)
		rc = billing_store_profile_confirm(req->target_db, &req->target, confirming.vat_id,
			confirming.by);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error_param(BH_E_INVALID, "vat_id",
			"The tenant's profile has another VAT identification number, or none.");
	return rc < 0 ? bh_reply_error(req, rc, NULL) : billing_http_profile_get(req);
}

/* ---- rates of tax ---- */

struct tax {
	struct billing_tax_rate rate;
	int64_t percent; /* billionths */
};

#define AT(member) offsetof(struct tax, member)

static const struct bh_field tax_fields[] = {
	{"country", BH_FIELD_TEXT, AT(rate.country), BH_REQUIRED, 2, 2},
	{"rate", BH_FIELD_MONEY, AT(percent), BH_REQUIRED},
	{"name", BH_FIELD_TEXT, AT(rate.name), 0, 1, 40},
	{"inclusive", BH_FIELD_BOOL, AT(rate.inclusive)},
	{"effective_on", BH_FIELD_TEXT, AT(rate.effective_on), BH_NULLABLE, 10, 10},
};

#undef AT

const struct bh_shape billing_tax_shape = BH_SHAPE("BillingTaxRate", struct tax, tax_fields);

/* GET /api/tenants/{tenant}/tax-rates */
int
billing_http_tax_list(struct bh_request *req)
{
	struct billing_tax_rate *rates = NULL;
	struct tax *shown;
	size_t n = 0;
	int rc = billing_store_tax_list(req->target_db, &req->target, &rates, &n);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; i < n; i++)
		shown[i] = (struct tax){rates[i], rates[i].ppm * NANOS_PER_PPM};
	return bh_reply_list(req, &billing_tax_shape, shown, n);
}

/* 2026-11-30; whether that day exists, the database says. */
static bool
is_date(const char *text)
{
	return strlen(text) == 10 && strspn(text, "0123456789-") == 10 && text[4] == '-' &&
		text[7] == '-';
}

/* PUT /api/tenants/{tenant}/tax-rates: the platform's are everybody's. */
int
billing_http_tax_set(struct bh_request *req)
{
	struct tax tax = {.rate = {.name = "VAT"}};
	int rc = bh_request_object(req, &billing_tax_shape, &tax);

	if (rc == 0)
		rc = check_country(tax.rate.country);
	if (rc == 0 && (tax.percent > PERCENT_MOST || tax.percent % NANOS_PER_PPM != 0))
		rc = bh_error_param(BH_E_INVALID, "rate",
			"'rate' must be a percentage from 0 to 100 with at most four decimals.");
	if (rc == 0 && tax.rate.effective_on != NULL && !is_date(tax.rate.effective_on))
		rc = bh_error_param(BH_E_INVALID, "effective_on",
			"'effective_on' must be a day such as 2026-11-30.");
	tax.rate.ppm = tax.percent / NANOS_PER_PPM;
	if (rc == 0)
		rc = billing_store_tax_set(req->target_db, &req->target, &tax.rate);
	if (rc == BH_E_DB_DATA)
		rc = bh_error_param(BH_E_INVALID, "effective_on", "There is no such day.");
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &billing_tax_shape, &tax);
}
