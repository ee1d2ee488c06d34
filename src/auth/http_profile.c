/* SPDX-License-Identifier: Apache-2.0 */
/* http_profile.c: what people choose for themselves. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/names.h"
#include "auth/store_profile.h"
#include "service/request.h"

#define LOCALES "en de"
#define THEMES "system light dark"

#define AT(member) offsetof(struct auth_profile, member)

static const struct bh_field profile_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "profile"},
	{"email", BH_FIELD_TEXT, AT(email)},
	{"name", BH_FIELD_TEXT, AT(name)},
	{"locale", BH_FIELD_TEXT, AT(locale)},
	{"theme", BH_FIELD_TEXT, AT(theme)},
	{"time_zone", BH_FIELD_TEXT, AT(time_zone)},
	{"shortcuts", BH_FIELD_BOOL, AT(shortcuts)},
};

#undef AT

const struct bh_shape auth_profile_shape = BH_SHAPE("Profile", struct auth_profile, profile_fields);

#define AT(member) offsetof(struct auth_profile_change, member)

static const struct bh_field change_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), 0, 0, 128},
	{"locale", BH_FIELD_CHOICE, AT(locale), .words = LOCALES},
	{"theme", BH_FIELD_CHOICE, AT(theme), .words = THEMES},
	{"time_zone", BH_FIELD_TEXT, AT(time_zone), 0, 1, 64},
	{"shortcuts", BH_FIELD_BOOL, AT(shortcuts),
		.set = BH_SET(struct auth_profile_change, has_shortcuts)},
};

#undef AT

const struct bh_shape auth_profile_change_shape = BH_SHAPE("ProfileChange",
	struct auth_profile_change, change_fields);

/* GET /api/auth/profile */
int
auth_http_profile_get(struct bh_request *req)
{
	struct auth_profile profile = {0};
	int rc = auth_store_profile_get(req->db, &req->claims.subject, &profile);

	/* A key without an owner is its own subject, and the operator is nobody here. */
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_object(req, 200, &auth_profile_shape, &profile);
}

/* PATCH /api/auth/profile: what is named changes. */
int
auth_http_profile_change(struct bh_request *req)
{
	struct auth_profile_change change = {0};
	int rc = bh_request_object(req, &auth_profile_change_shape, &change);

	if (rc == 0 && strcmp(req->claims.client, "api_key") == 0)
		rc = bh_error(BH_E_FORBIDDEN, "Only a signed-in user can change the profile.");
	if (rc == 0 && change.name != NULL && change.name[0] != '\0')
		rc = auth_name_check(change.name);
	if (rc == 0 && change.time_zone != NULL)
		rc = auth_time_zone_check(change.time_zone);
	if (rc == 0)
		rc = auth_store_profile_set(req->db, &req->claims.subject, &change);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return auth_http_profile_get(req);
}
