/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: each way ends in a file without a name, of at most so many bytes. */
#include "multimodal/source.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "http/fetch.h"
#include "http/multipart.h"
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

void
multimodal_source_close(struct multimodal_source *source)
{
	if (source->fd > 0)
		close(source->fd);
	*source = (struct multimodal_source){0};
}

static int
too_large(const char *at)
{
	return bh_error_param(BH_E_IMAGE_TOO_LARGE, at, "An image must have at most %lld bytes.",
		(long long)MULTIMODAL_INPUT_BYTES_MAX);
}

static int
add(struct multimodal_source *source, const char *at, const char *bytes, size_t n)
{
	source->bytes += (int64_t)n;
	return source->bytes > MULTIMODAL_INPUT_BYTES_MAX
		? too_large(at)
		: bh_picture_spool_write(source->fd, bytes, n);
}

static int
spool(struct bh_request *req, struct multimodal_source *out)
{
	return bh_picture_spool(bh_runtime_spool_dir(req->runtime), &out->fd);
}

/* ---- a form ---- */

int
multimodal_source_form(struct bh_request *req, struct bh_multipart *form, const char *param,
	struct multimodal_source *out)
{
	char *bytes = bh_arena_alloc(req->arena, PIECE_BYTES);
	ssize_t n = 0;
	int rc = spool(req, out);

	while (rc == 0 && (n = bh_multipart_read(form, bytes, PIECE_BYTES)) > 0)
		rc = add(out, param, bytes, (size_t)n);
	return rc < 0 ? rc : (int)n;
}

/* ---- a file ---- */

static int
from_file(struct bh_request *req, const char *id, const char *at, struct multimodal_source *out)
{
	struct bh_peer peer;
	int rc;

	if (!bh_text_has_word(req->claims.scope, FILE_SCOPE))
		return bh_error_param(BH_E_FORBIDDEN, at,
			"An image by the id of a file requires the scope " FILE_SCOPE
			", which the credential does not have.");
	bh_peer_from(req, &peer);
	rc = bh_uuid_parse_id(id, MULTIMODAL_FILE_PREFIX, &out->file);
	if (rc == 0)
		rc = multimodal_kept_get(&peer, &out->file, MULTIMODAL_INPUT_BYTES_MAX,
			bh_runtime_spool_dir(req->runtime), &out->fd, &out->bytes);
	else
		rc = BH_E_NOT_FOUND;
	if (rc == BH_E_TOO_LARGE)
		return too_large(at);
	if (rc == BH_E_NOT_FOUND)
		return bh_error_param(BH_E_NOT_FOUND, at,
			"The file does not exist or you do not have access to it.");
	return rc < 0 ? rc : bh_request_spool(req, out->bytes);
}

/* ---- in the request ---- */

/* data:image/png;base64,… whose media type says nothing. */
static int
from_data(struct bh_request *req, const char *url, const char *at, struct multimodal_source *out)
{
	static const char form[] = ";base64";
	const char *comma = strchr(url, ',');
	size_t len;
	int rc;

	if (comma == NULL || (size_t)(comma - url) < sizeof(form) - 1 ||
		memcmp(comma - (sizeof(form) - 1), form, sizeof(form) - 1) != 0)
		return bh_error_param(BH_E_INVALID, at, "A data URL must be base64.");
	len = strlen(comma + 1);
	if (len / 4 > MULTIMODAL_INPUT_BYTES_MAX / 3)
		return too_large(at);
	out->bytes = (int64_t)len / 4 * 3;
	rc = bh_request_spool(req, out->bytes);
	if (rc == 0)
		rc = multimodal_ask_decode(comma + 1, len, bh_runtime_spool_dir(req->runtime), &out->fd);
	return rc == BH_E_INVALID ? bh_error_param(BH_E_IMAGE, at, "The data URL is not valid base64.")
							  : rc;
}

/* ---- at an address ---- */

static int
read_fetched(struct bh_request *req, struct bh_fetched *fetched, const char *at,
	struct multimodal_source *out)
{
	char *bytes = bh_arena_alloc(req->arena, PIECE_BYTES);
	ssize_t n;
	int rc = 0;

	if (fetched->status != 200)
		return bh_error_param(BH_E_URL_FAILED, at,
			"The URL of the image answered with the HTTP status %d.", fetched->status);
	rc = spool(req, out);
	while (rc == 0 && (n = bh_fetch_read(fetched, bytes, PIECE_BYTES)) != 0) {
		if (n < 0)
			return n == BH_E_TOO_LARGE ? too_large(at) : bh_fetch_failure((int)n, at);
		rc = bh_request_spool(req, n);
		if (rc == 0)
			rc = add(out, at, bytes, (size_t)n);
	}
	return rc;
}

static int
from_address(struct bh_request *req, const char *url, const char *at, int64_t until_ms,
	struct multimodal_source *out)
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
		.bytes_most = MULTIMODAL_INPUT_BYTES_MAX,
		.first_byte_ms = FIRST_BYTE_MS,
		.total_ms = until_ms - bh_clock_steady_ms(),
		.watch_fd = bh_http_client_fd(req->http),
		.cancel = bh_runtime_stop_flag(req->runtime),
	};
	int rc;

	if (ask.total_ms <= 0)
		return bh_error_param(BH_E_URL_FAILED, at, "The images of the request took too long.");
	rc = bh_fetch(bh_runtime_fetcher(req->runtime), req->arena, &ask, &fetched);
	return rc < 0 ? bh_fetch_failure(rc, at) : read_fetched(req, &fetched, at, out);
}

/* ---- what a body says ---- */

static const struct bh_field reference_fields[] = {
	{"file_id", BH_FIELD_TEXT, offsetof(struct multimodal_reference, file_id), BH_NULLABLE},
	{"image_url", BH_FIELD_TEXT, offsetof(struct multimodal_reference, image_url), BH_NULLABLE},
};

int
multimodal_reference_parse(struct bh_request *req, const struct bh_json *value, const char *at,
	struct multimodal_reference *out)
{
	struct multimodal_reference reference = {0};
	int rc;

	if (bh_json_kind(value) != BH_JSON_OBJECT)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be an object.", at);
	rc = bh_fields_read(req->arena, value, BH_LIST(reference_fields), at, &reference);
	if (rc == 0)
		rc = multimodal_reference_check(&reference, at);
	if (rc == 0)
		*out = reference;
	return rc;
}

int
multimodal_reference_check(const struct multimodal_reference *reference, const char *at)
{
	if ((reference->file_id == NULL) != (reference->image_url == NULL))
		return 0;
	return bh_error_param(BH_E_INVALID, at,
		"An image is named by either a file_id or an image_url.");
}

const char *
multimodal_reference_param(struct bh_request *req, const struct multimodal_reference *reference,
	const char *at)
{
	return bh_arena_printf(req->arena, "%s%s%s", at, at[0] != '\0' ? "." : "",
		reference->file_id != NULL ? "file_id" : "image_url");
}

int
multimodal_source_read(struct bh_request *req, const struct multimodal_reference *reference,
	const char *at, int64_t until_ms, struct multimodal_source *out)
{
	const char *url = reference->image_url;

	if (url == NULL)
		return from_file(req, reference->file_id, at, out);
	if (bh_text_starts(url, "data:"))
		return from_data(req, url, at, out);
	if (bh_text_starts(url, "https://") || bh_text_starts(url, "http://"))
		return from_address(req, url, at, until_ms, out);
	return bh_error_param(BH_E_INVALID, at,
		"An image must be given as a data URL or as a URL that begins with https://.");
}
