/* SPDX-License-Identifier: Apache-2.0 */
/* http_images.c: POST /internal/v1/images: pictures as a stream of lines of JSON, each as soon as it is made.
 *
 *   {"type":"begun","model":S,"test_backend":B}
 *   {"type":"partial","index":I,"partial":P,"base64_bytes":N}
 *   {"type":"image","index":I,"revised_prompt":S,"base64_bytes":N}
 *   {"type":"end","images":N}
 *   {"type":"error","error":{…}}     instead of end
 *
 * Behind a line with base64_bytes come that many bytes, the picture as the backend answered it, and a line feed: so it is held
 * once here, and nowhere whole by whoever asks.
 *
 * Whoever asks hangs up to end it. What is paid for is what was passed on: a picture of which nothing was passed on when the
 * client left costs nothing, and one that was passed on in part, which may be as good as the whole, costs as much as that,
 * unless its backend fails. One of a job (`job`, `first` in the request) is paid for once, however often the job asks for it. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "json/fields.h"
#include "model/catalog.h"
#include "model/http.h"
#include "model/image.h"
#include "model/meter.h"
#include "model/place.h"
#include "service/entitle.h"
#include "model/store.h"
#include "service/request.h"

enum {
	CHARGE_MS = 20000,
	CHARGE_PAUSE_MS = 250,
	REVISED_BYTES_MAX = 4 * 32000 /* as long as a prompt may be */
};

struct stream {
	struct model_image want;        /* owned */
	struct model_entry entry;       /* its text is the request's */
	struct model_ticket ticket;     /* owned */
	struct model_call call;         /* owned */
	struct model_image_maker maker; /* owned */
	const struct model_image_driver *driver;
	struct bh_buf pending; /* owned: what is ready for the client */
	const char *base64;    /* borrowed from the maker: a picture that comes behind it */
	size_t base64_left;
	bool is_whole;   /* the picture at hand is, and is to be ended once it was passed on */
	bool is_counted; /* the picture at hand was charged for, or was before */
	bool is_ours;    /* and it counts in this call */
	struct model_outcome outcome;
	bool over;
	bool is_due; /* the next picture is to be begun */
	char request_id[BH_UUID_HEX];
};

/* ---- lines ---- */

static void
end_line(struct bh_write *write)
{
	bh_write_end(write);
	bh_buf_char(write->out, '\n');
}

static void
say_begun(struct stream *stream)
{
	struct bh_write write = {.out = &stream->pending};

	bh_write_object(&write);
	bh_write_pair_text(&write, "type", "begun");
	bh_write_pair_text(&write, "model", stream->entry.name);
	bh_write_pair_bool(&write, "test_backend", stream->driver == &model_image_test);
	end_line(&write);
}

static void
say_piece(struct stream *stream, const struct model_image_piece *piece)
{
	struct bh_write write = {.out = &stream->pending};

	bh_write_object(&write);
	bh_write_pair_text(&write, "type", piece->partial > 0 ? "partial" : "image");
	bh_write_pair_int(&write, "index", stream->maker.index);
	if (piece->partial > 0)
		bh_write_pair_int(&write, "partial", piece->partial);
	if (piece->revised_prompt != NULL) {
		bh_write_name(&write, "revised_prompt");
		bh_write_bytes(&write, piece->revised_prompt,
			bh_text_cut(piece->revised_prompt, strlen(piece->revised_prompt), REVISED_BYTES_MAX));
	}
	stream->base64 = piece->base64;
	stream->base64_left = strlen(piece->base64);
	stream->is_whole = piece->partial == 0;
	bh_write_pair_int(&write, "base64_bytes", (int64_t)stream->base64_left);
	end_line(&write);
}

static void
say_end(struct stream *stream)
{
	struct bh_write write = {.out = &stream->pending};

	bh_write_object(&write);
	bh_write_pair_text(&write, "type", "end");
	bh_write_pair_int(&write, "images", stream->want.n);
	end_line(&write);
	stream->outcome.status = METER_OK;
	stream->over = true;
}

/* The error object as it is, with a type beside it. */
static void
say_error(struct stream *stream, int error)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};

	bh_error_body(&body, error, NULL);
	bh_buf_text(&stream->pending, "{\"type\":\"error\",");
	bh_buf_add(&stream->pending, body.data + 1, body.len - 1);
	bh_buf_char(&stream->pending, '\n');
	stream->outcome.status = METER_FAILED;
	stream->over = true;
}

