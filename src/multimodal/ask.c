/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c: a request as JSON or, with pictures, as a form in a file; and the lines of the answer. */
#include "multimodal/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "json/json.h"
#include "multimodal/kept.h"
#include "multimodal/multimodal.h"
#include "multimodal/spec.h"
#include "multimodal/store.h"
#include "picture/run.h"
#include "sec/digest.h"
#include "service/peer.h"
#include "service/runtime.h"
#include "service/spool.h"

enum {
	REVISED_BYTES_MAX = 4 * 32000,    /* as long as a prompt may be */
	LINE_BYTES_MAX = 8 * 1024 * 1024, /* with a prompt of the model's */
	BASE64_BYTES_MAX = 128 * 1024 * 1024,
	READ_BYTES = 64 * 1024,
	COPY_BYTES = 64 * 1024,
	BASE64_BYTES = COPY_BYTES / 4 *
		4, /* groups of four characters, and less than a copy when decoded */
	FIRST_BYTE_MS = 600000,
	IDLE_MS = 600000 /* between pictures */
};

void
multimodal_piece_close(struct multimodal_piece *piece)
{
	if (piece->fd > 0)
		close(piece->fd);
	if (piece->spool != NULL)
		bh_spool_give(piece->spool, piece->spooled);
	bh_arena_close(&piece->arena);
	*piece = (struct multimodal_piece){0};
}

/* At most BASE64_BYTES of base64; padding is for the last ones. */
static int
decode_piece(const char *base64, size_t len, bool is_last, int fd)
{
	char bytes[COPY_BYTES];
	size_t n = 0;
	int rc;

	if (!is_last && base64[len - 1] == '=')
		return BH_E_INVALID;
	rc = bh_base64_decode(base64, len, bytes, sizeof(bytes), &n);
	return rc < 0 ? rc : bh_picture_spool_write(fd, bytes, n);
}

/* Piece by piece: the text is held in memory already. */
static int
decode(const char *base64, size_t len, int fd)
{
	int rc = 0;

	for (size_t at = 0, piece; rc == 0 && at < len; at += piece) {
		piece = len - at < BASE64_BYTES ? len - at : BASE64_BYTES;
		rc = decode_piece(base64 + at, piece, at + piece == len, fd);
	}
	return rc;
}

int
multimodal_ask_decode(const char *base64, size_t len, const char *spool_dir, int *out_fd)
{
	int fd = -1;
	int rc = bh_picture_spool(spool_dir, &fd);

	if (rc == 0)
		rc = decode(base64, len, fd);
	if (rc < 0 && fd >= 0)
		close(fd);
	if (rc == 0)
		*out_fd = fd;
	return rc;
}

/* ---- the request ---- */

static int
add_file(const struct bh_peer *peer, const struct multimodal_input *input, const char *boundary,
	int to)
{
	BH_AUTO(bh_buf_close) struct bh_buf head = {0};
	char bytes[COPY_BYTES];
	int64_t size = 0, at = 0;
	ssize_t n;
	int fd = -1;
	int rc = multimodal_kept_get(peer, &input->file, BH_PICTURE_OUTPUT_BYTES_MAX,
		bh_runtime_spool_dir(peer->runtime), &fd, &size);

	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? bh_error_param(BH_E_INVALID, "image",
										  "An image to be edited was deleted before the job began.")
									: rc;
	bh_buf_printf(&head,
		"--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"image.png\"\r\n"
		"Content-Type: image/png\r\n\r\n",
		boundary, input->position == MULTIMODAL_MASK_POSITION ? "mask" : "image");
	rc = bh_picture_spool_write(to, head.data, head.len);
	while (rc == 0 && (n = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		rc = bh_picture_spool_write(to, bytes, (size_t)n);
		at += n;
	}
	close(fd);
	return rc < 0 ? rc : bh_picture_spool_write(to, "\r\n", 2);
}

static int
write_form(const struct bh_peer *peer, const struct bh_buf *spec,
	const struct multimodal_input *inputs, size_t n, const char *boundary, int fd)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc;

	bh_buf_printf(&text, "--%s\r\nContent-Disposition: form-data; name=\"spec\"\r\n\r\n", boundary);
	bh_buf_add(&text, spec->data, spec->len);
	bh_buf_text(&text, "\r\n");
	rc = bh_picture_spool_write(fd, text.data, text.len);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_file(peer, &inputs[i], boundary, fd);
	bh_buf_reset(&text);
	bh_buf_printf(&text, "--%s--\r\n", boundary);
	return rc < 0 ? rc : bh_picture_spool_write(fd, text.data, text.len);
}

