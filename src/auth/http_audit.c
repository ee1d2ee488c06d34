/* SPDX-License-Identifier: Apache-2.0 */
/* http_audit.c: the audit log: of a tenant, of one that the platform looks at, and of all of them. */
#include "auth/routes.h"

#include <string.h>

#include "auth/audit.h"
#include "auth/auth.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "json/csv.h"
#include "service/request.h"

#define TEXT_MOST 256
#define TIME_MOST_S INT64_C(4102444800) /* 2100 */

struct shown {
	struct bh_uuid id, tenant;
	int64_t time_ms;
	const char *source, *action, *actor, *target, *request_id, *details;
	int64_t status;
	bool staff;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field event_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "audit_event"},
	{"time", BH_FIELD_DATE, AT(time_ms)},
	{"tenant_id", BH_FIELD_ID, AT(tenant)},
	{"source", BH_FIELD_TEXT, AT(source)},
	{"action", BH_FIELD_TEXT, AT(action)},
	{"actor", BH_FIELD_TEXT, AT(actor), BH_NULLABLE},
	{"staff", BH_FIELD_BOOL, AT(staff)},
	{"target", BH_FIELD_TEXT, AT(target), BH_NULLABLE},
	{"status", BH_FIELD_INT, AT(status)},
	{"request_id", BH_FIELD_TEXT, AT(request_id), BH_NULLABLE},
	{"details", BH_FIELD_JSON, AT(details)},
};

#undef AT

const struct bh_shape auth_audit_shape = BH_SHAPE("AuditEvent", struct shown, event_fields);

static const char *
or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* The time is in the id, where the line's was put. */
static int64_t
time_of(const struct bh_uuid *id)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id->bytes[i];
	return ms;
}

static struct shown
show(const struct auth_audit_row *row)
{
	return (struct shown){
		.id = row->id,
		.tenant = row->tenant,
		.time_ms = time_of(&row->id),
		.source = row->source,
		.action = row->action,
		.actor = or_null(row->actor),
		.target = or_null(row->object),
		.request_id = or_null(row->request_id),
		.details = row->line,
		.status = row->status,
		.staff = row->staff,
	};
}

/* ---- what is asked for ---- */

static int
read_word(struct bh_request *req, const char *name, const char **out)
{
	int rc = bh_request_query_text(req, name, out);

	if (rc < 0)
		return rc;
	if (*out != NULL && (*out)[0] == '\0')
		*out = NULL;
	if (*out != NULL && strlen(*out) > TEXT_MOST)
		return bh_error_param(BH_E_RANGE, name, "'%s' must have at most %d bytes.", name,
			TEXT_MOST);
	return 0;
}

/* Lines are searched without regard to the case of ASCII letters: what people look for is seldom anything else. */
static const char *
lower(struct bh_arena *arena, const char *text)
{
	char *copy = text != NULL ? bh_arena_strdup(arena, text) : NULL;

	for (char *at = copy; at != NULL && *at != '\0'; at++) {
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	}
	return copy;
}

static int
read_filter(struct bh_request *req, struct auth_audit_search *out)
{
	struct auth_audit_search search = {
		.tenant = req->target,
		.across = bh_text_starts(req->route->path, "/api/platform/"),
	};
	struct auth_audit_filter *filter = &search.filter;
	const char *after = NULL;
	struct bh_uuid id = {0};
	int64_t from_s = 0, to_s = 0;
	int rc = read_word(req, "actor", &filter->actor);

	if (rc == 0)
		rc = read_word(req, "action", &filter->action);
	if (rc == 0)
		rc = read_word(req, "object", &filter->object);
	if (rc == 0)
		rc = read_word(req, "request_id", &filter->request_id);
	if (rc == 0)
		rc = read_word(req, "text", &filter->text);
	if (rc == 0)
		rc = read_word(req, "after", &after);
	if (rc == 0)
		rc = bh_request_query_int(req, "from", 0, TIME_MOST_S, &from_s);
	if (rc == 0)
		rc = bh_request_query_int(req, "to", 0, TIME_MOST_S, &to_s);
	if (rc < 0)
		return rc;
	if (after != NULL && bh_uuid_parse(after, &id) < 0)
		return bh_error_param(BH_E_INVALID, "after", "'after' is not a cursor of this list.");
	filter->text = lower(req->arena, filter->text);
	auth_audit_bounds(&search, from_s * 1000, to_s * 1000, &id);
	*out = search;
	return 0;
}

/* ---- pages ---- */

