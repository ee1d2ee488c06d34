/* SPDX-License-Identifier: Apache-2.0 */
/* http_key.c: API keys, of one's own tenant and (for the platform's staff) of any. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/key.h"
#include "auth/names.h"
#include "auth/push.h"
#include "auth/store_key.h"
#include "base/clock.h"
#include "base/text.h"
#include "sec/credential.h"
#include "service/list.h"
#include "service/request.h"

enum { SCOPES_MOST = 32 };

/* The year 9999, in seconds. */
#define TIME_MOST_S 253402300799.0
#define LIMIT_MOST 1000000000.0

struct key_new {
	const char *name;
	const struct bh_json *scopes;
	struct bh_uuid team;
	int64_t expires_ms, requests_per_minute, concurrency;
};

#define AT(member) offsetof(struct key_new, member)

static const struct bh_field create_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), BH_NULLABLE, 0, 128},
	{"scopes", BH_FIELD_ARRAY, AT(scopes), BH_NULLABLE, 0, SCOPES_MOST},
	{"team_id", BH_FIELD_ID, AT(team), BH_NULLABLE},
	{"expires_at", BH_FIELD_TIME, AT(expires_ms), BH_NULLABLE, 1, TIME_MOST_S},
	{"requests_per_minute", BH_FIELD_INT, AT(requests_per_minute), BH_NULLABLE, 0, LIMIT_MOST},
	{"concurrency", BH_FIELD_INT, AT(concurrency), BH_NULLABLE, 0, LIMIT_MOST},
};

#undef AT

const struct bh_shape auth_key_create = BH_SHAPE("KeyCreate", struct key_new, create_fields);

