/* SPDX-License-Identifier: Apache-2.0 */
/* analysis_wire.c: an analysis as an object. What was not looked for is not in it. */
#include <string.h>

#include "multimodal/analysis.h"
#include "multimodal/kept.h"
#include "multimodal/layout.h"
#include "service/request.h"

enum { WORD_BYTES = 256 };

/* What is not known is not set. */
struct exif {
	const char *taken, *camera, *lens, *exposure;
	double aperture, focal_length;
	int64_t iso;
	bool has_aperture, has_focal_length, has_iso;
};

/* The answer as rows describe it. */
struct shown {
	struct multimodal_analysis of;
	const struct bh_picture_head *head;
	int64_t width, height;
	struct exif exif;
	struct bh_picture_gps place;
	const struct bh_picture_colour *colours;
	const char **hashes;
	double sharpness;
	const struct bh_picture_code *codes;
	const struct bh_picture_word *words;
	const char *text;
	int64_t text_confidence;
	double text_turned;
	bool text_complete;
	struct multimodal_block *blocks;
	size_t n_colours, n_hashes, n_codes, n_words, n_blocks;
	bool has_exif, has_colours, has_hashes, has_near, has_blur, has_codes, has_words, has_layout;
	const char *absent;
};

/* ---- parts ---- */

static const struct bh_field box_fields[] = {
	{"x", BH_FIELD_INT, offsetof(struct bh_picture_box, x)},
	{"y", BH_FIELD_INT, offsetof(struct bh_picture_box, y)},
	{"width", BH_FIELD_INT, offsetof(struct bh_picture_box, width)},
	{"height", BH_FIELD_INT, offsetof(struct bh_picture_box, height)},
};

#define BOX(type) \
	{ \
		"box", BH_FIELD_OBJECT, offsetof(type, box), BH_FIELDS(box_fields) \
	}

#define EXIF(member) offsetof(struct exif, member)
#define EXIF_SET(member) BH_SET(struct exif, member)
static const struct bh_field exif_fields[] = {
	{"taken", BH_FIELD_TEXT, EXIF(taken), BH_NULLABLE},
	{"camera", BH_FIELD_TEXT, EXIF(camera), BH_NULLABLE},
	{"lens", BH_FIELD_TEXT, EXIF(lens), BH_NULLABLE},
	{"exposure", BH_FIELD_TEXT, EXIF(exposure), BH_NULLABLE},
	{"aperture", BH_FIELD_DOUBLE, EXIF(aperture), BH_NULLABLE, .set = EXIF_SET(has_aperture)},
	{"iso", BH_FIELD_INT, EXIF(iso), BH_NULLABLE, .set = EXIF_SET(has_iso)},
	{"focal_length", BH_FIELD_DOUBLE, EXIF(focal_length), BH_NULLABLE,
		.set = EXIF_SET(has_focal_length)},
};
#undef EXIF_SET
#undef EXIF

static const struct bh_field place_fields[] = {
	{"latitude", BH_FIELD_DOUBLE, offsetof(struct bh_picture_gps, latitude)},
	{"longitude", BH_FIELD_DOUBLE, offsetof(struct bh_picture_gps, longitude)},
	{"altitude", BH_FIELD_DOUBLE, offsetof(struct bh_picture_gps, altitude), BH_NULLABLE,
		.set = BH_SET(struct bh_picture_gps, has_altitude)},
};

static const char *
rgb_of(const void *row)
{
	return ((const struct bh_picture_colour *)row)->rgb;
}

static const struct bh_field colour_fields[] = {
	{"rgb", BH_FIELD_TEXT, .text_of = rgb_of},
	{"share", BH_FIELD_DOUBLE, offsetof(struct bh_picture_colour, share)},
};
static const struct bh_field colour_row = {"", BH_FIELD_OBJECT, BH_FIELDS(colour_fields)};

static const struct bh_field hash_row = {"", BH_FIELD_TEXT};

static const struct bh_field code_fields[] = {
	{"kind", BH_FIELD_TEXT, offsetof(struct bh_picture_code, kind)},
	{"text", BH_FIELD_TEXT, offsetof(struct bh_picture_code, text)},
	BOX(struct bh_picture_code),
};
static const struct bh_field code_row = {"", BH_FIELD_OBJECT, BH_FIELDS(code_fields)};

static const struct bh_field word_fields[] = {
	{"text", BH_FIELD_TEXT, offsetof(struct bh_picture_word, text)},
	{"confidence", BH_FIELD_INT, offsetof(struct bh_picture_word, confidence)},
	BOX(struct bh_picture_word),
	{"line", BH_FIELD_INT, offsetof(struct bh_picture_word, line)},
	{"block", BH_FIELD_INT, offsetof(struct bh_picture_word, block)},
};
static const struct bh_field word_row = {"", BH_FIELD_OBJECT, BH_FIELDS(word_fields)};

