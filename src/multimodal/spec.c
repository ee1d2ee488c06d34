/* SPDX-License-Identifier: Apache-2.0 */
/* spec.c: tables of the fields, and the rules between them. */
#include "multimodal/spec.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "multimodal/prompt.h"
#include "service/request.h"

enum {
	PROMPT_POINTS_MOST = 32000,
	IMAGES_MOST = 10,
	PARTIALS_MOST = 3,
	INPUTS_MOST = 16,
	EDGE_LEAST = 64,
	EDGE_MOST = 3840,
	EDGE_STEP = 16,
	RATIO_MOST = 3,
	PIXELS_MOST = 3840 * 2160
};

#define AT(member) offsetof(struct multimodal_spec, member)

static const struct bh_field own_fields[] = {
	{"detached", BH_FIELD_BOOL, offsetof(struct multimodal_own, detached)},
	{"seed", BH_FIELD_INT, offsetof(struct multimodal_own, seed), 0, 0, INT32_MAX},
};

#define QUALITIES "auto low medium high standard hd"

#define SHARED_FIELDS \
	{"prompt", BH_FIELD_TEXT, AT(prompt), BH_REQUIRED, 1, PROMPT_POINTS_MOST}, \
		{"model", BH_FIELD_TEXT, AT(model), BH_NULLABLE, 1, 256}, \
		{"n", BH_FIELD_INT, AT(n), BH_NULLABLE, 1, IMAGES_MOST}, \
		{"size", BH_FIELD_TEXT, AT(size), BH_NULLABLE, 1, 16}, \
		{"quality", BH_FIELD_CHOICE, AT(quality), BH_NULLABLE, .words = QUALITIES}, \
		{"background", BH_FIELD_CHOICE, AT(background), BH_NULLABLE, \
			.words = "auto transparent opaque"}, \
		{"output_format", BH_FIELD_CHOICE, AT(output_format), BH_NULLABLE, \
			.words = "png jpeg webp"}, \
		{"output_compression", BH_FIELD_INT, AT(compression), BH_NULLABLE, 0, 100}, \
		{"moderation", BH_FIELD_CHOICE, AT(moderation), BH_NULLABLE, .words = "auto low"}, \
		{"stream", BH_FIELD_BOOL, AT(stream), BH_NULLABLE}, \
		{"partial_images", BH_FIELD_INT, AT(partials), BH_NULLABLE, 0, PARTIALS_MOST}, \
		{"response_format", BH_FIELD_CHOICE, AT(response_format), BH_NULLABLE, \
			.words = "b64_json url"}, \
		{"user", BH_FIELD_IGNORED}, \
	{ \
		"bulkhead", BH_FIELD_OBJECT, AT(own), BH_NULLABLE, BH_FIELDS(own_fields) \
	}

static const struct bh_field generation_fields[] = {
	SHARED_FIELDS,
	{"style", BH_FIELD_REFUSED},
};

static const struct bh_field edit_fields[] = {
	SHARED_FIELDS,
	{"input_fidelity", BH_FIELD_CHOICE, AT(input_fidelity), BH_NULLABLE, .words = "high low"},
	{"images", BH_FIELD_ARRAY, AT(images), BH_REQUIRED, 1, INPUTS_MOST},
	{"mask", BH_FIELD_ANY, AT(mask), BH_NULLABLE},
};

const struct bh_shape multimodal_generation_shape = BH_SHAPE("ImageGenerationCreate",
	struct multimodal_spec, generation_fields);
const struct bh_shape multimodal_edit_shape = BH_SHAPE("ImageEditCreate", struct multimodal_spec,
	edit_fields);

void
multimodal_spec_init(struct multimodal_spec *spec)
{
	*spec = (struct multimodal_spec){
		.model = "default",
		.size = "auto",
		.quality = "auto",
		.background = "auto",
		.output_format = "png",
		.moderation = "auto",
		.input_fidelity = "",
		.response_format = "b64_json",
		.n = 1,
		.compression = -1,
		.removed = "",
	};
}

/* ---- a form's ---- */