/* Body and type of a call that has pictures; *out_fd is the caller's to close. */
static int
make_form(const struct bh_peer *peer, const struct bh_buf *spec,
	const struct multimodal_input *inputs, size_t n, struct bh_peer_call *call, int *out_fd)
{
	struct bh_uuid id = bh_uuid_new();
	char boundary[BH_UUID_HEX];
	int rc = bh_picture_spool(bh_runtime_spool_dir(peer->runtime), out_fd);

	bh_uuid_hex(&id, boundary);
	if (rc == 0)
		rc = write_form(peer, spec, inputs, n, boundary, *out_fd);
	if (rc < 0)
		return rc;
	call->body = NULL;
	call->body_fd = *out_fd;
	call->body_bytes = lseek(*out_fd, 0, SEEK_END);
	call->content_type = bh_arena_printf(peer->arena, "multipart/form-data; boundary=%s", boundary);
	return 0;
}

/* All pictures in the form, and the one at hand beside it. */
static int64_t
bytes_of(const struct multimodal_input *inputs, size_t n)
{
	int64_t sum = 0, largest = 0;

	for (size_t i = 0; i < n; i++) {
		sum += inputs[i].bytes;
		largest = inputs[i].bytes > largest ? inputs[i].bytes : largest;
	}
	return sum + largest;
}

/* The form is gone from the disk once it has been answered. */
static int
post(const struct bh_peer *peer, const struct multimodal_wanted *wanted, const struct bh_buf *spec,
	const struct multimodal_input *inputs, size_t n, struct bh_peer_call *call,
	struct bh_http_reply *out)
{
	const int64_t bytes = bytes_of(inputs, n);
	int fd = -1;
	int rc = bh_spool_take(wanted->spool, bytes, wanted->wait_ms, peer->cancel);

	if (rc < 0)
		return rc;
	if (n > 0)
		rc = make_form(peer, spec, inputs, n, call, &fd);
	if (rc == 0)
		rc = bh_peer_open(peer, call, out);
	if (fd >= 0)
		close(fd);
	bh_spool_give(wanted->spool, bytes);
	return rc;
}

/* ---- the answer ---- */

/* It was ended, or cut off, as it worked. */
static int
broke_off(void)
{
	return bh_error(BH_E_UNAVAILABLE, "the model service broke off its answer");
}

/* The next line of it, parsed; its bytes are taken. */
static int
next_line(struct multimodal_ask *ask, struct bh_json_doc *out)
{
	size_t scanned = 0;
	char *end;
	int rc;

	while ((end = ask->read.len > scanned
				   ? memchr(ask->read.data + scanned, '\n', ask->read.len - scanned)
				   : NULL) == NULL) {
		ssize_t n;

		scanned = ask->read.len;
		if (scanned > LINE_BYTES_MAX)
			return bh_error(BH_E_PROTOCOL, "the model service's answer is too large");
		n = bh_http_reply_read(&ask->reply, bh_buf_room(&ask->read, READ_BYTES), READ_BYTES);
		if (n == 0 || n == BH_E_PROTOCOL)
			return broke_off();
		if (n < 0)
			return (int)n;
		ask->read.len += (size_t)n;
	}
	rc = bh_json_parse(ask->read.data, (size_t)(end - ask->read.data), out);
	bh_buf_shift(&ask->read, (size_t)(end - ask->read.data) + 1);
	if (ask->read.len == 0)
		bh_buf_close(&ask->read);
	return rc < 0 ? bh_error(BH_E_PROTOCOL, "the model service's answer is malformed") : 0;
}

static int
read_begun(const struct bh_peer *peer, struct multimodal_ask *ask)
{
	BH_AUTO(bh_json_close) struct bh_json_doc line = {0};
	const char *model;
	int rc = next_line(ask, &line);

	if (rc < 0)
		return rc;
	model = bh_json_text(line.root, "model");
	if (model == NULL)
		return bh_error(BH_E_PROTOCOL, "the model service does not name the model");
	ask->model = bh_arena_strdup(peer->arena, model);
	(void)bh_json_bool(bh_json_get(line.root, "test_backend"), &ask->test_backend);
	return 0;
}

