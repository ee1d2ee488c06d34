/* SPDX-License-Identifier: Apache-2.0 */
/* http_audit_export.c: exports of the audit log, as CSV, or as NDJSON that proves itself (service/audit_proof.h). */
#include <string.h>

#include "auth/audit.h"
#include "auth/auth.h"
#include "auth/chain.h"
#include "auth/http_audit.h"
#include "auth/routes.h"
#include "base/clock.h"
#include "base/log.h"
#include "json/csv.h"
#include "service/audit_event.h"
#include "service/request.h"

enum { POSITIONS_AT_ONCE = 2000 };

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
	/* Of one that proves itself. */
	struct auth_chain_reader *reader; /* owned; NULL: nothing is proved */
	int64_t size;                     /* of the tree */
	bool range;                       /* everything, in the order of positions */
	int64_t at;                       /* the next of them */
	struct bh_uuid after;             /* what has none comes behind, by id */
	int64_t events;                   /* so far */
};

static void
add_proof(struct export *export, const struct bh_audit_event *event)
{
	export->text.len--; /* the closing brace */
	if (auth_chain_path(export->reader, event->position, export->size, &export->text) < 0)
		bh_log(BH_LOG_ERROR, "there is no proof of position %lld of a tenant's audit chain",
			(long long)event->position);
	bh_buf_char(&export->text, '}');
}

static void
export_row(struct export *export, const struct auth_audit_row *row)
{
	const struct bh_audit_event event = auth_chain_event(row);
	struct bh_write write = {.out = &export->text};

	export->events++;
	if (export->csv) {
		bh_csv_row(&export->text, BH_OF(bh_audit_event_shape), &event);
		return;
	}
	bh_fields_write(&write, BH_OF(bh_audit_event_shape), &event);
	if (export->reader != NULL && !export->range && event.chained && event.position < export->size)
		add_proof(export, &event);
	bh_buf_char(&export->text, '\n');
}

/* The chain, and behind it what was indexed before there was one. */
static int
next_of_range(struct export *export, struct auth_audit_row **out, size_t *out_n)
{
	int64_t from = export->at, to = from + POSITIONS_AT_ONCE;
	int rc;

	if (from < export->size) {
		export->at = to < export->size ? to : export->size;
		return auth_store_chain_rows(&export->db, &export->search.tenant, from, export->at, out,
			out_n);
	}
	rc = auth_store_chain_unchained(&export->db, &export->search.tenant, &export->after,
		POSITIONS_AT_ONCE, out, out_n);
	if (rc == 0 && *out_n > 0)
		export->after = (*out)[*out_n - 1].id;
	export->search.over = rc == 0 && *out_n < POSITIONS_AT_ONCE;
	return rc;
}

static int
export_more(struct export *export)
{
	struct auth_audit_row *rows = NULL;
	size_t n = 0;
	int rc = export->range ? next_of_range(export, &rows, &n)
						   : auth_audit_step(&export->db, &export->search, &rows, &n);

	for (size_t i = 0; rc == 0 && i < n; i++)
		export_row(export, &rows[i]);
	if (rc == 0 && export->search.over && export->reader != NULL)
		bh_buf_printf(&export->text, "{\"object\":\"audit_proof_end\",\"events\":%lld}\n",
			(long long)export->events);
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

	auth_chain_reader_free(export->reader);
	export->reader = NULL;
	bh_arena_close(&export->arena);
	bh_buf_close(&export->text);
}

/* Whether everything is asked for. */
static bool
is_all(const struct auth_audit_search *search)
{
	static const struct auth_audit_filter none;
	struct bh_uuid last;

	memset(last.bytes, 0xff, sizeof(last.bytes));
	return memcmp(&search->filter, &none, sizeof(none)) == 0 && bh_uuid_is_zero(&search->from) &&
		bh_uuid_equal(&search->before, &last);
}

/* Seals the chain, so that all that was indexed so far is proved, and writes the first line. */
static int
begin_proof(struct bh_request *req, struct export *export)
{
	const struct bh_uuid *tenant = &export->search.tenant;
	struct auth_checkpoint checkpoint = {0};
	int rc = auth_chain_seal_one(req->runtime, req->service, tenant);

	if (rc == 0)
		rc = auth_store_chain_newest(&export->db, tenant, INT64_MAX, &checkpoint);
	if (rc < 0 || checkpoint.size == 0)
		return rc;
	export->reader = auth_chain_reader_new(&export->db, tenant);
	export->size = checkpoint.size;
	export->range = is_all(&export->search);
	return auth_chain_head(export->reader, &checkpoint, export->range, &export->text);
}

/* GET /api/audit/export, /api/tenants/{tenant}/audit/export and /api/platform/audit/export: everything that the filter
 * lets pass, as it is read. Of all tenants nothing is proved: each has a chain of its own. */
int
auth_http_audit_export(struct bh_request *req)
{
	struct export *export = bh_arena_alloc(req->arena, sizeof(*export));
	const char *format = "ndjson";
	int rc = bh_request_query_text(req, "format", &format);

	if (rc == 0)
		rc = auth_http_audit_filter(req, &export->search);
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
		bh_csv_head(&export->text, BH_OF(bh_audit_event_shape));
	else if (!export->search.across)
		rc = begin_proof(req, export);
	if (rc < 0) {
		export_close(export);
		return bh_reply_error(req, rc, NULL);
	}
	bh_reply_header(req, "content-disposition",
		export->csv ? "attachment; filename=\"audit.csv\""
					: "attachment; filename=\"audit.ndjson\"");
	bh_reply_header(req, "x-content-type-options", "nosniff");
	return bh_reply_content(req, 200,
		export->csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
		&(struct bh_http_stream){.next = export_next, .close = export_close, .state = export});
}
