/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: the rules of plans: which meters, words and amounts there are. */
#include "billing/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "billing/decimal.h"
#include "json/json.h"
#include "meter/unit.h"

enum { ENTITLEMENT_BYTES = 480, ENTITLEMENTS_MOST = 48, PARAM_BYTES = 96, NAME_BYTES = 31 };

static const char *const services[] = {"*", "audio", "agents", "chat", "embeddings", "finetune",
	"images", "rerank", "responses", "retrieval"};

int64_t
billing_plan_months(const struct billing_plan *plan)
{
	return plan->span[0] == 'y' ? 12 : 1;
}

bool
billing_plan_is_prepaid(const struct billing_plan *plan)
{
	return strcmp(plan->billing, "prepaid") == 0;
}

/* ---- meters ---- */

/* The plan's row of a meter, made if need be and kept in the order of their numbers; NULL: there are too many. */
static struct billing_plan_meter *
meter_row(struct billing_plan *plan, int64_t meter)
{
	size_t at = 0;

	while (at < plan->n_meters && plan->meters[at].meter < meter)
		at++;
	if (at < plan->n_meters && plan->meters[at].meter == meter)
		return &plan->meters[at];
	if (plan->n_meters == BILLING_PLAN_METERS)
		return NULL;
	memmove(&plan->meters[at + 1], &plan->meters[at],
		(plan->n_meters - at) * sizeof(plan->meters[0]));
	plan->n_meters++;
	plan->meters[at] = (struct billing_plan_meter){.meter = meter, .overage = -1};
	return &plan->meters[at];
}

BH_MUST_CHECK static int
included_read(const struct bh_json *value, const char *param, struct billing_plan_meter *row)
{
	int64_t units = 0;

	if (!bh_json_int(value, &units))
		return bh_error_param(BH_E_TYPE, param, "'%s' must be a whole number of units.", param);
	if (units < 0 || units > BILLING_NANOS_MOST)
		return bh_error_param(BH_E_RANGE, param, "'%s' must be between 0 and %lld.", param,
			(long long)BILLING_NANOS_MOST);
	row->included = units;
	return 0;
}

BH_MUST_CHECK static int
overage_read(const struct bh_json *value, const char *param, struct billing_plan_meter *row)
{
	const char *text = bh_json_string(value);
	int rc;

	if (text == NULL)
		return bh_error_param(BH_E_TYPE, param,
			"'%s' must be a decimal amount as a string, such as \"0.60/million\".", param);
	rc = billing_rate_read(text, &row->overage);
	if (rc == BH_E_RANGE)
		return bh_error_param(rc, param, "'%s' is too large.", param);
	if (rc < 0)
		return bh_error_param(rc, param,
			"'%s' must be a decimal amount per million, thousand or unit, such as "
			"\"0.60/million\".",
			param);
	return 0;
}

BH_MUST_CHECK static int
members_read(const struct bh_json *object, const char *name, bool of_units,
	struct billing_plan *plan)
{
	const struct bh_json *value;
	const char *member;
	void *cursor = NULL;
	int rc = 0;

	while (rc == 0 && bh_json_next(object, &cursor, &member, &value)) {
		struct billing_plan_meter *row;
		char param[PARAM_BYTES];
		int64_t meter = meter_find(member);

		snprintf(param, sizeof(param), "%s.%.60s", name, member);
		if (meter < 0)
			return bh_error_param(BH_E_INVALID, param, "There is no meter '%.60s'.", member);
		row = meter_row(plan, meter);
		if (row == NULL)
			return bh_error_param(BH_E_TOO_MANY, name, "A plan can have at most %d meters.",
				BILLING_PLAN_METERS);
		rc = of_units ? included_read(value, param, row) : overage_read(value, param, row);
	}
	return rc;
}

/* What is not named any more goes. */
static void
meters_clear(struct billing_plan *plan, bool included, bool overage)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->n_meters; i++) {
		struct billing_plan_meter row = plan->meters[i];

		if (included)
			row.included = 0;
		if (overage)
			row.overage = -1;
		if (row.included != 0 || row.overage >= 0)
			plan->meters[kept++] = row;
	}
	plan->n_meters = kept;
}

