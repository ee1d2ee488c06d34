/* SPDX-License-Identifier: Apache-2.0 */
/* image_upstream.c: pictures of a server that speaks the Images API. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "json/fields.h"
#include "model/image.h"
#include "model/upstream.h"
#include "picture/run.h"
#include "service/request.h"

enum { READ_BYTES = 64 * 1024, COPY_BYTES = 64 * 1024 };

/* OpenAI's newer models always answer in base64 and know more words; others are asked for it. */
static bool
is_gpt(const struct model_entry *entry)
{
	if (entry->managed) /* named after the operator's file */
		return false;
	return strncmp(entry->upstream_name, "gpt-image", 9) == 0 ||
		strncmp(entry->upstream_name, "chatgpt-image", 13) == 0;
}

static void
end(struct model_image_maker *maker)
{
	bh_http_reply_close(&maker->reply);
	bh_sse_close(&maker->sse);
	bh_buf_close(&maker->read);
	if (maker->doc != NULL)
		bh_json_close(maker->doc);
	free(maker->doc);
	maker->doc = NULL;
	maker->sse = (struct bh_sse){0};
}

/* ---- the request ---- */

/* A member of the request, in whichever form it is sent. An empty text and a number below 0 are left out. */
struct member {
	const char *name, *text;
	int64_t number;
};

enum { MEMBERS_MOST = 14 };

static size_t
list_members(const struct model_image_maker *maker, struct member out[MEMBERS_MOST])
{
	const struct model_image *want = maker->want;
	const bool gpt = is_gpt(maker->entry), streams = want->partials > 0 && gpt;
	const struct member all[] = {
		{"model", maker->entry->upstream_name},
		{"prompt", want->prompt},
		{"n", NULL, 1},
		{"size", want->size},
		{"quality", gpt ? want->quality : ""},
		{"response_format", gpt ? "" : "b64_json"},
		{"background", gpt ? want->background : ""},
		{"output_format", gpt ? want->output_format : ""},
		{"output_compression", NULL,
			gpt && strcmp(want->output_format, "png") != 0 ? want->compression : -1},
		{"moderation", gpt && want->n_inputs == 0 ? want->moderation : ""},
		{"input_fidelity", gpt && want->n_inputs > 0 ? want->input_fidelity : ""},
		{"stream", streams ? "true" : ""},
		{"partial_images", NULL, streams ? want->partials : -1},
	};
	size_t n = 0;

	_Static_assert(BH_COUNT(all) <= MEMBERS_MOST, "all fit");
	for (size_t i = 0; i < BH_COUNT(all); i++)
		if (all[i].text != NULL ? all[i].text[0] != '\0' : all[i].number >= 0)
			out[n++] = all[i];
	return n;
}

static void
write_json(const struct model_image_maker *maker, struct bh_buf *out)
{
	struct member members[MEMBERS_MOST];
	size_t n = list_members(maker, members);
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	for (size_t i = 0; i < n; i++) {
		if (members[i].text == NULL)
			bh_write_pair_int(&write, members[i].name, members[i].number);
		else if (strcmp(members[i].name, "stream") == 0)
			bh_write_pair_bool(&write, "stream", true);
		else
			bh_write_pair_text(&write, members[i].name, members[i].text);
	}
	bh_write_end(&write);
}

static int
write_file(const char *boundary, const char *name, int from, int to)
{
	BH_AUTO(bh_buf_close) struct bh_buf head = {0};
	char bytes[COPY_BYTES];
	int64_t at = 0;
	ssize_t n;
	int rc;

	bh_buf_printf(&head,
		"--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"image.png\"\r\n"
		"Content-Type: image/png\r\n\r\n",
		boundary, name);
	rc = bh_picture_spool_write(to, head.data, head.len);
	while (rc == 0 && (n = pread(from, bytes, sizeof(bytes), at)) > 0) {
		rc = bh_picture_spool_write(to, bytes, (size_t)n);
		at += n;
	}
	return rc < 0 ? rc : bh_picture_spool_write(to, "\r\n", 2);
}