/* A form's value as the JSON that its field would have. */
static void
write_value(const struct bh_field *field, const char *value, struct bh_buf *out)
{
	int64_t number;

	bh_buf_text(out, "{");
	bh_text_json(out, field->name, strlen(field->name));
	bh_buf_char(out, ':');
	if (field->type == BH_FIELD_INT && bh_text_int(value, INT64_MIN + 1, INT64_MAX, &number) == 0)
		bh_buf_int(out, number);
	else if (field->type == BH_FIELD_BOOL &&
		(strcmp(value, "true") == 0 || strcmp(value, "false") == 0))
		bh_buf_text(out, value);
	else
		bh_text_json(out, value, strlen(value));
	bh_buf_text(out, "}");
}

int
multimodal_spec_field(struct bh_request *req, const char *name, const char *value,
	struct multimodal_spec *spec)
{
	for (size_t i = 0; i < BH_COUNT(edit_fields); i++) {
		struct bh_field field = edit_fields[i];
		struct bh_json_doc doc = {0};
		struct bh_buf text = {0};
		int rc;

		if (field.type == BH_FIELD_ARRAY || field.type == BH_FIELD_ANY ||
			field.type == BH_FIELD_OBJECT || strcmp(field.name, name) != 0)
			continue;
		write_value(&field, value, &text);
		rc = bh_json_parse(bh_buf_string(&text), text.len, &doc);
		bh_buf_close(&text);
		if (rc < 0)
			return bh_error_param(BH_E_UTF8, field.name, "'%s' is not valid text.", field.name);
		rc = bh_fields_read(req->arena, doc.root, &field, 1, "", spec);
		/* Text is the document's. */
		if (rc == 0 && (field.type == BH_FIELD_TEXT || field.type == BH_FIELD_CHOICE)) {
			const char **at = (const char **)(void *)((char *)spec + field.offset);

			*at = bh_arena_strdup(req->arena, *at);
		}
		bh_json_close(&doc);
		return rc;
	}
	return bh_error_param(BH_E_UNKNOWN_FIELD, bh_arena_strdup(req->arena, name),
		"Unknown form field.");
}

/* ---- what is between the fields ---- */

/* Digits, and the first of them not a zero: a size that can be written in one way only has one price. 0: it is none. */
static int64_t
read_edge(const char **at)
{
	int64_t edge = 0;

	if (**at == '0')
		return 0;
	for (; **at >= '0' && **at <= '9' && edge <= EDGE_MOST; ++*at)
		edge = 10 * edge + (**at - '0');
	return edge;
}

static int
check_size(const char *size)
{
	const char *at = size;
	int64_t width = read_edge(&at), height = 0;

	if (*at == 'x') {
		at++;
		height = read_edge(&at);
	}
	if (*at != '\0' || width < EDGE_LEAST || height < EDGE_LEAST || width > EDGE_MOST ||
		height > EDGE_MOST || width % EDGE_STEP != 0 || height % EDGE_STEP != 0 ||
		width * height > PIXELS_MOST)
		return bh_error_param(BH_E_INVALID, "size",
			"'size' must be auto or WIDTHxHEIGHT, both multiples of %d from %d to %d, with at most "
			"%d pixels.",
			EDGE_STEP, EDGE_LEAST, EDGE_MOST, PIXELS_MOST);
	if (width > RATIO_MOST * height || height > RATIO_MOST * width)
		return bh_error_param(BH_E_INVALID, "size",
			"The sides of 'size' must have a ratio from 1:%d to %d:1.", RATIO_MOST, RATIO_MOST);
	return 0;
}

int64_t
multimodal_spec_pixels(const struct multimodal_spec *spec)
{
	const char *at = spec->size;
	int64_t width = read_edge(&at);

	return *at++ == 'x' ? width * read_edge(&at) : 0;
}

static int
check(const struct multimodal_spec *spec)
{
	bool is_png = strcmp(spec->output_format, "png") == 0;

	if (strcmp(spec->background, "transparent") == 0 && strcmp(spec->output_format, "jpeg") == 0)
		return bh_error_param(BH_E_INVALID, "background",
			"A JPEG cannot be transparent. Ask for png or webp.");
	if (is_png && spec->compression >= 0 && spec->compression != 100)
		return bh_error_param(BH_E_INVALID, "output_compression",
			"'output_compression' is for jpeg and webp.");
	/* A detached job has them in its events. */
	if (spec->partials > 0 && !spec->stream && !spec->own.detached)
		return bh_error_param(BH_E_INVALID, "partial_images",
			"'partial_images' requires 'stream' or 'bulkhead.detached'.");
	if (spec->stream && strcmp(spec->response_format, "url") == 0)
		return bh_error_param(BH_E_INVALID, "response_format",
			"A stream tells images in base64 only.");
	if (spec->stream && spec->own.detached)
		return bh_error_param(BH_E_INVALID, "bulkhead.detached",
			"A detached job is not streamed here; read its events.");
	return strcmp(spec->size, "auto") == 0 ? 0 : check_size(spec->size);
}

