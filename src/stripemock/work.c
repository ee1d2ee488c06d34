/* SPDX-License-Identifier: Apache-2.0 */
/* work.c: objects and events of one transaction, read once and written together. */
#include "stripemock/work.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "stripemock/moment.h"

int
stripemock_work_refuse(struct stripemock_work *work, const char *code, const char *param,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	work->problem = (struct stripemock_problem){
		.status = 400,
		.code = code,
		.param = param,
		.message = bh_arena_vprintf(work->arena, format, args),
	};
	va_end(args);
	return BH_E_INVALID;
}

int
stripemock_work_lock(struct stripemock_work *work)
{
	int rc = work->is_locked
		? 0
		: stripemock_store_account_lock(work->tx, work->tenant, &work->account);

	work->is_locked = rc == 0;
	return rc;
}

/* ---- objects ---- */

const char *
stripemock_work_random(struct stripemock_work *work)
{
	uint8_t bytes[12];
	char hex[25];

	bh_random(bytes, sizeof(bytes));
	bh_text_hex(bytes, sizeof(bytes), hex);
	return bh_arena_strdup(work->arena, hex);
}

const char *
stripemock_work_id(struct stripemock_work *work, const char *prefix)
{
	return bh_arena_printf(work->arena, "%s_mock%s", prefix, stripemock_work_random(work));
}

static struct stripemock_doc *
add_doc(struct stripemock_work *work, const char *id, const char *kind,
	struct stripemock_value *body)
{
	struct stripemock_doc *doc = bh_arena_alloc(work->arena, sizeof(*doc));

	*doc = (struct stripemock_doc){.id = id, .kind = kind, .body = body, .next = work->docs};
	work->docs = doc;
	return doc;
}

struct stripemock_doc *
stripemock_work_new(struct stripemock_work *work, const char *kind, const char *prefix,
	const char *literal)
{
	struct stripemock_value *rest = stripemock_value_literal(work->arena, literal);
	struct stripemock_value *body = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	struct stripemock_doc *doc;

	put_text(body, "id", stripemock_work_id(work, prefix));
	put_text(body, "object", kind);
	put_int(body, "created", work->now_s);
	put_bool(body, "livemode", false);
	for (EACH(at, rest))
		put_copy(body, at->name, at);
	doc = add_doc(work, text_at(body, "id"), kind, body);
	doc->is_dirty = true;
	return doc;
}

static struct stripemock_doc *
known(const struct stripemock_work *work, const char *id)
{
	for (struct stripemock_doc *at = work->docs; at != NULL; at = at->next) {
		if (strcmp(at->id, id) == 0)
			return at;
	}
	return NULL;
}

/* A row as an object; the one that is known already counts, for it may have been changed. */
static int
take_row(struct stripemock_work *work, const struct stripemock_row *row,
	struct stripemock_doc **out)
{
	struct stripemock_value *body;
	int rc;

	*out = known(work, row->id);
	if (*out != NULL)
		return 0;
	rc = stripemock_value_read(work->arena, row->body, &body);
	if (rc < 0)
		return rc;
	*out = add_doc(work, row->id, row->kind, body);
	(*out)->seq = row->seq;
	(*out)->is_gone = row->is_gone;
	(*out)->before = stripemock_value_clone(work->arena, body);
	return 0;
}

int
stripemock_work_find(struct stripemock_work *work, const char *kind, const char *id,
	struct stripemock_doc **out)
{
	struct stripemock_row row;
	bool found = false;
	int rc = 0;

	*out = NULL;
	if (id == NULL)
		return 0;
	*out = known(work, id);
	if (*out == NULL)
		rc = stripemock_store_object_find(work->tx, work->tenant, id, &row, &found);
	if (rc == 0 && found)
		rc = take_row(work, &row, out);
	if (*out != NULL && ((*out)->is_removed || (kind != NULL && strcmp((*out)->kind, kind) != 0)))
		*out = NULL;
	return rc;
}

/* What people call a kind: the last word of its name. */
static const char *
said(struct stripemock_work *work, const char *kind)
{
	const char *dot = kind != NULL ? strrchr(kind, '.') : NULL;
	char *text = bh_arena_strdup(work->arena,
		dot != NULL        ? dot + 1
			: kind != NULL ? kind
						   : "object");

	for (char *c = text; *c != '\0'; c++) {
		if (*c == '_')
			*c = ' ';
	}
	return text;
}

int
stripemock_work_get(struct stripemock_work *work, const char *kind, const char *id,
	const char *param, struct stripemock_doc **out)
{
	struct stripemock_doc *doc;
	int rc = stripemock_work_find(work, kind, id, &doc);

	if (rc < 0)
		return rc;
	if (doc == NULL || doc->is_gone) {
		rc = stripemock_work_refuse(work, "resource_missing", param, "No such %s: '%s'",
			said(work, kind), id != NULL ? id : "");
		if (strcmp(param, "id") == 0)
			work->problem.status = 404;
		return rc;
	}
	*out = doc;
	return 0;
}

