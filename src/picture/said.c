/* SPDX-License-Identifier: Apache-2.0 */
/* said.c: a table of the kinds of lines, each checked as if a stranger had written it. */
#include "picture/said.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/json.h"

#define SAID_BYTES_MAX (16UL * BH_MIB) /* of texts */
#define EDGE_MAX 100000

static int
broken(const char *what)
{
	return bh_error(BH_E_PROTOCOL, "the picture reader's output is malformed: %s", what);
}

static bool
get_int(const struct bh_json *line, const char *name, int64_t least, int64_t most, int64_t *out)
{
	int64_t value;

	if (!bh_json_int(bh_json_get(line, name), &value) || value < least || value > most)
		return false;
	*out = value;
	return true;
}

static bool
get_real(const struct bh_json *line, const char *name, double least, double most, double *out)
{
	double value;

	if (!bh_json_number(bh_json_get(line, name), &value) || !(value >= least && value <= most))
		return false;
	*out = value;
	return true;
}

static bool
get_bool(const struct bh_json *line, const char *name, bool *out)
{
	return bh_json_bool(bh_json_get(line, name), out);
}

static bool
get_text(struct bh_picture_said *said, const struct bh_json *line, const char *name,
	const char **out)
{
	const struct bh_json *value = bh_json_get(line, name);
	const char *text = bh_json_string(value);

	if (text == NULL || said->arena->bytes > SAID_BYTES_MAX)
		return false;
	*out = bh_arena_copy(said->arena, text, bh_json_string_len(value));
	return true;
}

/* null stands for what is unknown. */
static bool
get_text_or_null(struct bh_picture_said *said, const struct bh_json *line, const char *name,
	const char **out)
{
	const struct bh_json *value = bh_json_get(line, name);

	return bh_json_kind(value) == BH_JSON_NULL || get_text(said, line, name, out);
}

static bool
get_real_or_null(const struct bh_json *line, const char *name, double *out)
{
	return bh_json_kind(bh_json_get(line, name)) == BH_JSON_NULL ||
		get_real(line, name, -1e12, 1e12, out);
}

/* One of a few words, which are then static. */
static bool
get_word(const struct bh_json *line, const char *name, const char *const *words, const char **out)
{
	const char *text = bh_json_string(bh_json_get(line, name));

	for (; text != NULL && *words != NULL; words++) {
		if (strcmp(text, *words) == 0) {
			*out = *words;
			return true;
		}
	}
	return false;
}

static bool
get_box(const struct bh_json *line, struct bh_picture_box *out)
{
	const struct bh_json *box = bh_json_get(line, "box");
	int64_t *const parts[] = {&out->x, &out->y, &out->width, &out->height};

	if (bh_json_count(box) != BH_COUNT(parts))
		return false;
	for (size_t i = 0; i < BH_COUNT(parts); i++)
		if (!bh_json_int(bh_json_at(box, i), parts[i]) || *parts[i] < -EDGE_MAX ||
			*parts[i] > EDGE_MAX)
			return false;
	return true;
}

static const char *const formats[] = {"png", "jpeg", "webp", "gif", NULL};
static const char *const mimes[] = {"image/png", "image/jpeg", "image/webp", "image/gif", NULL};
static const char *const colours[] = {"grey", "rgb", "palette", "yuv", "cmyk", "ycck", NULL};

static bool
on_begun(struct bh_picture_said *said, const struct bh_json *line)
{
	int64_t protocol;

	if (said->begun || !get_int(line, "protocol", PICTURE_PROTOCOL, PICTURE_PROTOCOL, &protocol))
		return false;
	said->begun = true;
	return true;
}

static bool
on_head(struct bh_picture_said *said, const struct bh_json *line)
{
	struct bh_picture_head *head = &said->heads[said->n_heads];

	if (said->n_heads == BH_COUNT(said->heads))
		return false;
	said->n_heads++;
	return get_word(line, "format", formats, &head->format) &&
		get_word(line, "mime", mimes, &head->mime) &&
		get_word(line, "colour", colours, &head->colour) &&
		get_int(line, "bytes", 1, INT64_MAX, &head->bytes) &&
		get_int(line, "width", 1, EDGE_MAX, &head->width) &&
		get_int(line, "height", 1, EDGE_MAX, &head->height) &&
		get_int(line, "frames", 1, EDGE_MAX, &head->frames) &&
		get_int(line, "bits", 1, 64, &head->bits) &&
		get_int(line, "orientation", 1, 8, &head->orientation) &&
		get_bool(line, "alpha", &head->alpha) && get_bool(line, "profile", &head->profile);
}

