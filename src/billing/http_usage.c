/* SPDX-License-Identifier: Apache-2.0 */
/* http_usage.c: usage and costs in OpenAI's shapes. A project is a team, an organization the tenant. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/http.h"
#include "billing/store_usage.h"
#include "service/request.h"

static void
write_id(struct bh_write *write, const char *name, const struct bh_uuid *id)
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(id, text);
	bh_write_pair_text(write, name, bh_uuid_is_zero(id) ? NULL : text);
}

/* Only what the operation can be grouped by; null where it is not. */
static void
write_groups(struct bh_write *write, const struct billing_usage_query *query,
	const struct billing_usage_sum *sum)
{
	unsigned may = query->of->groups;

	if ((may & BILLING_BY_TEAM) != 0)
		write_id(write, "project_id", &sum->team);
	if ((may & BILLING_BY_USER) != 0)
		write_id(write, "user_id", &sum->user);
	if ((may & BILLING_BY_KEY) != 0)
		write_id(write, "api_key_id", &sum->key);
	if ((may & BILLING_BY_MODEL) != 0)
		bh_write_pair_text(write, "model", sum->model);
	if ((may & BILLING_BY_BATCH) != 0 && (query->groups & BILLING_BY_BATCH) != 0)
		bh_write_pair_bool(write, "batch", sum->batch);
	else if ((may & BILLING_BY_BATCH) != 0)
		bh_write_pair_null(write, "batch");
}

/* The amount as a number, to the last digit: the text of an integer of nano-units. */
static void
write_amount(struct bh_write *write, int64_t nanos, const char *currency)
{
	char number[32], lower[8] = "";

	for (size_t i = 0; i + 1 < sizeof(lower) && currency[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)currency[i]);
	bh_text_from_nanos(nanos, number);
	bh_write_name(write, "amount");
	bh_write_object(write);
	bh_write_name(write, "value");
	bh_write_raw(write, number, strlen(number));
	bh_write_pair_text(write, "currency", lower);
	bh_write_end(write);
}

static void
write_cost(struct bh_write *write, const struct billing_usage_query *query,
	const struct billing_usage_sum *sum, const char *currency)
{
	const char *unit = sum->kind != NULL ? billing_usage_unit(sum->kind) : NULL;
	char item[512];

	write_amount(write, sum->cost_nanos, currency);
	if ((query->groups & BILLING_BY_LINE) == 0) {
		bh_write_pair_null(write, "line_item");
		bh_write_pair_null(write, "quantity");
		bh_write_pair_null(write, "quantity_unit");
		return;
	}
	snprintf(item, sizeof(item), "%s%s%s", sum->model, sum->model[0] != '\0' ? ", " : "",
		sum->kind);
	bh_write_pair_text(write, "line_item", item);
	if (unit == NULL)
		bh_write_pair_null(write, "quantity");
	else
		bh_write_pair_int(write, "quantity",
			strcmp(unit, "tokens") == 0 ? sum->input_tokens + sum->output_tokens : sum->units);
	bh_write_pair_text(write, "quantity_unit", unit);
}

static void
write_sums(struct bh_write *write, const struct billing_usage_sum *sum, const char *currency)
{
	bh_write_pair_text(write, "kind", sum->kind);
	bh_write_pair_int(write, "calls", sum->calls);
	bh_write_pair_int(write, "input_tokens", sum->input_tokens);
	bh_write_pair_int(write, "input_cached_tokens", sum->cached_tokens);
	bh_write_pair_int(write, "output_tokens", sum->output_tokens);
	bh_write_pair_int(write, "units", sum->units);
	write_amount(write, sum->cost_nanos, currency);
}

