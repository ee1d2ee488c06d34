/* SPDX-License-Identifier: Apache-2.0 */
/* http_account.c: persons, for the platform's staff: finding one, and refusing one everywhere. */
#include "auth/routes.h"

#include "auth/account.h"
#include "auth/auth.h"
#include "auth/names.h"
#include "auth/push.h"
#include "auth/store_account.h"
#include "service/list.h"
#include "service/request.h"

const struct bh_field auth_home_fields[2] = {
	{"id", BH_FIELD_ID, offsetof(struct auth_home, tenant)},
	{"name", BH_FIELD_TEXT, offsetof(struct auth_home, name)},
};

struct shown {
	struct auth_account account;
	struct auth_home *homes;
	size_t n_homes;
};

#define AT(member) offsetof(struct shown, member)

static int64_t
has_password(const void *row)
{
	return ((const struct shown *)row)->account.password_hash != NULL;
}

static const struct bh_field home_row = {"", BH_FIELD_OBJECT, BH_FIELDS(auth_home_fields)};

static const struct bh_field account_fields[] = {
	{"id", BH_FIELD_ID, AT(account.id)},
	{"object", BH_FIELD_CONST, .words = "account"},
	{"email", BH_FIELD_TEXT, AT(account.email)},
	{"name", BH_FIELD_TEXT, AT(account.name)},
	{"state", BH_FIELD_TEXT, AT(account.state)},
	{"has_password", BH_FIELD_BOOL, .number_of = has_password},
	{"tenants", BH_FIELD_ARRAY, AT(homes), BH_ELEMENTS(struct shown, homes, n_homes, &home_row)},
};

const struct bh_shape auth_account_shape = BH_SHAPE("Account", struct shown, account_fields);

/* Where the person belongs. */
BH_MUST_CHECK static int
find_homes(struct bh_request *req, struct shown *shown)
{
	return auth_store_account_homes(req->db, &shown->account.id, AUTH_HOMES_SHOWN, &shown->homes,
		&shown->n_homes);
}

/* GET /api/accounts?email=: the person with this address, or nobody. */
int
auth_http_account_list(struct bh_request *req)
{
	const struct bh_page page = {.limit = 1};
	struct shown shown = {0};
	char address[AUTH_EMAIL_BYTES];
	const char *email = NULL;
	bool found = false;
	int rc = bh_request_query_text(req, "email", &email);

	if (rc == 0 && email == NULL)
		rc = bh_error_param(BH_E_MISSING, "email", "'email' is required.");
	if (rc == 0)
		rc = auth_email_read(email, address);
	if (rc == 0)
		rc = auth_store_account_find(req->db, address, &shown.account, &found);
	if (rc == 0 && found)
		rc = find_homes(req, &shown);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &auth_account_shape, &page, &shown, found);
}

static int
set(struct bh_request *req, bool active)
{
	struct shown shown = {0};
	struct auth_place place;
	struct bh_uuid id;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = bh_request_uuid(req, "id", &id);
	if (rc == 0 && active) /* somebody who may be anything somewhere */
		rc = auth_place_give_check(&place, "superuser");
	if (rc == 0)
		rc = auth_account_set(req->db, &id, active);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	bh_audit_uuid(&req->audit, "target_user_id", &id);
	if (active)
		auth_push_subject(req->runtime, &(struct bh_uuid){0}, &id);
	else
		auth_push_pending(req->runtime, req->service);
	rc = auth_store_account_get(req->db, &id, &shown.account);
	if (rc == 0)
		rc = find_homes(req, &shown);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_object(req, 200, &auth_account_shape, &shown);
}

/* POST /api/accounts/{id}/disable: no sign-in, token or key of this person works, in any tenant. */
int
auth_http_account_disable(struct bh_request *req)
{
	return set(req, false);
}

/* POST /api/accounts/{id}/enable */
int
auth_http_account_enable(struct bh_request *req)
{
	return set(req, true);
}
