/* SPDX-License-Identifier: Apache-2.0 */
/* http_chain.c: the keys of audit checkpoints, where a chain stands, and its check against what is stored. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/chain.h"
#include "auth/chain_check.h"
#include "base/clock.h"
#include "service/request.h"

/* GET /.well-known/audit-keys.json: every key that ever signed a checkpoint. */
int
auth_http_audit_keys(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int rc = auth_chain_jwks(req->db, &body);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_reply_header(req, "cache-control", "public, max-age=300");
	return bh_reply_json(req, 200, &body);
}

/* ---- where it stands ---- */

struct standing {
	int64_t size, sealed, sealed_ms;
	const char *checkpoint;
};

#define AT(member) offsetof(struct standing, member)

static const struct bh_field standing_fields[] = {
	{"object", BH_FIELD_CONST, .words = "audit_chain"},
	{"size", BH_FIELD_INT, AT(size)},
	{"sealed", BH_FIELD_INT, AT(sealed)},
	{"sealed_at", BH_FIELD_DATE, AT(sealed_ms), BH_NULLABLE},
	{"checkpoint", BH_FIELD_TEXT, AT(checkpoint), BH_NULLABLE},
};

#undef AT

const struct bh_shape auth_chain_shape = BH_SHAPE("AuditChain", struct standing, standing_fields);

/* GET /api/audit/chain and /api/tenants/{tenant}/audit/chain */
int
auth_http_chain_get(struct bh_request *req)
{
	struct auth_chain_state state = {0};
	struct auth_checkpoint newest = {0};
	struct standing standing;
	int rc = auth_store_chain_state(req->target_db, &req->target, &state);

	if (rc == 0)
		rc = auth_store_chain_newest(req->target_db, &req->target, INT64_MAX, &newest);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	standing = (struct standing){state.size, newest.size, newest.made_ms, newest.jws};
	return bh_reply_object(req, 200, &auth_chain_shape, &standing);
}

/* ---- the check ---- */

#define AT(member) offsetof(struct auth_chain_check, member)

static const struct bh_field finding_fields[] = {
	{"position", BH_FIELD_INT, offsetof(struct auth_chain_finding, position)},
	{"what", BH_FIELD_TEXT, offsetof(struct auth_chain_finding, what)},
};

static const struct bh_field finding_row = {"", BH_FIELD_OBJECT, BH_FIELDS(finding_fields)};

static const struct bh_field check_fields[] = {
	{"object", BH_FIELD_CONST, .words = "audit_check"},
	{"from", BH_FIELD_INT, AT(from)},
	{"to", BH_FIELD_INT, AT(to)},
	{"size", BH_FIELD_INT, AT(size)},
	{"sealed", BH_FIELD_INT, AT(sealed)},
	{"sealed_at", BH_FIELD_DATE, AT(sealed_ms), BH_NULLABLE},
	{"events", BH_FIELD_INT, AT(events)},
	{"gone", BH_FIELD_INT, AT(gone)},
	{"checkpoints", BH_FIELD_INT, AT(checkpoints)},
	{"has_more", BH_FIELD_BOOL, AT(has_more)},
	{"findings", BH_FIELD_ARRAY, AT(findings),
		BH_ELEMENTS(struct auth_chain_check, findings, n_findings, &finding_row)},
};

#undef AT

const struct bh_shape auth_chain_check_shape = BH_SHAPE("AuditCheck", struct auth_chain_check,
	check_fields);

/* GET /api/audit/check and /api/tenants/{tenant}/audit/check: a stretch of positions from `from` on. */
int
auth_http_chain_check(struct bh_request *req)
{
	struct auth_chain_check check = {0};
	int64_t from = 0;
	int rc = bh_request_query_int(req, "from", 0, INT64_C(1) << 53, &from);

	if (rc == 0)
		rc = auth_chain_check(req->target_db, &req->target, from, &check);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &auth_chain_check_shape, &check);
}
