/* SPDX-License-Identifier: Apache-2.0 */
/* http_setting.c: a tenant's own name, and what it decides about how its people sign in and about harmful content. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/names.h"
#include "auth/push.h"
#include "auth/store_setting.h"
#include "auth/store_tenant.h"
#include "base/clock.h"
#include "service/request.h"

struct shown {
	struct auth_tenant tenant;
	struct auth_setting setting;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field setting_fields[] = {
	{"id", BH_FIELD_ID, AT(tenant.id)},
	{"object", BH_FIELD_CONST, .words = "tenant_settings"},
	{"name", BH_FIELD_TEXT, AT(tenant.name)},
	{"mfa_required", BH_FIELD_BOOL, AT(setting.mfa_required)},
	{"session_idle_s", BH_FIELD_INT, AT(setting.session_idle_s)},
	{"session_max_s", BH_FIELD_INT, AT(setting.session_max_s)},
	{"moderation_input", BH_FIELD_TEXT, AT(setting.moderation_input)},
	{"moderation_output", BH_FIELD_TEXT, AT(setting.moderation_output)},
};

#undef AT

const struct bh_shape auth_setting_shape = BH_SHAPE("TenantSettings", struct shown, setting_fields);

#define POLICIES "off flag refuse"

struct change {
	const char *name;
	struct auth_setting setting;
	bool has_mfa, has_idle, has_max;
};

#define AT(member) offsetof(struct change, member)

/* The bounds of the table, and 0: what the installation has. */
static const struct bh_field change_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), 0, 1, 128},
	{"mfa_required", BH_FIELD_BOOL, AT(setting.mfa_required),
		.set = BH_SET(struct change, has_mfa)},
	{"session_idle_s", BH_FIELD_INT, AT(setting.session_idle_s), 0, 0, 2592000,
		.set = BH_SET(struct change, has_idle)},
	{"session_max_s", BH_FIELD_INT, AT(setting.session_max_s), 0, 0, 31536000,
		.set = BH_SET(struct change, has_max)},
	{"moderation_input", BH_FIELD_CHOICE, AT(setting.moderation_input), .words = POLICIES},
	{"moderation_output", BH_FIELD_CHOICE, AT(setting.moderation_output), .words = POLICIES},
};

#undef AT

const struct bh_shape auth_setting_change = BH_SHAPE("TenantSettingsChange", struct change,
	change_fields);

enum { LEAST_S = 300 };

BH_MUST_CHECK static int
span_check(const char *name, int64_t seconds)
{
	if (seconds != 0 && seconds < LEAST_S)
		return bh_error_param(BH_E_RANGE, name, "'%s' must be 0 or at least %d.", name, LEAST_S);
	return 0;
}

BH_MUST_CHECK static int
change_check(const struct bh_request *req, const struct change *change)
{
	int rc = span_check("session_idle_s", change->setting.session_idle_s);

	if (rc == 0)
		rc = span_check("session_max_s", change->setting.session_max_s);
	if (rc < 0 || change->name == NULL)
		return rc;
	/* By its name the platform's tenant is known to commands. */
	if (bh_uuid_equal(&req->tenant, &bh_platform_tenant))
		return bh_error(BH_E_STATE, "The platform tenant cannot be renamed.");
	return auth_tenant_name_check(change->name);
}

struct work {
	const struct change *change;
	const char *key; /* of the new name; NULL: it stays */
	struct bh_uuid tenant;
	int64_t now_ms;
};

BH_MUST_CHECK static int
change_work(struct bh_db *tx, void *ctx)
{
	const struct work *work = ctx;
	const struct change *change = work->change;
	struct auth_setting setting = {0};
	int rc = auth_store_tenant_lock(tx, &work->tenant);

	if (rc == 0)
		rc = auth_store_setting_get(tx, &work->tenant, &setting);
	if (rc == 0 && change->name != NULL)
		rc = auth_store_tenant_rename(tx, &work->tenant, change->name, work->key);
	if (rc < 0)
		return rc;
	if (change->has_mfa)
		setting.mfa_required = change->setting.mfa_required;
	if (change->has_idle)
		setting.session_idle_s = change->setting.session_idle_s;
	if (change->has_max)
		setting.session_max_s = change->setting.session_max_s;
	if (change->setting.moderation_input != NULL)
		setting.moderation_input = change->setting.moderation_input;
	if (change->setting.moderation_output != NULL)
		setting.moderation_output = change->setting.moderation_output;
	if (!change->has_mfa && !change->has_idle && !change->has_max &&
		change->setting.moderation_input == NULL && change->setting.moderation_output == NULL)
		return 0;
	return auth_store_setting_set(tx, &work->tenant, &setting, work->now_ms);
}

/* GET /api/tenant */
int
auth_http_setting_get(struct bh_request *req)
{
	struct shown shown = {0};
	int rc = auth_store_tenant_get(req->db, &req->tenant, &shown.tenant);

	if (rc == 0)
		rc = auth_store_setting_get(req->db, &req->tenant, &shown.setting);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_object(req, 200, &auth_setting_shape, &shown);
}

/* PATCH /api/tenant: what is named changes. */
int
auth_http_setting_change(struct bh_request *req)
{
	struct change change = {0};
	struct work work = {
		.change = &change,
		.tenant = req->tenant,
		.now_ms = bh_clock_wall_ms(),
	};
	int rc = bh_request_object(req, &auth_setting_change, &change);

	if (rc == 0)
		rc = change_check(req, &change);
	if (rc == 0 && change.name != NULL)
		rc = auth_tenant_name_key(req->arena, change.name, &work.key);
	if (rc == 0)
		rc = bh_tx_run(req->db, change_work, &work);
	if (rc == BH_E_CONFLICT)
		rc = bh_error_param(BH_E_EXISTS, "name",
			"A tenant with this name, or one that looks like it, already exists.");
	if (rc == 0)
		auth_push_tenant(req->runtime, &req->tenant);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (change.has_mfa)
		bh_audit_text(&req->audit, "mfa_required", change.setting.mfa_required ? "true" : "false");
	if (change.setting.moderation_input != NULL)
		bh_audit_text(&req->audit, "moderation_input", change.setting.moderation_input);
	if (change.setting.moderation_output != NULL)
		bh_audit_text(&req->audit, "moderation_output", change.setting.moderation_output);
	return auth_http_setting_get(req);
}