/* A form in a file: fields, pictures, mask. */
static int
write_form(const struct model_image_maker *maker, const char *boundary, int fd)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct model_image *want = maker->want;
	struct member members[MEMBERS_MOST];
	size_t n = list_members(maker, members);
	int rc;

	for (size_t i = 0; i < n; i++) {
		bh_buf_printf(&text, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n",
			boundary, members[i].name);
		if (members[i].text != NULL)
			bh_buf_text(&text, members[i].text);
		else
			bh_buf_int(&text, members[i].number);
		bh_buf_text(&text, "\r\n");
	}
	rc = bh_picture_spool_write(fd, text.data, text.len);
	for (size_t i = 0; rc == 0 && i < want->n_inputs; i++)
		rc = write_file(boundary, want->n_inputs > 1 ? "image[]" : "image", want->inputs[i], fd);
	if (rc == 0 && want->mask > 0)
		rc = write_file(boundary, "mask", want->mask, fd);
	bh_buf_reset(&text);
	bh_buf_printf(&text, "--%s--\r\n", boundary);
	return rc < 0 ? rc : bh_picture_spool_write(fd, text.data, text.len);
}

static int
post_form(struct model_image_maker *maker)
{
	struct model_upload form = {.path = "/v1/images/edits", .fd = -1};
	struct bh_uuid id = bh_uuid_new();
	char boundary[BH_UUID_HEX];
	char type[64 + BH_UUID_HEX];
	int rc = bh_picture_spool(bh_runtime_spool_dir(maker->model->runtime), &form.fd);

	bh_uuid_hex(&id, boundary);
	snprintf(type, sizeof(type), "multipart/form-data; boundary=%s", boundary);
	form.content_type = type;
	if (rc == 0)
		rc = write_form(maker, boundary, form.fd);
	if (rc == 0)
		form.len = (size_t)lseek(form.fd, 0, SEEK_END);
	if (rc == 0)
		rc = model_upstream_send(maker->model, maker->entry, &form, maker->client_fd,
			&maker->reply);
	if (form.fd >= 0)
		close(form.fd);
	return rc;
}

static int
begin(struct model_image_maker *maker, struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const char *type;
	int rc;

	end(maker);
	maker->is_over = maker->is_stream = false;
	maker->partials = 0;
	if (maker->want->n_inputs > 0) {
		rc = post_form(maker);
	} else {
		write_json(maker, &body);
		rc = model_upstream_post(maker->model, maker->entry, "/v1/images/generations", &body,
			maker->client_fd, 0, &maker->reply);
	}
	maker->sent = maker->reply.sent;
	if (rc < 0)
		return rc;
	if (maker->reply.status != 200) {
		maker->refused = true;
		if (req != NULL)
			return model_upstream_refusal(req, maker->entry, &maker->reply, NULL);
		if (maker->reply.status == 503)
			return bh_error(BH_E_UNAVAILABLE, "the engine is being started again");
		return bh_error(BH_E_UPSTREAM, "the upstream returned HTTP status %d", maker->reply.status);
	}
	type = bh_http_reply_header(&maker->reply, "content-type");
	maker->is_stream = type != NULL && strncasecmp(type, "text/event-stream", 17) == 0;
	maker->sse.line_max = (size_t)maker->model->conf.answer_bytes_max;
	maker->doc = calloc(1, sizeof(*maker->doc));
	return maker->doc == NULL ? BH_E_MEMORY : 0;
}

/* ---- the answer ---- */

static int
strange(const char *what)
{
	return bh_error(BH_E_UPSTREAM, "the upstream's response does not contain an image: %s", what);
}

static int
take(const struct bh_json *object, int64_t partial, struct model_image_piece *out)
{
	const char *base64 = bh_json_text(object, "b64_json");

	if (base64 == NULL)
		return strange(bh_json_text(object, "url") != NULL ? "it is a link" : "there is none");
	*out = (struct model_image_piece){
		.partial = partial,
		.base64 = base64,
		.revised_prompt = bh_json_text(object, "revised_prompt"),
	};
	return 0;
}