static int
reply_rows(struct bh_request *req, const struct auth_audit_search *search,
	const struct auth_audit_row *rows, size_t n, size_t limit)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	bool more = n > limit || !search->over;
	char next[BH_UUID_TEXT];

	bh_uuid_format(n > limit ? &rows[limit - 1].id : &search->before, next);
	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "list");
	bh_write_name(&write, "data");
	bh_write_array(&write);
	for (size_t i = 0; i < n && i < limit; i++) {
		const struct shown shown = show(&rows[i]);

		bh_fields_write(&write, BH_LIST(event_fields), &shown);
	}
	bh_write_end(&write);
	bh_write_pair_bool(&write, "has_more", more);
	bh_write_pair_text(&write, "next", more ? next : NULL);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}

/* GET /api/audit, /api/tenants/{tenant}/audit and /api/platform/audit: newest first. Where little of what is
 * looked through is wanted, a page may be short, and `next` leads on all the same. */
int
auth_http_audit_list(struct bh_request *req)
{
	struct auth_audit_search search;
	struct auth_audit_row *rows = NULL;
	int64_t limit = 50;
	size_t n = 0;
	int rc = bh_request_query_int(req, "limit", 1, 200, &limit);

	if (rc == 0)
		rc = read_filter(req, &search);
	if (rc == 0)
		rc = auth_audit_page(req->target_db, &search, (size_t)limit + 1,
			bh_clock_steady_ms() + AUTH_AUDIT_MS, &rows, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : reply_rows(req, &search, rows, n, (size_t)limit);
}

/* ---- export ---- */

/* Lies in the request's arena. */
struct export
{
	struct auth_audit_search search;
	struct bh_db db;       /* its arena is the next member */
	struct bh_arena arena; /* owned: a stretch */
	struct bh_buf text;    /* owned */
	size_t sent;           /* of it */
	const struct bh_runtime *runtime;
	bool csv;
	char request_id[BH_UUID_HEX];
};

static void
export_row(struct export *export, const struct auth_audit_row *row)
{
	const struct shown shown = show(row);
	struct bh_write write = {.out = &export->text};

	if (export->csv) {
		bh_csv_row(&export->text, BH_LIST(event_fields), &shown);
		return;
	}
	bh_fields_write(&write, BH_LIST(event_fields), &shown);
	bh_buf_char(&export->text, '\n');
}

static int
export_more(struct export *export)
{
	struct auth_audit_row *rows;
	size_t n;
	int rc = auth_audit_step(&export->db, &export->search, &rows, &n);

	for (size_t i = 0; rc == 0 && i < n; i++)
		export_row(export, &rows[i]);
	bh_arena_close(&export->arena);
	return rc;
}

static ssize_t
export_next(void *state, char *out, size_t size)
{
	struct export *export = state;
	size_t n;
	int rc = 0;

	bh_log_request(export->request_id);
	while (rc == 0 && export->sent == export->text.len && !export->search.over) {
		bh_buf_reset(&export->text);
		export->sent = 0;
		rc = bh_runtime_stopping(export->runtime) ? BH_E_STOPPING : export_more(export);
	}
	if (rc < 0 && rc != BH_E_STOPPING)
		bh_log_failure("export audit lines", rc);
	if (rc < 0)
		return rc;
	n = export->text.len - export->sent < size ? export->text.len - export->sent : size;
	if (n > 0)
		memcpy(out, export->text.data + export->sent, n);
	export->sent += n;
	return (ssize_t)n;
}

static void
export_close(void *state)
{
	struct export *export = state;

	bh_arena_close(&export->arena);
	bh_buf_close(&export->text);
}

/* GET /api/audit/export, /api/tenants/{tenant}/audit/export and /api/platform/audit/export: everything that the filter lets pass, as it is read. */
int
auth_http_audit_export(struct bh_request *req)
{
	struct export *export = bh_arena_alloc(req->arena, sizeof(*export));
	const char *format = "ndjson";
	int rc = bh_request_query_text(req, "format", &format);

	if (rc == 0)
		rc = read_filter(req, &export->search);
	if (rc == 0 && strcmp(format, "csv") != 0 && strcmp(format, "ndjson") != 0)
		rc = bh_error_param(BH_E_INVALID, "format", "'format' must be csv or ndjson.");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	export->csv = strcmp(format, "csv") == 0;
	export->db = *req->target_db;
	export->db.arena = &export->arena;
	export->runtime = req->runtime;
	memcpy(export->request_id, req->request_id,
		strnlen(req->request_id, sizeof(export->request_id) - 1));
	if (export->csv)
		bh_csv_head(&export->text, BH_LIST(event_fields));
	bh_reply_header(req, "content-disposition",
		export->csv ? "attachment; filename=\"audit.csv\""
					: "attachment; filename=\"audit.ndjson\"");
	bh_reply_header(req, "x-content-type-options", "nosniff");
	return bh_reply_content(req, 200,
		export->csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
		&(struct bh_http_stream){.next = export_next, .close = export_close, .state = export});
}
