/* http_user.c: the people of a tenant, one's own or (for the platform's staff) any. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/client.h"
#include "auth/member.h"
#include "auth/names.h"
#include "auth/page.h"
#include "auth/push.h"
#include "auth/store_account.h"
#include "auth/store_membership.h"
#include "base/clock.h"
#include "service/request.h"

struct user_new {
	const char *email, *role, *name, *password;
};

static const struct bh_field user_fields[] = {
	{"email", BH_FIELD_TEXT, BH_REQUIRED, 1, 254, offsetof(struct user_new, email), BH_NO_SET},
	{"role", BH_FIELD_TEXT, BH_REQUIRED, 1, 16, offsetof(struct user_new, role), BH_NO_SET},
	{"name", BH_FIELD_TEXT, BH_NULLABLE, 0, 128, offsetof(struct user_new, name), BH_NO_SET},
	{"password", BH_FIELD_TEXT, BH_NULLABLE, 0, 0, offsetof(struct user_new, password), BH_NO_SET},
};

struct user_role {
	const char *role;
};

static const struct bh_field role_fields[] = {
	{"role", BH_FIELD_TEXT, BH_REQUIRED, 1, 16, offsetof(struct user_role, role), BH_NO_SET},
};

static void
user_write(struct bh_write *write, const struct auth_place *place,
	const struct auth_membership *member, const struct auth_person *person)
{
	bh_write_object(write);
	auth_write_uuid(write, "id", &member->account);
	bh_write_pair_text(write, "object", "user");
	bh_write_pair_text(write, "email", person != NULL ? person->email : NULL);
	bh_write_pair_text(write, "name", person != NULL ? person->name : NULL);
	auth_write_uuid(write, "tenant_id", &place->tenant);
	bh_write_pair_text(write, "role", member->role);
	bh_write_pair_text(write, "state", member->state);
	bh_write_pair_text(write, "account_state", person != NULL ? person->state : NULL);
	bh_write_pair_bool(write, "has_password", person != NULL && person->has_password);
	auth_write_time(write, "created_at", member->created_ms);
	bh_write_end(write);
}

static const struct auth_person *
person_of(const struct auth_person *persons, size_t n, const struct bh_uuid *id)
{
	for (size_t i = 0; i < n; i++)
		if (bh_uuid_equal(&persons[i].id, id))
			return &persons[i];
	return NULL;
}

/* The persons behind memberships: theirs is the platform's part of a user. */
BH_MUST_CHECK static int
persons_get(struct bh_db *db, const struct auth_membership *members, size_t n,
	struct auth_person **out, size_t *out_count)
{
	struct bh_uuid *ids = bh_arena_array(db->arena, n + 1, sizeof(*ids));

	for (size_t i = 0; i < n; i++)
		ids[i] = members[i].account;
	return auth_store_account_persons(db, ids, n, out, out_count);
}

static int
reply_user(struct bh_request *req, int status, struct auth_place *place, const struct bh_uuid *id)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct auth_membership member = {0};
	struct auth_person *persons = NULL;
	size_t n = 0;
	int rc;

	rc = auth_store_membership_get(&place->db, &place->tenant, id, &member);
	if (rc == 0)
		rc = persons_get(&place->db, &member, 1, &persons, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	user_write(&write, place, &member, person_of(persons, n, id));
	return bh_reply_json(req, status, &body);
}

/* GET /api/users, GET /api/tenants/{tenant}/users */
int
auth_http_user_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct auth_place place;
	struct auth_page page;
	struct auth_membership *members = NULL;
	struct auth_person *persons = NULL;
	size_t n = 0, n_persons = 0, shown;
	int rc;

	rc = auth_place(req, &place);
	if (rc == 0)
		rc = auth_page_read(req, &page);
	if (rc == 0)
		rc = auth_store_membership_list(&place.db, &place.tenant, &page.after, page.limit + 1,
			&members, &n);
	if (rc == 0)
		rc = persons_get(&place.db, members, n, &persons, &n_persons);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = n > (size_t)page.limit ? (size_t)page.limit : n;
	auth_page_begin(&write);
	for (size_t i = 0; i < shown; i++)
		user_write(&write, &place, &members[i], person_of(persons, n_persons, &members[i].account));
	auth_page_end(&write, n > shown);
	return bh_reply_json(req, 200, &body);
}

/* Reads and checks the body. */
BH_MUST_CHECK static int
user_read(struct bh_request *req, struct user_new *body, char email[AUTH_EMAIL_BYTES])
{
	int rc;

	rc = bh_request_fields(req, BH_LIST(user_fields), body);
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
		.users_max = auth->conf.tenant_users,
		.now_ms = bh_clock_wall_ms(),
	};
	int rc;

	if (body->password == NULL)
		return auth_member_add(place, &member, out);
	member.password_hash = hash;
	rc = auth_member_check(place, &member);
	if (rc == 0)
		rc = bh_password_hash(auth->hasher, &turn, body->password, strlen(body->password), hash);
	return rc == 0 ? auth_member_add(place, &member, out) : rc;
}

/* POST /api/users, POST /api/tenants/{tenant}/users */
int
auth_http_user_create(struct bh_request *req)
{
	char email[AUTH_EMAIL_BYTES], text[BH_UUID_TEXT];
	struct user_new body = {.name = ""};
	struct auth_place place;
	struct bh_uuid id;
	int rc;

	rc = auth_place(req, &place);
	if (rc == 0)
		rc = user_read(req, &body, email);
	if (rc == 0)
		rc = user_add(req, &place, &body, email, &id);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_uuid_format(&id, text);
	bh_audit_text(req, "target_user_id", text);
	bh_audit_text(req, "role", body.role);
	return reply_user(req, 201, &place, &id);
}

/* The common end of role, disable and enable. */
static int
change(struct bh_request *req, const char *role, const char *state)
{
	struct auth_place place;
	struct bh_uuid id;
	bool revoked = false;
	int rc;

	rc = auth_place(req, &place);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = bh_request_uuid(req, "id", &id);
	if (rc == 0)
		rc = auth_member_change(&place, &id, role, state, &revoked);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	bh_audit_text(req, "target_user_id", bh_request_param(req, "id"));
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
	int rc;

	rc = bh_request_fields(req, BH_LIST(role_fields), &body);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_text(req, "role", body.role);
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

/* POST …/users/{id}/link: a one-time link to set the password; it replaces older ones. */
int
auth_http_user_link(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0}, path = {0};
	struct bh_write write = {.out = &body};
	struct auth *auth = req->service;
	int64_t expires_ms = bh_clock_wall_ms() + auth->conf.link_ttl_s * 1000;
	const char *token = NULL;
	struct auth_place place;
	struct bh_uuid id;
	int rc;

	rc = auth_place(req, &place);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = bh_request_uuid(req, "id", &id);
	if (rc == 0)
		rc = auth_member_link(&place, &id, req->claims.subject_text, expires_ms, &token);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	bh_audit_text(req, "target_user_id", bh_request_param(req, "id"));

	bh_buf_text(&path, "/setup#");
	bh_buf_text(&path, token);
	bh_write_object(&write);
	bh_write_pair_text(&write, "link_token", token);
	bh_write_pair_text(&write, "url_path", path.data);
	auth_write_time(&write, "expires_at", expires_ms);
	bh_write_end(&write);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_json(req, 201, &body);
}
