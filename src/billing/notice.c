/* SPDX-License-Identifier: Apache-2.0 */
/* notice.c: what a notice says, in JSON and in words. */
#include "billing/notice.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "json/fields.h"

static void
write_uuid(struct bh_write *write, const char *name, const struct bh_uuid *id)
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(id, text);
	bh_write_pair_text(write, name, text);
}

static void
write_money(struct bh_write *write, const char *name, int64_t nanos)
{
	char text[32];

	bh_text_from_nanos(nanos, text);
	bh_write_pair_text(write, name, text);
}

static bool
is_balance(const struct billing_notice *notice)
{
	return strcmp(notice->span, "balance") == 0;
}

void
billing_notice_json(const struct billing_notice *notice, const struct bh_uuid *tenant,
	const char *currency, struct bh_buf *out)
{
	struct bh_write write = {.out = out};
	char crossed[BH_TIME_TEXT];

	bh_clock_format(notice->crossed_ms, crossed);
	bh_write_object(&write);
	bh_write_pair_text(&write, "type",
		is_balance(notice) ? "balance.low" : "budget.threshold_crossed");
	bh_write_pair_text(&write, "timestamp", crossed);
	bh_write_name(&write, "data");
	bh_write_object(&write);
	write_uuid(&write, "id", &notice->id);
	write_uuid(&write, "tenant_id", tenant);
	bh_write_pair_text(&write, "owner_kind", notice->owner_kind);
	write_uuid(&write, "owner_id", &notice->owner);
	bh_write_pair_text(&write, "span", notice->span);
	if (is_balance(notice))
		bh_write_pair_null(&write, "percent");
	else
		bh_write_pair_int(&write, "percent", notice->percent);
	write_money(&write, "limit", notice->limit);
	write_money(&write, is_balance(notice) ? "balance" : "spent", notice->spent);
	bh_write_pair_text(&write, "currency", currency);
	bh_write_end(&write);
	bh_write_end(&write);
}

static const char *
span_words(const char *span)
{
	if (strcmp(span, "day") == 0)
		return "daily budget";
	if (strcmp(span, "month") == 0)
		return "monthly budget";
	return "total budget";
}

void
billing_notice_subject(const struct billing_notice *notice, struct bh_buf *out)
{
	if (is_balance(notice))
		bh_buf_text(out, "Your credit balance is low");
	else
		bh_buf_printf(out, "%lld %% of a %s is spent", (long long)notice->percent,
			span_words(notice->span));
}

void
billing_notice_text(const struct billing_notice *notice, const char *currency, struct bh_buf *out)
{
	char limit[32], spent[32], crossed[BH_TIME_TEXT], owner[BH_UUID_TEXT];

	bh_text_from_nanos(notice->limit, limit);
	bh_text_from_nanos(notice->spent, spent);
	bh_clock_format(notice->crossed_ms, crossed);
	bh_uuid_format(&notice->owner, owner);
	if (is_balance(notice)) {
		bh_buf_printf(out, "On %s your credits fell to %s %s, below %s %s.\n", crossed, spent,
			currency, limit, currency);
		return;
	}
	bh_buf_printf(out, "On %s the %s of %s %s reached %lld %%: %s %s of %s %s are spent.\n",
		crossed, span_words(notice->span), notice->owner_kind, owner, (long long)notice->percent,
		spent, currency, limit, currency);
	if (notice->percent == 100)
		bh_buf_text(out,
			"Calls that cost money are refused until the budget is raised or a new "
			"period begins.\n");
}
