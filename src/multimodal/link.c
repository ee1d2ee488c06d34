/* SPDX-License-Identifier: Apache-2.0 */
/* link.c: tenant, file and end, sealed: nothing of it can be read or changed by who has the link. */
#include "multimodal/link.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "multimodal/kept.h"
#include "multimodal/multimodal.h"
#include "multimodal/store.h"
#include "sec/digest.h"
#include "sec/seal.h"
#include "service/peer.h"
#include "service/request.h"

#define CONTEXT "multimodal.link"

enum { TEXT_MOST = 200 };

/* What is sealed. */
struct content {
	struct bh_uuid tenant, file;
	int64_t until_ms;
	char format[8];
};

static const char *
mime_of(const char *format)
{
	return strcmp(format, "jpeg") == 0 ? "image/jpeg"
		: strcmp(format, "webp") == 0  ? "image/webp"
									   : "image/png";
}

static void
seal(struct bh_runtime *runtime, const struct content *content, struct bh_buf *out)
{
	struct bh_secret key = {0};

	bh_runtime_key(runtime, CONTEXT, &key);
	bh_seal(&key, CONTEXT, content, sizeof(*content), out);
	bh_secret_close(&key);
}

static int
unseal(struct bh_runtime *runtime, const char *text, struct content *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf content = {0};
	unsigned char sealed[TEXT_MOST];
	struct bh_secret key = {0};
	size_t len = 0;
	int rc = strlen(text) > TEXT_MOST
		? BH_E_INVALID
		: bh_base64url_decode(text, strlen(text), sealed, sizeof(sealed), &len);

	if (rc == 0) {
		bh_runtime_key(runtime, CONTEXT, &key);
		rc = bh_unseal(&key, CONTEXT, sealed, len, &content);
		bh_secret_close(&key);
	}
	if (rc == 0 && content.len != sizeof(*out))
		rc = BH_E_INVALID;
	if (rc == 0) {
		memcpy(out, content.data, sizeof(*out));
		out->format[sizeof(out->format) - 1] = '\0';
	}
	return rc < 0 || out->until_ms < bh_clock_wall_ms() ? BH_E_NOT_FOUND : 0;
}

void
multimodal_link_write(struct bh_request *req, const struct multimodal_image *image,
	struct bh_buf *out)
{
	const struct multimodal *multimodal = req->service;
	BH_AUTO(bh_buf_close) struct bh_buf sealed = {0};
	struct content content = {
		.tenant = req->tenant,
		.file = image->file,
		.until_ms = bh_clock_wall_ms() + multimodal->conf.link_s * 1000,
	};
	char text[TEXT_MOST + 8];

	strncpy(content.format, image->format, sizeof(content.format) - 1);
	seal(multimodal->runtime, &content, &sealed);
	bh_base64url_encode(sealed.data, sealed.len, text);
	bh_buf_printf(out, "\"%s/v1/images/links/%s\"", bh_runtime_conf(req->runtime)->public_url,
		text);
}

static ssize_t
next(void *state, char *out, size_t size)
{
	return bh_http_reply_read(state, out, size);
}

static void
close_reply(void *state)
{
	bh_http_reply_close(state);
}

int
multimodal_http_link_get(struct bh_request *req)
{
	struct bh_http_reply *reply = bh_arena_alloc(req->arena, sizeof(*reply));
	const struct bh_http_stream source = {.next = next, .close = close_reply, .state = reply};
	struct content content = {0};
	struct bh_peer peer;
	int rc = unseal(req->runtime, bh_request_param(req, "link"), &content);

	bh_peer_from(req, &peer);
	/* The link is the credential: it names the tenant, and nobody acts. */
	peer.onward.tenant = content.tenant;
	peer.onward.subject = NULL;
	peer.onward.credential = (struct bh_uuid){0};
	if (rc == 0)
		rc = multimodal_kept_open(&peer, &content.file, reply);
	if (rc < 0)
		return bh_reply_error(req,
			rc == BH_E_NOT_FOUND
				? bh_error(BH_E_NOT_FOUND, "The link has expired or does not exist.")
				: rc,
			NULL);
	bh_reply_header(req, "cache-control", "private, no-store");
	bh_reply_header(req, "x-content-type-options", "nosniff");
	return bh_reply_content(req, 200, mime_of(content.format), &source);
}
