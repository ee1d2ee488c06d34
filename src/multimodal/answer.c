/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c: OpenAI's shapes around pictures that come from the files of rag. */
#include "multimodal/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "json/fields.h"
#include "multimodal/encode.h"
#include "multimodal/http.h"
#include "multimodal/kept.h"
#include "multimodal/link.h"
#include "multimodal/multimodal.h"
#include "multimodal/spec.h"
#include "multimodal/watch.h"
#include "service/events.h"
#include "service/peer.h"
#include "service/request.h"

int
multimodal_answer_error(const struct multimodal_job *job)
{
	int number = job->error_code != NULL ? bh_error_of_code(job->error_code) : BH_E_INTERNAL;

	if (strcmp(job->status, "completed") == 0)
		return 0;
	if (strcmp(job->status, "cancelled") == 0)
		return bh_error(BH_E_STATE, "The job was cancelled.");
	if (number == BH_E_LAST)
		number = BH_E_INTERNAL;
	return job->error_param != NULL
		? bh_error_param(number, job->error_param, "%s", job->error_message)
		: bh_error(number, "%s", job->error_message);
}

/* ---- shared pieces ---- */

/* Only what OpenAI's description knows has a place in its answers. */
static void
write_look(struct bh_write *write, const struct multimodal_spec *spec, bool strict)
{
	bool known_size = bh_text_has_word("1024x1024 1024x1536 1536x1024", spec->size);
	bool known_quality = bh_text_has_word("low medium high", spec->quality);

	bh_write_pair_text(write, "background",
		strcmp(spec->background, "transparent") == 0 ? "transparent" : "opaque");
	bh_write_pair_text(write, "output_format", spec->output_format);
	if (known_size || !strict)
		bh_write_pair_text(write, "size", spec->size);
	if (known_quality || !strict)
		bh_write_pair_text(write, "quality", spec->quality);
}

/* What is billed is pictures; no tokens are counted. */
static void
write_usage(struct bh_write *write)
{
	bh_write_name(write, "usage");
	bh_write_object(write);
	bh_write_pair_int(write, "input_tokens", 0);
	bh_write_pair_int(write, "output_tokens", 0);
	bh_write_pair_int(write, "total_tokens", 0);
	bh_write_name(write, "input_tokens_details");
	bh_write_object(write);
	bh_write_pair_int(write, "image_tokens", 0);
	bh_write_pair_int(write, "text_tokens", 0);
	bh_write_end(write);
	bh_write_end(write);
}

static void
write_id(struct bh_write *write, const char *name, const char *prefix, const struct bh_uuid *id)
{
	char text[64];

	bh_uuid_format_id(id, prefix, text, sizeof(text));
	bh_write_pair_text(write, name, text);
}

/* "bulkhead": what OpenAI's answer has no place for. */
static void
write_own(struct bh_write *write, const struct multimodal_job *job,
	const struct multimodal_image *images, size_t n)
{
	bh_write_name(write, "bulkhead");
	bh_write_object(write);
	write_id(write, "job", MULTIMODAL_JOB_PREFIX, &job->id);
	bh_write_pair_text(write, "model", job->model);
	bh_write_pair_bool(write, "test_backend", job->test_backend);
	bh_write_name(write, "removed");
	bh_write_array(write);
	if (job->removed[0] != '\0')
		bh_write_text(write, job->removed);
	bh_write_end(write);
	bh_write_name(write, "images");
	bh_write_array(write);
	for (size_t i = 0; i < n; i++) {
		bh_write_object(write);
		write_id(write, "file_id", MULTIMODAL_FILE_PREFIX, &images[i].file);
		bh_write_pair_text(write, "format", images[i].format);
		bh_write_pair_int(write, "width", images[i].width);
		bh_write_pair_int(write, "height", images[i].height);
		bh_write_pair_int(write, "bytes", images[i].bytes);
		bh_write_end(write);
	}
	bh_write_end(write);
	bh_write_end(write);
}

/* ---- one answer ---- */

/* The text before, between and behind the pictures is made at once; the pictures come as they are read. Lies in the
 * request's arena. */
struct whole {
	struct bh_peer peer;
	struct multimodal_image *images;
	size_t n, at;
	struct multimodal_encoder encoder; /* owned */
	struct bh_buf pending;             /* owned */
	const char *tail;
	bool inside, over;
};

static void
head_of(struct whole *whole)
{
	const struct multimodal_image *image = &whole->images[whole->at];

	bh_buf_text(&whole->pending, whole->at > 0 ? ",{" : "{");
	if (image->revised_prompt != NULL) {
		bh_buf_text(&whole->pending, "\"revised_prompt\":");
		bh_text_json(&whole->pending, image->revised_prompt, strlen(image->revised_prompt));
		bh_buf_char(&whole->pending, ',');
	}
	bh_buf_text(&whole->pending, "\"b64_json\":\"");
}

