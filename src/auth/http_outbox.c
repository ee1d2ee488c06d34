/* SPDX-License-Identifier: Apache-2.0 */
/* http_outbox.c: mail to people, with the links it holds, for the operator of the machine and nobody else. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/mail.h"
#include "service/list.h"
#include "service/request.h"

/* The newest of each tenant's, of so many tenants, and in all. */
enum { TENANTS = 200, OF_ONE = 50, IN_ALL = 1000 };

struct shown {
	struct auth_mail_row mail;
	struct bh_uuid tenant;
	const char *link;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field mail_fields[] = {
	{"id", BH_FIELD_ID, AT(mail.id)},
	{"object", BH_FIELD_CONST, .words = "outbox_mail"},
	{"tenant_id", BH_FIELD_ID, AT(tenant)},
	{"kind", BH_FIELD_TEXT, AT(mail.kind)},
	{"recipient", BH_FIELD_TEXT, AT(mail.recipient)},
	{"subject", BH_FIELD_TEXT, AT(mail.subject)},
	{"state", BH_FIELD_TEXT, AT(mail.state)},
	{"attempts", BH_FIELD_INT, AT(mail.attempts)},
	{"error", BH_FIELD_TEXT, AT(mail.error), BH_NULLABLE},
	{"link", BH_FIELD_TEXT, AT(link)},
	{"created_at", BH_FIELD_TIME, AT(mail.created_ms)},
	{"expires_at", BH_FIELD_TIME, AT(mail.expires_ms)},
};

#undef AT

static const struct bh_shape mail_shape = BH_SHAPE(NULL, struct shown, mail_fields);

BH_MUST_CHECK static int
add_tenant(struct bh_request *req, const struct bh_uuid *tenant, struct shown *shown, size_t *n)
{
	const struct auth *auth = req->service;
	struct bh_db own = auth_in_tenant(req->db, tenant);
	struct auth_mail_row *mails = NULL;
	size_t found = 0;
	int rc = auth_store_mail_list(&own, tenant, OF_ONE, &mails, &found);

	for (size_t i = 0; rc == 0 && i < found && *n < IN_ALL; i++) {
		struct shown *row = &shown[*n];

		*row = (struct shown){.mail = mails[i], .tenant = *tenant};
		rc = auth_mail_link(auth, &own, &mails[i], &row->link);
		*n += rc == 0;
	}
	return rc;
}

/* GET /api/outbox */
int
auth_http_outbox(struct bh_request *req)
{
	struct shown *shown = bh_arena_array(req->arena, IN_ALL, sizeof(*shown));
	struct bh_uuid *tenants = NULL;
	size_t n = 0, n_tenants = 0;
	int rc = auth_store_mail_tenants(AUTH_DB(auth_nowhere(req->db)), TENANTS, &tenants, &n_tenants);

	for (size_t i = 0; rc == 0 && i < n_tenants && n < IN_ALL; i++)
		rc = add_tenant(req, &tenants[i], shown, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_list(req, &mail_shape, shown, n);
}

/* GET /api/tenants/{tenant}/outbox */
int
auth_http_outbox_tenant(struct bh_request *req)
{
	struct shown *shown = bh_arena_array(req->arena, OF_ONE, sizeof(*shown));
	size_t n = 0;
	int rc = add_tenant(req, &req->target, shown, &n);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_list(req, &mail_shape, shown, n);
}
