/* SPDX-License-Identifier: Apache-2.0 */
/* http_pictures.c: the pictures that a tenant keeps, as a gallery; what they are called and found by. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "multimodal/album.h"
#include "multimodal/analysis.h"
#include "multimodal/http.h"
#include "multimodal/kept.h"
#include "multimodal/near.h"
#include "multimodal/terms.h"
#include "picture/run.h"
#include "service/list.h"
#include "service/peer.h"
#include "service/request.h"

enum { QUERY_POINTS_MOST = 1000, LIMIT_PRESET = 10, LIMIT_MOST = 50 };

static const struct bh_paging paging = {20, 100, "after before order", MULTIMODAL_PICTURE_PREFIX};

/* GET /v1/images: the newest first. */
int
multimodal_http_picture_list(struct bh_request *req)
{
	struct multimodal_picture *rows = NULL;
	struct bh_page page;
	struct bh_slice slice;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = multimodal_store_picture_list(req->db, &req->tenant, &slice, &rows, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &multimodal_picture_shape, &page, rows, n);
}

static int
find(struct bh_request *req, struct multimodal_picture *out)
{
	struct bh_uuid id;
	int rc = bh_request_id(req, "image", MULTIMODAL_PICTURE_PREFIX, &id);

	return rc < 0 ? rc : multimodal_store_picture_get(req->db, &req->tenant, &id, out);
}

/* GET /v1/images/{image} */
int
multimodal_http_picture_get(struct bh_request *req)
{
	struct multimodal_picture row;
	int rc = find(req, &row);

	return rc < 0 ? bh_reply_error(req, rc, "image")
				  : bh_reply_object(req, 200, &multimodal_picture_shape, &row);
}

/* ---- what it shows ---- */

struct describing {
	const struct bh_uuid *tenant;
	struct bh_uuid id;
	const char *alt;
	struct multimodal_picture row;
};

static const struct bh_field update_fields[] = {
	{"alt", BH_FIELD_TEXT, offsetof(struct describing, alt), BH_REQUIRED | BH_NULL_IS_VALUE, 1,
		MULTIMODAL_ALT_POINTS_MAX},
};

const struct bh_shape multimodal_picture_update_shape = BH_SHAPE("KeptImageUpdate",
	struct describing, update_fields);

static int
describe_work(struct bh_db *tx, void *ctx)
{
	struct describing *describing = ctx;

	return multimodal_album_describe(tx, describing->tenant, &describing->id, describing->alt,
		&describing->row);
}

/* POST /v1/images/{image}: another alt text. */
int
multimodal_http_picture_update(struct bh_request *req)
{
	struct describing describing = {.tenant = &req->tenant};
	int rc = bh_request_object(req, &multimodal_picture_update_shape, &describing);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = bh_request_id(req, "image", MULTIMODAL_PICTURE_PREFIX, &describing.id);
	if (rc == 0)
		rc = bh_tx_run(req->db, describe_work, &describing);
	return rc < 0 ? bh_reply_error(req, rc, "image")
				  : bh_reply_object(req, 200, &multimodal_picture_shape, &describing.row);
}

/* ---- gone ---- */

struct deleted {
	struct bh_uuid id;
	bool deleted;
};

static const struct bh_field deleted_fields[] = {
	{"id", BH_FIELD_ID, offsetof(struct deleted, id), .words = MULTIMODAL_PICTURE_PREFIX},
	{"object", BH_FIELD_CONST, .words = "image"},
	{"deleted", BH_FIELD_BOOL, offsetof(struct deleted, deleted)},
};

const struct bh_shape multimodal_picture_deleted_shape = BH_SHAPE("KeptImageDeleted",
	struct deleted, deleted_fields);