static int
fill_whole(struct whole *whole)
{
	bool over = false;
	int rc = 0;

	if (!whole->inside && whole->at == whole->n) {
		bh_buf_text(&whole->pending, whole->tail);
		whole->over = true;
		return 0;
	}
	if (!whole->inside) {
		rc = multimodal_encoder_open(&whole->peer, &whole->images[whole->at].file, &whole->encoder);
		if (rc < 0)
			return rc;
		head_of(whole);
		whole->inside = true;
	}
	rc = multimodal_encoder_next(&whole->encoder, &whole->pending, &over);
	if (rc == 0 && over) {
		multimodal_encoder_close(&whole->encoder);
		bh_buf_text(&whole->pending, "\"}");
		whole->inside = false;
		whole->at++;
	}
	return rc;
}

static ssize_t
whole_next(void *state, char *out, size_t size)
{
	struct whole *whole = state;
	size_t len;

	while (whole->pending.len == 0 && !whole->over) {
		int rc = fill_whole(whole);

		if (rc < 0)
			return rc;
	}
	len = whole->pending.len < size ? whole->pending.len : size;
	if (len > 0)
		memcpy(out, whole->pending.data, len);
	bh_buf_shift(&whole->pending, len);
	return (ssize_t)len;
}

static void
whole_close(void *state)
{
	struct whole *whole = state;

	multimodal_encoder_close(&whole->encoder);
	bh_buf_close(&whole->pending);
}

/* Everything but the pictures, in two texts; links are no more than text. */
static int
write_whole(struct bh_request *req, const struct multimodal_job *job,
	const struct multimodal_spec *spec, struct whole *whole)
{
	BH_AUTO(bh_buf_close) struct bh_buf tail = {0};
	struct bh_write write = {.out = &tail};
	bool links = strcmp(spec->response_format, "url") == 0;

	bh_buf_printf(&whole->pending, "{\"created\":%lld,\"data\":[",
		(long long)(job->completed_ms / 1000));
	for (size_t i = 0; links && i < whole->n; i++) {
		bh_buf_text(&whole->pending, i > 0 ? ",{\"url\":" : "{\"url\":");
		multimodal_link_write(req, &whole->images[i], &whole->pending);
		bh_buf_char(&whole->pending, '}');
	}
	if (links)
		whole->at = whole->n;
	bh_buf_text(&tail, "],");
	bh_write_object(&write);
	tail.len--; /* its brace stands at the beginning of the answer */
	write_look(&write, spec, true);
	write_usage(&write);
	write_own(&write, job, whole->images, whole->n);
	bh_write_end(&write);
	whole->tail = bh_arena_strdup(req->arena, bh_buf_string(&tail));
	return 0;
}

int
multimodal_answer_images(struct bh_request *req, const struct multimodal_job *job)
{
	struct whole *whole = bh_arena_alloc(req->arena, sizeof(*whole));
	const struct bh_http_stream source = {whole_next, whole_close, whole};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct multimodal_spec spec;
	int rc = multimodal_store_image_list(req->db, &req->tenant, &job->id, &whole->images,
		&whole->n);

	if (rc == 0)
		rc = bh_json_parse(job->spec, strlen(job->spec), &doc);
	if (rc == 0)
		rc = multimodal_spec_read(doc.root, &spec);
	if (rc == 0)
		rc = write_whole(req, job, &spec, whole);
	bh_peer_from(req, &whole->peer);
	/* Its first picture is opened before the head says that all is well. */
	if (rc == 0 && whole->at < whole->n)
		rc = fill_whole(whole);
	if (rc < 0) {
		whole_close(whole);
		return bh_reply_error(req, rc, NULL);
	}
	bh_reply_header(req, "x-content-type-options", "nosniff");
	return bh_reply_content(req, 200, "application/json", &source);
}

/* ---- events ---- */

/* Lies in the request's arena. */
struct listener {
	struct multimodal_watcher watcher;
	struct bh_request *req; /* borrowed: it lives until the answer was sent */
	struct bh_peer peer;
	struct bh_uuid id;
	struct bh_claims claims;
	int64_t after;
	struct bh_events events; /* owned */
	bool own;
};

static void
write_event(struct bh_write *write, const struct multimodal_job *job,
	const struct multimodal_spec *spec, const struct multimodal_event *event)
{
	bool edit = strcmp(job->kind, "edit") == 0, partial = event->partial > 0;
	const char *type = edit
		? (partial ? "image_edit.partial_image" : "image_edit.completed")
		: (partial ? "image_generation.partial_image" : "image_generation.completed");

	bh_buf_printf(write->out, "event: %s\ndata: ", type);
	bh_write_object(write);
	bh_write_pair_text(write, "type", type);
	bh_write_pair_int(write, "sequence_number", event->number);
	bh_write_pair_int(write, "created_at", event->created_ms / 1000);
	write_look(write, spec, false);
	if (partial)
		bh_write_pair_int(write, "partial_image_index", event->partial - 1);
	else
		write_usage(write);
	bh_write_name(write, "bulkhead");
	bh_write_object(write);
	write_id(write, "job", MULTIMODAL_JOB_PREFIX, &job->id);
	write_id(write, "file_id", MULTIMODAL_FILE_PREFIX, &event->file);
	bh_write_pair_int(write, "index", event->position);
	bh_write_pair_bool(write, "test_backend", job->test_backend);
	bh_write_end(write);
	bh_write_name(write, "b64_json");
}

