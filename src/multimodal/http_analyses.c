/* SPDX-License-Identifier: Apache-2.0 */
/* http_analyses.c: POST /v1/images/analyses: what can be said of a picture, which may be kept with it. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/multipart.h"
#include "multimodal/analysis.h"
#include "multimodal/http.h"
#include "multimodal/kept.h"
#include "multimodal/near.h"
#include "multimodal/picture.h"
#include "picture/run.h"
#include "service/peer.h"
#include "service/request.h"

enum { VALUE_MOST = 4 * MULTIMODAL_ALT_POINTS_MAX + 1024, NEAR_MOST = 20 };

/* ---- the request ---- */

static int
read_value(struct bh_request *req, struct bh_multipart *form, const char *name, const char **out)
{
	char *value = bh_arena_alloc(req->arena, VALUE_MOST + 1);
	size_t len = 0;
	ssize_t n;

	while ((n = bh_multipart_read(form, value + len, VALUE_MOST + 1 - len)) > 0) {
		len += (size_t)n;
		if (len > VALUE_MOST)
			return bh_error_param(BH_E_RANGE, name, "'%s' is too long.", name);
	}
	if (n < 0)
		return (int)n;
	if (!bh_text_is_utf8(value, len) || memchr(value, '\0', len) != NULL)
		return bh_error_param(BH_E_UTF8, name,
			"'%s' is not valid UTF-8 text without NUL characters.", name);
	value[len] = '\0';
	*out = value;
	return 0;
}

static int
take_alt(const char *value, struct multimodal_analysis_ask *ask)
{
	size_t points = bh_text_points(value, strlen(value));

	if (points < 1 || points > MULTIMODAL_ALT_POINTS_MAX)
		return bh_error_param(BH_E_RANGE, "alt", "'alt' must have between 1 and %d characters.",
			MULTIMODAL_ALT_POINTS_MAX);
	ask->alt = value;
	return 0;
}

static int
take_store(const char *value, struct multimodal_analysis_ask *ask)
{
	ask->store = strcmp(value, "true") == 0;
	if (!ask->store && strcmp(value, "false") != 0)
		return bh_error_param(BH_E_TYPE, "store", "'store' must be true or false.");
	return 0;
}

static int
read_part(struct bh_request *req, struct bh_multipart *form, const char *part,
	struct multimodal_analysis_ask *ask, struct multimodal_source *source)
{
	const char *name = bh_arena_strdup(req->arena, part), *value = NULL;
	int rc;

	if (strcmp(name, "image") == 0)
		return source->fd > 0
			? bh_error_param(BH_E_INVALID, "image", "'image' must be sent only once.")
			: multimodal_source_form(req, form, "image", source);
	rc = read_value(req, form, name, &value);
	if (rc < 0)
		return rc;
	if (strcmp(name, "include") == 0 || strcmp(name, "include[]") == 0)
		return multimodal_analysis_look(value, &ask->looks);
	if (strcmp(name, "alt") == 0)
		return take_alt(value, ask);
	if (strcmp(name, "store") == 0)
		return take_store(value, ask);
	return bh_error_param(BH_E_UNKNOWN_FIELD, name, "Unknown form field.");
}

static void
close_form(struct bh_multipart **form)
{
	bh_multipart_close(*form);
}

static int
read_form(struct bh_request *req, struct multimodal_analysis_ask *ask,
	struct multimodal_source *source)
{
	BH_AUTO(close_form) struct bh_multipart *form = NULL;
	struct bh_multipart_part part;
	bool end = false;
	/* The picture lies on disk twice. */
	int rc = bh_request_spool(req, req->http->body_bytes);

	if (rc == 0)
		rc = bh_multipart_open(req->http, &form);
	while (rc == 0) {
		rc = bh_multipart_next(form, &part, &end);
		if (rc < 0 || end)
			break;
		rc = read_part(req, form, part.name, ask, source);
	}
	if (rc == 0 && source->fd <= 0)
		rc = bh_error_param(BH_E_MISSING, "image", "'image' is required.");
	return rc < 0 ? rc : multimodal_analysis_finish(ask);
}

static int
read_request(struct bh_request *req, struct multimodal_analysis_ask *ask,
	struct multimodal_source *source)
{
	const struct multimodal *multimodal = req->service;
	const char *type = bh_http_header(req->http, "content-type");
	int rc;

	if (type != NULL && strncasecmp(type, "multipart/form-data", 19) == 0)
		return read_form(req, ask, source);
	rc = bh_request_object(req, &multimodal_analysis_create_shape, ask);
	if (rc == 0)
		rc = multimodal_analysis_finish(ask);
	if (rc == 0)
		rc = multimodal_reference_check(&ask->image, "image");
	return rc < 0 ? rc
				  : multimodal_source_read(req, &ask->image,
						multimodal_reference_param(req, &ask->image, "image"),
						bh_clock_steady_ms() + multimodal->conf.fetch_ms, source);
}

/* ---- kept ---- */

struct keeping {
	const struct bh_uuid *tenant;
	struct multimodal_picture picture;
};

static int
keep_work(struct bh_db *tx, void *ctx)
{
	struct keeping *keeping = ctx;

	return multimodal_album_put(tx, keeping->tenant, &keeping->picture);
}

