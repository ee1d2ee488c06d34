/* SPDX-License-Identifier: Apache-2.0 */
/* inputs.c: nothing of a picture is looked at here; bulkhead-picture does, before anything is kept. */
#include "multimodal/inputs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/multipart.h"
#include "multimodal/kept.h"
#include "multimodal/picture.h"
#include "multimodal/spec.h"
#include "picture/run.h"
#include "service/peer.h"
#include "service/request.h"

enum { COPY_BYTES = 64 * 1024, VALUE_MOST = 4 * 32000 + 1024, KEEP_S = 86400, EDGE_MOST = 4096 };

void
multimodal_inputs_close(struct multimodal_inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++)
		multimodal_source_close(&inputs->pictures[i]);
	multimodal_source_close(&inputs->mask);
	*inputs = (struct multimodal_inputs){0};
}

static const char *
param_of(struct bh_request *req, size_t index, size_t n)
{
	return n == 1 ? "image" : bh_arena_printf(req->arena, "image[%zu]", index);
}

/* ---- a form ---- */

static int
read_text(struct bh_request *req, struct bh_multipart *form, const char *name, const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf value = {0};
	ssize_t n;

	while ((n = bh_multipart_read(form, bh_buf_room(&value, COPY_BYTES), COPY_BYTES)) > 0) {
		value.len += (size_t)n;
		if (value.len > VALUE_MOST)
			return bh_error_param(BH_E_RANGE, name, "'%s' is too long.", name);
	}
	if (n < 0)
		return (int)n;
	if (!bh_text_is_utf8(bh_buf_string(&value), value.len) ||
		(value.len > 0 && memchr(value.data, '\0', value.len) != NULL))
		return bh_error_param(BH_E_UTF8, name,
			"'%s' is not valid UTF-8 text without NUL characters.", name);
	*out = bh_arena_copy(req->arena, bh_buf_string(&value), value.len);
	return 0;
}

static int
read_part(struct bh_request *req, struct bh_multipart *form, const char *part,
	struct multimodal_inputs *inputs, struct multimodal_spec *spec)
{
	const char *name = bh_arena_strdup(req->arena, part), *value = NULL;
	int rc;

	if (strcmp(name, "mask") == 0)
		return inputs->mask.fd > 0
			? bh_error_param(BH_E_INVALID, "mask", "'mask' must be sent only once.")
			: multimodal_source_form(req, form, "mask", &inputs->mask);
	if (strcmp(name, "image") == 0 || strcmp(name, "image[]") == 0) {
		if (inputs->n == MULTIMODAL_INPUTS_MAX)
			return bh_error_param(BH_E_RANGE, "image", "At most %d images can be edited at once.",
				MULTIMODAL_INPUTS_MAX);
		inputs->n++;
		return multimodal_source_form(req, form, param_of(req, inputs->n - 1, inputs->n),
			&inputs->pictures[inputs->n - 1]);
	}
	rc = read_text(req, form, name, &value);
	return rc < 0 ? rc : multimodal_spec_field(req, name, value, spec);
}

static void
close_form(struct bh_multipart **form)
{
	bh_multipart_close(*form);
}

int
multimodal_inputs_form(struct bh_request *req, struct multimodal_inputs *inputs,
	struct multimodal_spec *spec)
{
	BH_AUTO(close_form) struct bh_multipart *form = NULL;
	struct bh_multipart_part part;
	bool end = false;
	/* The pictures lie on disk twice, and once more when they are written anew, which is counted then. */
	int rc = bh_request_spool(req, req->http->body_bytes);

	if (rc == 0)
		rc = bh_multipart_open(req->http, &form);
	while (rc == 0) {
		rc = bh_multipart_next(form, &part, &end);
		if (rc < 0 || end)
			break;
		rc = read_part(req, form, part.name, inputs, spec);
	}
	if (rc == 0 && inputs->n == 0)
		rc = bh_error_param(BH_E_MISSING, "image", "'image' is required.");
	return rc;
}

/* ---- JSON ---- */

static const char *
name_of(struct bh_request *req, size_t index)
{
	return bh_arena_printf(req->arena, "images[%zu]", index);
}

int
multimodal_inputs_json(struct bh_request *req, const struct multimodal_spec *spec,
	struct multimodal_inputs *inputs)
{
	const struct multimodal *multimodal = req->service;
	const int64_t until_ms = bh_clock_steady_ms() + multimodal->conf.fetch_ms;
	struct multimodal_reference references[MULTIMODAL_INPUTS_MAX], mask;
	size_t n = bh_json_count(spec->images);
	int rc = n > MULTIMODAL_INPUTS_MAX ? BH_E_RANGE : 0; /* the request's own limit */

	/* All of the request is read before any file is. */
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = multimodal_reference_parse(req, bh_json_at(spec->images, i), name_of(req, i),
			&references[i]);
	if (rc == 0 && spec->mask != NULL)
		rc = multimodal_reference_parse(req, spec->mask, "mask", &mask);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		inputs->n++;
		rc = multimodal_source_read(req, &references[i], name_of(req, i), until_ms,
			&inputs->pictures[i]);
	}
	if (rc == 0 && spec->mask != NULL)
		rc = multimodal_source_read(req, &mask, "mask", until_ms, &inputs->mask);
	return rc;
}

/* ---- written anew, and kept ---- */

struct cleaned {
	struct bh_picture_run *runs[MULTIMODAL_INPUTS_MAX + 1]; /* owned; the mask's last */
	size_t n;
	int64_t bytes; /* of all */
};

static void
cleaned_close(struct cleaned *cleaned)
{
	for (size_t i = 0; i < cleaned->n; i++)
		bh_picture_run_close(cleaned->runs[i]);
}

