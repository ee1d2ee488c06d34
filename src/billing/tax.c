/* SPDX-License-Identifier: Apache-2.0 */
/* tax.c: the rules of tax. */
#include "billing/tax.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "billing/currency.h"
#include "billing/vat.h"

#define MILLION INT64_C(1000000)

/* Council Directive 2006/112/EC holds there. */
static const char union_members[] =
	"AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

static const char countries[] =
	"AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
	"BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
	"EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
	"GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
	"KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
	"MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
	"QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
	"TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM "
	"ZW";

bool
billing_tax_is_country(const char *country)
{
	return strlen(country) == 2 && bh_text_has_word(countries, country);
}

static const struct billing_tax_rate *
find(const struct billing_tax_book *book, const char *country, const char *day)
{
	for (size_t i = 0; i < book->n; i++) {
		if (strcmp(book->rates[i].country, country) == 0 &&
			strcmp(book->rates[i].effective_on, day) <= 0)
			return &book->rates[i];
	}
	return NULL;
}

/* NULL: the buyer owes the tax. */
static const char *
why_not_reversed(const struct billing_party *buyer, const char *country)
{
	if (!billing_vat_is_of(buyer->vat_id, country))
		return "Tax is charged because the buyer's VAT identification number is not a valid one of "
			   "its country.";
	if (buyer->vat_confirmed_ms == 0)
		return "Tax is charged because the buyer's VAT identification number was not confirmed.";
	return NULL;
}

int
billing_tax_decide(const struct billing_tax_book *book, const struct billing_party *seller,
	const struct billing_party *buyer, const char *day, struct billing_tax *out)
{
	const char *country = buyer->country[0] != '\0' ? buyer->country : seller->country;
	bool within = bh_text_has_word(union_members, seller->country) &&
		bh_text_has_word(union_members, country);
	bool at_home = strcmp(seller->country, country) == 0;
	const struct billing_tax_rate *rate = find(book, country, day);

	const char *note = "";

	if (within && !at_home && buyer->vat_id[0] != '\0') {
		note = why_not_reversed(buyer, country);
		if (note == NULL) {
			*out = (struct billing_tax){.name = "", .reverse_charge = true, .note = ""};
			return 0;
		}
	}
	if (rate == NULL && (at_home || within))
		return bh_error(BH_E_STATE,
			"There is no tax rate for %.2s on %.10s; set one with `bulkhead tax set %.2s --rate "
			"…`.",
			country, day, country);
	*out = rate == NULL ? (struct billing_tax){.name = "", .note = note}
						: (struct billing_tax){.name = rate->name,
							  .ppm = rate->ppm,
							  .inclusive = rate->inclusive,
							  .note = note};
	return 0;
}

int64_t
billing_tax_of(const struct billing_tax *tax, int64_t nanos)
{
	if (tax->inclusive)
		return nanos - billing_share(nanos, MILLION, MILLION + tax->ppm);
	return billing_share(nanos, tax->ppm, MILLION);
}
