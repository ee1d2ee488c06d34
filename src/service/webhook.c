/* SPDX-License-Identifier: Apache-2.0 */
/* webhook.c: signs webhooks and sends them. */
#include "service/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "http/client.h"
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
bh_webhook_url(struct bh_arena *arena, const char *url, const char **out_origin,
	const char **out_path)
{
	static const char scheme[] = "https://";
	const char *host = url + strlen(scheme);
	struct bh_http_client *client = NULL;
	struct bh_http_client_conf conf = {0};
	size_t len;

	if (!bh_text_starts(url, scheme))
		return bh_error(BH_E_INVALID, "the address must begin with https://");
	for (const char *at = url; *at != '\0'; at++) {
		if (*at <= ' ' || *at > '~' || strchr("#\\\"<>^`{|}", *at) != NULL)
			return bh_error(BH_E_INVALID, "the address has a character that cannot stand in it");
	}
	len = strcspn(host, "/?");
	if (memchr(host, '@', len) != NULL)
		return bh_error(BH_E_INVALID, "the address must not name a user");
	conf.url = bh_arena_copy(arena, url, strlen(scheme) + len);
	if (bh_http_client_open(&conf, &client) < 0)
		return bh_error(BH_E_INVALID, "the address has no valid host");
	bh_http_client_close(client);
	*out_origin = conf.url;
	*out_path = bh_arena_printf(arena, "%s%s", host[len] == '/' ? "" : "/", host + len);
	return 0;
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
post(const struct bh_webhooks *webhooks, const char *origin, const char *path,
	const struct bh_http_header *headers, size_t n_headers, const struct bh_buf *body)
{
	const struct bh_http_client_conf conf = {
		.url = origin,
		.connect_ms = TIMEOUT_MS,
		.ca_file = webhooks->ca_file[0] != '\0' ? webhooks->ca_file : NULL,
		.public_only = !webhooks->private_hosts,
	};
	const struct bh_http_call call = {
		.method = "POST",
		.path = path,
		.headers = headers,
		.n_headers = n_headers,
		.body = body->data,
		.body_len = body->len,
		.first_byte_ms = TIMEOUT_MS,
		.idle_ms = TIMEOUT_MS,
		.watch_fd = -1,
		.cancel = webhooks->stop,
	};
	struct bh_http_client *client = NULL;
	struct bh_http_reply reply = {0};
	int rc = bh_http_client_open(&conf, &client);

	if (rc == 0)
		rc = bh_http_call(client, &call, &reply);
	/* What it says besides is nobody's concern; a redirect is not followed, and no success. */
	if (rc == 0 && (reply.status < 200 || reply.status > 299))
		rc = bh_error(BH_E_UPSTREAM, "the endpoint answered with HTTP status %d", reply.status);
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
	return rc;
}

int
bh_webhook_send(const struct bh_webhooks *webhooks, struct bh_arena *arena,
	const struct bh_uuid *tenant, const struct bh_webhook_endpoint *endpoint, const char *id,
	int64_t now_ms, const struct bh_buf *body)
{
	BH_AUTO(bh_buf_close) struct bh_buf signature = {0};
	const char *origin, *path;
	char timestamp[24];
	int rc = bh_webhook_url(arena, endpoint->url, &origin, &path);

	snprintf(timestamp, sizeof(timestamp), "%" PRId64, now_ms / 1000);
	if (rc == 0)
		rc = sign_with(webhooks, tenant, &endpoint->secret, id, now_ms / 1000, body, &signature);
	if (rc == 0 && endpoint->previous.len > 0 && endpoint->previous_until_ms > now_ms)
		rc = sign_with(webhooks, tenant, &endpoint->previous, id, now_ms / 1000, body, &signature);
	if (rc < 0)
		return rc;
	return post(webhooks, origin, path,
		(const struct bh_http_header[]){
			{"content-type", "application/json"},
			{"user-agent", "bulkhead"},
			{"webhook-id", id},
			{"webhook-timestamp", timestamp},
			{"webhook-signature", bh_buf_string(&signature)},
		},
		5, body);
}