/* DELETE /v1/images/{image}: with its file, where that was written for it. */
int
multimodal_http_picture_delete(struct bh_request *req)
{
	struct multimodal_picture row;
	struct deleted deleted = {.deleted = true};
	struct bh_peer peer;
	int rc = find(req, &row);

	/* The row goes with the file; it is removed by itself where the file stays. */
	bh_peer_from(req, &peer);
	if (rc == 0 && row.has_file)
		rc = multimodal_kept_delete(&peer, &row.file);
	if (rc == 0)
		rc = multimodal_store_picture_delete(req->db, &req->tenant, &row.id);
	if (rc < 0)
		return bh_reply_error(req, rc, "image");
	deleted.id = row.id;
	return bh_reply_object(req, 200, &multimodal_picture_deleted_shape, &deleted);
}

/* ---- found ---- */

struct search {
	const char *query;
	struct multimodal_reference image;
	int64_t limit;
};

static const struct bh_field search_fields[] = {
	{"query", BH_FIELD_TEXT, offsetof(struct search, query), BH_NULLABLE, 1, QUERY_POINTS_MOST},
	{"file_id", BH_FIELD_TEXT, offsetof(struct search, image.file_id), BH_NULLABLE},
	{"image_url", BH_FIELD_TEXT, offsetof(struct search, image.image_url), BH_NULLABLE},
	{"limit", BH_FIELD_INT, offsetof(struct search, limit), 0, 1, LIMIT_MOST},
};

const struct bh_shape multimodal_picture_search_shape = BH_SHAPE("KeptImageSearch", struct search,
	search_fields);

static int
search_words(struct bh_request *req, const struct search *search, struct multimodal_picture **out,
	size_t *out_n)
{
	struct multimodal_wanted_terms wanted;
	int rc = multimodal_terms_of_query(req->arena, &req->tenant, search->query, &wanted);

	if (rc < 0 || wanted.n == 0)
		return rc;
	return multimodal_store_picture_search(req->db, &req->tenant, &wanted, search->limit, out,
		out_n);
}

static void
run_end(struct bh_picture_run **run)
{
	bh_picture_run_close(*run);
}

static int
search_picture(struct bh_request *req, const struct search *search, struct multimodal_picture **out,
	size_t *out_n)
{
	struct multimodal *multimodal = req->service;
	BH_AUTO(multimodal_source_close) struct multimodal_source source = {0};
	BH_AUTO(run_end) struct bh_picture_run *run = NULL;
	struct multimodal_analysis analysis = {.looks = MULTIMODAL_HASHES};
	struct multimodal_near_ask ask = {
		.tenant = &req->tenant,
		.most = (size_t)search->limit,
	};
	const char *param = multimodal_reference_param(req, &search->image, "");
	int rc = multimodal_source_read(req, &search->image, param,
		bh_clock_steady_ms() + multimodal->conf.fetch_ms, &source);

	if (rc == 0)
		rc = multimodal_analysis_run(req, source.fd, NULL, param, &analysis, &run);
	if (rc < 0 || analysis.said->n_hashes != PICTURE_HASHES)
		return rc;
	ask.hashes = analysis.said->hashes;
	ask.now_ms = bh_clock_steady_ms();
	return multimodal_near_find(multimodal->near, req->db, &ask, out, out_n);
}

/* POST /v1/images/search: by words, or by a picture that those found are nearly the same as. */
int
multimodal_http_picture_search(struct bh_request *req)
{
	struct search search = {.limit = LIMIT_PRESET};
	struct multimodal_picture *rows = NULL;
	const struct bh_page page = {.limit = LIMIT_MOST};
	size_t n = 0;
	int rc = bh_request_object(req, &multimodal_picture_search_shape, &search);

	if (rc == 0 &&
		(search.query != NULL) + (search.image.file_id != NULL) +
				(search.image.image_url != NULL) !=
			1)
		rc = bh_error_param(BH_E_INVALID, "query",
			"A search takes one of query, file_id and image_url.");
	if (rc == 0)
		rc = search.query != NULL ? search_words(req, &search, &rows, &n)
								  : search_picture(req, &search, &rows, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &multimodal_picture_shape, &page, rows, n);
}
