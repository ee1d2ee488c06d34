/* SPDX-License-Identifier: Apache-2.0 */
/* http_event.c: usage events as rows, as CSV, and their corrections. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "billing/billing.h"
#include "json/csv.h"
#include "billing/http.h"
#include "billing/store_event.h"
#include "service/list.h"
#include "service/request.h"

#define AT(member) offsetof(struct billing_event, member)

static const struct bh_field event_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"corrects", BH_FIELD_ID, AT(corrects), BH_NULLABLE},
	{"request_id", BH_FIELD_TEXT, AT(request_id)},
	{"time", BH_FIELD_DATE, AT(started_ms)},
	{"settled_at", BH_FIELD_DATE, AT(settled_ms)},
	{"duration_ms", BH_FIELD_INT, AT(duration_ms)},
	{"kind", BH_FIELD_TEXT, AT(kind)},
	{"model", BH_FIELD_TEXT, AT(model)},
	{"subject", BH_FIELD_TEXT, AT(subject)},
	{"actor", BH_FIELD_TEXT, AT(actor)},
	{"user_id", BH_FIELD_ID, AT(user), BH_NULLABLE},
	{"api_key_id", BH_FIELD_ID, AT(key), BH_NULLABLE},
	{"project_id", BH_FIELD_ID, AT(team), BH_NULLABLE},
	{"status", BH_FIELD_TEXT, AT(status)},
	{"source", BH_FIELD_TEXT, AT(source)},
	{"streamed", BH_FIELD_BOOL, AT(streamed)},
	{"batch", BH_FIELD_BOOL, AT(batch)},
	{"prompt_tokens", BH_FIELD_INT, AT(input_tokens)},
	{"cached_tokens", BH_FIELD_INT, AT(cached_tokens)},
	{"cache_write_tokens", BH_FIELD_INT, AT(cache_write_tokens)},
	{"completion_tokens", BH_FIELD_INT, AT(output_tokens)},
	{"units", BH_FIELD_INT, AT(units)},
	{"cost", BH_FIELD_MONEY, AT(cost)},
	{"cost_nanos", BH_FIELD_INT, AT(cost)},
	{"covered", BH_FIELD_MONEY, AT(covered)},
	{"price_known", BH_FIELD_BOOL, AT(price_known)},
};

#undef AT

const struct bh_shape billing_event_shape = BH_SHAPE("UsageEvent", struct billing_event,
	event_fields);

static const struct bh_paging paging = {100, 10000, "after before order", NULL};

enum { CSV_ROWS = 500 };

/* What is no id filters like the id of nobody. */
static int
query_id(struct bh_request *req, const char *name, struct bh_uuid *out)
{
	const char *text = NULL;
	int rc = bh_request_query_text(req, name, &text);

	if (rc == 0 && text != NULL && (bh_uuid_parse(text, out) < 0 || bh_uuid_is_zero(out)))
		memset(out->bytes, 0xff, sizeof(out->bytes));
	return rc;
}

static int
query_time(struct bh_request *req, const char *name, int64_t *out_ms)
{
	int64_t seconds = 0;
	int rc = bh_request_query_int(req, name, 1, 253402300799, &seconds);

	if (rc == 0)
		*out_ms = seconds * 1000;
	return rc;
}

static int
read_filter(struct bh_request *req, struct billing_event_filter *out)
{
	int rc = bh_request_query_text(req, "request_id", &out->request_id);

	if (rc == 0)
		rc = bh_request_query_text(req, "kind", &out->kind);
	if (rc == 0)
		rc = bh_request_query_text(req, "model", &out->model);
	if (rc == 0)
		rc = query_id(req, "api_key_id", &out->key);
	if (rc == 0)
		rc = query_id(req, "user_id", &out->user);
	if (rc == 0)
		rc = query_id(req, "project_id", &out->team);
	if (rc == 0)
		rc = query_time(req, "start_time", &out->from_ms);
	if (rc == 0)
		rc = query_time(req, "end_time", &out->to_ms);
	return rc;
}

/* No further than the times reach: whole months of rows are left out. */
static void
narrow(const struct billing_event_filter *filter, struct bh_slice *slice)
{
	struct bh_uuid first = billing_event_first(filter->from_ms);
	struct bh_uuid past = billing_event_past(filter->to_ms);

	if (filter->from_ms != 0 && bh_uuid_order(&first, &slice->low) > 0)
		slice->low = first;
	if (filter->to_ms != 0 && bh_uuid_order(&past, &slice->high) < 0)
		slice->high = past;
}