/* ---- the stream ---- */

/* Whether this call is charged for the picture. One of a job that was made before, by a call whose picture was lost on
 * its way, was charged then. The database may be away for a moment: without it nobody could keep the picture either. */
static int
charge(struct stream *stream, bool *out_ours)
{
	struct bh_request *req = stream->call.req;
	const struct model_image *want = &stream->want;
	const int64_t until_ms = bh_clock_steady_ms() + CHARGE_MS;
	int rc;

	*out_ours = true;
	if (bh_uuid_is_zero(&want->job))
		return 0;
	for (;;) {
		rc = model_store_charge_put(req->db, &req->tenant, &want->job,
			want->first + stream->maker.index, &stream->call.slot->act, out_ours);
		/* What is not known is asked again: the row says whose it is. */
		if ((rc != BH_E_DB_UNKNOWN && !bh_error_is_transient(rc)) ||
			bh_clock_steady_ms() > until_ms || bh_runtime_stopping(req->runtime))
			return rc;
		poll(NULL, 0, CHARGE_PAUSE_MS);
	}
}

/* A picture is counted before anything of it is passed on: who leaves with the last but one piece has seen it. */
static int
count(struct stream *stream)
{
	bool ours = true;
	int rc = stream->is_counted ? 0 : charge(stream, &ours);

	if (rc < 0 || stream->is_counted)
		return rc;
	if (ours)
		model_call_count(&stream->call, 1, 0);
	stream->is_counted = true;
	stream->is_ours = ours;
	return 0;
}

/* The backend has failed, of which the picture at hand was passed on in part. Where the database does not let its charge go,
 * that stands, and the job's next attempt is not charged. */
static void
take_back(struct stream *stream)
{
	struct bh_request *req = stream->call.req;
	const struct model_image *want = &stream->want;
	int rc = 0;

	if (!stream->is_counted || !stream->is_ours)
		return;
	if (!bh_uuid_is_zero(&want->job))
		rc = model_store_charge_take_back(req->db, &req->tenant, &want->job,
			want->first + stream->maker.index, &stream->call.slot->act);
	if (rc < 0) {
		bh_log_failure("take back the charge for a picture", rc);
		return;
	}
	model_call_count(&stream->call, -1, 0);
	stream->is_counted = stream->is_ours = false;
}

static int
advance(struct stream *stream)
{
	struct model_image_piece piece = {0};
	int rc = 0;

	/* Not before what was made has been passed on: it would wait for the next one. */
	if (stream->is_due)
		rc = stream->driver->begin(&stream->maker, NULL);
	stream->is_due = false;
	if (rc == 0)
		rc = stream->driver->next(&stream->maker, &piece);
	if (rc < 0)
		return rc == BH_E_EMPTY ? bh_error(BH_E_UPSTREAM, "the backend ended without a picture")
								: rc;
	if (piece.partial > 0 && stream->want.partials == 0)
		return 0;
	rc = count(stream);
	if (rc == 0)
		say_piece(stream, &piece);
	return rc;
}

/* The picture at hand was passed on. */
static void
end_piece(struct stream *stream)
{
	bh_buf_char(&stream->pending, '\n');
	stream->base64 = NULL;
	if (!stream->is_whole)
		return;
	stream->driver->end(&stream->maker);
	stream->is_counted = stream->is_ours = false;
	if (++stream->maker.index == stream->want.n)
		say_end(stream);
	else
		stream->is_due = true;
}

static size_t
pass(struct stream *stream, char *out, size_t size)
{
	size_t len = stream->pending.len < size ? stream->pending.len : size;

	if (len > 0) {
		memcpy(out, stream->pending.data, len);
		bh_buf_shift(&stream->pending, len);
		return len;
	}
	len = stream->base64_left < size ? stream->base64_left : size;
	if (len == 0)
		return 0; /* it is over */
	memcpy(out, stream->base64, len);
	stream->base64 += len;
	stream->base64_left -= len;
	if (stream->base64_left == 0)
		end_piece(stream);
	return len;
}

