/* SPDX-License-Identifier: Apache-2.0 */
/* s3_sign.c: the canonical request, the string to sign and the signature, in Amazon's words. */
#include "object/s3_sign.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "sec/digest.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SCOPE_TEXT 160
#define URL_PARAMS_MOST 16

void
s3_time_text(int64_t time_ms, char out[S3_TIME_TEXT])
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm parts;

	gmtime_r(&seconds, &parts);
	strftime(out, S3_TIME_TEXT, "%Y%m%dT%H%M%SZ", &parts);
}

void
s3_query(struct bh_buf *out, const struct s3_pair *params, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			bh_buf_char(out, '&');
		bh_text_url(out, params[i].name);
		bh_buf_char(out, '=');
		bh_text_url(out, params[i].value);
	}
}

static void
add_names(struct bh_buf *out, const struct s3_pair *headers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			bh_buf_char(out, ';');
		bh_buf_text(out, headers[i].name);
	}
}

static void
hash_canonical(const struct s3_signing *signing, char out[65])
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_digest digest;

	bh_buf_printf(&text, "%s\n%s\n", signing->method, signing->path);
	s3_query(&text, signing->params, signing->n_params);
	bh_buf_char(&text, '\n');
	for (size_t i = 0; i < signing->n_headers; i++)
		bh_buf_printf(&text, "%s:%s\n", signing->headers[i].name, signing->headers[i].value);
	bh_buf_char(&text, '\n');
	add_names(&text, signing->headers, signing->n_headers);
	bh_buf_printf(&text, "\n%s", signing->payload_hash);
	bh_digest_sha256(text.data, text.len, &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), out);
}

/* The key for one day, region and service. */
static void
derive(const struct s3_signer *signer, const char *day, struct bh_digest *out)
{
	const char *const steps[] = {day, signer->region, signer->service, "aws4_request"};
	char secret[4 + 256 + 1];
	struct bh_digest digest;

	snprintf(secret, sizeof(secret), "AWS4%s", signer->secret);
	for (size_t i = 0; i < BH_COUNT(steps); i++) {
		const void *key = i == 0 ? (const void *)secret : digest.bytes;
		size_t len = i == 0 ? strlen(secret) : sizeof(digest.bytes);

		bh_digest_hmac_bytes(key, len, steps[i], strlen(steps[i]), out);
		digest = *out;
	}
	bh_wipe(secret, sizeof(secret));
	bh_wipe(&digest, sizeof(digest));
}

static void
scope_text(const struct s3_signing *signing, const char *when, char out[SCOPE_TEXT])
{
	snprintf(out, SCOPE_TEXT, "%.8s/%s/%s/aws4_request", when, signing->signer->region,
		signing->signer->service);
}

static void
signature(const struct s3_signing *signing, const char *when, const char *scope, char out[65])
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_digest key, digest;
	char canonical[65], day[9];

	hash_canonical(signing, canonical);
	snprintf(day, sizeof(day), "%.8s", when);
	derive(signing->signer, day, &key);
	bh_buf_printf(&text, ALGORITHM "\n%s\n%s\n%s", when, scope, canonical);
	bh_digest_hmac_bytes(key.bytes, sizeof(key.bytes), text.data, text.len, &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), out);
	bh_wipe(&key, sizeof(key));
}

void
s3_sign(const struct s3_signing *signing, struct bh_buf *out)
{
	char when[S3_TIME_TEXT], scope[SCOPE_TEXT], hex[65];

	s3_time_text(signing->time_ms, when);
	scope_text(signing, when, scope);
	signature(signing, when, scope, hex);
	bh_buf_printf(out, ALGORITHM " Credential=%s/%s,SignedHeaders=", signing->signer->id, scope);
	add_names(out, signing->headers, signing->n_headers);
	bh_buf_printf(out, ",Signature=%s", hex);
}

void
s3_sign_url(const struct s3_signing *signing, int64_t seconds, struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf credential = {0}, names = {0};
	struct s3_pair params[URL_PARAMS_MOST];
	struct s3_signing full = *signing;
	char when[S3_TIME_TEXT], scope[SCOPE_TEXT], validity[24], hex[65];
	size_t n = 0;

	BH_ASSERT(signing->n_params + 7 <= BH_COUNT(params));
	s3_time_text(signing->time_ms, when);
	scope_text(signing, when, scope);
	bh_buf_printf(&credential, "%s/%s", signing->signer->id, scope);
	add_names(&names, signing->headers, signing->n_headers);
	snprintf(validity, sizeof(validity), "%lld", (long long)seconds);
	params[n++] = (struct s3_pair){"X-Amz-Algorithm", ALGORITHM};
	params[n++] = (struct s3_pair){"X-Amz-Credential", bh_buf_string(&credential)};
	params[n++] = (struct s3_pair){"X-Amz-Date", when};
	params[n++] = (struct s3_pair){"X-Amz-Expires", validity};
	if (signing->signer->token != NULL)
		params[n++] = (struct s3_pair){"X-Amz-Security-Token", signing->signer->token};
	params[n++] = (struct s3_pair){"X-Amz-SignedHeaders", bh_buf_string(&names)};
	/* Upper case comes before lower case: what is asked for besides stands behind. */
	for (size_t i = 0; i < signing->n_params; i++)
		params[n++] = signing->params[i];
	full.params = params;
	full.n_params = n;
	full.payload_hash = "UNSIGNED-PAYLOAD";
	signature(&full, when, scope, hex);
	s3_query(out, params, n);
	bh_buf_printf(out, "&X-Amz-Signature=%s", hex);
}