int
stripemock_work_list(struct stripemock_work *work, const struct stripemock_filter *filter,
	struct stripemock_doc ***out, size_t *out_n)
{
	struct stripemock_filter bounded = *filter;
	struct stripemock_row *rows = NULL;
	size_t n = 0;
	int rc = stripemock_work_flush(work);

	if (bounded.limit == 0)
		bounded.limit = 1000;
	if (rc == 0)
		rc = stripemock_store_object_list(work->tx, work->tenant, &bounded, &rows, &n);
	*out = bh_arena_array(work->arena, n + 1, sizeof(**out));
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = take_row(work, &rows[i], &(*out)[i]);
	*out_n = n;
	return rc;
}

int
stripemock_work_check_url(struct stripemock_work *work, const char *param)
{
	const char *url = text_at(work->params, param);

	if (url == NULL ||
		((bh_text_starts(url, "https://") || bh_text_starts(url, "http://")) &&
			bh_text_is_plain(url)))
		return 0;
	return stripemock_work_refuse(work, "url_invalid", param,
		"Not a valid URL: it must begin with https:// or http://.");
}

const char *
stripemock_work_member(struct stripemock_work *work, const char *name, const char *text)
{
	struct stripemock_value *members = stripemock_value_new(work->arena, BH_JSON_OBJECT);

	put_text(members, name, text);
	return stripemock_value_print(work->arena, members, true);
}

int
stripemock_work_enter(struct stripemock_work *work, const struct stripemock_doc *doc)
{
	const char *id = text_at(doc->body, "test_clock");
	struct stripemock_doc *clock;
	int rc;

	work->clock = "";
	work->now_s = work->wall_s;
	if (id == NULL)
		return 0;
	rc = stripemock_work_get(work, "test_helpers.test_clock", id, "test_clock", &clock);
	if (rc == 0) {
		work->clock = clock->id;
		work->now_s = int_at(clock->body, "frozen_time");
	}
	return rc;
}

/* ---- events ---- */

static void
add_event(struct stripemock_work *work, const char *type, const struct stripemock_value *body)
{
	struct stripemock_event *event = bh_arena_alloc(work->arena, sizeof(*event));

	event->id = text_at(body, "id");
	event->type = type;
	event->body = stripemock_value_print(work->arena, body, false);
	event->created = work->now_s;
	if (work->events_last != NULL)
		work->events_last->next = event;
	else
		work->events = event;
	work->events_last = event;
}

void
stripemock_work_event_of(struct stripemock_work *work, const char *type,
	const struct stripemock_value *object, const struct stripemock_value *previous)
{
	struct stripemock_value *body = stripemock_value_literal(work->arena,
		"{'object':'event','api_version':'" STRIPEMOCK_VERSION "','livemode':false}");

	put_text(body, "id", stripemock_work_id(work, "evt"));
	put_int(body, "created", work->now_s);
	put_copy(body, "data.object", object);
	if (previous != NULL)
		put_copy(body, "data.previous_attributes", previous);
	put_int(body, "pending_webhooks", 0);
	put_text(body, "request.id", work->request_id);
	put_text(body, "request.idempotency_key", work->idempotency_key);
	put_text(body, "type", type);
	add_event(work, type, body);
}

void
stripemock_work_event_thin(struct stripemock_work *work, const char *type, const char *related_id,
	const char *related_type, struct stripemock_value *data)
{
	struct stripemock_value *body = stripemock_value_literal(work->arena,
		"{'object':'v2.core.event','livemode':false,'reason':null,'context':null}");
	char created[BH_TIME_TEXT];

	bh_clock_format(work->now_s * 1000, created);
	put_text(body, "id", stripemock_work_id(work, "evt_test"));
	put_text(body, "created", bh_arena_strdup(work->arena, created));
	put_text(body, "type", type);
	if (related_id != NULL) {
		put_text(body, "related_object.id", related_id);
		put_text(body, "related_object.type", related_type);
		put_text(body, "related_object.url",
			bh_arena_printf(work->arena, "/v1/billing/meters/%s", related_id));
	} else {
		put_null(body, "related_object");
	}
	put_copy(body, "data", data);
	add_event(work, type, body);
}

/* What has another value now, as it was. */
static struct stripemock_value *
changes(struct stripemock_work *work, const struct stripemock_doc *doc)
{
	struct stripemock_value *previous = stripemock_value_new(work->arena, BH_JSON_OBJECT);

	for (EACH(at, doc->body)) {
		const struct stripemock_value *was = stripemock_value_at(doc->before, at->name);

		if (at->name[0] != '_' && (was == NULL || !stripemock_value_same(was, at)))
			put_copy(previous, at->name, was);
	}
	return previous;
}

