/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: reads what is wanted, and finds who makes it. */
#include "model/image.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "http/multipart.h"
#include "json/fields.h"
#include "picture/run.h"
#include "service/request.h"

enum { SPEC_BYTES_MOST = 256 * 1024, COPY_BYTES = 64 * 1024 };

#define AT(member) offsetof(struct model_image, member)

static const struct bh_field fields[] = {
	{"model", BH_FIELD_TEXT, AT(model), BH_REQUIRED, 1, 256},
	{"prompt", BH_FIELD_TEXT, AT(prompt), BH_REQUIRED, 1, 32000},
	{"size", BH_FIELD_TEXT, AT(size), BH_REQUIRED, 3, 11},
	{"quality", BH_FIELD_TEXT, AT(quality), BH_REQUIRED, 1, 16},
	{"background", BH_FIELD_TEXT, AT(background), 0, 0, 16},
	{"output_format", BH_FIELD_TEXT, AT(output_format), 0, 0, 16},
	{"output_compression", BH_FIELD_INT, AT(compression), 0, 0, 100},
	{"moderation", BH_FIELD_TEXT, AT(moderation), 0, 0, 16},
	{"input_fidelity", BH_FIELD_TEXT, AT(input_fidelity), 0, 0, 16},
	{"n", BH_FIELD_INT, AT(n), BH_REQUIRED, 1, MODEL_IMAGE_MOST},
	{"partial_images", BH_FIELD_INT, AT(partials), 0, 0, MODEL_IMAGE_PARTIALS_MOST},
	{"seed", BH_FIELD_INT, AT(seed), 0, 0, INT32_MAX},
	{"job", BH_FIELD_ID, AT(job), .words = NULL},
	{"first", BH_FIELD_INT, AT(first), 0, 0, MODEL_IMAGE_MOST - 1},
};

#undef AT

/* The body goes when the handler returns, and pictures are made behind it. */
static void
keep_text(struct bh_arena *arena, struct model_image *image)
{
	const char **const texts[] = {&image->model, &image->prompt, &image->size, &image->quality,
		&image->background, &image->output_format, &image->moderation, &image->input_fidelity};

	for (size_t i = 0; i < BH_COUNT(texts); i++)
		*texts[i] = bh_arena_strdup(arena, *texts[i]);
}

static int
read_spec(struct bh_request *req, struct model_image *out)
{
	int rc = bh_fields_read(req->arena, req->body.root, BH_LIST(fields), "", out);

	if (rc < 0)
		return rc;
	keep_text(req->arena, out);
	if (out->first + out->n > MODEL_IMAGE_MOST)
		return bh_error_param(BH_E_RANGE, "first", "A job has at most %d images.",
			MODEL_IMAGE_MOST);
	return strchr(out->size, 'x') != NULL
		? 0
		: bh_error_param(BH_E_INVALID, "size", "'size' must be WIDTHxHEIGHT.");
}

static int
read_spec_part(struct bh_request *req, struct bh_multipart *form, struct model_image *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	ssize_t n;
	int rc;

	if (req->body.root != NULL)
		return bh_error_param(BH_E_INVALID, "spec", "'spec' must be sent once.");
	while ((n = bh_multipart_read(form, bh_buf_room(&text, COPY_BYTES), COPY_BYTES)) > 0) {
		text.len += (size_t)n;
		if (text.len > SPEC_BYTES_MOST)
			return bh_error_param(BH_E_TOO_LARGE, "spec", "'spec' is too large.");
	}
	if (n < 0)
		return (int)n;
	rc = bh_json_parse(bh_buf_string(&text), text.len, &req->body);
	return rc < 0 ? rc : read_spec(req, out);
}

static int
read_picture(struct bh_request *req, struct bh_multipart *form, int *out_fd)
{
	char *bytes = bh_arena_alloc(req->arena, COPY_BYTES);
	ssize_t n;
	int rc = bh_picture_spool(bh_runtime_spool_dir(req->runtime), out_fd);

	while (rc == 0 && (n = bh_multipart_read(form, bytes, COPY_BYTES)) != 0) {
		if (n < 0)
			return (int)n;
		if (write(*out_fd, bytes, (size_t)n) != n)
			return bh_error(BH_E_NO_ROOM, "spool a picture: %m");
	}
	return rc;
}

static int
read_part(struct bh_request *req, struct bh_multipart *form, const char *name,
	struct model_image *out)
{
	if (strcmp(name, "spec") == 0)
		return read_spec_part(req, form, out);
	if (strcmp(name, "mask") == 0 && out->mask == 0)
		return read_picture(req, form, &out->mask);
	if (strcmp(name, "image") == 0 && out->n_inputs < MODEL_IMAGE_INPUTS_MOST)
		return read_picture(req, form, &out->inputs[out->n_inputs++]);
	return bh_error(BH_E_INVALID, "The form has a part that it must not have.");
}

static void
close_form(struct bh_multipart **form)
{
	bh_multipart_close(*form);
}

static int
read_form(struct bh_request *req, struct model_image *out)
{
	BH_AUTO(close_form) struct bh_multipart *form = NULL;
	struct bh_multipart_part part;
	bool end = false;
	/* The pictures lie on disk twice. */
	int rc = bh_request_spool(req, req->http->body_bytes);

	if (rc == 0)
		rc = bh_multipart_open(req->http, &form);
	while (rc == 0) {
		rc = bh_multipart_next(form, &part, &end);
		if (rc < 0 || end)
			break;
		rc = read_part(req, form, part.name, out);
	}
	if (rc == 0 && (req->body.root == NULL || out->n_inputs == 0))
		rc = bh_error_param(BH_E_MISSING, "image", "'spec' and 'image' are required.");
	return rc;
}

int
model_image_read(struct bh_request *req, struct model_image *out)
{
	const char *type = bh_http_header(req->http, "content-type");
	int rc;

	out->background = out->output_format = out->moderation = out->input_fidelity = "";
	if (type != NULL && strncasecmp(type, "multipart/form-data", 19) == 0)
		return read_form(req, out);
	rc = bh_request_json(req);
	return rc < 0 ? rc : read_spec(req, out);
}

void
model_image_close(struct model_image *image)
{
	for (size_t i = 0; i < image->n_inputs; i++)
		if (image->inputs[i] > 0)
			close(image->inputs[i]);
	if (image->mask > 0)
		close(image->mask);
	image->n_inputs = 0;
	image->mask = 0;
}

const struct model_image_driver *
model_image_driver_of(const struct model_entry *entry)
{
	static const struct {
		const char *url;
		const struct model_image_driver *driver;
	} drivers[] = {
		{MODEL_IMAGE_TEST_URL, &model_image_test},
	};

	for (size_t i = 0; i < BH_COUNT(drivers); i++)
		if (strcmp(entry->url, drivers[i].url) == 0)
			return drivers[i].driver;
	return &model_image_upstream;
}
