/* SPDX-License-Identifier: Apache-2.0 */
/* claims.c: the claims of an access token as JSON, written and strictly read. */
#include "sec/claims.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"

enum { WORDS_MOST = 64 };

static void
pair_uuid(struct bh_write *write, const char *name, const struct bh_uuid *id)
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(id, text);
	bh_write_pair_text(write, name, text);
}

/* "auth model" as ["auth","model"]. */
static void
words_write(struct bh_write *write, const char *name, const char *words)
{
	bh_write_name(write, name);
	bh_write_array(write);
	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		if (len > 0)
			bh_write_bytes(write, words, len);
		words += len + strspn(words + len, " ");
	}
	bh_write_end(write);
}

void
bh_claims_write(const struct bh_claims *claims, const char *issuer, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "iss", issuer);
	bh_write_pair_text(&write, "sub", claims->subject_text);
	words_write(&write, "aud", claims->audience);
	bh_write_pair_text(&write, "client_id", claims->client);
	bh_write_pair_int(&write, "exp", claims->expires_s);
	bh_write_pair_int(&write, "nbf", claims->not_before_s);
	bh_write_pair_int(&write, "iat", claims->issued_s);
	pair_uuid(&write, "jti", &claims->token);
	if (!bh_uuid_is_zero(&claims->session))
		pair_uuid(&write, "sid", &claims->session);
	pair_uuid(&write, "tenant_id", &claims->tenant);
	if (!bh_uuid_is_zero(&claims->team))
		pair_uuid(&write, "team", &claims->team);
	bh_write_pair_text(&write, "role", claims->role);
	bh_write_pair_text(&write, "scope", claims->scope);
	bh_write_pair_text(&write, "plan", claims->plan);
	if (claims->entitled[0] != '\0')
		words_write(&write, "ent", claims->entitled);
	if (claims->plan_state[0] != '\0')
		bh_write_pair_text(&write, "plan_state", claims->plan_state);
	bh_write_pair_int(&write, "ver", claims->version);
	if (claims->elevated_s != 0)
		bh_write_pair_int(&write, "elv", claims->elevated_s);
	if (!bh_uuid_is_zero(&claims->impersonator))
		pair_uuid(&write, "imp", &claims->impersonator);
	if (claims->actor[0] != '\0') {
		bh_write_name(&write, "act");
		bh_write_object(&write);
		bh_write_pair_text(&write, "sub", claims->actor);
		bh_write_end(&write);
	}
	bh_write_end(&write);
}

static int
refuse(const char *name)
{
	return bh_error(BH_E_UNAUTHENTICATED, "The token's %s is missing or malformed.", name);
}

/* A string member, copied; it must fit. */
BH_MUST_CHECK static int
text_read(const struct bh_json *object, const char *name, char *out, size_t size)
{
	const char *text = bh_json_string(bh_json_get(object, name));

	if (text == NULL || strlen(text) >= size)
		return refuse(name);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

BH_MUST_CHECK static int
int_read(const struct bh_json *object, const char *name, int64_t *out)
{
	if (!bh_json_int(bh_json_get(object, name), out) || *out < 0)
		return refuse(name);
	return 0;
}

BH_MUST_CHECK static int
uuid_read(const struct bh_json *object, const char *name, struct bh_uuid *out)
{
	const char *text = bh_json_string(bh_json_get(object, name));

	if (text == NULL || bh_uuid_parse(text, out) < 0)
		return refuse(name);
	return 0;
}

/* An array of names, joined by blanks. */
BH_MUST_CHECK static int
words_read(const struct bh_json *root, const char *member, char *out, size_t size)
{
	const struct bh_json *list = bh_json_get(root, member);
	size_t len = 0, n = bh_json_count(list);

	if (bh_json_kind(list) != BH_JSON_ARRAY || n == 0 || n > WORDS_MOST)
		return refuse(member);
	for (size_t i = 0; i < n; i++) {
		const char *name = bh_json_string(bh_json_at(list, i));
		size_t name_len = name == NULL ? 0 : strlen(name);

		if (name_len == 0 || strchr(name, ' ') != NULL || len + name_len + 2 > size)
			return refuse(member);
		if (len > 0)
			out[len++] = ' ';
		memcpy(out + len, name, name_len);
		len += name_len;
	}
	out[len] = '\0';
	return 0;
}

BH_MUST_CHECK static int
identity_read(const struct bh_json *root, struct bh_claims *out)
{
	const struct bh_json *actor = bh_json_get(root, "act");
	int rc;

	rc = text_read(root, "sub", out->subject_text, sizeof(out->subject_text));
	if (rc == 0 && bh_uuid_parse(out->subject_text, &out->subject) < 0)
		out->subject = (struct bh_uuid){0}; /* a service or an operator */
	if (rc == 0)
		rc = uuid_read(root, "tenant_id", &out->tenant);
	if (rc == 0)
		rc = uuid_read(root, "jti", &out->token);
	if (rc == 0 && bh_json_get(root, "sid") != NULL)
		rc = uuid_read(root, "sid", &out->session);
	if (rc == 0 && bh_json_get(root, "team") != NULL)
		rc = uuid_read(root, "team", &out->team);
	if (rc == 0 && bh_json_get(root, "imp") != NULL)
		rc = uuid_read(root, "imp", &out->impersonator);
	if (rc == 0)
		rc = text_read(root, "client_id", out->client, sizeof(out->client));
	if (rc == 0 && actor != NULL)
		rc = text_read(actor, "sub", out->actor, sizeof(out->actor));
	return rc;
}

BH_MUST_CHECK static int
rights_read(const struct bh_json *root, struct bh_claims *out)
{
	int rc;

	rc = text_read(root, "role", out->role, sizeof(out->role));
	if (rc == 0)
		rc = text_read(root, "plan", out->plan, sizeof(out->plan));
	if (rc == 0)
		rc = text_read(root, "scope", out->scope, sizeof(out->scope));
	if (rc == 0)
		rc = words_read(root, "aud", out->audience, sizeof(out->audience));
	if (rc == 0 && bh_json_get(root, "ent") != NULL)
		rc = words_read(root, "ent", out->entitled, sizeof(out->entitled));
	if (rc == 0 && bh_json_get(root, "plan_state") != NULL)
		rc = text_read(root, "plan_state", out->plan_state, sizeof(out->plan_state));
	if (rc == 0)
		rc = int_read(root, "iat", &out->issued_s);
	if (rc == 0)
		rc = int_read(root, "nbf", &out->not_before_s);
	if (rc == 0)
		rc = int_read(root, "exp", &out->expires_s);
	if (rc == 0)
		rc = int_read(root, "ver", &out->version);
	if (rc == 0 && bh_json_get(root, "elv") != NULL)
		rc = int_read(root, "elv", &out->elevated_s);
	return rc;
}

int
bh_claims_read(const char *payload, size_t len, const char *issuer, struct bh_claims *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_claims claims = {0};
	const char *named;
	int rc;

	if (bh_json_parse(payload, len, &doc) < 0 || bh_json_kind(doc.root) != BH_JSON_OBJECT)
		return bh_error(BH_E_UNAUTHENTICATED, "The token's payload is not a JSON object.");
	named = bh_json_string(bh_json_get(doc.root, "iss"));
	if (named == NULL || strcmp(named, issuer) != 0)
		return bh_error(BH_E_UNAUTHENTICATED, "The token has a different issuer.");
	rc = identity_read(doc.root, &claims);
	if (rc == 0)
		rc = rights_read(doc.root, &claims);
	if (rc < 0)
		return rc;
	*out = claims;
	return 0;
}