struct shown {
	struct auth_key key;
	struct bh_uuid tenant;
	const char *secret; /* NULL but when it is made */
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field key_fields[] = {
	{"id", BH_FIELD_ID, AT(key.id)},
	{"object", BH_FIELD_CONST, .words = "api_key"},
	{"key", BH_FIELD_TEXT, AT(secret), BH_OMIT},
	{"prefix", BH_FIELD_TEXT, AT(key.prefix)},
	{"name", BH_FIELD_TEXT, AT(key.name)},
	{"tenant_id", BH_FIELD_ID, AT(tenant)},
	{"owner_id", BH_FIELD_ID, AT(key.owner), BH_NULLABLE},
	{"parent_id", BH_FIELD_ID, AT(key.parent), BH_NULLABLE},
	{"team_id", BH_FIELD_ID, AT(key.team), BH_NULLABLE},
	{"scopes", BH_FIELD_WORDS, AT(key.scopes)},
	{"requests_per_minute", BH_FIELD_INT, AT(key.requests_per_minute)},
	{"concurrency", BH_FIELD_INT, AT(key.concurrency)},
	{"created_by", BH_FIELD_TEXT, AT(key.created_by)},
	{"created_at", BH_FIELD_TIME, AT(key.created_ms)},
	{"expires_at", BH_FIELD_TIME, AT(key.expires_ms), BH_NULLABLE},
	{"revoked_at", BH_FIELD_TIME, AT(key.revoked_ms), BH_NULLABLE},
	{"last_used_at", BH_FIELD_TIME, AT(key.last_used_ms), BH_NULLABLE},
};

#undef AT

const struct bh_shape auth_key_shape = BH_SHAPE("Key", struct shown, key_fields);

/* Whose keys the actor handles: everybody's (NULL), or below admin only their own. */
static const struct bh_uuid *
owner_only(const struct bh_request *req, const struct auth_place *place)
{
	return place->rank >= BH_ROLE_ADMIN ? NULL : &req->claims.subject;
}

/* The most a key made here may do: its maker's rights, and of these what the tenant can have. */
static const char *
scopes_allowed(const struct bh_request *req, const struct auth_place *place)
{
	return auth_scopes_both(req->arena, req->claims.scope,
		auth_scopes_most(place->roles, &place->tenant));
}

/* GET /api/keys, GET /api/tenants/{tenant}/keys */
int
auth_http_key_list(struct bh_request *req)
{
	struct auth_place place;
	struct bh_page page;
	struct auth_key *keys = NULL;
	struct shown *shown;
	size_t n = 0;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = bh_list_page(req, &auth_paging, &page);
	if (rc == 0)
		rc = auth_store_key_list(&place.db, &place.tenant, owner_only(req, &place), &page.after,
			page.limit + 1, &keys, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; i < n; i++)
		shown[i] = (struct shown){keys[i], place.tenant, NULL};
	return bh_reply_page(req, &auth_key_shape, &page, shown, n);
}

/* The wanted scopes as one text, all of them allowed; none wanted: the preset's part of it. */
BH_MUST_CHECK static int
scopes_read(struct bh_request *req, const struct auth_place *place, const struct bh_json *list,
	const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf scopes = {0};
	const char *allowed = scopes_allowed(req, place);

	if (bh_json_count(list) == 0) {
		*out = auth_scopes_both(req->arena, place->roles->preset, allowed);
		return 0;
	}
	for (size_t i = 0; i < bh_json_count(list); i++) {
		const char *scope = bh_json_string(bh_json_at(list, i));

		if (scope == NULL || scope[0] == '\0' || strchr(scope, ' ') != NULL)
			return bh_error_param(BH_E_INVALID, "scopes",
				"A scope must be a single word such as chat:write.");
		if (!bh_text_has_word(allowed, scope))
			return bh_error_param(BH_E_INVALID, "scopes",
				"Scope '%.64s' does not exist or you cannot grant it.", scope);
		if (scopes.len > 0 && bh_text_has_word(scopes.data, scope))
			continue;
		if (scopes.len > 0)
			bh_buf_char(&scopes, ' ');
		bh_buf_text(&scopes, scope);
	}
	*out = bh_arena_strdup(req->arena, bh_buf_string(&scopes));
	return 0;
}

/* A limit that a key asks for, for a key: never laxer than its own. */
BH_MUST_CHECK static int
limit_within(int64_t own, const char *param, int64_t unit, bool asked, int64_t *limit)
{
	if (own == 0 || (asked && *limit > 0 && *limit <= own))
		return 0;
	if (asked)
		return bh_error_param(BH_E_FORBIDDEN, param,
			"An API key cannot grant more than its own limits: its '%s' is %lld.", param,
			(long long)(own / unit));
	*limit = own;
	return 0;
}

BH_MUST_CHECK static int
expiry_check(int64_t expires_ms)
{
	return expires_ms != 0 && expires_ms <= bh_clock_wall_ms()
		? bh_error_param(BH_E_RANGE, "expires_at", "'expires_at' is in the past.")
		: 0;
}

/* Its team: what a key of a team makes is of the same one. A foreign team is as one that does not exist. */
BH_MUST_CHECK static int
team_check(struct bh_request *req, const struct auth_place *place, struct bh_uuid *team)
{
	bool bound = place->gives != NULL && !bh_uuid_is_zero(&req->claims.team);
	struct bh_db db = place->db;
	bool open = true;
	int rc = 0;

	if (bound && bh_uuid_is_zero(team))
		*team = req->claims.team;
	if (bound && !bh_uuid_equal(team, &req->claims.team))
		return bh_error_param(BH_E_FORBIDDEN, "team_id",
			"An API key of a team creates keys of this team only.");
	if (!bh_uuid_is_zero(team))
		rc = auth_store_key_team_open(&db, &place->tenant, team, &open);
	if (rc == 0 && !open)
		rc = bh_error_param(BH_E_INVALID, "team_id", "There is no such team, or it is archived.");
	return rc;
}

/* The row of a key from what was asked for. */
BH_MUST_CHECK static int
key_plan(struct bh_request *req, const struct auth_place *place, struct auth_key *out)
{
	struct key_new body = {.name = ""};
	struct auth_key key = {.created_by = req->claims.subject_text};
	static const struct auth_key_bounds none = {0};
	const struct auth_key_bounds *own = place->bounds != NULL ? place->bounds : &none;
	bool at_home = bh_uuid_equal(&place->tenant, &req->tenant);
	int rc = bh_request_object(req, &auth_key_create, &body);

	if (rc == 0 && body.name[0] != '\0')
		rc = auth_name_check(body.name);
	if (rc == 0)
		rc = expiry_check(body.expires_ms);
	if (rc == 0)
		rc = scopes_read(req, place, body.scopes, &key.scopes);
	if (rc == 0)
		rc = team_check(req, place, &body.team);
	if (rc == 0)
		rc = limit_within(own->expires_ms, "expires_at", 1000, body.expires_ms != 0,
			&body.expires_ms);
	if (rc == 0)
		rc = limit_within(own->requests_per_minute, "requests_per_minute", 1,
			body.requests_per_minute != 0, &body.requests_per_minute);
	if (rc == 0)
		rc = limit_within(own->concurrency, "concurrency", 1, body.concurrency != 0,
			&body.concurrency);
	if (rc < 0)
		return rc;
	key.id = bh_uuid_new();
	key.name = body.name;
	key.team = body.team;
	key.expires_ms = body.expires_ms;
	key.requests_per_minute = body.requests_per_minute;
	key.concurrency = body.concurrency;
	/* A key made by a person acts for that person and never has more rights. One made by a key acts for
	 * that key's owner, if it has one; below admin there always is one. The platform's staff has both in
	 * the platform's tenant, by whichever route. */
	if (at_home && strcmp(req->claims.client, "password") == 0)
		key.owner = req->claims.subject;
	else if (at_home && !bh_uuid_equal(&req->claims.subject, &req->claims.session))
		key.owner = req->claims.subject;
	if (at_home && place->gives != NULL)
		key.parent = req->claims.session;
	*out = key;
	return 0;
}

/* POST /api/keys, POST /api/tenants/{tenant}/keys: the only answer that holds the key itself. */
int
auth_http_key_create(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	char text[BH_CREDENTIAL_TEXT], prefix[BH_CREDENTIAL_SHOWN];
	struct auth_place place;
	struct auth *auth = req->service;
	struct auth_key key = {0};
	struct shown added = {.secret = text};
	struct bh_digest hash;
	const struct auth_key_new wanted = {
		.key = &key,
		.hash = &hash,
		.keys_max = auth->conf.tenant_keys,
		.now_ms = bh_clock_wall_ms(),
	};
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = key_plan(req, &place, &key);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_credential_make(BH_CREDENTIAL_KEY, &place.tenant, &key.id, text, &hash);
	bh_credential_shown(&key.id, BH_CREDENTIAL_KEY, prefix);
	key.prefix = prefix;

	added.tenant = place.tenant;
	rc = auth_key_add(&place, &wanted, &added.key);
	if (rc == 0) {
		bh_fields_write(&write, BH_LIST(key_fields), &added);
		bh_audit_text(&req->audit, "target_key", prefix);
	}
	bh_wipe(text, sizeof(text));
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_reply_header(req, "cache-control", "no-store");
	rc = bh_reply_json(req, 201, &body);
	bh_wipe(body.data, body.len);
	return rc;
}

/* ---- change ---- */

#define AT(member) offsetof(struct auth_key_change, member)
#define SET(member) BH_SET(struct auth_key_change, member)

static const struct bh_field change_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), 0, 1, 128},
	{"requests_per_minute", BH_FIELD_INT, AT(requests_per_minute), 0, 0, LIMIT_MOST,
		.set = SET(has_requests)},
	{"concurrency", BH_FIELD_INT, AT(concurrency), 0, 0, LIMIT_MOST, .set = SET(has_concurrency)},
	/* null: from now on the key does not end by itself. */
	{"expires_at", BH_FIELD_TIME, AT(expires_ms), BH_NULL_IS_VALUE, 1, TIME_MOST_S,
		.set = SET(has_expires)},
};

