/* SPDX-License-Identifier: Apache-2.0 */
/* event.c: the calls on events. */
#include "base/arena.h"
#include "base/text.h"
#include "stripemock/operation.h"

const struct stripemock_param event_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"type", STRIPEMOCK_TEXT},
	{"types[]", STRIPEMOCK_TEXT},
	{"delivery_success", STRIPEMOCK_BOOL},
	{0},
};

const struct stripemock_param event_v2_list_params[] = {
	{"limit", STRIPEMOCK_INT},
	{"object_id", STRIPEMOCK_TEXT},
	{"types[]", STRIPEMOCK_TEXT},
	{0},
};

static int
read(struct stripemock_work *work, const struct stripemock_event_row *row, bool thin,
	struct stripemock_value **out)
{
	int rc = stripemock_value_read(work->arena, row->body, out);

	if (rc == 0 && !thin)
		put_int(*out, "pending_webhooks", row->pending);
	return rc;
}

static bool
is_thin(const struct stripemock_event_row *row)
{
	return bh_text_starts(row->type, "v1.") || bh_text_starts(row->type, "v2.");
}

static int
get(struct stripemock_work *work, bool thin)
{
	struct stripemock_event_row row;
	bool found = false;
	int rc = stripemock_store_event_find(work->tx, work->tenant, work->ids[0], &row, &found);

	if (rc == 0 && (!found || is_thin(&row) != thin)) {
		rc = stripemock_work_refuse(work, "resource_missing", "id", "No such event: '%s'",
			work->ids[0]);
		work->problem.status = 404;
	}
	return rc < 0 ? rc : read(work, &row, thin, &work->result);
}

int
stripemock_event_get(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	(void)operation;
	return get(work, false);
}

int
stripemock_event_v2_get(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	(void)operation;
	return get(work, true);
}

/* The types that are asked for as a JSON array; NULL: all. */
static const char *
types_of(struct stripemock_work *work)
{
	struct stripemock_value *types = stripemock_value_new(work->arena, BH_JSON_ARRAY);
	const struct stripemock_value *type = stripemock_value_at(work->params, "type");
	const struct stripemock_value *many = stripemock_value_at(work->params, "types");

	if (type != NULL)
		stripemock_value_add(types, stripemock_value_clone(work->arena, type));
	for (EACH(at, many))
		stripemock_value_add(types, stripemock_value_clone(work->arena, at));
	return types->count > 0 ? stripemock_value_print(work->arena, types, true) : NULL;
}

int
stripemock_event_list(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	struct stripemock_value *data;
	struct stripemock_filter filter = {0};
	struct stripemock_event_row *rows = NULL;
	size_t n = 0;
	int64_t limit;
	int rc = stripemock_operation_filter(work, &filter);

	(void)operation;
	limit = filter.limit++;
	if (rc == 0)
		rc = stripemock_store_event_list(work->tx, work->tenant, types_of(work), &filter, &rows,
			&n);
	if (rc < 0)
		return rc;
	work->result = stripemock_operation_list(work->arena, "/v1/events");
	put_bool(work->result, "has_more", (int64_t)n > limit);
	n = (int64_t)n > limit ? (size_t)limit : n;
	data = stripemock_value_at(work->result, "data");
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct stripemock_event_row *row = &rows[filter.before != 0 ? n - 1 - i : i];
		struct stripemock_value *event = NULL;

		if (is_thin(row))
			continue;
		rc = read(work, row, false, &event);
		if (rc == 0)
			stripemock_value_add(data, event);
	}
	return rc;
}

int
stripemock_event_v2_list(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	const char *object = text_at(work->params, "object_id");
	struct stripemock_filter filter = {0};
	struct stripemock_event_row *rows = NULL;
	const char *types = types_of(work);
	size_t n = 0;
	int rc = stripemock_operation_filter(work, &filter);

	(void)operation;
	if (types == NULL)
		types = "[\"v1.billing.meter.error_report_triggered\",\"v1.billing.meter.no_meter_found\"]";
	if (rc == 0)
		rc = stripemock_store_event_list(work->tx, work->tenant, types, &filter, &rows, &n);
	work->result = stripemock_value_literal(work->arena,
		"{'data':[],'next_page_url':null,'previous_page_url':null}");
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct stripemock_value *event = NULL;

		rc = read(work, &rows[i], true, &event);
		if (rc == 0 && (object == NULL || stripemock_value_is(event, "related_object.id", object)))
			stripemock_value_add(stripemock_value_at(work->result, "data"), event);
	}
	return rc;
}