/* ---- CSV ---- */

/* Lies in the request's arena. */
struct csv {
	struct bh_db db;
	struct bh_uuid tenant;
	struct billing_event_filter filter;
	struct bh_slice slice;
	int64_t left;          /* rows that may still come */
	struct bh_arena arena; /* owned: of one piece */
	struct bh_buf text;    /* owned: what is not sent yet, from `sent` on */
	size_t sent;
	bool ended;
	char request_id[BH_UUID_HEX];
};

/* The next piece of rows, and where the one behind it begins. */
static int
csv_fill(struct csv *csv)
{
	struct billing_event *events = NULL;
	size_t n = 0;
	int rc;

	bh_arena_close(&csv->arena);
	bh_buf_reset(&csv->text);
	csv->sent = 0;
	csv->slice.limit = csv->left < CSV_ROWS ? csv->left : CSV_ROWS;
	rc = billing_store_event_list(&csv->db, &csv->tenant, &csv->filter, &csv->slice, &events, &n);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		bh_csv_row(&csv->text, BH_LIST(event_fields), &events[i]);
	csv->left -= (int64_t)n;
	csv->ended = n < (size_t)csv->slice.limit || csv->left == 0;
	if (n > 0)
		*(csv->slice.up ? &csv->slice.low : &csv->slice.high) = events[n - 1].id;
	return 0;
}

static ssize_t
csv_next(void *state, char *out, size_t size)
{
	struct csv *csv = state;
	size_t n;

	bh_log_request(csv->request_id);
	if (csv->sent == csv->text.len && !csv->ended) {
		int rc = csv_fill(csv);

		if (rc < 0) {
			bh_log_failure("write usage as CSV", rc);
			return rc;
		}
	}
	n = csv->text.len - csv->sent;
	if (n > size)
		n = size;
	if (n > 0)
		memcpy(out, csv->text.data + csv->sent, n);
	csv->sent += n;
	return (ssize_t)n;
}

static void
csv_close(void *state)
{
	struct csv *csv = state;

	bh_arena_close(&csv->arena);
	bh_buf_close(&csv->text);
}

/* All rows, or as many as `limit` says. */
static int
reply_csv(struct bh_request *req, const struct billing_event_filter *filter,
	const struct bh_slice *slice, int64_t most)
{
	struct csv *csv = bh_arena_alloc(req->arena, sizeof(*csv));

	csv->db = *req->target_db;
	csv->db.arena = &csv->arena;
	csv->tenant = req->target;
	csv->filter = *filter;
	csv->slice = *slice;
	csv->left = most;
	memcpy(csv->request_id, req->request_id, strnlen(req->request_id, sizeof(csv->request_id) - 1));
	bh_csv_head(&csv->text, BH_LIST(event_fields));
	bh_reply_header(req, "content-disposition", "attachment; filename=\"usage.csv\"");
	bh_reply_header(req, "x-content-type-options", "nosniff");
	return bh_reply_content(req, 200, "text/csv; charset=utf-8; header=present",
		&(struct bh_http_stream){.next = csv_next, .close = csv_close, .state = csv});
}

static int
wants_csv(struct bh_request *req, bool *out)
{
	const char *accept = bh_http_header(req->http, "accept"), *format = NULL;
	int rc = bh_request_query_text(req, "format", &format);

	if (rc == 0 && format != NULL && strcmp(format, "csv") != 0 && strcmp(format, "json") != 0)
		rc = bh_error_param(BH_E_INVALID, "format", "'format' must be json or csv.");
	*out = format != NULL ? strcmp(format, "csv") == 0
						  : accept != NULL && bh_text_starts(accept, "text/csv");
	return rc;
}

static int
list_events(struct bh_request *req, const struct bh_uuid *account)
{
	struct billing_event_filter filter = {0};
	struct billing_event *events = NULL;
	const char *limit = NULL;
	struct bh_slice slice;
	struct bh_page page;
	bool csv = false;
	size_t n = 0;
	int rc = read_filter(req, &filter);

	if (rc == 0 && account != NULL)
		filter.user = *account;
	if (rc == 0)
		rc = wants_csv(req, &csv);
	if (rc == 0)
		rc = bh_list_page(req, &paging, &page);
	if (rc == 0)
		rc = bh_request_query_text(req, "limit", &limit);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	narrow(&filter, &slice);
	if (csv) {
		slice.up = page.ascending;
		return reply_csv(req, &filter, &slice, limit != NULL ? page.limit : INT64_MAX);
	}
	rc = billing_store_event_list(req->target_db, &req->target, &filter, &slice, &events, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &billing_event_shape, &page, events, n);
}

