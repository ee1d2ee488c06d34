/* SPDX-License-Identifier: Apache-2.0 */
/* http_team.c: teams of a tenant and who belongs to them. What OpenAI calls a project is a team. */
#include "base/text.h"
#include "billing/billing.h"
#include "billing/http.h"
#include "billing/store_team.h"
#include "service/list.h"
#include "service/request.h"

enum { TEAMS_MAX = 1000 };

#define AT(member) offsetof(struct billing_team, member)

static const struct bh_field team_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "team"},
	{"name", BH_FIELD_TEXT, AT(name)},
	{"members", BH_FIELD_INT, AT(members)},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"archived_at", BH_FIELD_TIME, AT(archived_ms), BH_NULLABLE},
};

#undef AT

const struct bh_shape billing_team_shape = BH_SHAPE("Team", struct billing_team, team_fields);

static const struct bh_field member_fields[] = {
	{"account_id", BH_FIELD_ID, offsetof(struct billing_team_member, account)},
	{"object", BH_FIELD_CONST, .words = "team_member"},
	{"added_at", BH_FIELD_TIME, offsetof(struct billing_team_member, added_ms)},
};

const struct bh_shape billing_team_member_shape = BH_SHAPE("TeamMember", struct billing_team_member,
	member_fields);

struct named {
	const char *name;
};

static const struct bh_field named_fields[] = {
	{"name", BH_FIELD_TEXT, offsetof(struct named, name), BH_REQUIRED, 1, 128},
};

const struct bh_shape billing_team_named_shape = BH_SHAPE("TeamName", struct named, named_fields);

static const struct bh_paging paging = {20, 100, "after", NULL};

static int
read_name(struct bh_request *req, struct named *out)
{
	int rc = bh_request_object(req, &billing_team_named_shape, out);

	if (rc == 0 && !bh_text_is_plain(out->name))
		rc = bh_error_param(BH_E_INVALID, "name", "'name' must not have control characters.");
	return rc;
}

static int
name_taken(int rc)
{
	return rc == BH_E_CONFLICT
		? bh_error_param(BH_E_EXISTS, "name", "A team with this name already exists.")
		: rc;
}

static int
reply_team(struct bh_request *req, const struct bh_uuid *id)
{
	struct billing_team team;
	int rc = billing_store_team_get(req->target_db, &req->target, id, &team);

	return rc < 0 ? bh_reply_error(req, rc, "id")
				  : bh_reply_object(req, 200, &billing_team_shape, &team);
}

/* GET /api/teams, GET /api/tenants/{tenant}/teams */
int
billing_http_team_list(struct bh_request *req)
{
	struct billing_team *teams = NULL;
	bool archived = false;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc == 0)
		rc = bh_request_query_bool(req, "archived", &archived);
	if (rc == 0)
		rc = billing_store_team_list(req->target_db, &req->target, archived, &page.after,
			page.limit + 1, &teams, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &billing_team_shape, &page, teams, n);
}

/* POST /api/teams, POST /api/tenants/{tenant}/teams */
int
billing_http_team_create(struct bh_request *req)
{
	struct bh_uuid id = bh_uuid_new();
	struct billing_team team;
	struct named body = {0};
	bool added = false;
	int rc = read_name(req, &body);

	if (rc == 0)
		rc = name_taken(billing_store_team_add(req->target_db, &req->target, &id, body.name,
			TEAMS_MAX, &team, &added));
	if (rc == 0 && !added)
		rc = bh_error(BH_E_TOO_MANY, "A tenant has at most %d teams.", TEAMS_MAX);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_uuid(&req->audit, "team_id", &id);
	return bh_reply_object(req, 201, &billing_team_shape, &team);
}

/* GET /api/teams/{id}, GET /api/tenants/{tenant}/teams/{id} */
int
billing_http_team_get(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "id", &id);

	return rc < 0 ? bh_reply_error(req, rc, "id") : reply_team(req, &id);
}

/* POST /api/teams/{id}, POST /api/tenants/{tenant}/teams/{id} */
int
billing_http_team_rename(struct bh_request *req)
{
	struct named body = {0};
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "id", &id);

	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	rc = read_name(req, &body);
	if (rc == 0)
		rc = name_taken(billing_store_team_rename(req->target_db, &req->target, &id, body.name));
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	bh_audit_uuid(&req->audit, "team_id", &id);
	return reply_team(req, &id);
}

/* POST /api/teams/{id}/archive, POST /api/tenants/{tenant}/teams/{id}/archive: its keys go on; no new ones
 * are made for it. */
int
billing_http_team_archive(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "id", &id);

	if (rc == 0)
		rc = billing_store_team_archive(req->target_db, &req->target, &id);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	bh_audit_uuid(&req->audit, "team_id", &id);
	return reply_team(req, &id);
}

/* GET /api/teams/{id}/members */
int
billing_http_team_member_list(struct bh_request *req)
{
	struct billing_team_member *members = NULL;
	struct billing_team team;
	struct bh_page page;
	struct bh_uuid id;
	size_t n = 0;
	int rc = bh_request_uuid(req, "id", &id);

	if (rc == 0)
		rc = billing_store_team_get(req->target_db, &req->target, &id, &team);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	rc = bh_list_page(req, &paging, &page);
	if (rc == 0)
		rc = billing_store_team_members(req->target_db, &req->target, &id, &page.after,
			page.limit + 1, &members, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &billing_team_member_shape, &page, members, n);
}

/* The team and the person that a path names. */
static int
read_member(struct bh_request *req, struct bh_uuid *out_team, struct bh_uuid *out_account)
{
	int rc = bh_request_uuid(req, "id", out_team);

	if (rc == 0)
		rc = bh_request_uuid(req, "account", out_account);
	if (rc == 0) {
		bh_audit_uuid(&req->audit, "team_id", out_team);
		bh_audit_uuid(&req->audit, "account_id", out_account);
	}
	return rc;
}

/* PUT /api/teams/{id}/members/{account} */
int
billing_http_team_member_add(struct bh_request *req)
{
	struct bh_uuid team, account;
	int rc = read_member(req, &team, &account);

	if (rc == 0)
		rc = billing_store_team_join(req->target_db, &req->target, &team, &account);
	if (rc == BH_E_REFERENCE)
		rc = BH_E_NOT_FOUND;
	return rc < 0 ? bh_reply_error(req, rc, NULL) : bh_reply_empty(req, 204);
}

/* DELETE /api/teams/{id}/members/{account} */
int
billing_http_team_member_remove(struct bh_request *req)
{
	struct bh_uuid team, account;
	int rc = read_member(req, &team, &account);

	if (rc == 0)
		rc = billing_store_team_leave(req->target_db, &req->target, &team, &account);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : bh_reply_empty(req, 204);
}
