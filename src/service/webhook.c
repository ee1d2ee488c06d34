/* SPDX-License-Identifier: Apache-2.0 */
/* webhook.c: signs webhooks and sends them. */
#include "service/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "http/fetch.h"
#include "sec/digest.h"
#include "sec/seal.h"

#define SHOWN_PREFIX "whsec_"
#define CONTEXT_BYTES 80
#define TIMEOUT_MS 10000

int64_t
bh_webhook_wait_ms(int64_t attempt)
{
	static const int64_t minutes_2[] = {1, 4, 20, 60, 120, 360, 720, 1440};
	size_t last = BH_COUNT(minutes_2) - 1;
	size_t at = attempt < 1 ? 0 : (size_t)(attempt - 1);

	return minutes_2[at < last ? at : last] * 30000;
}

void
bh_webhook_show(const uint8_t secret[BH_WEBHOOK_SECRET], char out[BH_WEBHOOK_SHOWN])
{
	memcpy(out, SHOWN_PREFIX, sizeof(SHOWN_PREFIX));
	bh_base64_encode(secret, BH_WEBHOOK_SECRET, out + strlen(SHOWN_PREFIX));
}

void
bh_webhook_sign(const uint8_t secret[BH_WEBHOOK_SECRET], const char *id, int64_t timestamp_s,
	const struct bh_buf *body, struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf signed_text = {0};
	struct bh_digest digest;
	char text[64];

	bh_buf_printf(&signed_text, "%s.%" PRId64 ".", id, timestamp_s);
	bh_buf_add(&signed_text, body->data, body->len);
	bh_digest_hmac_bytes(secret, BH_WEBHOOK_SECRET, signed_text.data, signed_text.len, &digest);
	bh_base64_encode(digest.bytes, sizeof(digest.bytes), text);
	bh_buf_printf(out, "%sv1,%s", out->len > 0 ? " " : "", text);
}

int
bh_webhook_url_check(struct bh_arena *arena, const char *url)
{
	struct bh_url parts;
	int rc = bh_url_read(arena, url, &parts);

	if (rc == 0 && !parts.tls)
		rc = bh_error(BH_E_INVALID, "the URL must begin with https://");
	if (rc == 0 && strchr(url, '#') != NULL)
		rc = bh_error(BH_E_INVALID, "the URL must not have a fragment");
	return rc;
}

static void
context_of(const struct bh_webhooks *webhooks, const struct bh_uuid *tenant,
	char out[CONTEXT_BYTES])
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(tenant, text);
	snprintf(out, CONTEXT_BYTES, "%s:%s", webhooks->context, text);
}

void
bh_webhook_seal(const struct bh_webhooks *webhooks, const struct bh_uuid *tenant,
	const uint8_t secret[BH_WEBHOOK_SECRET], struct bh_buf *out)
{
	char context[CONTEXT_BYTES];

	context_of(webhooks, tenant, context);
	bh_seal(&webhooks->key, context, secret, BH_WEBHOOK_SECRET, out);
}

/* Adds the signature of one sealed secret. */
static int
sign_with(const struct bh_webhooks *webhooks, const struct bh_uuid *tenant,
	const struct bh_bytes *sealed, const char *id, int64_t timestamp_s, const struct bh_buf *body,
	struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf secret = {0};
	char context[CONTEXT_BYTES];
	int rc;

	context_of(webhooks, tenant, context);
	rc = bh_unseal(&webhooks->key, context, sealed->data, sealed->len, &secret);
	if (rc == 0 && secret.len != BH_WEBHOOK_SECRET)
		rc = bh_error(BH_E_INTERNAL, "a webhook's secret has another length");
	if (rc == 0)
		bh_webhook_sign((const uint8_t *)secret.data, id, timestamp_s, body, out);
	bh_wipe(secret.data, secret.len);
	return rc;
}

static int
post(const struct bh_webhooks *webhooks, struct bh_arena *arena, const struct bh_uuid *tenant,
	const char *url, const struct bh_http_header *headers, size_t n_headers,
	const struct bh_buf *body)
{
	const struct bh_fetch ask = {
		.tenant = tenant,
		.method = "POST",
		.url = url,
		.headers = headers,
		.n_headers = n_headers,
		.body = body->data,
		.body_len = body->len,
		.first_byte_ms = TIMEOUT_MS,
		.total_ms = 2 * TIMEOUT_MS,
		.ca_file = webhooks->ca_file[0] != '\0' ? webhooks->ca_file : NULL,
		.any_private = webhooks->private_hosts,
		.watch_fd = -1,
		.cancel = webhooks->stop,
	};
	struct bh_fetched answer = {0};
	int rc = bh_fetch(webhooks->fetcher, arena, &ask, &answer);

	/* What it says besides is nobody's concern; a redirect is not followed, and no success. */
	if (rc == 0 && (answer.status < 200 || answer.status > 299))
		rc = bh_error(BH_E_UPSTREAM, "the endpoint answered with HTTP status %d", answer.status);
	bh_fetch_close(&answer);
	return rc;
}

int
bh_webhook_send(const struct bh_webhooks *webhooks, struct bh_arena *arena,
	const struct bh_uuid *tenant, const struct bh_webhook_endpoint *endpoint, const char *id,
	int64_t now_ms, const struct bh_buf *body)
{
	BH_AUTO(bh_buf_close) struct bh_buf signature = {0};
	char timestamp[24];
	int rc = bh_webhook_url_check(arena, endpoint->url);

	snprintf(timestamp, sizeof(timestamp), "%" PRId64, now_ms / 1000);
	if (rc == 0)
		rc = sign_with(webhooks, tenant, &endpoint->secret, id, now_ms / 1000, body, &signature);
	if (rc == 0 && endpoint->previous.len > 0 && endpoint->previous_until_ms > now_ms)
		rc = sign_with(webhooks, tenant, &endpoint->previous, id, now_ms / 1000, body, &signature);
	if (rc < 0)
		return rc;
	return post(webhooks, arena, tenant, endpoint->url,
		(const struct bh_http_header[]){
			{"content-type", "application/json"},
			{"user-agent", "bulkhead"},
			{"webhook-id", id},
			{"webhook-timestamp", timestamp},
			{"webhook-signature", bh_buf_string(&signature)},
		},
		5, body);
}