int
multimodal_ask_open(const struct bh_peer *peer, struct bh_db *db,
	const struct multimodal_wanted *wanted, struct multimodal_ask *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf spec = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc refusal = {0};
	struct bh_peer_call call = {
		.service = "model",
		.path = "/internal/v1/images",
		.body = &spec,
		.first_byte_ms = FIRST_BYTE_MS,
		.idle_ms = IDLE_MS,
		.once = true,
	};
	struct multimodal_input *inputs = NULL;
	size_t n = 0;
	int rc = multimodal_store_input_list(db, &peer->onward.tenant, wanted->job, &inputs, &n);

	multimodal_spec_ask(wanted->spec, wanted->job, wanted->done, wanted->left, &spec);
	out->wanted = wanted;
	out->peer = peer;
	if (rc == 0)
		rc = post(peer, wanted, &spec, inputs, n, &call, &out->reply);
	if (rc == 0 && out->reply.status != 200)
		rc = bh_peer_read(&call, &out->reply, &refusal);
	return rc < 0 ? rc : read_begun(peer, out);
}

/* As large as it may become, in pixels of four bytes; what is larger is counted when it is there. */
static int64_t
bytes_written_anew(const struct multimodal_spec *spec)
{
	return 4 * multimodal_spec_pixels(spec);
}

/* At least `need` bytes of the answer stand in ask->read. */
static int
fill(struct multimodal_ask *ask, size_t need)
{
	while (ask->read.len < need) {
		ssize_t n = bh_http_reply_read(&ask->reply, bh_buf_room(&ask->read, COPY_BYTES),
			COPY_BYTES);

		if (n == 0 || n == BH_E_PROTOCOL)
			return broke_off();
		if (n < 0)
			return (int)n;
		ask->read.len += (size_t)n;
	}
	return 0;
}

/* Base64 of that many bytes, in groups of four characters, and a line feed. */
static int
receive(struct multimodal_ask *ask, size_t left, int fd)
{
	int rc = 0;

	while (rc == 0 && left > 0) {
		size_t piece = left < BASE64_BYTES ? left : BASE64_BYTES;

		rc = fill(ask, piece);
		if (rc == 0)
			rc = decode_piece(ask->read.data, piece, piece == left, fd);
		bh_buf_shift(&ask->read, rc == 0 ? piece : 0);
		left -= piece;
	}
	if (rc == 0)
		rc = fill(ask, 1);
	if (rc == 0 && ask->read.data[0] != '\n')
		rc = bh_error(BH_E_PROTOCOL, "the model service's answer is malformed");
	if (rc == 0)
		bh_buf_shift(&ask->read, 1);
	return rc;
}

static int
receive_picture(struct multimodal_ask *ask, int64_t base64_bytes, struct multimodal_piece *out)
{
	const int64_t bytes = base64_bytes / 4 * 3 + bytes_written_anew(ask->wanted->spec);
	int rc = bh_spool_take(ask->wanted->spool, bytes, ask->wanted->wait_ms, ask->peer->cancel);

	if (rc < 0)
		return rc;
	out->spool = ask->wanted->spool;
	out->spooled = bytes;
	rc = bh_picture_spool(bh_runtime_spool_dir(ask->peer->runtime), &out->fd);
	if (rc == 0)
		rc = receive(ask, (size_t)base64_bytes, out->fd);
	return rc == BH_E_INVALID
		? bh_error(BH_E_UPSTREAM,
			  "the model's response does not contain an image: it is not valid base64")
		: rc;
}

static int
take_picture(struct multimodal_ask *ask, const struct bh_json *line, struct multimodal_piece *out)
{
	int64_t bytes = 0;
	const char *revised = bh_json_text(line, "revised_prompt");

	if (!bh_json_int(bh_json_get(line, "base64_bytes"), &bytes) || bytes < 0 ||
		bytes > BASE64_BYTES_MAX || !bh_json_int(bh_json_get(line, "index"), &out->index) ||
		out->index < 0)
		return bh_error(BH_E_PROTOCOL, "the model service's answer is malformed");
	out->partial = bh_json_get_int(line, "partial", 0);
	if (revised != NULL)
		out->revised_prompt = bh_arena_copy(&out->arena, revised,
			bh_text_cut(revised, strlen(revised), REVISED_BYTES_MAX));
	return receive_picture(ask, bytes, out);
}

int
multimodal_ask_next(struct multimodal_ask *ask, struct multimodal_piece *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc line = {0};
	const char *type;
	int rc = next_line(ask, &line);

	if (rc < 0)
		return rc;
	type = bh_json_text(line.root, "type");
	if (type != NULL && strcmp(type, "end") == 0)
		return BH_E_EMPTY;
	if (type != NULL && strcmp(type, "error") == 0)
		return bh_peer_refusal(400, line.root); /* its codes are ours */
	return take_picture(ask, line.root, out);
}

void
multimodal_ask_close(struct multimodal_ask *ask)
{
	bh_http_reply_close(&ask->reply);
	bh_buf_close(&ask->read);
}
