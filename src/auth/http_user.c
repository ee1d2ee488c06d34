/* SPDX-License-Identifier: Apache-2.0 */
/* http_user.c: the people of a tenant, one's own or (for the platform's staff) any. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/client.h"
#include "auth/member.h"
#include "auth/names.h"
#include "auth/push.h"
#include "auth/store_account.h"
#include "auth/store_membership.h"
#include "base/clock.h"
#include "service/list.h"
#include "service/request.h"

#define ROLES "viewer member admin owner superuser"

struct user_new {
	const char *email, *role, *name, *password;
};

#define AT(member) offsetof(struct user_new, member)

static const struct bh_field create_fields[] = {
	{"email", BH_FIELD_TEXT, AT(email), BH_REQUIRED, 1, 254},
	{"role", BH_FIELD_CHOICE, AT(role), BH_REQUIRED, .words = ROLES},
	{"name", BH_FIELD_TEXT, AT(name), BH_NULLABLE, 0, 128},
	{"password", BH_FIELD_TEXT, AT(password), BH_NULLABLE},
};

#undef AT

const struct bh_shape auth_user_create = BH_SHAPE("UserCreate", struct user_new, create_fields);

struct user_role {
	const char *role;
};

static const struct bh_field role_fields[] = {
	{"role", BH_FIELD_CHOICE, offsetof(struct user_role, role), BH_REQUIRED, .words = ROLES},
};

const struct bh_shape auth_role_change = BH_SHAPE("RoleChange", struct user_role, role_fields);

/* A membership and the person behind it, where that is known. */
struct shown {
	struct auth_membership member;
	struct auth_person person;
	struct bh_uuid tenant;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field user_fields[] = {
	{"id", BH_FIELD_ID, AT(member.account)},
	{"object", BH_FIELD_CONST, .words = "user"},
	{"email", BH_FIELD_TEXT, AT(person.email), BH_NULLABLE},
	{"name", BH_FIELD_TEXT, AT(person.name), BH_NULLABLE},
	{"tenant_id", BH_FIELD_ID, AT(tenant)},
	{"role", BH_FIELD_TEXT, AT(member.role)},
	{"state", BH_FIELD_TEXT, AT(member.state)},
	{"account_state", BH_FIELD_TEXT, AT(person.state), BH_NULLABLE},
	{"has_password", BH_FIELD_BOOL, AT(person.has_password)},
	{"has_second_factor", BH_FIELD_BOOL, AT(person.has_second_factor)},
	{"created_at", BH_FIELD_TIME, AT(member.created_ms)},
};

#undef AT

const struct bh_shape auth_user_shape = BH_SHAPE("User", struct shown, user_fields);

static struct auth_person
person_of(const struct auth_person *persons, size_t n, const struct bh_uuid *id)
{
	for (size_t i = 0; i < n; i++)
		if (bh_uuid_equal(&persons[i].id, id))
			return persons[i];
	return (struct auth_person){0};
}

/* The persons behind memberships: theirs is the platform's part of a user. */
BH_MUST_CHECK static int
join_persons(struct bh_request *req, struct auth_place *place,
	const struct auth_membership *members, size_t n, struct shown **out)
{
	struct bh_uuid *ids = bh_arena_array(req->arena, n + 1, sizeof(*ids));
	struct shown *shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	struct auth_person *persons = NULL;
	size_t n_persons = 0;
	int rc;

	for (size_t i = 0; i < n; i++)
		ids[i] = members[i].account;
	rc = auth_store_account_persons(&place->db, ids, n, &persons, &n_persons);
	for (size_t i = 0; rc == 0 && i < n; i++)
		shown[i] = (struct shown){members[i], person_of(persons, n_persons, &ids[i]),
			place->tenant};
	*out = shown;
	return rc;
}

static int
reply_user(struct bh_request *req, int status, struct auth_place *place, const struct bh_uuid *id)
{
	struct auth_membership member = {0};
	struct shown *shown = NULL;
	int rc = auth_store_membership_get(&place->db, &place->tenant, id, &member);

	if (rc == 0)
		rc = join_persons(req, place, &member, 1, &shown);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	return bh_reply_object(req, status, &auth_user_shape, shown);
}

/* GET /api/users, GET /api/tenants/{tenant}/users */
int
auth_http_user_list(struct bh_request *req)
{
	struct auth_place place;
	struct bh_page page;
	struct auth_membership *members = NULL;
	struct shown *shown = NULL;
	size_t n = 0;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = bh_list_page(req, &auth_paging, &page);
	if (rc == 0)
		rc = auth_store_membership_list(&place.db, &place.tenant, &page.after, page.limit + 1,
			&members, &n);
	if (rc == 0)
		rc = join_persons(req, &place, members, n, &shown);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &auth_user_shape, &page, shown, n);
}