static bool
on_exif(struct bh_picture_said *said, const struct bh_json *line)
{
	struct bh_picture_exif *exif = &said->exif;
	const struct bh_json *iso = bh_json_get(line, "iso");

	if (said->has_exif)
		return false;
	said->has_exif = true;
	return get_text_or_null(said, line, "taken", &exif->taken) &&
		get_text_or_null(said, line, "camera", &exif->camera) &&
		get_text_or_null(said, line, "lens", &exif->lens) &&
		get_text_or_null(said, line, "exposure", &exif->exposure) &&
		get_real_or_null(line, "aperture", &exif->aperture) &&
		get_real_or_null(line, "focal_length", &exif->focal_length) &&
		(bh_json_kind(iso) == BH_JSON_NULL || get_int(line, "iso", 0, INT32_MAX, &exif->iso));
}

static bool
on_gps(struct bh_picture_said *said, const struct bh_json *line)
{
	struct bh_picture_gps *gps = &said->gps;

	if (said->has_gps)
		return false;
	said->has_gps = true;
	gps->has_altitude = bh_json_kind(bh_json_get(line, "altitude")) != BH_JSON_NULL;
	return get_real(line, "latitude", -90, 90, &gps->latitude) &&
		get_real(line, "longitude", -180, 180, &gps->longitude) &&
		(!gps->has_altitude || get_real(line, "altitude", -1e6, 1e6, &gps->altitude));
}

static bool
on_colours(struct bh_picture_said *said, const struct bh_json *line)
{
	const struct bh_json *list = bh_json_get(line, "colours");
	size_t n = bh_json_count(list);

	if (said->has_colours || bh_json_kind(list) != BH_JSON_ARRAY || n > BH_COUNT(said->colours))
		return false;
	said->has_colours = true;
	for (size_t i = 0; i < n; i++) {
		const struct bh_json *each = bh_json_at(list, i);
		const char *rgb = bh_json_string(bh_json_get(each, "rgb"));

		if (rgb == NULL || strlen(rgb) != 6 || strspn(rgb, "0123456789abcdef") != 6 ||
			!get_real(each, "share", 0, 1.001, &said->colours[i].share))
			return false;
		memcpy(said->colours[i].rgb, rgb, sizeof(said->colours[i].rgb));
	}
	said->n_colours = n;
	return true;
}

static bool
read_hash(const char *hex, uint64_t *out)
{
	uint64_t hash = 0;

	if (hex == NULL || strlen(hex) != 16 || strspn(hex, "0123456789abcdef") != 16)
		return false;
	for (; *hex != '\0'; hex++)
		hash = hash << 4 | (uint64_t)(*hex <= '9' ? *hex - '0' : *hex - 'a' + 10);
	*out = hash;
	return true;
}

static bool
on_hashes(struct bh_picture_said *said, const struct bh_json *line)
{
	const struct bh_json *list = bh_json_get(line, "hashes");
	size_t n = bh_json_count(list);

	if (said->has_hashes || bh_json_kind(list) != BH_JSON_ARRAY || (n != 0 && n != PICTURE_HASHES))
		return false;
	said->has_hashes = true;
	for (size_t i = 0; i < n; i++)
		if (!read_hash(bh_json_string(bh_json_at(list, i)), &said->hashes[i]))
			return false;
	said->n_hashes = n;
	return true;
}

static bool
on_blur(struct bh_picture_said *said, const struct bh_json *line)
{
	if (said->has_blur)
		return false;
	said->has_blur = true;
	return get_real(line, "sharpness", 0, 1, &said->sharpness);
}

static bool
on_code(struct bh_picture_said *said, const struct bh_json *line)
{
	struct bh_picture_code *code = &said->codes[said->n_codes];

	if (said->has_codes || said->n_codes == BH_COUNT(said->codes))
		return false;
	said->n_codes++;
	return get_text(said, line, "kind", &code->kind) && get_text(said, line, "text", &code->text) &&
		get_box(line, &code->box);
}

static bool
on_codes(struct bh_picture_said *said, const struct bh_json *line)
{
	int64_t count;

	if (said->has_codes)
		return false;
	said->has_codes = true;
	return get_int(line, "count", (int64_t)said->n_codes, (int64_t)said->n_codes, &count);
}

static bool
on_word(struct bh_picture_said *said, const struct bh_json *line)
{
	struct bh_picture_word word = {0};

	if (said->has_text || said->words.len / sizeof(word) >= BH_PICTURE_WORDS_MAX)
		return false;
	if (!get_text(said, line, "text", &word.text) ||
		!get_int(line, "confidence", 0, 100, &word.confidence) ||
		!get_int(line, "line", 0, INT32_MAX, &word.line) ||
		!get_int(line, "block", 0, INT32_MAX, &word.block) || !get_box(line, &word.box))
		return false;
	bh_buf_add(&said->words, &word, sizeof(word));
	return true;
}

