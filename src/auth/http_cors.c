/* SPDX-License-Identifier: Apache-2.0 */
/* http_cors.c: the origins whose pages may use a tenant's credentials: a tenant's administrators set them, or
 * the platform's staff. They have an effect where the operator's gateway.cors lets tenants have their own. */
#include "auth/routes.h"

#include <stdio.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/push.h"
#include "auth/store_cors.h"
#include "base/error.h"
#include "base/text.h"
#include "http/origin.h"
#include "service/request.h"

/* As it is kept: words. */
struct cors {
	const char *origins;
};

static const struct bh_field cors_fields[] = {
	{"object", BH_FIELD_CONST, .words = "cors"},
	{"origins", BH_FIELD_WORDS, offsetof(struct cors, origins)},
};

const struct bh_shape auth_cors_shape = BH_SHAPE("Cors", struct cors, cors_fields);

/* As it is sent. */
struct cors_new {
	const char **origins;
	size_t n;
};

static const struct bh_field text_row = {"", BH_FIELD_TEXT};

static const struct bh_field new_fields[] = {
	{"origins", BH_FIELD_ARRAY, offsetof(struct cors_new, origins), BH_REQUIRED, 0, BH_ORIGINS_MOST,
		BH_ELEMENTS(struct cors_new, origins, n, &text_row)},
};

const struct bh_shape auth_cors_change = BH_SHAPE("CorsUpdate", struct cors_new, new_fields);

static int
reply_cors(struct bh_request *req, const char *origins)
{
	return bh_reply_object(req, 200, &auth_cors_shape, &(struct cors){origins});
}

/* GET /api/cors, GET /api/tenants/{tenant}/cors */
int
auth_http_cors_get(struct bh_request *req)
{
	struct auth_place place;
	const char *origins = "";
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = auth_store_cors_get(&place.db, &place.tenant, &origins);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return reply_cors(req, origins);
}

/* The list as words, each once. */
static int
join(const struct cors_new *body, struct bh_buf *out)
{
	char param[32];

	for (size_t i = 0; i < body->n; i++) {
		const char *origin = body->origins[i];

		snprintf(param, sizeof(param), "origins.%zu", i);
		if (!bh_origin_is(origin, strlen(origin)))
			return bh_error_param(BH_E_INVALID, param,
				"An origin is written as browsers send it: scheme://host or scheme://host:port, in "
				"lower case, without a path and without the scheme's own port; wildcards are not "
				"supported.");
		if (bh_text_has_word(bh_buf_string(out), origin))
			continue;
		if (out->len + strlen(origin) + 1 > AUTH_ORIGINS_BYTES)
			return bh_error_param(BH_E_RANGE, "origins",
				"The origins must have at most %d characters in total.", AUTH_ORIGINS_BYTES);
		if (out->len > 0)
			bh_buf_char(out, ' ');
		bh_buf_text(out, origin);
	}
	return 0;
}

/* PUT /api/cors, PUT /api/tenants/{tenant}/cors: the whole list. */
int
auth_http_cors_put(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf origins = {0};
	struct cors_new body = {0};
	struct auth_place place;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = bh_request_object(req, &auth_cors_change, &body);
	if (rc == 0)
		rc = join(&body, &origins);
	if (rc == 0)
		rc = auth_store_cors_set(&place.db, &place.tenant, bh_buf_string(&origins));
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_text(&req->audit, "origins", bh_buf_string(&origins));
	/* From here on the gateway asks again: what it has kept still names the old ones. */
	auth_push_tenant(req->runtime, &place.tenant);
	return reply_cors(req, bh_buf_string(&origins));
}