/* Reads and checks the body. */
BH_MUST_CHECK static int
user_read(struct bh_request *req, struct user_new *body, char email[AUTH_EMAIL_BYTES])
{
	int rc = bh_request_object(req, &auth_user_create, body);

	if (rc == 0)
		rc = auth_email_read(body->email, email);
	if (rc == 0 && body->name[0] != '\0')
		rc = auth_name_check(body->name);
	if (rc == 0 && body->password != NULL)
		rc = auth_password_check(body->password);
	return rc;
}

/* Adds the member; a password is hashed once nothing else stands in the way. */
BH_MUST_CHECK static int
user_add(struct bh_request *req, const struct auth_place *place, const struct user_new *body,
	const char *email, struct bh_uuid *out)
{
	struct bh_password_turn turn = auth_tenant_turn(&req->tenant);
	struct auth *auth = req->service;
	char hash[BH_PASSWORD_HASH];
	struct auth_member_new member = {
		.email = email,
		.name = body->name,
		.role = body->role,
		.now_ms = bh_clock_wall_ms(),
	};
	struct bh_db db = place->db;
	int rc = auth_member_max(&db, &place->tenant, auth->conf.tenant_users, &member.users_max);

	if (rc < 0)
		return rc;
	if (body->password == NULL)
		return auth_member_add(place, &member, out);
	member.password_hash = hash;
	rc = auth_member_check(place, &member);
	if (rc == 0)
		rc = bh_password_hash(auth->hasher, &turn, body->password, strlen(body->password), hash);
	return rc == 0 ? auth_member_add(place, &member, out) : rc;
}

/* POST /api/tenants/{tenant}/users: of the platform's staff, which knows everybody. A tenant invites
 * (http_invitation.c), so that it does not learn who has an account. */
int
auth_http_user_create(struct bh_request *req)
{
	char email[AUTH_EMAIL_BYTES];
	struct user_new body = {.name = ""};
	struct auth_place place;
	struct bh_uuid id;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = user_read(req, &body, email);
	if (rc == 0)
		rc = user_add(req, &place, &body, email, &id);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_uuid(&req->audit, "target_user_id", &id);
	bh_audit_text(&req->audit, "role", body.role);
	return reply_user(req, 201, &place, &id);
}

/* The common end of role, disable and enable. */
static int
change(struct bh_request *req, const char *role, const char *state)
{
	struct auth_place place;
	struct bh_uuid id;
	bool revoked = false;
	int rc = auth_place(req, &place);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = bh_request_uuid(req, "id", &id);
	if (rc == 0)
		rc = auth_member_change(&place, &id, role, state, &revoked);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	bh_audit_uuid(&req->audit, "target_user_id", &id);
	if (revoked)
		auth_push_pending(req->runtime, req->service);
	else
		auth_push_subject(req->runtime, &place.tenant, &id);
	return reply_user(req, 200, &place, &id);
}

/* POST …/users/{id}/role: {"role"} */
int
auth_http_user_role(struct bh_request *req)
{
	struct user_role body = {0};
	int rc = bh_request_object(req, &auth_role_change, &body);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_text(&req->audit, "role", body.role);
	return change(req, body.role, NULL);
}

/* POST …/users/{id}/disable: no sign-in, token or key of this member works in this tenant. */
int
auth_http_user_disable(struct bh_request *req)
{
	return change(req, NULL, "disabled");
}

/* POST …/users/{id}/enable */
int
auth_http_user_enable(struct bh_request *req)
{
	return change(req, NULL, "active");
}

struct link {
	const char *token, *path;
	int64_t expires_ms;
};

static const struct bh_field link_fields[] = {
	{"link_token", BH_FIELD_TEXT, offsetof(struct link, token)},
	{"url_path", BH_FIELD_TEXT, offsetof(struct link, path)},
	{"expires_at", BH_FIELD_TIME, offsetof(struct link, expires_ms)},
};

const struct bh_shape auth_link_shape = BH_SHAPE("Link", struct link, link_fields);

/* POST /api/tenants/{tenant}/users/{id}/link: a one-time link to set the password; it replaces older ones. */
int
auth_http_user_link(struct bh_request *req)
{
	const struct auth *auth = req->service;
	struct link link = {.expires_ms = bh_clock_wall_ms() + auth->conf.link_ttl_s * 1000};
	struct auth_place place;
	struct bh_uuid id;
	int rc = auth_place(req, &place);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = bh_request_uuid(req, "id", &id);
	if (rc == 0)
		rc = auth_member_link(&place, &id, req->claims.subject_text, link.expires_ms, &link.token);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	bh_audit_uuid(&req->audit, "target_user_id", &id);

	link.path = bh_arena_printf(req->arena, "/setup#%s", link.token);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_object(req, 201, &auth_link_shape, &link);
}