static const struct bh_field line_fields[] = {
	{"text", BH_FIELD_TEXT, offsetof(struct multimodal_line, text)},
	BOX(struct multimodal_line),
};
static const struct bh_field line_row = {"", BH_FIELD_OBJECT, BH_FIELDS(line_fields)};

static const struct bh_field block_fields[] = {
	BOX(struct multimodal_block),
	{"words", BH_FIELD_INT, offsetof(struct multimodal_block, words)},
	{"confidence", BH_FIELD_INT, offsetof(struct multimodal_block, confidence)},
	{"lines", BH_FIELD_ARRAY, offsetof(struct multimodal_block, lines),
		BH_ELEMENTS(struct multimodal_block, lines, n_lines, &line_row)},
};
static const struct bh_field block_row = {"", BH_FIELD_OBJECT, BH_FIELDS(block_fields)};

/* As in the gallery, with its distance. */
static const struct bh_field near_fields[] = {
	{"id", BH_FIELD_ID, offsetof(struct multimodal_picture, id),
		.words = MULTIMODAL_PICTURE_PREFIX},
	{"file_id", BH_FIELD_ID, offsetof(struct multimodal_picture, file),
		.words = MULTIMODAL_FILE_PREFIX},
	{"distance", BH_FIELD_INT, offsetof(struct multimodal_picture, distance)},
};
static const struct bh_field near_row = {"", BH_FIELD_OBJECT, BH_FIELDS(near_fields)};

/* ---- the whole ---- */

#define AT(member) offsetof(struct shown, member)
#define SET(member) BH_SET(struct shown, member)

static const void *
head_of(const void *row)
{
	return ((const struct shown *)row)->head;
}

static const void *
place_of(const void *row)
{
	const struct shown *shown = row;

	return (shown->of.looks & MULTIMODAL_PLACE) != 0 && shown->of.said->has_gps ? &shown->place
																				: NULL;
}

#define HEAD(member) offsetof(struct bh_picture_head, member)
static const struct bh_field head_fields[] = {
	{"media_type", BH_FIELD_TEXT, HEAD(mime)},
	{"colour", BH_FIELD_TEXT, HEAD(colour)},
	{"bits", BH_FIELD_INT, HEAD(bits)},
	{"alpha", BH_FIELD_BOOL, HEAD(alpha)},
	{"profile", BH_FIELD_BOOL, HEAD(profile)},
	{"frames", BH_FIELD_INT, HEAD(frames)},
	{"orientation", BH_FIELD_INT, HEAD(orientation)},
};
#undef HEAD

static const char *
format_of(const void *row)
{
	return ((const struct shown *)row)->head->format;
}

static int64_t
bytes_of(const void *row)
{
	return ((const struct shown *)row)->head->bytes;
}

static const struct bh_field own_fields[] = {
	{"absent", BH_FIELD_WORDS, AT(absent)},
	{"stored", BH_FIELD_BOOL, AT(of.stored)},
};

static const struct bh_field fields[] = {
	{"object", BH_FIELD_CONST, .words = "image.analysis"},
	{"id", BH_FIELD_ID, AT(of.id), BH_NULLABLE, .words = MULTIMODAL_PICTURE_PREFIX},
	{"file_id", BH_FIELD_ID, AT(of.file), BH_NULLABLE, .words = MULTIMODAL_FILE_PREFIX},
	{"format", BH_FIELD_TEXT, .text_of = format_of},
	{"bytes", BH_FIELD_INT, .number_of = bytes_of},
	{"width", BH_FIELD_INT, AT(width)},
	{"height", BH_FIELD_INT, AT(height)},
	{"sha256", BH_FIELD_TEXT, AT(of.sha256)},
	{"header", BH_FIELD_OBJECT, .object_of = head_of, BH_FIELDS(head_fields)},
	{"alt", BH_FIELD_TEXT, AT(of.alt), BH_NULLABLE},
	{"exif", BH_FIELD_OBJECT, AT(exif), BH_OMIT, .set = SET(has_exif), BH_FIELDS(exif_fields)},
	{"place", BH_FIELD_OBJECT, .object_of = place_of, .flags = BH_OMIT, BH_FIELDS(place_fields)},
	{"colours", BH_FIELD_ARRAY, AT(colours), BH_OMIT, .set = SET(has_colours),
		BH_ELEMENTS(struct shown, colours, n_colours, &colour_row)},
	{"hashes", BH_FIELD_ARRAY, AT(hashes), BH_OMIT, .set = SET(has_hashes),
		BH_ELEMENTS(struct shown, hashes, n_hashes, &hash_row)},
	{"near", BH_FIELD_ARRAY, AT(of.near), BH_OMIT, .set = SET(has_near),
		BH_ELEMENTS(struct shown, of.near, of.n_near, &near_row)},
	{"sharpness", BH_FIELD_DOUBLE, AT(sharpness), BH_OMIT, .set = SET(has_blur)},
	{"codes", BH_FIELD_ARRAY, AT(codes), BH_OMIT, .set = SET(has_codes),
		BH_ELEMENTS(struct shown, codes, n_codes, &code_row)},
	{"text", BH_FIELD_TEXT, AT(text), BH_OMIT, .set = SET(has_words)},
	{"text_confidence", BH_FIELD_INT, AT(text_confidence), BH_OMIT, .set = SET(has_words)},
	{"text_turned", BH_FIELD_DOUBLE, AT(text_turned), BH_OMIT, .set = SET(has_words)},
	{"text_complete", BH_FIELD_BOOL, AT(text_complete), BH_OMIT, .set = SET(has_words)},
	{"words", BH_FIELD_ARRAY, AT(words), BH_OMIT, .set = SET(has_words),
		BH_ELEMENTS(struct shown, words, n_words, &word_row)},
	{"layout", BH_FIELD_ARRAY, AT(blocks), BH_OMIT, .set = SET(has_layout),
		BH_ELEMENTS(struct shown, blocks, n_blocks, &block_row)},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(own_fields)},
};

