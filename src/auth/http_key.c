/* http_key.c: API keys, of one's own tenant and (for the platform's staff) of any. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/key.h"
#include "auth/names.h"
#include "auth/page.h"
#include "auth/push.h"
#include "auth/roles.h"
#include "auth/store_key.h"
#include "base/clock.h"
#include "base/text.h"
#include "sec/credential.h"
#include "service/request.h"

enum { SCOPES_MOST = 32 };

/* The year 9999, in seconds. */
#define TIME_MOST_S 253402300799.0
#define LIMIT_MOST 1000000000.0

struct key_new {
	const char *name;
	const struct bh_json *scopes;
	int64_t expires_s, requests_per_minute, concurrency;
};

static const struct bh_field key_fields[] = {
	{"name", BH_FIELD_TEXT, BH_NULLABLE, 0, 128, offsetof(struct key_new, name), BH_NO_SET},
	{"scopes", BH_FIELD_ARRAY, BH_NULLABLE, 0, SCOPES_MOST, offsetof(struct key_new, scopes),
		BH_NO_SET},
	{"expires_at", BH_FIELD_INT, BH_NULLABLE, 1, TIME_MOST_S, offsetof(struct key_new, expires_s),
		BH_NO_SET},
	{"requests_per_minute", BH_FIELD_INT, BH_NULLABLE, 0, LIMIT_MOST,
		offsetof(struct key_new, requests_per_minute), BH_NO_SET},
	{"concurrency", BH_FIELD_INT, BH_NULLABLE, 0, LIMIT_MOST, offsetof(struct key_new, concurrency),
		BH_NO_SET},
};

/* Whose keys the actor handles: everybody's (NULL), or below admin only their own. */
static const struct bh_uuid *
owner_only(const struct bh_request *req, const struct auth_place *place)
{
	return place->rank >= AUTH_RANK_ADMIN ? NULL : &req->claims.subject;
}

/* The most a key made here may do: its maker's rights; the platform's staff gives what an owner of the
 * tenant has, and a key of theirs only what of that it has itself. */
static const char *
scopes_allowed(const struct bh_request *req, const struct auth_place *place)
{
	if (!place->platform || place->gives != NULL ||
		bh_uuid_equal(&place->tenant, &bh_platform_tenant))
		return req->claims.scope;
	return auth_role_scopes("owner");
}

static void
key_write(struct bh_write *write, const struct auth_place *place, const struct auth_key *key,
	const char *secret)
{
	bh_write_object(write);
	auth_write_uuid(write, "id", &key->id);
	bh_write_pair_text(write, "object", "api_key");
	if (secret != NULL)
		bh_write_pair_text(write, "key", secret);
	bh_write_pair_text(write, "prefix", key->prefix);
	bh_write_pair_text(write, "name", key->name);
	auth_write_uuid(write, "tenant_id", &place->tenant);
	auth_write_uuid(write, "owner_id", &key->owner);
	auth_write_uuid(write, "parent_id", &key->parent);
	auth_write_words(write, "scopes", key->scopes);
	bh_write_pair_int(write, "requests_per_minute", key->requests_per_minute);
	bh_write_pair_int(write, "concurrency", key->concurrency);
	bh_write_pair_text(write, "created_by", key->created_by);
	auth_write_time(write, "created_at", key->created_ms);
	auth_write_time(write, "expires_at", key->expires_ms);
	auth_write_time(write, "revoked_at", key->revoked_ms);
	auth_write_time(write, "last_used_at", key->last_used_ms);
	bh_write_end(write);
}

/* GET /api/keys, GET /api/tenants/{tenant}/keys */
int
auth_http_key_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct auth_place place;
	struct auth_page page;
	struct auth_key *keys = NULL;
	size_t n = 0, shown;
	int rc;

	rc = auth_place(req, &place);
	if (rc == 0)
		rc = auth_page_read(req, &page);
	if (rc == 0)
		rc = auth_store_key_list(&place.db, &place.tenant, owner_only(req, &place), &page.after,
			page.limit + 1, &keys, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = n > (size_t)page.limit ? (size_t)page.limit : n;
	auth_page_begin(&write);
	for (size_t i = 0; i < shown; i++)
		key_write(&write, &place, &keys[i], NULL);
	auth_page_end(&write, n > shown);
	return bh_reply_json(req, 200, &body);
}

