/* SPDX-License-Identifier: Apache-2.0 */
/* picture_source.c: a picture's bytes, from the request itself, from a file of the tenant or from a URL. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "http/fetch.h"
#include "model/model.h"
#include "model/picture.h"
#include "picture/run.h"
#include "sec/digest.h"
#include "service/peer.h"
#include "service/request.h"

#define FILE_PREFIX "file-"
/* What a client's credential needs to have a file of its tenant read. */
#define FILE_SCOPE "files:read"

enum { PIECE_BYTES = 64 * 1024, FIRST_BYTE_MS = 20000, HOPS_MOST = 3, REFUSAL_BYTES = 16 * 1024 };

/* What is being received. */
struct receiving {
	struct bh_request *req;
	const char *param;
	int64_t most, bytes;
	int fd;
};

static int
too_large(const struct receiving *receiving)
{
	return bh_error_param(BH_E_IMAGE_TOO_LARGE, receiving->param,
		"The image is larger than %lld bytes.", (long long)receiving->most);
}

static int
add(struct receiving *receiving, const char *bytes, size_t len)
{
	int rc;

	if (receiving->bytes + (int64_t)len > receiving->most)
		return too_large(receiving);
	rc = bh_request_spool(receiving->req, (int64_t)len);
	if (rc < 0)
		return rc;
	receiving->bytes += (int64_t)len;
	while (len > 0) {
		ssize_t n = write(receiving->fd, bytes, len);

		if (n <= 0)
			return bh_error(BH_E_NO_ROOM, "spool a picture: %m");
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* ---- in the request ---- */

int
model_picture_data(const char *url, size_t len, struct bh_buf *out)
{
	const char *comma = memchr(url, ',', len);
	static const char form[] = ";base64";
	size_t head = comma != NULL ? (size_t)(comma - url) : 0;
	size_t room, n = 0;

	if (head < sizeof(form) - 1 || memcmp(comma - (sizeof(form) - 1), form, sizeof(form) - 1) != 0)
		return bh_error(BH_E_INVALID,
			"A data URL of an image must have the form data:image/png;base64,… .");
	len -= head + 1;
	room = len / 4 * 3 + 3;
	if (bh_base64_decode(comma + 1, len, bh_buf_room(out, room), room, &n) < 0)
		return bh_error(BH_E_INVALID, "The data URL of the image is not valid base64.");
	out->len += n;
	return 0;
}

static int
from_data(struct receiving *receiving, const char *url, size_t len)
{
	BH_AUTO(bh_buf_close) struct bh_buf bytes = {0};
	int rc;

	/* Before it is decoded; it takes less than its text, which is counted. */
	if ((int64_t)len / 4 * 3 > receiving->most + PIECE_BYTES)
		return too_large(receiving);
	rc = model_picture_data(url, len, &bytes);
	if (rc < 0)
		return bh_error_param(rc, receiving->param, "%s", bh_error_detail(rc));
	return add(receiving, bytes.data, bytes.len);
}

/* ---- a file ---- */

static int
not_found(const struct receiving *receiving, const char *id)
{
	return bh_error_param(BH_E_NOT_FOUND, receiving->param, "File '%.64s' not found.", id);
}

static int
read_reply(struct receiving *receiving, struct bh_http_reply *reply)
{
	char bytes[PIECE_BYTES];
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = bh_http_reply_read(reply, bytes, sizeof(bytes))) != 0)
		rc = n < 0 ? (int)n : add(receiving, bytes, (size_t)n);
	return rc;
}

