/* SPDX-License-Identifier: Apache-2.0 */
/* meter.c: meters, usage that is reported to them, and what went wrong with it. */
#include "stripemock/meter.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "stripemock/operation.h"

#define BACK_S (35LL * 86400)
#define AHEAD_S 300
#define IDENTIFIER_MOST 100
#define VALUE_MOST 1000000000000LL

const struct stripemock_param meter_create_params[] = {
	{"display_name", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"event_name", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"default_aggregation.formula", STRIPEMOCK_CHOICE, STRIPEMOCK_REQUIRED, "count last sum"},
	{"customer_mapping.type", STRIPEMOCK_CHOICE, 0, "by_id"},
	{"customer_mapping.event_payload_key", STRIPEMOCK_TEXT},
	{"event_time_window", STRIPEMOCK_CHOICE, 0, "day hour"},
	{"value_settings.event_payload_key", STRIPEMOCK_TEXT},
	{0},
};

const struct stripemock_param meter_update_params[] = {
	{"display_name", STRIPEMOCK_TEXT},
	{0},
};

const struct stripemock_param meter_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"status", STRIPEMOCK_CHOICE, 0, "active inactive"},
	{0},
};

const struct stripemock_param meter_event_params[] = {
	{"event_name", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"payload", STRIPEMOCK_MAP, STRIPEMOCK_REQUIRED},
	{"identifier", STRIPEMOCK_TEXT},
	{"timestamp", STRIPEMOCK_INT},
	{0},
};

const struct stripemock_param meter_event_adjustment_params[] = {
	{"event_name", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"type", STRIPEMOCK_CHOICE, STRIPEMOCK_REQUIRED, "cancel"},
	{"cancel.identifier", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{0},
};

const struct stripemock_param meter_summary_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"customer", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"start_time", STRIPEMOCK_INT, STRIPEMOCK_REQUIRED},
	{"end_time", STRIPEMOCK_INT, STRIPEMOCK_REQUIRED},
	{"value_grouping_window", STRIPEMOCK_CHOICE, 0, "day hour"},
	{0},
};

/* ---- meters ---- */

static int
find_by_name(struct stripemock_work *work, const char *name, struct stripemock_doc **out)
{
	struct stripemock_filter filter = {.kind = "billing.meter",
		.members = stripemock_work_member(work, "event_name", name)};
	struct stripemock_doc **docs;
	size_t n;
	int rc = stripemock_work_list(work, &filter, &docs, &n);

	*out = NULL;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (*out == NULL || stripemock_value_is(docs[i]->body, "status", "active"))
			*out = docs[i];
	}
	return rc;
}