int
stripemock_work_event(struct stripemock_work *work, const char *type, struct stripemock_doc *doc)
{
	struct stripemock_value *previous = NULL, *object;
	int rc;

	if (bh_text_ends(type, ".updated") && doc->before != NULL) {
		previous = changes(work, doc);
		if (previous->count == 0)
			return 0;
	}
	rc = stripemock_view(work, doc, &object);
	if (rc < 0)
		return rc;
	stripemock_work_event_of(work, type, object, previous);
	doc->before = stripemock_value_clone(work->arena, doc->body);
	return 0;
}

/* ---- writing ---- */

static bool
wants(const struct stripemock_value *endpoint, const char *type)
{
	if (!stripemock_value_is(endpoint, "status", "enabled"))
		return false;
	for (EACH(at, stripemock_value_at(endpoint, "enabled_events"))) {
		if (strcmp(at->text, "*") == 0 || strcmp(at->text, type) == 0)
			return true;
	}
	return false;
}

static int
write_event(struct stripemock_work *work, const struct stripemock_event *event,
	struct stripemock_row *endpoints, size_t n)
{
	const struct stripemock_event_row row = {event->id, event->type, ++work->account.seq,
		event->created, event->body};
	int64_t delay_ms = stripemock_faults_get(&work->mock->faults).delay_ms;
	int rc = stripemock_store_event_add(work->tx, work->tenant, &row);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct stripemock_value *endpoint = NULL;

		rc = stripemock_value_read(work->arena, endpoints[i].body, &endpoint);
		if (rc == 0 && wants(endpoint, event->type)) {
			work->made++;
			rc = stripemock_store_delivery_add(work->tx, work->tenant, event->id, endpoints[i].id,
				delay_ms);
		}
	}
	return rc;
}

static int
write_events(struct stripemock_work *work)
{
	static const struct stripemock_filter filter = {.kind = "webhook_endpoint", .limit = 16};
	struct stripemock_row *endpoints = NULL;
	size_t n = 0;
	int rc = 0;

	if (work->events != NULL)
		rc = stripemock_store_object_list(work->tx, work->tenant, &filter, &endpoints, &n);
	for (; rc == 0 && work->events != NULL; work->events = work->events->next)
		rc = write_event(work, work->events, endpoints, n);
	if (rc == 0)
		work->events_last = NULL;
	return rc;
}

static int
write_doc(struct stripemock_work *work, struct stripemock_doc *doc)
{
	struct stripemock_row row = {
		.id = doc->id,
		.kind = doc->kind,
		.customer = text_at(doc->body, "customer"),
		.clock = text_at(doc->body, "test_clock"),
		.created = int_at(doc->body, "created"),
		.is_gone = doc->is_gone,
	};

	if (row.clock == NULL)
		row.clock = "";
	doc->is_dirty = false;
	if (doc->is_removed && doc->seq == 0)
		return 0;
	if (doc->is_removed) {
		work->account.objects--;
		return stripemock_store_object_remove(work->tx, work->tenant, doc->id);
	}
	if (doc->seq == 0) {
		if (++work->account.objects > work->mock->conf.objects_max)
			return stripemock_work_refuse(work, "mock_full", NULL,
				"This mock of Stripe keeps at most %lld objects.",
				(long long)work->mock->conf.objects_max);
		doc->seq = ++work->account.seq;
	}
	row.seq = doc->seq;
	row.due = doc->is_gone ? 0 : stripemock_moment_due(doc->kind, doc->body);
	row.body = stripemock_value_print(work->arena, doc->body, true);
	return stripemock_store_object_put(work->tx, work->tenant, &row);
}

/* The list has the newest first; they are numbered as they were made. */
static int
write_docs(struct stripemock_work *work)
{
	size_t n = 0;
	struct stripemock_doc **dirty;
	int rc = 0;

	for (struct stripemock_doc *at = work->docs; at != NULL; at = at->next)
		n += at->is_dirty;
	dirty = bh_arena_array(work->arena, n + 1, sizeof(struct stripemock_doc *));
	for (struct stripemock_doc *at = work->docs; at != NULL; at = at->next) {
		if (at->is_dirty)
			dirty[--n] = at;
	}
	for (; rc == 0 && dirty[n] != NULL; n++)
		rc = write_doc(work, dirty[n]);
	return rc;
}

static bool
is_clean(const struct stripemock_work *work)
{
	for (const struct stripemock_doc *at = work->docs; at != NULL; at = at->next) {
		if (at->is_dirty)
			return false;
	}
	return work->events == NULL;
}

int
stripemock_work_flush(struct stripemock_work *work)
{
	int rc;

	if (is_clean(work))
		return 0;
	rc = stripemock_work_lock(work);
	if (rc == 0)
		rc = write_docs(work);
	if (rc == 0)
		rc = write_events(work);
	if (rc == 0)
		rc = stripemock_store_account_set(work->tx, work->tenant, &work->account);
	return rc;
}