/* What is known of it by now. */
static int
describe(struct bh_request *req, const struct multimodal_analysis_ask *ask,
	const struct multimodal_analysis *analysis, struct multimodal_picture *out)
{
	const struct bh_picture_said *said = analysis->said;

	*out = (struct multimodal_picture){
		.id = bh_uuid_new(),
		.source = "analysed",
		.format = said->heads[0].format,
		.bytes = said->heads[0].bytes,
		.alt = ask->alt,
		.created_ms = bh_clock_wall_ms(),
	};
	multimodal_analysis_sides(&said->heads[0], &out->width, &out->height);
	multimodal_album_hashes(req->arena, said, &out->hashes);
	if (said->has_text) {
		BH_AUTO(bh_buf_close) struct bh_buf text = {0};

		bh_picture_said_text(said, MULTIMODAL_WORDS_BYTES_MAX, &text);
		out->words = bh_arena_copy(req->arena, bh_buf_string(&text), text.len);
	}
	return multimodal_album_terms(req->arena, &req->tenant, out);
}

/* The picture as it was written anew, as a file of its own. */
static int
keep_file(struct bh_request *req, const struct bh_peer *peer, const struct bh_picture_run *run,
	struct multimodal_picture *picture)
{
	const struct bh_picture_made *made = NULL;
	struct multimodal_kept file = {
		.id = bh_uuid_new(),
		.purpose = "vision",
		.fd = bh_picture_run_output(run),
	};
	int rc = multimodal_picture_made(run, &made);

	if (rc < 0)
		return rc;
	file.filename = bh_arena_printf(req->arena, "image.%s", made->format);
	file.content_type = made->mime;
	file.offset = made->offset;
	file.bytes = made->bytes;
	picture->file = file.id;
	picture->has_file = true;
	picture->format = made->format;
	picture->width = made->width;
	picture->height = made->height;
	picture->bytes = made->bytes;
	rc = bh_request_spool(req, made->bytes);
	return rc < 0 ? rc : multimodal_kept_put(peer, &file);
}

static int
keep(struct bh_request *req, const struct multimodal_analysis_ask *ask,
	const struct multimodal_source *source, const struct bh_picture_run *run,
	struct multimodal_analysis *analysis)
{
	struct keeping keeping = {.tenant = &req->tenant};
	struct bh_peer peer;
	int rc = describe(req, ask, analysis, &keeping.picture);

	bh_peer_from(req, &peer);
	if (rc == 0 && bh_uuid_is_zero(&source->file))
		rc = keep_file(req, &peer, run, &keeping.picture);
	else if (rc == 0) {
		keeping.picture.file = source->file;
		rc = multimodal_kept_expiry(&peer, &source->file, &keeping.picture.expires_ms);
	}
	if (rc < 0)
		return rc;
	rc = bh_tx_run(req->db, keep_work, &keeping);
	/* Unless its row may be there after all, nobody will ask for it. */
	if (rc < 0 && rc != BH_E_DB_UNKNOWN && keeping.picture.has_file &&
		multimodal_kept_delete(&peer, &keeping.picture.file) < 0)
		bh_log(BH_LOG_WARN, "a picture without a row was not removed");
	if (rc == BH_E_REFERENCE)
		return bh_error_param(BH_E_NOT_FOUND, "image.file_id",
			"The file does not exist or you do not have access to it.");
	if (rc < 0)
		return rc;
	analysis->id = keeping.picture.id;
	analysis->file = keeping.picture.file;
	analysis->alt = keeping.picture.alt;
	analysis->stored = true;
	return 0;
}

/* ---- all of it ---- */

/* Before the picture itself is among them. */
static int
find_near(struct bh_request *req, struct multimodal_analysis *analysis)
{
	struct multimodal *multimodal = req->service;
	const struct multimodal_near_ask ask = {
		.tenant = &req->tenant,
		.hashes = analysis->said->hashes,
		.most = NEAR_MOST,
		.now_ms = bh_clock_steady_ms(),
	};
	size_t left = 0;
	int rc;

	if ((analysis->looks & MULTIMODAL_NEAR) == 0 || analysis->said->n_hashes != PICTURE_HASHES)
		return 0;
	rc = multimodal_near_find(multimodal->near, req->db, &ask, &analysis->near, &analysis->n_near);
	/* A file that is analysed once more is no other picture. */
	for (size_t i = 0; rc == 0 && i < analysis->n_near; i++)
		if (!bh_uuid_equal(&analysis->near[i].file, &analysis->file))
			analysis->near[left++] = analysis->near[i];
	analysis->n_near = left;
	return rc;
}

static void
run_end(struct bh_picture_run **run)
{
	bh_picture_run_close(*run);
}

int
multimodal_http_analysis_create(struct bh_request *req)
{
	const struct multimodal *multimodal = req->service;
	BH_AUTO(multimodal_source_close) struct multimodal_source source = {0};
	BH_AUTO(run_end) struct bh_picture_run *run = NULL;
	struct multimodal_analysis_ask ask = {0};
	struct multimodal_analysis analysis = {0};
	bool writes;
	int rc = read_request(req, &ask, &source);

	if (rc == 0 && ask.store)
		rc = multimodal_album_room(req->db, &req->tenant, &multimodal->conf);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	/* What is kept is found by its words and hashes, whether they were asked for or not. */
	analysis.looks = ask.looks | (ask.store ? MULTIMODAL_HASHES | MULTIMODAL_WORDS : 0u);
	analysis.file = source.file;
	writes = ask.store && bh_uuid_is_zero(&source.file);
	rc = multimodal_analysis_run(req, source.fd, writes ? "same" : NULL, "image", &analysis, &run);
	if (rc == 0)
		rc = find_near(req, &analysis);
	if (rc == 0 && ask.store)
		rc = keep(req, &ask, &source, run, &analysis);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	analysis.looks &= ask.looks;
	bh_audit_text(&req->audit, "stored", ask.store ? "true" : "false");
	return multimodal_analysis_reply(req, &analysis);
}