int
stripemock_meter_create(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	static const char template[] =
		"{'customer_mapping':{'event_payload_key':'stripe_customer_id','type':'by_id'},"
		"'default_aggregation':{'formula':'sum'},'display_name':null,'event_name':null,"
		"'event_time_window':null,'status':'active','status_transitions':{'deactivated_at':null},"
		"'value_settings':{'event_payload_key':'value'}}";
	struct stripemock_doc *doc;
	int rc = stripemock_work_lock(work);

	(void)operation;
	if (rc == 0)
		rc = find_by_name(work, text_at(work->params, "event_name"), &doc);
	if (rc < 0)
		return rc;
	if (doc != NULL && stripemock_value_is(doc->body, "status", "active"))
		return stripemock_work_refuse(work, "resource_already_exists", "event_name",
			"A meter for this event_name already exists.");
	doc = stripemock_work_new(work, "billing.meter", "mtr_test", template);
	stripemock_operation_apply(doc->body, work->params, "");
	put_int(doc->body, "updated", work->now_s);
	rc = stripemock_work_event(work, "billing.meter.created", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

static int
switch_to(struct stripemock_work *work, const struct stripemock_operation *operation,
	const char *status, const char *event)
{
	bool is_active = strcmp(status, "active") == 0;
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 && stripemock_value_is(doc->body, "status", status))
		rc = stripemock_work_refuse(work, NULL, NULL, "The meter is %s already.", status);
	if (rc < 0)
		return rc;
	put_text(doc->body, "status", status);
	put_time(doc->body, "status_transitions.deactivated_at", is_active ? 0 : work->now_s);
	put_int(doc->body, "updated", work->now_s);
	stripemock_work_touch(doc);
	rc = stripemock_work_event(work, event, doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_meter_deactivate(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	return switch_to(work, operation, "inactive", "billing.meter.deactivated");
}

int
stripemock_meter_reactivate(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	return switch_to(work, operation, "active", "billing.meter.reactivated");
}

/* ---- usage ---- */

/* What is wrong with an event of usage is told later, by an event of ours: the call has succeeded. */
static int
report(struct stripemock_work *work, const struct stripemock_doc *meter, const char *code,
	const char *message)
{
	struct stripemock_value *data = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	struct stripemock_value *error = stripemock_value_literal(work->arena,
		"{'error_count':1,'sample_errors':[{'error_message':null,'request':{'identifier':null}}]}");
	struct stripemock_value *types = stripemock_value_new(work->arena, BH_JSON_ARRAY);
	char moment[BH_TIME_TEXT];
	const char *now;

	bh_clock_format(work->wall_s * 1000, moment);
	now = bh_arena_strdup(work->arena, moment);
	put_text(error, "code", code);
	put_text(stripemock_value_at(error, "sample_errors.0"), "error_message", message);
	put_copy(stripemock_value_at(error, "sample_errors.0"), "request.identifier",
		stripemock_value_at(work->params, "identifier"));
	stripemock_value_add(types, error);
	put_text(data, "developer_message_summary", "There is 1 invalid event");
	put_int(data, "reason.error_count", 1);
	stripemock_value_put(data, "reason.error_types", types);
	put_text(data, "validation_start", now);
	put_text(data, "validation_end", now);
	stripemock_work_event_thin(work,
		meter != NULL ? "v1.billing.meter.error_report_triggered"
					  : "v1.billing.meter.no_meter_found",
		meter != NULL ? meter->id : NULL, "billing.meter", data);
	return 0;
}

/* A member of the payload by the name that the meter gives it. */
static const char *
payload(struct stripemock_work *work, const struct stripemock_doc *meter, const char *setting)
{
	const char *name = text_at(meter->body, setting);

	for (EACH(at, stripemock_value_at(work->params, "payload"))) {
		if (strcmp(at->name, name) == 0 && at->kind == BH_JSON_STRING)
			return at->text;
	}
	return NULL;
}

static int
check_window(struct stripemock_work *work, int64_t happened)
{
	if (happened < work->now_s - BACK_S)
		return stripemock_work_refuse(work, "timestamp_too_far_in_past", "timestamp",
			"The timestamp must be within the past 35 days.");
	if (happened > work->now_s + AHEAD_S)
		return stripemock_work_refuse(work, "timestamp_in_future", "timestamp",
			"The timestamp must be at most 5 minutes in the future.");
	return 0;
}

static int
take_lock(struct stripemock_work *work, const char *meter, const char *of)
{
	bool locked = false;
	int rc = stripemock_store_usage_lock(work->tx, work->tenant, meter, of, &locked);

	if (rc < 0 || locked)
		return rc;
	rc = stripemock_work_refuse(work, "lock_timeout", NULL,
		"This object cannot be accessed right now because another API request is currently "
		"accessing it.");
	work->problem.status = 429;
	return rc;
}

/* The events of a customer on one meter are taken one call at a time, and those with one identifier. */
static int
take_usage(struct stripemock_work *work, const struct stripemock_usage *usage)
{
	bool added = false;
	int rc = take_lock(work, usage->meter, usage->customer);

	if (rc == 0)
		rc = take_lock(work, usage->meter,
			bh_arena_printf(work->arena, "identifier %s", usage->identifier));
	if (rc == 0)
		rc = check_window(work, usage->happened);
	if (rc == 0)
		rc = stripemock_store_usage_add(work->tx, work->tenant, usage, &added);
	if (rc == 0 && !added)
		rc = stripemock_work_refuse(work, "resource_already_exists", "identifier",
			"An event already exists with identifier %s.", usage->identifier);
	return rc;
}

int
stripemock_meter_record(struct stripemock_work *work, const char *identifier, int64_t *happened)
{
	struct stripemock_usage usage = {.identifier = identifier};
	struct stripemock_doc *meter, *customer = NULL;
	const char *value;
	int rc;

	if (strlen(identifier) > IDENTIFIER_MOST)
		return stripemock_work_refuse(work, "parameter_invalid_string_length", "identifier",
			"An identifier has at most %d characters.", IDENTIFIER_MOST);
	rc = find_by_name(work, text_at(work->params, "event_name"), &meter);
	if (rc < 0)
		return rc;
	if (meter == NULL)
		return report(work, NULL, "no_meter", "No meter found for the event_name.");
	if (!stripemock_value_is(meter->body, "status", "active"))
		return report(work, meter, "archived_meter", "The meter is inactive.");
	usage.meter = meter->id;
	usage.customer = payload(work, meter, "customer_mapping.event_payload_key");
	value = payload(work, meter, "value_settings.event_payload_key");
	if (usage.customer == NULL)
		return report(work, meter, "meter_event_no_customer_defined",
			"No customer mapping key found in payload.");
	if (value == NULL && !stripemock_value_is(meter->body, "default_aggregation.formula", "count"))
		return report(work, meter, "meter_event_value_not_found",
			"No value mapping key found in payload.");
	rc = stripemock_work_find(work, "customer", usage.customer, &customer);
	if (rc < 0)
		return rc;
	if (customer == NULL || customer->is_gone)
		return report(work, meter, "meter_event_customer_not_found",
			"No customer found with the id of the payload.");
	if (value != NULL && bh_text_int(value, -VALUE_MOST, VALUE_MOST, &usage.value) < 0)
		return report(work, meter, "meter_event_invalid_value",
			"The value must be a whole number.");
	rc = stripemock_work_enter(work, customer);
	if (rc < 0)
		return rc;
	if (!has_at(work->params, "timestamp"))
		*happened = work->now_s;
	usage.happened = *happened;
	return take_usage(work, &usage);
}

const char *
stripemock_meter_identifier(struct stripemock_work *work)
{
	const char *given = text_at(work->params, "identifier");

	return given != NULL ? given : stripemock_work_random(work);
}

int
stripemock_meter_event_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	const struct stripemock_value *params = work->params;
	const char *identifier = stripemock_meter_identifier(work);
	int64_t happened = has_at(params, "timestamp") ? int_at(params, "timestamp") : work->now_s;
	int rc;

	(void)operation;
	rc = stripemock_meter_record(work, identifier, &happened);
	if (rc < 0)
		return rc;
	work->result = stripemock_value_literal(work->arena,
		"{'object':'billing.meter_event','livemode':false}");
	put_int(work->result, "created", work->wall_s);
	put_copy(work->result, "event_name", stripemock_value_at(params, "event_name"));
	put_text(work->result, "identifier", identifier);
	put_copy(work->result, "payload", stripemock_value_at(params, "payload"));
	put_int(work->result, "timestamp", happened);
	return 0;
}

int
stripemock_meter_adjust(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	const struct stripemock_value *params = work->params;
	const char *identifier = text_at(params, "cancel.identifier");
	struct stripemock_doc *meter;
	bool found = false;
	int rc = find_by_name(work, text_at(params, "event_name"), &meter);

	(void)operation;
	if (rc == 0 && meter == NULL)
		rc = stripemock_work_refuse(work, "resource_missing", "event_name",
			"No meter found for the event_name.");
	if (rc == 0)
		rc = stripemock_store_usage_cancel(work->tx, work->tenant, meter->id, identifier, &found);
	if (rc == 0 && !found)
		rc = stripemock_work_refuse(work, "resource_missing", "cancel[identifier]",
			"No meter event of the last 24 hours has the identifier %s.", identifier);
	if (rc < 0)
		return rc;
	work->result = stripemock_value_literal(work->arena,
		"{'object':'billing.meter_event_adjustment','livemode':false,'status':'complete',"
		"'type':'cancel'}");
	put_text(work->result, "cancel.identifier", identifier);
	put_copy(work->result, "event_name", stripemock_value_at(params, "event_name"));
	return 0;
}

/* ---- sums ---- */

static int64_t
aggregate(const struct stripemock_doc *meter, const struct stripemock_usage_sum *sum)
{
	if (stripemock_value_is(meter->body, "default_aggregation.formula", "count"))
		return sum->count;
	if (stripemock_value_is(meter->body, "default_aggregation.formula", "last"))
		return sum->last;
	return sum->sum;
}

int
stripemock_meter_usage(struct stripemock_work *work, const char *meter, const char *customer,
	int64_t start, int64_t end, int64_t *out)
{
	const struct stripemock_usage of = {.meter = meter, .customer = customer};
	struct stripemock_usage_sum *sums = NULL;
	struct stripemock_doc *doc;
	size_t n = 0;
	int rc = stripemock_work_get(work, "billing.meter", meter, "meter", &doc);

	*out = 0;
	if (rc < 0 || end <= start)
		return rc;
	rc = stripemock_store_usage_sums(work->tx, work->tenant, &of, start, end, end - start, &sums,
		&n);
	if (rc == 0 && n > 0)
		*out = aggregate(doc, &sums[0]);
	if (*out < 0)
		*out = 0;
	return rc;
}

int
stripemock_meter_summaries(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	const struct stripemock_value *params = work->params;
	int64_t start = int_at(params, "start_time"), end = int_at(params, "end_time"), step;
	const char *window = text_at(params, "value_grouping_window");
	struct stripemock_usage_sum *sums = NULL;
	struct stripemock_usage of = {.customer = text_at(params, "customer")};
	struct stripemock_doc *meter, *customer;
	size_t n = 0;
	int rc = stripemock_operation_object(work, operation, &meter);

	if (rc == 0)
		rc = stripemock_work_get(work, "customer", of.customer, "customer", &customer);
	if (rc == 0 && (end <= start || start % 60 != 0 || end % 60 != 0))
		rc = stripemock_work_refuse(work, NULL, "start_time",
			"start_time and end_time must be whole minutes, the later one last.");
	if (rc < 0)
		return rc;
	step = window == NULL ? end - start : strcmp(window, "day") == 0 ? 86400 : 3600;
	of.meter = meter->id;
	rc = stripemock_store_usage_sums(work->tx, work->tenant, &of, start, end, step, &sums, &n);
	work->result = stripemock_operation_list(work->arena,
		bh_arena_printf(work->arena, "/v1/billing/meters/%s/event_summaries", meter->id));
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct stripemock_value *row = stripemock_value_literal(work->arena,
			"{'object':'billing.meter_event_summary','livemode':false}");

		put_text(row, "id",
			bh_arena_printf(work->arena, "mtrusg_test_mock%lld", (long long)sums[i].start));
		put_int(row, "aggregated_value", aggregate(meter, &sums[i]));
		put_int(row, "start_time", sums[i].start);
		put_int(row, "end_time", sums[i].start + step < end ? sums[i].start + step : end);
		put_text(row, "meter", meter->id);
		stripemock_value_add(stripemock_value_at(work->result, "data"), row);
	}
	return rc;
}