#undef SET
#undef AT

const struct bh_shape multimodal_analysis_shape = BH_SHAPE("ImageAnalysis", struct shown, fields);

/* ---- filling it ---- */

static void
show_exif(const struct bh_picture_said *said, struct exif *out)
{
	const struct bh_picture_exif *exif = &said->exif;

	*out = (struct exif){exif->taken, exif->camera, exif->lens, exif->exposure, exif->aperture,
		exif->focal_length, exif->iso, exif->aperture > 0, exif->focal_length > 0, exif->iso > 0};
}

static void
show_hashes(struct bh_request *req, const struct bh_picture_said *said, struct shown *out)
{
	out->hashes = bh_arena_array(req->arena, said->n_hashes + 1, sizeof(*out->hashes));
	out->n_hashes = said->n_hashes;
	for (size_t i = 0; i < said->n_hashes; i++)
		out->hashes[i] = bh_arena_printf(req->arena, "%016llx",
			(unsigned long long)said->hashes[i]);
}

static void
show_text(struct bh_request *req, const struct bh_picture_said *said, struct shown *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	bh_picture_said_text(said, MULTIMODAL_WORDS_BYTES_MAX, &text);
	out->text = bh_arena_copy(req->arena, bh_buf_string(&text), text.len);
	out->text_confidence = said->text_confidence;
	out->text_turned = said->text_turned;
	out->text_complete = said->text_complete;
}

/* The names of bits, divided by blanks. */
static const char *
words_of(struct bh_request *req, unsigned looks)
{
	static const char words[] = MULTIMODAL_ANALYSIS_WORDS;
	char *out = bh_arena_alloc(req->arena, sizeof(words));
	size_t n = 0;
	unsigned bit = 1;

	for (const char *at = words; *at != '\0'; bit <<= 1) {
		size_t len = strcspn(at, " ");

		if ((looks & bit) != 0) {
			if (n > 0)
				out[n++] = ' ';
			memcpy(out + n, at, len);
			n += len;
		}
		at += len;
		at += *at == ' ';
	}
	out[n] = '\0';
	return out;
}

static void
show(struct bh_request *req, const struct multimodal_analysis *analysis, struct shown *out)
{
	const struct bh_picture_said *said = analysis->said;
	unsigned looks = analysis->looks;

	*out = (struct shown){
		.of = *analysis,
		.head = &said->heads[0],
		.place = said->gps,
		.colours = said->colours,
		.n_colours = said->n_colours,
		.sharpness = said->sharpness,
		.codes = said->codes,
		.n_codes = said->n_codes,
		.has_exif = (looks & MULTIMODAL_EXIF) != 0,
		.has_colours = (looks & MULTIMODAL_COLOURS) != 0,
		.has_hashes = (looks & MULTIMODAL_HASHES) != 0,
		.has_near = (looks & MULTIMODAL_NEAR) != 0,
		.has_blur = (looks & MULTIMODAL_BLUR) != 0,
		.has_codes = (looks & MULTIMODAL_CODES) != 0,
		.has_words = (looks & MULTIMODAL_WORDS) != 0,
		.has_layout = (looks & MULTIMODAL_LAYOUT) != 0,
		.absent = words_of(req, analysis->absent),
	};
	multimodal_analysis_sides(out->head, &out->width, &out->height);
	show_exif(said, &out->exif);
	show_hashes(req, said, out);
	out->words = bh_picture_said_words(said, &out->n_words);
	if (out->has_words)
		show_text(req, said, out);
	if (out->has_layout)
		multimodal_layout_of(req->arena, out->words, out->n_words, &out->blocks, &out->n_blocks);
}

int
multimodal_analysis_reply(struct bh_request *req, const struct multimodal_analysis *analysis)
{
	struct shown shown;
	size_t n = 0;
	int rc;

	bh_picture_said_words(analysis->said, &n);
	/* A page full of words is larger than the picture of it. */
	rc = bh_request_hold(req, n * WORD_BYTES);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	show(req, analysis, &shown);
	return bh_reply_object(req, 200, &multimodal_analysis_shape, &shown);
}