/* The wanted scopes as one text, all of them within `allowed`; none wanted: the preset's part of it. */
BH_MUST_CHECK static int
scopes_read(struct bh_request *req, const struct bh_json *list, const char *allowed,
	const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf scopes = {0};

	if (bh_json_count(list) == 0) {
		*out = auth_scopes_both(req->arena, auth_key_scopes_preset(), allowed);
		return 0;
	}
	for (size_t i = 0; i < bh_json_count(list); i++) {
		const char *scope = bh_json_string(bh_json_at(list, i));

		if (scope == NULL || scope[0] == '\0' || strchr(scope, ' ') != NULL)
			return bh_error_param(BH_E_INVALID, "scopes", "A scope is one word, as chat:write.");
		if (!bh_text_has_word(allowed, scope))
			return bh_error_param(BH_E_INVALID, "scopes",
				"There is no scope %.64s, or it is not yours to give.", scope);
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
limit_within(int64_t own, const char *param, bool asked, int64_t *limit)
{
	if (own == 0 || (asked && *limit > 0 && *limit <= own))
		return 0;
	if (asked)
		return bh_error_param(BH_E_FORBIDDEN, param,
			"A key gives no key more than it has: its own '%s' is %lld.", param, (long long)own);
	*limit = own;
	return 0;
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
	int rc;

	rc = bh_request_fields(req, BH_LIST(key_fields), &body);
	if (rc == 0 && body.name[0] != '\0')
		rc = auth_name_check(body.name);
	if (rc == 0 && body.expires_s != 0 && body.expires_s * 1000 <= bh_clock_wall_ms())
		rc = bh_error_param(BH_E_RANGE, "expires_at", "This time is over.");
	if (rc == 0)
		rc = scopes_read(req, body.scopes, scopes_allowed(req, place), &key.scopes);
	if (rc == 0)
		rc = limit_within(own->expires_ms / 1000, "expires_at", body.expires_s != 0,
			&body.expires_s);
	if (rc == 0)
		rc = limit_within(own->requests_per_minute, "requests_per_minute",
			body.requests_per_minute != 0, &body.requests_per_minute);
	if (rc == 0)
		rc = limit_within(own->concurrency, "concurrency", body.concurrency != 0,
			&body.concurrency);
	if (rc < 0)
		return rc;
	key.id = bh_uuid_new();
	key.name = body.name;
	key.expires_ms = body.expires_s * 1000;
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
	char text[BH_CREDENTIAL_TEXT], shown[BH_CREDENTIAL_SHOWN];
	struct auth_place place;
	struct auth *auth = req->service;
	struct auth_key key = {0}, added = {0};
	struct bh_digest hash;
	const struct auth_key_new wanted = {
		.key = &key,
		.hash = &hash,
		.keys_max = auth->conf.tenant_keys,
		.now_ms = bh_clock_wall_ms(),
	};
	int rc;

	rc = auth_place(req, &place);
	if (rc == 0)
		rc = key_plan(req, &place, &key);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_credential_make(BH_CREDENTIAL_KEY, &place.tenant, &key.id, text, &hash);
	bh_credential_shown(&key.id, BH_CREDENTIAL_KEY, shown);
	key.prefix = shown;

	rc = auth_key_add(&place, &wanted, &added);
	if (rc == 0) {
		key_write(&write, &place, &added, text);
		bh_audit_text(req, "target_key", shown);
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

struct key_changed {
	struct auth_key_change change;
	const struct bh_json *expires;
};

static const struct bh_field change_fields[] = {
	{"name", BH_FIELD_TEXT, 0, 1, 128, offsetof(struct key_changed, change.name), BH_NO_SET},
	{"requests_per_minute", BH_FIELD_INT, 0, 0, LIMIT_MOST,
		offsetof(struct key_changed, change.requests_per_minute),
		offsetof(struct key_changed, change.has_requests)},
	{"concurrency", BH_FIELD_INT, 0, 0, LIMIT_MOST,
		offsetof(struct key_changed, change.concurrency),
		offsetof(struct key_changed, change.has_concurrency)},
	/* Here null is a value: from now on the key does not end by itself. */
	{"expires_at", BH_FIELD_ANY, 0, 0, 0, offsetof(struct key_changed, expires),
		offsetof(struct key_changed, change.has_expires)},
};

BH_MUST_CHECK static int
expires_read(const struct bh_json *value, int64_t *out_ms)
{
	int64_t expires_s = 0;

	if (bh_json_kind(value) == BH_JSON_NULL) {
		*out_ms = 0;
		return 0;
	}
	if (!bh_json_int(value, &expires_s))
		return bh_error_param(BH_E_TYPE, "expires_at", "'expires_at' must be an integer or null.");
	if (expires_s <= 0 || expires_s > (int64_t)TIME_MOST_S ||
		expires_s * 1000 <= bh_clock_wall_ms())
		return bh_error_param(BH_E_RANGE, "expires_at", "This time is over, or out of reach.");
	*out_ms = expires_s * 1000;
	return 0;
}

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
		return bh_error(BH_E_FORBIDDEN, "A key cannot change itself.");
	if (auth_key_is_bound(own)) {
		rc = auth_key_is_below(place, id, &req->claims.session, &below);
		if (rc == 0 && !below)
			rc = bh_error(BH_E_FORBIDDEN,
				"A key with limits or an end changes no keys but those it made.");
	}
	if (rc < 0)
		return rc;
	if (change->has_requests)
		rc = limit_within(own->requests_per_minute, "requests_per_minute", true,
			&change->requests_per_minute);
	if (rc == 0 && change->has_concurrency)
		rc = limit_within(own->concurrency, "concurrency", true, &change->concurrency);
	if (rc == 0 && change->has_expires)
		rc = limit_within(own->expires_ms, "expires_at", true, &change->expires_ms);
	return rc;
}

/* POST /api/keys/{id}, POST /api/tenants/{tenant}/keys/{id}: what is not named stays. The gateway asks
 * anew at once. */
int
auth_http_key_change(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	const struct auth *auth = req->service;
	struct key_changed wanted = {0};
	struct auth_key key = {0};
	struct auth_place place;
	struct bh_uuid id;
	int rc;

	rc = auth_place(req, &place);
	if (rc == 0)
		rc = bh_request_fields(req, BH_LIST(change_fields), &wanted);
	if (rc == 0 && wanted.change.name != NULL)
		rc = auth_name_check(wanted.change.name);
	if (rc == 0 && wanted.change.has_expires)
		rc = expires_read(wanted.expires, &wanted.change.expires_ms);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = bh_request_uuid(req, "id", &id);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	rc = change_within(req, &place, &id, &wanted.change);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = auth_key_change(&place, &id, owner_only(req, &place), &wanted.change,
		auth->conf.tenant_keys, &key);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	bh_audit_text(req, "target_key_id", bh_request_param(req, "id"));
	bh_audit_int(req, "requests_per_minute", key.requests_per_minute);
	bh_audit_int(req, "concurrency", key.concurrency);
	auth_push_credential(req->runtime, &place.tenant, &id);
	key_write(&write, &place, &key, NULL);
	return bh_reply_json(req, 200, &body);
}

/* ---- revoke ---- */

/* DELETE /api/keys/{id}, DELETE /api/tenants/{tenant}/keys/{id}: dead everywhere within a second,
 * with all that it made. */
int
auth_http_key_revoke(struct bh_request *req)
{
	struct auth_place place;
	struct bh_uuid id;
	int rc;

	rc = auth_place(req, &place);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = bh_request_uuid(req, "id", &id);
	if (rc == 0)
		rc = auth_key_revoke(&place, &id, owner_only(req, &place));
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	bh_audit_text(req, "target_key_id", bh_request_param(req, "id"));
	auth_push_pending(req->runtime, req->service);
	return bh_reply_empty(req, 204);
}
