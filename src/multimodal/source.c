/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: bytes of a picture that a request names, held to their limit as they arrive. */
#include "multimodal/source.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "http/fetch.h"
#include "json/fields.h"
#include "multimodal/ask.h"
#include "multimodal/kept.h"
#include "multimodal/multimodal.h"
#include "picture/run.h"
#include "service/peer.h"
#include "service/request.h"

enum { PIECE_BYTES = 64 * 1024, FIRST_BYTE_MS = 20000, HOPS_MOST = 3 };

/* What a credential needs to have a file of its tenant read. */
#define FILE_SCOPE "files:read"

static const struct bh_field fields[] = {
	{"file_id", BH_FIELD_TEXT, offsetof(struct multimodal_source, file_id), BH_NULLABLE},
	{"image_url", BH_FIELD_TEXT, offsetof(struct multimodal_source, image_url), BH_NULLABLE},
};

int
multimodal_source_parse(struct bh_request *req, const struct bh_json *value, const char *at,
	struct multimodal_source *out)
{
	struct multimodal_source source = {0};
	int rc;

	if (bh_json_kind(value) != BH_JSON_OBJECT)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be an object.", at);
	rc = bh_fields_read(req->arena, value, BH_LIST(fields), at, &source);
	if (rc < 0)
		return rc;
	if ((source.file_id == NULL) == (source.image_url == NULL))
		return bh_error_param(BH_E_INVALID, at, "'%s' must have a file_id or an image_url.", at);
	*out = source;
	return 0;
}

static int
too_large(const char *at)
{
	return bh_error_param(BH_E_IMAGE_TOO_LARGE, at, "An image must have at most %lld bytes.",
		(long long)MULTIMODAL_INPUT_BYTES_MAX);
}

static int
read_file_id(struct bh_request *req, const char *text, const char *at, int *out_fd)
{
	struct bh_peer peer;
	struct bh_uuid id;
	int64_t bytes = 0;
	int rc = bh_uuid_parse_id(text, MULTIMODAL_FILE_PREFIX, &id);

	if (!bh_text_has_word(req->claims.scope, FILE_SCOPE))
		return bh_error_param(BH_E_FORBIDDEN, at,
			"An image by the id of a file requires the scope " FILE_SCOPE
			", which the credential does not have.");
	bh_peer_from(req, &peer);
	if (rc == 0)
		rc = multimodal_kept_get(&peer, &id, MULTIMODAL_INPUT_BYTES_MAX,
			bh_runtime_spool_dir(req->runtime), out_fd, &bytes);
	else
		rc = BH_E_NOT_FOUND;
	if (rc == BH_E_TOO_LARGE)
		return too_large(at);
	if (rc == BH_E_NOT_FOUND)
		return bh_error_param(BH_E_NOT_FOUND, at,
			"The file does not exist or you do not have access to it.");
	return rc < 0 ? rc : bh_request_spool(req, bytes);
}

/* data:image/png;base64,… */
static int
read_data_url(struct bh_request *req, const char *url, const char *at, int *out_fd)
{
	const char *comma = strchr(url, ',');
	size_t len;
	int rc;

	if (comma == NULL || comma - url < 7 || strncmp(comma - 7, ";base64", 7) != 0)
		return bh_error_param(BH_E_INVALID, at, "A data URL must be base64.");
	len = strlen(comma + 1);
	if (len / 4 > MULTIMODAL_INPUT_BYTES_MAX / 3)
		return too_large(at);
	rc = bh_request_spool(req, (int64_t)len / 4 * 3);
	if (rc == 0)
		rc = multimodal_ask_decode(comma + 1, len, bh_runtime_spool_dir(req->runtime), out_fd);
	return rc == BH_E_INVALID ? bh_error_param(BH_E_IMAGE, at, "The data URL is not valid base64.")
							  : rc;
}

static int
receive(struct bh_request *req, struct bh_fetched *fetched, const char *at, int fd)
{
	char bytes[PIECE_BYTES];
	ssize_t n;
	int rc = 0;

	if (fetched->status != 200)
		return bh_error_param(BH_E_URL_FAILED, at,
			"The URL of the image answered with the HTTP status %d.", fetched->status);
	while (rc == 0 && (n = bh_fetch_read(fetched, bytes, sizeof(bytes))) != 0) {
		if (n < 0)
			return n == BH_E_TOO_LARGE ? too_large(at) : bh_fetch_failure((int)n, at);
		rc = bh_request_spool(req, n);
		if (rc == 0)
			rc = bh_picture_spool_write(fd, bytes, (size_t)n);
	}
	return rc;
}

static int
read_url(struct bh_request *req, const char *url, const char *at, int64_t until_ms, int *out_fd)
{
	static const struct bh_http_header accept[] = {
		{"accept", "image/png, image/jpeg, image/webp, image/gif"},
	};
	BH_AUTO(bh_fetch_close) struct bh_fetched fetched = {0};
	const struct bh_fetch ask = {
		.tenant = &req->tenant,
		.url = url,
		.headers = accept,
		.n_headers = BH_COUNT(accept),
		.hops_most = HOPS_MOST,
		.bytes_most = (size_t)MULTIMODAL_INPUT_BYTES_MAX,
		.first_byte_ms = FIRST_BYTE_MS,
		.total_ms = until_ms - bh_clock_steady_ms(),
		.watch_fd = bh_http_client_fd(req->http),
		.cancel = bh_runtime_stop_flag(req->runtime),
	};
	int fd = -1;
	int rc;

	if (ask.total_ms <= 0)
		return bh_error_param(BH_E_URL_FAILED, at, "The images of the request took too long.");
	rc = bh_fetch(bh_runtime_fetcher(req->runtime), req->arena, &ask, &fetched);
	if (rc < 0)
		return bh_fetch_failure(rc, at);
	rc = bh_picture_spool(bh_runtime_spool_dir(req->runtime), &fd);
	if (rc == 0)
		rc = receive(req, &fetched, at, fd);
	if (rc < 0 && fd >= 0)
		close(fd);
	if (rc == 0)
		*out_fd = fd;
	return rc;
}

int
multimodal_source_read(struct bh_request *req, const struct multimodal_source *source,
	const char *at, int64_t until_ms, int *out_fd)
{
	const char *url = source->image_url;

	if (url == NULL)
		return read_file_id(req, source->file_id, at, out_fd);
	if (bh_text_starts(url, "data:"))
		return read_data_url(req, url, at, out_fd);
	if (bh_text_starts(url, "https://") || bh_text_starts(url, "http://"))
		return read_url(req, url, at, until_ms, out_fd);
	return bh_error_param(BH_E_INVALID, at,
		"'image_url' must be a data URL or a URL that begins with https://.");
}