/* They are kept, and sent to the model, whose service takes only so much. */
static int
count(struct bh_request *req, struct cleaned *cleaned, int64_t bytes, const char *param)
{
	const struct multimodal *multimodal = req->service;

	cleaned->bytes += bytes;
	if (cleaned->bytes > multimodal->conf.edit_bytes_max)
		return bh_error_param(BH_E_IMAGE_TOO_LARGE, param,
			"The images of a request must have at most %lld bytes together, each as a PNG.",
			(long long)multimodal->conf.edit_bytes_max);
	return bh_request_spool(req, bytes);
}

static int
clean(struct bh_request *req, int fd, const char *param, struct cleaned *cleaned)
{
	const struct multimodal_reader reader = {
		.multimodal = req->service,
		.tenant = &req->tenant,
		.watch_fd = bh_http_client_fd(req->http),
		.cancel = bh_runtime_stop_flag(req->runtime),
	};
	const struct bh_picture_order order = {
		.input_fd = fd,
		.to = "png",
		.limit_bytes = MULTIMODAL_INPUT_BYTES_MAX,
		.limit_pixels = MULTIMODAL_INPUT_PIXELS_MAX,
		.limit_edge = EDGE_MOST,
	};
	struct bh_picture_run **run = &cleaned->runs[cleaned->n++];
	const struct bh_picture_made *made;
	int rc = multimodal_picture_run(&reader, &order, run);

	if (rc == BH_E_INVALID)
		return bh_picture_run_refusal(*run, param);
	if (rc == 0)
		rc = multimodal_picture_made(*run, &made);
	if (rc == 0 && made->truncated)
		rc = bh_error_param(BH_E_IMAGE, param, "The image ends too early.");
	/* It may have become larger than what was sent. */
	return rc < 0 ? rc : count(req, cleaned, made->bytes, param);
}

/* A PNG that bulkhead-picture has written has alpha only where something is transparent (IHDR, colour type 6). */
static bool
is_open(const struct bh_picture_run *mask)
{
	enum { COLOUR_TYPE = 25, RGBA = 6 };
	unsigned char type = 0;

	return pread(bh_picture_run_output(mask), &type, 1, COLOUR_TYPE) == 1 && type == RGBA;
}

/* As large as what it is laid on, and with something that it leaves open. */
static int
check_mask(const struct bh_picture_run *picture, const struct bh_picture_run *mask)
{
	const struct bh_picture_made *a = NULL, *b = NULL;
	int rc = multimodal_picture_made(picture, &a);

	if (rc == 0)
		rc = multimodal_picture_made(mask, &b);
	if (rc < 0)
		return rc;
	if (a->width != b->width || a->height != b->height)
		return bh_error_param(BH_E_INVALID, "mask",
			"The mask is %lld by %lld pixels, and the image %lld by %lld; they must have the same "
			"size.",
			(long long)b->width, (long long)b->height, (long long)a->width, (long long)a->height);
	if (!is_open(mask))
		return bh_error_param(BH_E_INVALID, "mask",
			"The mask has no transparent pixels; they mark what to edit.");
	return 0;
}

static int
keep_one(const struct bh_peer *peer, const struct bh_picture_run *run,
	struct multimodal_input *input)
{
	const struct bh_picture_made *made = NULL;
	struct multimodal_kept file = {
		.id = bh_uuid_new(),
		.filename = input->position == MULTIMODAL_MASK_POSITION ? "mask.png" : "input.png",
		.content_type = "image/png",
		.purpose = "vision",
		.expires_s = KEEP_S,
		.fd = bh_picture_run_output(run),
	};
	int rc = multimodal_picture_made(run, &made);

	if (rc < 0)
		return rc;
	file.bytes = input->bytes = made->bytes;
	input->file = file.id;
	return multimodal_kept_put(peer, &file);
}

static int
keep_all(struct bh_request *req, const struct cleaned *cleaned, bool has_mask,
	struct multimodal_input *rows)
{
	struct bh_peer peer;
	size_t done = 0;
	int rc = 0;

	bh_peer_from(req, &peer);
	for (; rc == 0 && done < cleaned->n; done++) {
		rows[done].position = has_mask && done + 1 == cleaned->n ? MULTIMODAL_MASK_POSITION
																 : (int64_t)done;
		rc = keep_one(&peer, cleaned->runs[done], &rows[done]);
	}
	/* What is left would go by itself in a day. */
	for (size_t i = 0; rc < 0 && i + 1 < done; i++)
		if (multimodal_kept_delete(&peer, &rows[i].file) < 0)
			bh_log(BH_LOG_WARN, "an input of a refused request was not removed");
	return rc;
}

int
multimodal_inputs_keep(struct bh_request *req, const struct multimodal_inputs *inputs,
	struct multimodal_input **out, size_t *out_n)
{
	BH_AUTO(cleaned_close) struct cleaned cleaned = {0};
	struct multimodal_input *rows = bh_arena_array(req->arena, inputs->n + 1, sizeof(*rows));
	bool has_mask = inputs->mask.fd > 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < inputs->n; i++)
		rc = clean(req, inputs->pictures[i].fd, param_of(req, i, inputs->n), &cleaned);
	if (rc == 0 && has_mask)
		rc = clean(req, inputs->mask.fd, "mask", &cleaned);
	if (rc == 0 && has_mask)
		rc = check_mask(cleaned.runs[0], cleaned.runs[cleaned.n - 1]);
	if (rc == 0)
		rc = keep_all(req, &cleaned, has_mask, rows);
	if (rc < 0)
		return rc;
	*out = rows;
	*out_n = cleaned.n;
	return 0;
}