int
multimodal_spec_finish(struct bh_request *req, struct multimodal_spec *spec)
{
	struct bh_buf prompt = {0};
	int rc = spec->prompt == NULL ? bh_error_param(BH_E_MISSING, "prompt", "'prompt' is required.")
								  : check(spec);

	if (rc < 0)
		return rc;
	if (multimodal_prompt_clean(spec->prompt, &prompt)) {
		spec->removed = "sd_cpp_extra_args";
		spec->prompt = bh_arena_strdup(req->arena, bh_buf_string(&prompt));
		if (spec->prompt[strspn(spec->prompt, " \t\r\n")] == '\0')
			rc = bh_error_param(BH_E_INVALID, "prompt",
				"'prompt' holds nothing but parameters of an engine, which are not taken.");
	}
	bh_buf_close(&prompt);
	/* What is left to us is said, so that it has a price. */
	if (strcmp(spec->size, "auto") == 0)
		spec->size = "1024x1024";
	if (strcmp(spec->quality, "auto") == 0)
		spec->quality = "medium";
	if (spec->compression < 0)
		spec->compression = 100;
	return rc;
}

/* ---- kept, and sent on ---- */

static const struct bh_field kept_fields[] = {
	{"model", BH_FIELD_TEXT, AT(model), BH_REQUIRED},
	{"prompt", BH_FIELD_TEXT, AT(prompt), BH_REQUIRED},
	{"size", BH_FIELD_TEXT, AT(size), BH_REQUIRED},
	{"quality", BH_FIELD_TEXT, AT(quality), BH_REQUIRED},
	{"background", BH_FIELD_TEXT, AT(background), BH_REQUIRED},
	{"output_format", BH_FIELD_TEXT, AT(output_format), BH_REQUIRED},
	{"output_compression", BH_FIELD_INT, AT(compression), BH_REQUIRED},
	{"moderation", BH_FIELD_TEXT, AT(moderation), BH_REQUIRED},
	{"input_fidelity", BH_FIELD_TEXT, AT(input_fidelity), BH_REQUIRED},
	{"response_format", BH_FIELD_TEXT, AT(response_format), BH_REQUIRED},
	{"n", BH_FIELD_INT, AT(n), BH_REQUIRED},
	{"partial_images", BH_FIELD_INT, AT(partials), BH_REQUIRED},
	{"seed", BH_FIELD_INT, AT(own.seed), BH_REQUIRED},
};

void
multimodal_spec_write(const struct multimodal_spec *spec, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_fields_write(&write, BH_LIST(kept_fields), spec);
}

int
multimodal_spec_read(const struct bh_json *kept, struct multimodal_spec *out)
{
	multimodal_spec_init(out);
	return bh_fields_read(NULL, kept, BH_LIST(kept_fields), "", out);
}

void
multimodal_spec_ask(const struct multimodal_spec *spec, const struct bh_uuid *job, int64_t done,
	int64_t n, struct bh_buf *out)
{
	const struct {
		const char *name, *value;
	} texts[] = {
		{"model", spec->model},
		{"prompt", spec->prompt},
		{"size", spec->size},
		{"quality", spec->quality},
		{"background", spec->background},
		{"output_format", spec->output_format},
		{"moderation", spec->moderation},
		{"input_fidelity", spec->input_fidelity},
	};
	struct bh_write write = {.out = out};
	char id[BH_UUID_TEXT];

	bh_uuid_format(job, id);
	bh_write_object(&write);
	bh_write_pair_text(&write, "job", id);
	bh_write_pair_int(&write, "first", done);
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		if (texts[i].value[0] != '\0' && strcmp(texts[i].value, "auto") != 0)
			bh_write_pair_text(&write, texts[i].name, texts[i].value);
	bh_write_pair_int(&write, "output_compression", spec->compression);
	bh_write_pair_int(&write, "n", n);
	bh_write_pair_int(&write, "partial_images", spec->partials);
	bh_write_pair_int(&write, "seed", (spec->own.seed + done) % INT32_MAX);
	bh_write_end(&write);
}