static int
next_whole(struct model_image_maker *maker, struct model_image_piece *out)
{
	int rc = bh_http_reply_body(&maker->reply, (size_t)maker->model->conf.answer_bytes_max,
		&maker->read);

	maker->is_over = true;
	if (rc == 0)
		rc = bh_json_parse(bh_buf_string(&maker->read), maker->read.len, maker->doc);
	bh_buf_close(&maker->read);
	if (rc == BH_E_GONE || rc == BH_E_UPSTREAM_TIMEOUT)
		return rc;
	if (rc == BH_E_PROTOCOL && maker->entry->managed)
		return bh_error(BH_E_UNAVAILABLE, "the engine ended in the middle of its answer");
	if (rc < 0)
		return strange("it is too large, incomplete or not valid JSON");
	if (bh_json_kind(bh_json_get(maker->doc->root, "error")) == BH_JSON_OBJECT)
		return model_upstream_error(maker->model, maker->entry, maker->doc->root);
	return take(bh_json_at(bh_json_get(maker->doc->root, "data"), 0), 0, out);
}

/* BH_E_EMPTY: an event of no concern. */
static int
take_event(struct model_image_maker *maker, const struct bh_sse_event *event,
	struct model_image_piece *out)
{
	int64_t index = 0;
	const char *type;

	if (event->data_len == 0 || strcmp(event->data, "[DONE]") == 0)
		return BH_E_EMPTY;
	bh_json_close(maker->doc);
	if (bh_json_parse(event->data, event->data_len, maker->doc) < 0)
		return strange("an event is not valid JSON");
	type = bh_json_text(maker->doc->root, "type");
	if (bh_json_kind(bh_json_get(maker->doc->root, "error")) == BH_JSON_OBJECT)
		return model_upstream_error(maker->model, maker->entry, maker->doc->root);
	if (type == NULL)
		return BH_E_EMPTY;
	if (strcmp(type, "image_generation.completed") == 0 ||
		strcmp(type, "image_edit.completed") == 0) {
		maker->is_over = true;
		return take(maker->doc->root, 0, out);
	}
	if (strcmp(type, "image_generation.partial_image") != 0 &&
		strcmp(type, "image_edit.partial_image") != 0)
		return BH_E_EMPTY;
	(void)bh_json_int(bh_json_get(maker->doc->root, "partial_image_index"), &index);
	/* Each is kept as a file: one of each number, and no more than were asked for. */
	if (index < maker->partials || index >= maker->want->partials)
		return BH_E_EMPTY;
	maker->partials = index + 1;
	return take(maker->doc->root, index + 1, out);
}

static int
next_event(struct model_image_maker *maker, struct model_image_piece *out)
{
	for (;;) {
		const char *at = maker->read.data;
		size_t left = maker->read.len;
		struct bh_sse_event event;
		bool ready = false;
		int rc = left > 0 ? bh_sse_feed(&maker->sse, &at, &left, &event, &ready) : 0;
		ssize_t n;

		bh_buf_shift(&maker->read, maker->read.len - left);
		if (rc < 0)
			return strange("an event is too large");
		if (ready) {
			rc = take_event(maker, &event, out);
			if (rc != BH_E_EMPTY)
				return rc;
			continue;
		}
		n = bh_http_reply_read(&maker->reply, bh_buf_room(&maker->read, READ_BYTES), READ_BYTES);
		if (n == 0)
			return strange("its stream ended early");
		if (n < 0)
			return n == BH_E_PROTOCOL ? strange("its stream ended early") : (int)n;
		maker->read.len += (size_t)n;
	}
}

static int
next(struct model_image_maker *maker, struct model_image_piece *out)
{
	if (maker->is_over)
		return BH_E_EMPTY;
	return maker->is_stream ? next_event(maker, out) : next_whole(maker, out);
}

const struct model_image_driver model_image_upstream = {begin, next, end};