const struct bh_shape auth_key_change_shape = BH_SHAPE("KeyChange", struct auth_key_change,
	change_fields);

/* A key changes others within what it has itself, and never itself; one that is bound changes those only
 * that share its bounds. */
BH_MUST_CHECK static int
change_within(struct bh_request *req, const struct auth_place *place, const struct bh_uuid *id,
	struct auth_key_change *change)
{
	const struct auth_key_bounds *own = place->bounds;
	bool below = false;
	int rc = 0;

	if (own == NULL)
		return 0;
	if (bh_uuid_equal(id, &req->claims.session))
		return bh_error(BH_E_FORBIDDEN, "An API key cannot change itself.");
	if (auth_key_is_bound(own)) {
		rc = auth_key_is_below(place, id, &req->claims.session, &below);
		if (rc == 0 && !below)
			rc = bh_error(BH_E_FORBIDDEN,
				"An API key that has limits or expires can change only keys that it created.");
	}
	if (rc < 0)
		return rc;
	if (change->has_requests)
		rc = limit_within(own->requests_per_minute, "requests_per_minute", 1, true,
			&change->requests_per_minute);
	if (rc == 0 && change->has_concurrency)
		rc = limit_within(own->concurrency, "concurrency", 1, true, &change->concurrency);
	if (rc == 0 && change->has_expires)
		rc = limit_within(own->expires_ms, "expires_at", 1000, true, &change->expires_ms);
	return rc;
}

/* POST /api/keys/{id}, POST /api/tenants/{tenant}/keys/{id}: what is not named stays. The gateway asks
 * anew at once. */
int
auth_http_key_change(struct bh_request *req)
{
	const struct auth *auth = req->service;
	struct auth_key_change wanted = {0};
	struct shown changed = {0};
	struct auth_place place;
	struct bh_uuid id;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = bh_request_object(req, &auth_key_change_shape, &wanted);
	if (rc == 0 && wanted.name != NULL)
		rc = auth_name_check(wanted.name);
	if (rc == 0)
		rc = expiry_check(wanted.expires_ms);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = bh_request_uuid(req, "id", &id);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	rc = change_within(req, &place, &id, &wanted);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = auth_key_change(&place, &id, owner_only(req, &place), &wanted, auth->conf.tenant_keys,
		&changed.key);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	bh_audit_uuid(&req->audit, "target_key_id", &id);
	bh_audit_int(&req->audit, "requests_per_minute", changed.key.requests_per_minute);
	bh_audit_int(&req->audit, "concurrency", changed.key.concurrency);
	auth_push_credential(req->runtime, &place.tenant, &id);
	changed.tenant = place.tenant;
	return bh_reply_object(req, 200, &auth_key_shape, &changed);
}

/* ---- revoke ---- */

/* DELETE /api/keys/{id}, DELETE /api/tenants/{tenant}/keys/{id}: dead everywhere within a second,
 * with all that it made. */
int
auth_http_key_revoke(struct bh_request *req)
{
	struct auth_place place;
	struct bh_uuid id;
	int rc = auth_place(req, &place);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = bh_request_uuid(req, "id", &id);
	if (rc == 0)
		rc = auth_key_revoke(&place, &id, owner_only(req, &place));
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	bh_audit_uuid(&req->audit, "target_key_id", &id);
	auth_push_pending(req->runtime, req->service);
	return bh_reply_empty(req, 204);
}