static bool
on_text(struct bh_picture_said *said, const struct bh_json *line)
{
	int64_t n = (int64_t)(said->words.len / sizeof(struct bh_picture_word));

	if (said->has_text)
		return false;
	said->has_text = true;
	return get_int(line, "words", n, n, &n) &&
		get_real(line, "turned", -360, 360, &said->text_turned) &&
		get_int(line, "confidence", 0, 100, &said->text_confidence) &&
		get_bool(line, "complete", &said->text_complete);
}

static bool
on_picture(struct bh_picture_said *said, const struct bh_json *line)
{
	struct bh_picture_made *made = &said->made[said->n_made];
	const int64_t at = said->output_bytes;

	if (said->n_made == BH_COUNT(said->made) || !get_int(line, "offset", at, at, &made->offset) ||
		!get_int(line, "bytes", 1, INT64_MAX - at, &made->bytes))
		return false;
	said->n_made++;
	said->output_bytes += made->bytes;
	return get_word(line, "format", formats, &made->format) &&
		get_word(line, "mime", mimes, &made->mime) &&
		get_int(line, "width", 1, EDGE_MAX, &made->width) &&
		get_int(line, "height", 1, EDGE_MAX, &made->height) &&
		get_int(line, "variant", 0, PICTURE_VARIANTS_MAX - 1, &made->variant) &&
		get_int(line, "partial", 0, PICTURE_PARTIALS_MAX, &made->partial) &&
		get_bool(line, "truncated", &made->truncated) &&
		get_bool(line, "test_backend", &made->test_backend);
}

static bool
on_end(struct bh_picture_said *said, const struct bh_json *line)
{
	(void)line;
	said->ended = true;
	return true;
}

static bool
on_error(struct bh_picture_said *said, const struct bh_json *line)
{
	static const char *const codes[] = {PICTURE_CODE_UNSUPPORTED, PICTURE_CODE_DAMAGED,
		PICTURE_CODE_EMPTY, PICTURE_CODE_TOO_LARGE, PICTURE_CODE_MASK, PICTURE_CODE_SETUP, NULL};

	said->refused = true;
	said->failure_input = -1;
	if (bh_json_get(line, "input") != NULL &&
		!get_int(line, "input", 0, PICTURE_EDITS_MAX, &said->failure_input))
		return false;
	return get_word(line, "code", codes, &said->failure_code) &&
		get_text(said, line, "message", &said->failure);
}

static const struct {
	const char *type;
	bool (*take)(struct bh_picture_said *said, const struct bh_json *line);
} kinds[] = {
	{"begun", on_begun},
	{"head", on_head},
	{"exif", on_exif},
	{"gps", on_gps},
	{"colours", on_colours},
	{"hashes", on_hashes},
	{"blur", on_blur},
	{"code", on_code},
	{"codes", on_codes},
	{"word", on_word},
	{"text", on_text},
	{"picture", on_picture},
	{"end", on_end},
	{"error", on_error},
};

static int
on_line(struct bh_picture_said *said, const char *text, size_t len)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *type;

	if (said->ended || said->refused || bh_json_parse(text, len, &doc) < 0)
		return broken("line");
	type = bh_json_text(doc.root, "type");
	for (size_t i = 0; type != NULL && i < BH_COUNT(kinds); i++) {
		if (strcmp(type, kinds[i].type) != 0)
			continue;
		if (!said->begun && i != 0)
			return broken("begin");
		return kinds[i].take(said, doc.root) ? 0 : broken(kinds[i].type);
	}
	return broken("type");
}

int
bh_picture_said_take(struct bh_picture_said *said, size_t scanned)
{
	size_t start = 0, at;

	for (at = scanned; at < said->line.len; at++) {
		int rc;

		if (said->line.data[at] != '\n')
			continue;
		rc = on_line(said, said->line.data + start, at - start);
		if (rc < 0)
			return rc;
		start = at + 1;
	}
	bh_buf_shift(&said->line, start);
	return said->line.len > PICTURE_LINE_BYTES_MAX ? broken("line too long") : 0;
}

const struct bh_picture_word *
bh_picture_said_words(const struct bh_picture_said *said, size_t *out_n)
{
	*out_n = said->words.len / sizeof(struct bh_picture_word);
	return (const struct bh_picture_word *)(const void *)said->words.data;
}

void
bh_picture_said_text(const struct bh_picture_said *said, size_t most, struct bh_buf *out)
{
	size_t n = 0, start = out->len;
	const struct bh_picture_word *words = bh_picture_said_words(said, &n);

	for (size_t i = 0; i < n; i++) {
		const char *gap = i == 0                   ? ""
			: words[i].block != words[i - 1].block ? "\n\n"
			: words[i].line != words[i - 1].line   ? "\n"
												   : " ";

		if (out->len - start + strlen(gap) + strlen(words[i].text) > most)
			break;
		bh_buf_text(out, gap);
		bh_buf_text(out, words[i].text);
	}
}

void
bh_picture_said_close(struct bh_picture_said *said)
{
	bh_buf_close(&said->line);
	bh_buf_close(&said->words);
}
