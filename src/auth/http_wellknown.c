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

static void
list(struct bh_write *write, const char *name, const char *only)
{
	bh_write_name(write, name);
	bh_write_array(write);
	if (only != NULL)
		bh_write_text(write, only);
	bh_write_end(write);
}

/* GET /.well-known/openid-configuration: the issuer and its keys. There are no OAuth end points yet, and
 * so none are named. */
int
auth_http_discovery(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0}, keys = {0};
	struct bh_write write = {.out = &body};
	const char *issuer = bh_runtime_conf(req->runtime)->issuer;

	bh_buf_printf(&keys, "%s/.well-known/jwks.json", issuer);
	bh_write_object(&write);
	bh_write_pair_text(&write, "issuer", issuer);
	bh_write_pair_text(&write, "jwks_uri", keys.data);
	list(&write, "response_types_supported", NULL);
	list(&write, "grant_types_supported", NULL);
	list(&write, "subject_types_supported", "public");
	list(&write, "id_token_signing_alg_values_supported", NULL);
	list(&write, "access_token_signing_alg_values_supported", "ES256");
	bh_write_end(&write);
	bh_reply_header(req, "cache-control", "public, max-age=300");
	return bh_reply_json(req, 200, &body);
}