/* The picture itself ends the event. */
static int
put_event(struct listener *listener, const struct multimodal_job *job,
	const struct multimodal_event *event)
{
	BH_AUTO(multimodal_encoder_close) struct multimodal_encoder encoder = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_buf *pending = &listener->events.pending;
	struct bh_write write = {.out = pending};
	struct multimodal_spec spec;
	bool over = false;
	int rc = bh_json_parse(job->spec, strlen(job->spec), &doc);

	if (rc == 0)
		rc = multimodal_spec_read(doc.root, &spec);
	if (rc == 0)
		rc = multimodal_encoder_open(&listener->peer, &event->file, &encoder);
	listener->after = event->number;
	/* A partial picture is kept for an hour only: whoever comes later is not told of it. */
	if (rc == BH_E_NOT_FOUND && event->partial > 0)
		return 0;
	if (rc < 0)
		return rc;
	write_event(&write, job, &spec, event);
	bh_buf_char(pending, '"');
	while (rc == 0 && !over)
		rc = multimodal_encoder_next(&encoder, pending, &over);
	bh_buf_text(pending, "\"}\n\n");
	return rc;
}

static void
put_end(struct listener *listener, const struct multimodal_job *job)
{
	int error = multimodal_answer_error(job);

	listener->events.over = true;
	if (error == 0)
		return;
	bh_buf_text(&listener->events.pending, "data: ");
	bh_error_body(&listener->events.pending, error, NULL);
	bh_buf_text(&listener->events.pending, "\n\n");
	if (listener->own)
		bh_request_release(listener->req);
}

static int
look(struct listener *listener)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct bh_uuid *tenant = &listener->watcher.tenant;
	struct bh_db db = {.pool = bh_runtime_db(listener->watcher.multimodal->runtime),
		.arena = &arena,
		.context = *tenant};
	struct multimodal_event event;
	struct multimodal_job job;
	bool found = false;
	/* The job first: what it has told by its end is there then. */
	int rc = multimodal_store_job_get(&db, tenant, &listener->id, &job);

	if (rc == 0)
		rc = multimodal_store_event_next(&db, tenant, &listener->id, listener->after, &event,
			&found);
	if (rc < 0)
		return rc;
	listener->watcher.job = job.job;
	listener->peer.arena = &arena;
	if (found)
		return put_event(listener, &job, &event);
	if (job.completed_ms != 0)
		put_end(listener, &job);
	return 0;
}

static int
fill(struct listener *listener)
{
	struct multimodal *multimodal = listener->watcher.multimodal;
	int64_t after;
	int rc = 0;

	while (rc == 0 && listener->events.pending.len == 0 && !listener->events.over) {
		uint64_t count = bh_bell_count(&multimodal->bell);

		after = listener->after;
		rc = look(listener);
		if (rc < 0 || listener->events.pending.len > 0 || listener->events.over ||
			listener->after != after)
			continue;
		if (bh_token_checker_revoked(bh_runtime_checker(multimodal->runtime), &listener->claims))
			return bh_error(BH_E_UNAUTHENTICATED, "The credential was revoked.");
		rc = multimodal_watcher_wait(&listener->watcher, count);
		bh_events_stay(&listener->events);
	}
	return rc;
}

static ssize_t
events_next(void *state, char *out, size_t size)
{
	struct listener *listener = state;
	int rc = 0;

	bh_log_request(listener->events.request_id);
	if (listener->events.pending.len == 0)
		rc = fill(listener);
	/* A client that reads slowly has not left. */
	else if (!listener->events.over)
		rc = multimodal_watcher_note(&listener->watcher);
	return bh_events_give(&listener->events, rc, out, size);
}

static void
events_close(void *state)
{
	struct listener *listener = state;

	bh_events_close(&listener->events);
}

int
multimodal_answer_events(struct bh_request *req, const struct bh_uuid *id, int64_t after, bool own)
{
	struct listener *listener = bh_arena_alloc(req->arena, sizeof(*listener));
	const struct bh_http_stream source = {events_next, events_close, listener};

	*listener = (struct listener){
		.watcher = {.multimodal = req->service,
			.tenant = req->tenant,
			.client_fd = bh_http_client_fd(req->http)},
		.req = req,
		.id = *id,
		.claims = req->claims,
		.after = after,
		.own = own,
	};
	bh_peer_from(req, &listener->peer);
	bh_events_init(&listener->events, req);
	return bh_reply_stream(req, &source);
}
