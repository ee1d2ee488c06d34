/* SPDX-License-Identifier: Apache-2.0 */
/* http_wellknown.c: the public keys, and what discovery can truthfully say. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/signing.h"
#include "service/request.h"

/* GET /.well-known/jwks.json: every key that a token may be signed with, and the next one. */
int
auth_http_jwks(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct auth *auth = req->service;

	auth_signer_jwks(auth->signer, &body);
	bh_reply_header(req, "cache-control", "public, max-age=300");
	return bh_reply_json(req, 200, &body);
}

struct discovery {
	const char *issuer, *keys, *none, *subjects, *algorithms;
};

#define AT(member) offsetof(struct discovery, member)

static const struct bh_field discovery_fields[] = {
	{"issuer", BH_FIELD_TEXT, AT(issuer)},
	{"jwks_uri", BH_FIELD_TEXT, AT(keys)},
	{"response_types_supported", BH_FIELD_WORDS, AT(none)},
	{"grant_types_supported", BH_FIELD_WORDS, AT(none)},
	{"subject_types_supported", BH_FIELD_WORDS, AT(subjects)},
	{"id_token_signing_alg_values_supported", BH_FIELD_WORDS, AT(none)},
	{"access_token_signing_alg_values_supported", BH_FIELD_WORDS, AT(algorithms)},
};

const struct bh_shape auth_discovery_shape = BH_SHAPE("Discovery", struct discovery,
	discovery_fields);

/* GET /.well-known/openid-configuration: the issuer and its keys. There are no OAuth end points yet, and
 * so none are named. */
int
auth_http_discovery(struct bh_request *req)
{
	const char *issuer = bh_runtime_conf(req->runtime)->issuer;
	const struct discovery discovery = {issuer,
		bh_arena_printf(req->arena, "%s/.well-known/jwks.json", issuer), "", "public", "ES256"};

	bh_reply_header(req, "cache-control", "public, max-age=300");
	return bh_reply_object(req, 200, &auth_discovery_shape, &discovery);
}