int
billing_plan_meters_read(struct bh_arena *arena, const struct bh_json *included,
	const struct bh_json *overage, struct billing_plan *plan)
{
	struct billing_plan_meter *rows = bh_arena_array(arena, BILLING_PLAN_METERS + 1, sizeof(*rows));
	int rc = 0;

	if (plan->n_meters > 0)
		memcpy(rows, plan->meters, plan->n_meters * sizeof(*rows));
	plan->meters = rows;
	meters_clear(plan, included != NULL, overage != NULL);
	if (included != NULL)
		rc = members_read(included, "included", true, plan);
	if (rc == 0 && overage != NULL)
		rc = members_read(overage, "overage", false, plan);
	meters_clear(plan, false, false);
	return rc;
}

/* ---- entitlements ---- */

static bool
is_entitlement(const char *word)
{
	if (bh_text_starts(word, "model:"))
		return word[6] != '\0' && strlen(word) <= 70 && strpbrk(word, " \t\r\n") == NULL &&
			bh_text_is_plain(word);
	for (size_t i = 0; i < BH_COUNT(services); i++) {
		if (strcmp(services[i], word) == 0)
			return true;
	}
	return false;
}

int
billing_plan_entitlements_read(struct bh_arena *arena, const struct bh_json *list,
	struct billing_plan *plan)
{
	BH_AUTO(bh_buf_close) struct bh_buf words = {0};
	size_t n = bh_json_count(list);

	if (list == NULL)
		return 0;
	if (n == 0 || n > ENTITLEMENTS_MOST)
		return bh_error_param(BH_E_RANGE, "entitlements",
			"'entitlements' must have between 1 and %d words.", ENTITLEMENTS_MOST);
	for (size_t i = 0; i < n; i++) {
		const char *word = bh_json_string(bh_json_at(list, i));

		if (word == NULL || !is_entitlement(word))
			return bh_error_param(BH_E_INVALID, "entitlements",
				"'entitlements' must consist of chat, embeddings, rerank, retrieval, responses, "
				"images, audio, finetune, agents, * and model:NAME.");
		if (i > 0 && bh_text_has_word(bh_buf_string(&words), word))
			continue;
		if (i > 0)
			bh_buf_char(&words, ' ');
		bh_buf_text(&words, word);
	}
	if (words.len >= ENTITLEMENT_BYTES)
		return bh_error_param(BH_E_RANGE, "entitlements",
			"'entitlements' must be at most %d bytes long.", ENTITLEMENT_BYTES - 1);
	plan->entitlements = bh_arena_copy(arena, words.data, words.len);
	return 0;
}

/* ---- the whole ---- */

BH_MUST_CHECK static int
name_check(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char others[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	if (strlen(name) > NAME_BYTES || strspn(name, first) == 0 ||
		name[strspn(name, others)] != '\0' || strcmp(name, "default") == 0)
		return bh_error_param(BH_E_INVALID, "name",
			"'name' must have 1 to %d of a to z, 0 to 9, '.', '_' and '-', begin with a letter or "
			"digit, and not be 'default'.",
			NAME_BYTES);
	return 0;
}

BH_MUST_CHECK static int
amount_check(int64_t nanos, const char *param)
{
	return nanos > BILLING_NANOS_MOST
		? bh_error_param(BH_E_RANGE, param, "'%s' must be at most 1000000000.", param)
		: 0;
}

int
billing_plan_check(const struct billing_plan *plan, const char *currency)
{
	int rc = name_check(plan->name);

	if (rc == 0 && strcmp(plan->currency, currency) != 0)
		rc = bh_error_param(BH_E_INVALID, "currency",
			"'currency' must be %s, the currency of this installation.", currency);
	if (rc == 0)
		rc = amount_check(plan->price, "price");
	return rc < 0 ? rc : amount_check(plan->credit, "credit");
}