static ssize_t
stream_next(void *state, char *out, size_t size)
{
	struct stream *stream = state;

	bh_log_request(stream->request_id);
	while (stream->pending.len == 0 && stream->base64 == NULL && !stream->over) {
		int rc = advance(stream);

		if (rc == BH_E_GONE || rc == BH_E_CANCELLED)
			return rc;
		if (rc < 0) {
			bh_log_failure("make a picture", rc);
			say_error(stream, rc);
			take_back(stream);
		}
	}
	/* What the backend has answered may be empty. */
	if (stream->pending.len == 0 && stream->base64 != NULL && stream->base64_left == 0)
		end_piece(stream);
	return (ssize_t)pass(stream, out, size);
}

static void
stream_close(void *state)
{
	struct stream *stream = state;

	if (!stream->over)
		stream->outcome.status = METER_CUT;
	/* First the engine's slot, then the books. */
	if (stream->driver != NULL)
		stream->driver->end(&stream->maker);
	stream->ticket.used = stream->maker.index;
	model_ticket_close(&stream->ticket);
	model_call_end(&stream->call, &stream->outcome);
	model_image_close(&stream->want);
	bh_buf_close(&stream->pending);
	free(stream);
}

static int
check_prompt(const struct stream *stream)
{
	const struct model_entry *entry = &stream->entry;

	if (!entry->managed || model_image_driver_of(entry) != &model_image_upstream ||
		strlen(stream->want.prompt) <= MODEL_IMAGE_PROMPT_BYTES_MOST)
		return 0;
	return bh_error_param(BH_E_RANGE, "prompt",
		"'prompt' must have at most %d bytes for the model %s.", MODEL_IMAGE_PROMPT_BYTES_MOST,
		entry->name);
}

static int
prepare(struct bh_request *req, struct stream *stream)
{
	const struct model_image *want = &stream->want;
	int64_t charged = 0;
	int rc = model_image_read(req, &stream->want);

	if (rc == 0)
		rc = model_catalog_find(req->service, req->db, &req->tenant, stream->want.model,
			MODEL_IMAGE, &stream->entry);
	if (rc == 0)
		rc = bh_entitle_model(&req->claims, stream->entry.name);
	if (rc == 0)
		rc = check_prompt(stream);
	if (rc == 0)
		rc = model_catalog_price_image(req->db, &stream->entry, stream->want.size,
			stream->want.quality);
	if (rc == 0)
		rc = model_place_take(req, &stream->entry, 0, &stream->ticket);
	if (stream->ticket.waited_ms > 0)
		bh_audit_int(&req->audit, "queued_ms", stream->ticket.waited_ms);
	/* No money is set aside for what was charged before. */
	if (rc == 0 && !bh_uuid_is_zero(&want->job))
		rc = model_store_charge_count(req->db, &req->tenant, &want->job, want->first, want->n,
			&charged);
	if (rc == 0)
		rc = model_call_begin(req, &stream->entry, 0, want->n - charged, MODEL_STREAMED,
			&stream->call);
	if (rc == 0 && !bh_uuid_is_zero(&want->job))
		model_call_by_rows(&stream->call);
	return rc;
}

/* Up to the answer's head, so that a refusal has its status. */
static int
begin(struct bh_request *req, struct stream *stream)
{
	int rc = prepare(req, stream);

	if (rc < 0)
		return rc;
	stream->driver = model_image_driver_of(&stream->entry);
	stream->maker = (struct model_image_maker){
		.model = req->service,
		.entry = &stream->entry,
		.want = &stream->want,
		.client_fd = bh_http_client_fd(req->http),
	};
	rc = stream->driver->begin(&stream->maker, req);
	if (rc == 0)
		say_begun(stream);
	return rc;
}

int
model_http_image_create(struct bh_request *req)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	const struct bh_http_stream source = {stream_next, stream_close, stream};
	int rc;

	if (stream == NULL)
		return bh_reply_error(req, BH_E_MEMORY, NULL);
	memcpy(stream->request_id, req->request_id, strnlen(req->request_id, BH_UUID_HEX - 1));
	rc = begin(req, stream);
	if (rc == 0)
		return bh_reply_content(req, 200, "application/x-ndjson", &source);

	stream->outcome.status = rc == BH_E_GONE ? METER_CUT : METER_FAILED;
	stream->outcome.refused = stream->maker.refused || !stream->maker.sent;
	stream->over = true;
	stream_close(stream);
	return bh_reply_error(req, rc, NULL);
}