/* GET /api/usage, GET /api/tenants/{tenant}/usage-events */
int
billing_http_event_list(struct bh_request *req)
{
	return list_events(req, NULL);
}

/* GET /api/usage/own: whoever asks for another account gets the own one. */
int
billing_http_event_own_list(struct bh_request *req)
{
	struct bh_uuid account;

	billing_own_account(req, &account);
	return list_events(req, &account);
}

/* ---- corrections ---- */

struct correct {
	struct billing_correction correction;
	const char *cost;
};

#define FIGURE(i) offsetof(struct correct, correction.figures[i])
#define MOST 1e15

static const struct bh_field correct_fields[] = {
	{"id", BH_FIELD_ID, offsetof(struct correct, correction.id), BH_REQUIRED},
	{"prompt_tokens", BH_FIELD_INT, FIGURE(0), 0, -MOST, MOST},
	{"cached_tokens", BH_FIELD_INT, FIGURE(1), 0, -MOST, MOST},
	{"cache_write_tokens", BH_FIELD_INT, FIGURE(2), 0, -MOST, MOST},
	{"completion_tokens", BH_FIELD_INT, FIGURE(3), 0, -MOST, MOST},
	{"units", BH_FIELD_INT, FIGURE(4), 0, -MOST, MOST},
	{"cost", BH_FIELD_TEXT, offsetof(struct correct, cost), 0, 1, 32},
	{"reason", BH_FIELD_TEXT, offsetof(struct correct, correction.reason), BH_REQUIRED, 1, 500},
};

const struct bh_shape billing_correct_shape = BH_SHAPE("UsageCorrection", struct correct,
	correct_fields);

/* No act costs more than a million (src/meter/price.h), and no correction either. */
#define COST_MAX INT64_C(1000000000000000)

static int
read_correction(struct bh_request *req, struct correct *out)
{
	int64_t *cost = &out->correction.figures[BILLING_FIGURES - 1];
	bool nothing = true;
	int rc = bh_request_object(req, &billing_correct_shape, out);

	if (rc == 0 && out->cost != NULL && billing_amount_read(out->cost, cost) < 0)
		rc = bh_error_param(BH_E_INVALID, "cost",
			"'cost' must be a decimal number, such as -0.15, of at most nine decimals.");
	if (rc == 0 && (*cost > COST_MAX || *cost < -COST_MAX))
		rc = bh_error_param(BH_E_RANGE, "cost", "'cost' must be between -1000000 and 1000000.");
	for (int i = 0; i < BILLING_FIGURES; i++)
		nothing = nothing && out->correction.figures[i] == 0;
	if (rc == 0 && nothing)
		rc = bh_error(BH_E_INVALID, "The correction changes nothing.");
	return rc;
}

static int
outcome(const struct billing_corrected *corrected)
{
	if (strcmp(corrected->done, "missing") == 0)
		return BH_E_NOT_FOUND;
	if (strcmp(corrected->done, "other") == 0)
		return bh_error_param(BH_E_INVALID, "id",
			"Another correction was made with this id; it is not made again.");
	if (strcmp(corrected->done, "below") == 0)
		return bh_error(BH_E_INVALID,
			"With its corrections, no figure of an act can be below zero, nor can more tokens be "
			"cached or written to a cache than there are.");
	return 0;
}

/* POST /api/tenants/{tenant}/usage-events/{id}/correct: answers with the event that corrects. */
int
billing_http_event_correct(struct bh_request *req)
{
	struct correct body = {0};
	struct billing_event event;
	struct billing_corrected corrected;
	struct bh_uuid id, fresh = bh_uuid_new();
	int rc = bh_request_uuid(req, "id", &id);

	if (rc == 0)
		rc = billing_store_event_get(req->target_db, &req->target, &id, &event);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	rc = read_correction(req, &body);
	if (rc == 0)
		rc = billing_store_event_correct(req->target_db, &req->target, &event, &fresh,
			&body.correction, req->claims.subject_text, &corrected);
	if (rc == 0)
		rc = outcome(&corrected);
	if (rc == 0)
		rc = billing_store_event_get(req->target_db, &req->target, &corrected.event, &event);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	bh_audit_uuid(&req->audit, "act_id", &id);
	bh_audit_int(&req->audit, "cost_nanos", event.cost);
	return bh_reply_object(req, strcmp(corrected.done, "again") == 0 ? 200 : 201,
		&billing_event_shape, &event);
}
