/* SPDX-License-Identifier: Apache-2.0 */
/* request.c: reading a request: path parameters, body, query. */
#include "service/request.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "json/mend.h"
#include "service/running.h"

const char *
bh_request_param(const struct bh_request *req, const char *name)
{
	for (size_t i = 0; i < BH_COUNT(req->params); i++) {
		if (req->params[i].name != NULL && strcmp(req->params[i].name, name) == 0)
			return req->params[i].value;
	}
	bh_panic(__FILE__, __LINE__, "the route has no such parameter");
}

int
bh_request_id(struct bh_request *req, const char *name, const char *prefix, struct bh_uuid *out)
{
	return bh_uuid_parse_id(bh_request_param(req, name), prefix, out);
}

int
bh_request_uuid(struct bh_request *req, const char *name, struct bh_uuid *out)
{
	return bh_uuid_parse(bh_request_param(req, name), out) < 0 ? BH_E_NOT_FOUND : 0;
}

/* ---- body ---- */

/* "application/json", with or without parameters, or nothing at all. */
static bool
is_json(const char *content_type)
{
	static const char json[] = "application/json";
	size_t len = strlen(json);

	if (content_type == NULL)
		return true;
	return strncasecmp(content_type, json, len) == 0 &&
		(content_type[len] == '\0' || content_type[len] == ';' || content_type[len] == ' ');
}