static void
write_figures(struct bh_write *write, const struct billing_usage_query *query,
	const struct billing_usage_sum *sum, const char *currency)
{
	const char *name = query->of->name;

	switch (query->of->figure) {
	case BILLING_TOKENS:
		bh_write_pair_int(write, "input_tokens", sum->input_tokens);
		bh_write_pair_int(write, "input_cached_tokens", sum->cached_tokens);
		bh_write_pair_int(write, "input_cache_write_tokens", sum->cache_write_tokens);
		bh_write_pair_int(write, "input_uncached_tokens",
			sum->input_tokens - sum->cached_tokens - sum->cache_write_tokens);
		bh_write_pair_int(write, "output_tokens", sum->output_tokens);
		break;
	case BILLING_INPUT:
		bh_write_pair_int(write, "input_tokens", sum->input_tokens);
		break;
	case BILLING_UNITS:
		bh_write_pair_int(write, name, sum->units);
		break;
	case BILLING_BYTES:
		bh_write_pair_int(write, name, sum->units);
		return;
	case BILLING_CALLS:
		bh_write_pair_int(write, name, sum->calls);
		return;
	case BILLING_COST:
		write_cost(write, query, sum, currency);
		return;
	case BILLING_SUMS:
		write_sums(write, sum, currency);
		return;
	}
	bh_write_pair_int(write, "num_model_requests", sum->calls);
}

/* Every bucket, also those in which nothing was used. */
static void
write_buckets(struct bh_write *write, const struct billing_usage_query *query,
	const struct billing_usage_sum *sums, size_t n, const char *currency)
{
	size_t at = 0;

	for (int64_t start_s = query->from_s; start_s < query->to_s; start_s += query->width_s) {
		bh_write_object(write);
		bh_write_pair_text(write, "object", "bucket");
		bh_write_pair_int(write, "start_time", start_s);
		bh_write_pair_int(write, "end_time", start_s + query->width_s);
		bh_write_name(write, "results");
		bh_write_array(write);
		for (; at < n && sums[at].start_s == start_s; at++) {
			bh_write_object(write);
			bh_write_pair_text(write, "object", query->of->object);
			write_figures(write, query, &sums[at], currency);
			write_groups(write, query, &sums[at]);
			bh_write_end(write);
		}
		bh_write_end(write);
		bh_write_end(write);
	}
}

static int
reply_buckets(struct bh_request *req, const struct billing_usage_query *query,
	const struct billing_usage_sum *sums, size_t n)
{
	const struct billing *billing = req->service;
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	char next[BILLING_PAGE_TEXT];
	bool more = billing_usage_next(query, next);

	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "page");
	bh_write_name(&write, "data");
	bh_write_array(&write);
	write_buckets(&write, query, sums, n, billing->conf.currency);
	bh_write_end(&write);
	bh_write_pair_bool(&write, "has_more", more);
	bh_write_pair_text(&write, "next_page", more ? next : NULL);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}

/* All that match, or only what one account used. */
static int
reply_sums(struct bh_request *req, const struct bh_uuid *account)
{
	const struct billing_usage_of *of = billing_usage_find(strrchr(req->route->path, '/') + 1);
	struct billing_usage_query query;
	struct billing_usage_sum *sums = NULL;
	struct bh_uuid own;
	size_t n = 0;
	int rc = billing_usage_read(req->arena, of, req->http->query, bh_clock_wall_ms() / 1000,
		&query);

	if (rc == 0 && account != NULL) {
		own = *account;
		query.users = (struct billing_ids){&own, 1};
	}
	if (rc == 0)
		rc = billing_store_usage_sums(req->target_db, &req->target, &query, &sums, &n);
	if (rc == 0 && n > BILLING_SUMS_MAX)
		rc = bh_error_param(BH_E_RANGE, "group_by",
			"There are more than %d groups; ask for fewer buckets or group by less.",
			BILLING_SUMS_MAX);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply_buckets(req, &query, sums, n);
}

/* GET /v1/organization/usage/…, GET /v1/organization/costs, both of /api/tenants/{tenant}/, GET
 * /api/usage/sums */
int
billing_http_usage_sums(struct bh_request *req)
{
	return reply_sums(req, NULL);
}

/* GET /api/usage/own/sums: whoever asks for another account gets the own one. */
int
billing_http_usage_own_sums(struct bh_request *req)
{
	struct bh_uuid account;

	billing_own_account(req, &account);
	return reply_sums(req, &account);
}

void
billing_own_account(const struct bh_request *req, struct bh_uuid *out)
{
	*out = req->claims.subject;
	if (bh_uuid_is_zero(out))
		memset(out->bytes, 0xff, sizeof(out->bytes));
}
