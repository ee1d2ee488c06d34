/* SPDX-License-Identifier: Apache-2.0 */
/* http_audit.c: the audit log: of a tenant, of one that the platform looks at, and of all of them. */
#include "auth/routes.h"

#include <string.h>

#include "auth/audit.h"
#include "auth/auth.h"
#include "auth/chain.h"
#include "auth/http_audit.h"
#include "base/clock.h"
#include "base/text.h"
#include "service/audit_event.h"
#include "service/request.h"

#define TEXT_MOST 256
#define TIME_MOST_S INT64_C(4102444800) /* 2100 */

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

int
auth_http_audit_filter(struct bh_request *req, struct auth_audit_search *out)
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
		const struct bh_audit_event event = auth_chain_event(&rows[i]);

		bh_fields_write(&write, BH_OF(bh_audit_event_shape), &event);
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
		rc = auth_http_audit_filter(req, &search);
	if (rc == 0)
		rc = auth_audit_page(req->target_db, &search, (size_t)limit + 1,
			bh_clock_steady_ms() + AUTH_AUDIT_MS, &rows, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : reply_rows(req, &search, rows, n, (size_t)limit);
}