/* A body too large for memory was spooled; as JSON it is wanted in one piece all the same. */
static int
load_spooled(const struct bh_http_exchange *http, struct bh_buf *out)
{
	char *room = bh_buf_room(out, (size_t)http->body_bytes);
	size_t want = (size_t)http->body_bytes;

	while (out->len < want) {
		ssize_t n = pread(http->body_fd, room + out->len, want - out->len, (off_t)out->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return bh_error(BH_E_IO, "read a spooled body: %m");
		out->len += (size_t)n;
	}
	return 0;
}

/* Of smaller ones as many as a service has threads take little, whatever is counted for them. */
#define BODY_SMALL (4 * BH_KIB)

static int
count_values(struct bh_request *req, size_t bytes)
{
	return bh_admission_values(&req->runtime->admission, req->holding, (int64_t)bytes);
}

int
bh_request_spool(struct bh_request *req, int64_t bytes)
{
	struct bh_holding *holding = req->holding;

	return bh_admission_body(&req->runtime->admission, holding, holding->bodies,
		holding->spool + bytes);
}

int64_t
bh_request_spooled(const struct bh_request *req)
{
	return req->holding->spool;
}

void
bh_request_unspool(struct bh_request *req, int64_t bytes)
{
	struct bh_holding *holding = req->holding;

	bh_share_give(&req->runtime->admission.spool, &holding->tenant, bytes);
	holding->spool -= bytes;
}

static int
parse(struct bh_request *req, const char *text, size_t len)
{
	int rc;

	if (len == 0)
		return bh_json_parse("{}", 2, &req->body);
	rc = bh_json_parse(text, len, &req->body);
	if (rc == BH_E_JSON && !bh_text_is_utf8(text, len))
		return bh_error(BH_E_UTF8, "The body is not valid UTF-8.");
	if (rc < 0)
		return rc;
	if (bh_json_kind(req->body.root) != BH_JSON_OBJECT)
		return bh_error(BH_E_TYPE, "The body must be a JSON object.");
	return 0;
}

static int
read_json(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf spooled = {0};
	const struct bh_http_exchange *http = req->http;
	int rc;

	if (!is_json(bh_http_header(http, "content-type")))
		return bh_error(BH_E_MEDIA_TYPE, "The body must be application/json.");
	bh_json_close(&req->body);
	if (http->body_fd < 0) {
		rc = count_values(req, bh_json_bytes(http->body.data, http->body.len));
		if (rc == 0)
			rc = parse(req, http->body.data, http->body.len);
		/* A call may take minutes: what was counted in caution is another one's meanwhile. */
		if (rc == 0 && http->body.len > BODY_SMALL)
			rc = count_values(req, req->body.arena.bytes);
		return rc;
	}
	/* The most that it can take is counted first and given back as more is known: whoever waits here
	 * holds nothing that another one waiting here needs. */
	rc = count_values(req,
		(size_t)http->body_bytes + bh_json_bytes(NULL, (size_t)http->body_bytes));
	if (rc == 0)
		rc = load_spooled(http, &spooled);
	if (rc == 0)
		rc = count_values(req, spooled.len + bh_json_bytes(spooled.data, spooled.len));
	if (rc == 0)
		rc = parse(req, spooled.data, spooled.len);
	if (rc == 0)
		rc = count_values(req, req->body.arena.bytes);
	return rc;
}

int
bh_request_json(struct bh_request *req)
{
	int rc = read_json(req);

	req->holding->body_values = req->holding->values;
	return rc;
}

int
bh_request_hold(struct bh_request *req, size_t bytes)
{
	int rc = count_values(req, (size_t)req->holding->body_values + bytes);

	if (rc == 0)
		req->holding->body_values = req->holding->values;
	return rc;
}

/* ---- a peer's answer ---- */

/* Most answers are small: they are not counted, and as many as a service has threads take little. */
#define ANSWER_UNCOUNTED (16 * BH_KIB)

/* Sets what an answer takes beside the body. */
static int
count_answer(struct bh_request *req, size_t bytes)
{
	int rc = count_values(req, (size_t)req->holding->body_values + bytes);

	return rc < 0
		? bh_error(BH_E_TOO_LARGE, "There is no memory for a response of %zu bytes.", bytes)
		: 0;
}

int
bh_request_answer_text(struct bh_request *req, const struct bh_buf *text, struct bh_json_doc *out)
{
	size_t bytes = text->size + bh_json_bytes(text->data, text->len);
	int rc = text->len > ANSWER_UNCOUNTED ? count_answer(req, bytes) : 0;

	return rc < 0 ? rc : bh_json_parse_mended(bh_buf_string(text), text->len, out);
}

int
bh_request_answer(struct bh_request *req, struct bh_http_reply *reply, size_t max,
	struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	size_t counted = ANSWER_UNCOUNTED;

	for (;;) {
		char *room = bh_buf_room(&text, ANSWER_UNCOUNTED / 2);
		ssize_t n = bh_http_reply_read(reply, room, ANSWER_UNCOUNTED / 2);
		int rc = 0;

		if (n == 0)
			return bh_request_answer_text(req, &text, out);
		if (n < 0)
			return (int)n;
		text.len += (size_t)n;
		text.data[text.len] = '\0';
		if (text.len > max)
			return bh_error(BH_E_TOO_LARGE, "The response is larger than %zu bytes.", max);
		/* Before it is made larger, which may double it. */
		if (text.len + ANSWER_UNCOUNTED / 2 > counted) {
			counted = 2 * text.len + ANSWER_UNCOUNTED;
			rc = count_answer(req, counted);
		}
		if (rc < 0)
			return rc;
	}
}

int
bh_request_object(struct bh_request *req, const struct bh_shape *shape, void *target)
{
	int rc = bh_request_json(req);

	return rc < 0
		? rc
		: bh_fields_read(req->arena, req->body.root, shape->fields, shape->n_fields, "", target);
}

/* ---- query ---- */

/* Names the parameter in whatever went wrong with it. */
static int
query(struct bh_request *req, const char *name, const char **out)
{
	int rc = bh_http_query(req->http, name, out);

	return rc < 0 ? bh_error_param(rc, name, "The query parameter '%s' is malformed.", name) : 0;
}

int
bh_request_query_text(struct bh_request *req, const char *name, const char **out)
{
	const char *text;
	int rc = query(req, name, &text);

	if (rc == 0 && text != NULL)
		*out = text;
	return rc;
}

int
bh_request_query_int(struct bh_request *req, const char *name, int64_t least, int64_t most,
	int64_t *out)
{
	const char *text;
	int rc = query(req, name, &text);

	if (rc < 0 || text == NULL)
		return rc;
	rc = bh_text_int(text, least, most, out);
	return rc < 0 ? bh_error_param(rc, name, "'%s' must be an integer between %lld and %lld.", name,
						(long long)least, (long long)most)
				  : 0;
}

int
bh_request_query_bool(struct bh_request *req, const char *name, bool *out)
{
	const char *text;
	int rc = query(req, name, &text);

	if (rc < 0 || text == NULL)
		return rc;
	if (strcasecmp(text, "true") != 0 && strcasecmp(text, "false") != 0)
		return bh_error_param(BH_E_INVALID, name, "'%s' must be true or false.", name);
	*out = text[0] == 't' || text[0] == 'T';
	return 0;
}
