/* http_account.c: persons, for the platform's staff: finding one, and refusing one everywhere. */
#include "auth/routes.h"

#include "auth/account.h"
#include "auth/auth.h"
#include "auth/names.h"
#include "auth/page.h"
#include "auth/push.h"
#include "auth/store_account.h"
#include "service/request.h"

BH_MUST_CHECK static int
account_write(struct bh_request *req, struct bh_write *write, const struct auth_account *account)
{
	struct auth_home *homes = NULL;
	size_t n = 0;
	int rc;

	rc = auth_store_account_homes(req->db, &account->id, AUTH_HOMES_SHOWN, &homes, &n);
	if (rc < 0)
		return rc;
	bh_write_object(write);
	auth_write_uuid(write, "id", &account->id);
	bh_write_pair_text(write, "object", "account");
	bh_write_pair_text(write, "email", account->email);
	bh_write_pair_text(write, "name", account->name);
	bh_write_pair_text(write, "state", account->state);
	bh_write_pair_bool(write, "has_password", account->password_hash != NULL);
	bh_write_name(write, "tenants");
	bh_write_array(write);
	for (size_t i = 0; i < n; i++) {
		bh_write_object(write);
		auth_write_uuid(write, "id", &homes[i].tenant);
		bh_write_pair_text(write, "name", homes[i].name);
		bh_write_end(write);
	}
	bh_write_end(write);
	bh_write_end(write);
	return 0;
}

/* GET /api/accounts?email=: the person with this address, or nobody. */
int
auth_http_account_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct auth_account account = {0};
	char address[AUTH_EMAIL_BYTES];
	const char *email = NULL;
	bool found = false;
	int rc;

	rc = bh_request_query_text(req, "email", &email);
	if (rc == 0 && email == NULL)
		rc = bh_error_param(BH_E_MISSING, "email", "An address says who is meant.");
	if (rc == 0)
		rc = auth_email_read(email, address);
	if (rc == 0)
		rc = auth_store_account_find(req->db, address, &account, &found);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	auth_page_begin(&write);
	rc = found ? account_write(req, &write, &account) : 0;
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	auth_page_end(&write, false);
	return bh_reply_json(req, 200, &body);
}

static int
set(struct bh_request *req, bool active)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct auth_account account = {0};
	struct auth_place place;
	struct bh_uuid id;
	int rc;

	rc = auth_place(req, &place);
	if (rc == 0)
		rc = bh_request_uuid(req, "id", &id);
	if (rc == 0 && active) /* somebody who may be anything somewhere */
		rc = auth_place_give_check(&place, "superuser");
	if (rc == 0)
		rc = auth_account_set(req->db, &id, active);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	bh_audit_text(req, "target_user_id", bh_request_param(req, "id"));
	if (active)
		auth_push_subject(req->runtime, &(struct bh_uuid){0}, &id);
	else
		auth_push_pending(req->runtime, req->service);
	rc = auth_store_account_get(req->db, &id, &account);
	if (rc == 0)
		rc = account_write(req, &write, &account);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_json(req, 200, &body);
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