static int
from_file(struct receiving *receiving, const char *id)
{
	struct bh_request *req = receiving->req;
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc refusal = {0};
	char hex[BH_UUID_HEX], path[96];
	const struct bh_peer_call call = {
		.service = "rag",
		.path = path,
		.first_byte_ms = FIRST_BYTE_MS,
		.answer_max = REFUSAL_BYTES,
	};
	struct bh_peer peer;
	struct bh_uuid file;
	int rc;

	if ((req->route->flags & BH_ROUTE_INTERNAL) == 0 &&
		!bh_text_has_word(req->claims.scope, FILE_SCOPE))
		return bh_error_param(BH_E_FORBIDDEN, receiving->param,
			"An image by the id of a file requires the scope " FILE_SCOPE
			", which the credential does not have.");
	if (bh_uuid_parse_id(id, FILE_PREFIX, &file) < 0)
		return not_found(receiving, id);
	bh_uuid_hex(&file, hex);
	snprintf(path, sizeof(path), "/internal/files/" FILE_PREFIX "%s/content", hex);
	bh_peer_from(req, &peer);
	rc = bh_peer_open(&peer, &call, &reply);
	if (rc == 0 && reply.status != 200)
		rc = bh_peer_read(&call, &reply, &refusal);
	else if (rc == 0)
		rc = read_reply(receiving, &reply);
	return rc == BH_E_NOT_FOUND ? not_found(receiving, id) : rc;
}

/* ---- a URL ---- */

static int
read_fetched(struct receiving *receiving, struct bh_fetched *fetched)
{
	char bytes[PIECE_BYTES];
	ssize_t n;
	int rc = 0;

	if (fetched->status != 200)
		return bh_error_param(BH_E_URL_FAILED, receiving->param,
			"The URL of the image answered with the HTTP status %d.", fetched->status);
	while (rc == 0 && (n = bh_fetch_read(fetched, bytes, sizeof(bytes))) != 0) {
		if (n < 0)
			return n == BH_E_TOO_LARGE ? too_large(receiving)
									   : bh_fetch_failure((int)n, receiving->param);
		rc = add(receiving, bytes, (size_t)n);
	}
	return rc;
}

static int
from_url(struct receiving *receiving, const char *url, int64_t until_ms)
{
	static const struct bh_http_header accept[] = {
		{"accept", "image/png, image/jpeg, image/webp, image/gif"},
	};
	struct bh_request *req = receiving->req;
	BH_AUTO(bh_fetch_close) struct bh_fetched fetched = {0};
	const struct bh_fetch ask = {
		.tenant = &req->tenant,
		.url = url,
		.headers = accept,
		.n_headers = BH_COUNT(accept),
		.hops_most = HOPS_MOST,
		.bytes_most = (size_t)receiving->most,
		.first_byte_ms = FIRST_BYTE_MS,
		.total_ms = until_ms - bh_clock_steady_ms(),
		.watch_fd = bh_http_client_fd(req->http),
		.cancel = bh_runtime_stop_flag(req->runtime),
	};
	int rc = bh_fetch(bh_runtime_fetcher(req->runtime), req->arena, &ask, &fetched);

	return rc < 0 ? bh_fetch_failure(rc, receiving->param) : read_fetched(receiving, &fetched);
}

int
model_picture_source(struct bh_request *req, const char *url, size_t len, const char *param,
	int64_t until_ms, int *out_fd)
{
	const struct model *model = req->service;
	struct receiving receiving = {.req = req,
		.param = param,
		.most = model->conf.picture_bytes_max,
		.fd = -1};
	int rc = bh_picture_spool(bh_runtime_spool_dir(req->runtime), &receiving.fd);

	if (rc < 0)
		return rc;
	if (bh_text_starts(url, "data:"))
		rc = from_data(&receiving, url, len);
	else if (bh_text_starts(url, FILE_PREFIX))
		rc = from_file(&receiving, url);
	else if (bh_text_starts(url, "https://") || bh_text_starts(url, "http://"))
		rc = from_url(&receiving, url, until_ms);
	else
		rc = bh_error_param(BH_E_INVALID, param,
			"An image must be given as a data URL, as the id of a file, or as a URL that begins "
			"with "
			"https://.");
	if (rc < 0)
		close(receiving.fd);
	else
		*out_fd = receiving.fd;
	return rc;
}
