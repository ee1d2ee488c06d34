/* SPDX-License-Identifier: Apache-2.0 */
/* analysis.c: what is asked for, and the reader's run over it. */
#include "multimodal/analysis.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "multimodal/multimodal.h"
#include "multimodal/picture.h"
#include "picture/run.h"
#include "sec/digest.h"
#include "service/request.h"

enum { NAMES_MOST = 80, INCLUDE_MOST = 16 };

#define UNKNOWN ((unsigned)(MULTIMODAL_LABELS | MULTIMODAL_FACES | MULTIMODAL_SAFETY))
#define WITH_TEXT ((unsigned)(MULTIMODAL_WORDS | MULTIMODAL_LAYOUT))
#define PRESET \
	(MULTIMODAL_EXIF | MULTIMODAL_COLOURS | MULTIMODAL_HASHES | MULTIMODAL_NEAR | \
		MULTIMODAL_BLUR | MULTIMODAL_CODES | WITH_TEXT | UNKNOWN)

/* ---- the request ---- */

#define AT(member) offsetof(struct multimodal_analysis_ask, member)

static const struct bh_field reference_fields[] = {
	{"file_id", BH_FIELD_TEXT, offsetof(struct multimodal_reference, file_id), BH_NULLABLE},
	{"image_url", BH_FIELD_TEXT, offsetof(struct multimodal_reference, image_url), BH_NULLABLE},
};

static const struct bh_field fields[] = {
	{"image", BH_FIELD_OBJECT, AT(image), BH_REQUIRED, BH_FIELDS(reference_fields)},
	{"include", BH_FIELD_ARRAY, AT(include), BH_NULLABLE, 0, INCLUDE_MOST},
	{"store", BH_FIELD_BOOL, AT(store), BH_NULLABLE},
	{"alt", BH_FIELD_TEXT, AT(alt), BH_NULLABLE, 1, MULTIMODAL_ALT_POINTS_MAX},
};

#undef AT

const struct bh_shape multimodal_analysis_create_shape = BH_SHAPE("ImageAnalysisCreate",
	struct multimodal_analysis_ask, fields);

int
multimodal_analysis_look(const char *word, unsigned *looks)
{
	static const char words[] = MULTIMODAL_ANALYSIS_WORDS;
	unsigned bit = 1;

	for (const char *at = words; *at != '\0'; bit <<= 1) {
		size_t len = strcspn(at, " ");

		if (strlen(word) == len && memcmp(at, word, len) == 0) {
			*looks |= bit;
			return 0;
		}
		at += len;
		at += *at == ' ';
	}
	return bh_error_param(BH_E_INVALID, "include", "'include' must hold some of %s.", words);
}

int
multimodal_analysis_finish(struct multimodal_analysis_ask *ask)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < bh_json_count(ask->include); i++) {
		const char *word = bh_json_string(bh_json_at(ask->include, i));

		rc = word != NULL ? multimodal_analysis_look(word, &ask->looks)
						  : bh_error_param(BH_E_TYPE, "include", "'include' must hold strings.");
	}
	if (rc == 0 && ask->alt != NULL && !ask->store)
		rc = bh_error_param(BH_E_INVALID, "alt",
			"'alt' is kept with an image: it requires 'store'.");
	/* An empty list is a list: then the header is all that is told. */
	if (rc == 0 && ask->looks == 0 && ask->include == NULL)
		ask->looks = PRESET;
	return rc;
}

/* ---- the run ---- */

void
multimodal_analysis_sides(const struct bh_picture_head *head, int64_t *out_width,
	int64_t *out_height)
{
	bool turned = head->orientation >= 5;

	*out_width = turned ? head->height : head->width;
	*out_height = turned ? head->width : head->height;
}

static const char *
names_of(unsigned looks, char out[NAMES_MOST])
{
	static const struct {
		unsigned looks;
		const char *name;
	} names[] = {
		{MULTIMODAL_EXIF, "exif"},
		{MULTIMODAL_PLACE, "gps"},
		{MULTIMODAL_COLOURS, "colours"},
		{MULTIMODAL_HASHES | MULTIMODAL_NEAR, "hashes"},
		{MULTIMODAL_BLUR, "blur"},
		{MULTIMODAL_CODES, "codes"},
		{WITH_TEXT, "text"},
	};
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < BH_COUNT(names); i++) {
		if ((looks & names[i].looks) == 0)
			continue;
		if (len > 0)
			out[len++] = ',';
		strcpy(out + len, names[i].name);
		len += strlen(names[i].name);
	}
	return len > 0 ? out : NULL;
}

static int
run_once(struct bh_request *req, int fd, const char *to, unsigned looks,
	struct bh_picture_run **out)
{
	char names[NAMES_MOST];
	const struct multimodal_reader reader = {
		.multimodal = req->service,
		.tenant = &req->tenant,
		.watch_fd = bh_http_client_fd(req->http),
		.cancel = bh_runtime_stop_flag(req->runtime),
	};
	const struct bh_picture_order order = {
		.input_fd = fd,
		.to = to,
		.analyse = names_of(looks, names),
		.limit_bytes = MULTIMODAL_INPUT_BYTES_MAX,
		.limit_pixels = MULTIMODAL_INPUT_PIXELS_MAX,
	};

	bh_picture_run_close(*out);
	*out = NULL;
	return multimodal_picture_run(&reader, &order, out);
}

/* The digest of the bytes as they came. */
static int
digest(struct bh_request *req, int fd, const char **out)
{
	enum { PIECE = 64 * 1024 };
	unsigned char *bytes = bh_arena_alloc(req->arena, PIECE);
	char *hex = bh_arena_alloc(req->arena, 2 * sizeof(struct bh_digest) + 1);
	struct bh_digest sum;
	struct bh_hash hash;
	off_t at = 0;
	ssize_t n;

	bh_hash_begin(&hash);
	while ((n = pread(fd, bytes, PIECE, at)) > 0) {
		bh_hash_add(&hash, bytes, (size_t)n);
		at += n;
	}
	bh_hash_end(&hash, &sum);
	if (n < 0)
		return bh_error(BH_E_IO, "read a picture: %m");
	bh_text_hex(sum.bytes, sizeof(sum.bytes), hex);
	*out = hex;
	return 0;
}

int
multimodal_analysis_run(struct bh_request *req, int fd, const char *to, const char *param,
	struct multimodal_analysis *analysis, struct bh_picture_run **out_run)
{
	/* What may not be installed: left out by and by. */
	static const unsigned without[] = {0, WITH_TEXT, MULTIMODAL_CODES,
		WITH_TEXT | MULTIMODAL_CODES};
	unsigned wanted = analysis->looks & ~UNKNOWN, looks = wanted;
	int rc = BH_E_UNAVAILABLE;

	for (size_t i = 0; i < BH_COUNT(without) && rc == BH_E_UNAVAILABLE; i++) {
		if (i > 0 && (wanted & without[i]) == 0)
			continue;
		looks = wanted & ~without[i];
		rc = run_once(req, fd, to, looks, out_run);
	}
	if (rc == BH_E_INVALID)
		return bh_picture_run_refusal(*out_run, param);
	if (rc == 0 && bh_picture_run_said(*out_run)->n_heads == 0)
		rc = bh_error(BH_E_PROTOCOL, "the picture reader told nothing");
	if (rc == 0)
		rc = digest(req, fd, &analysis->sha256);
	if (rc < 0)
		return rc;
	analysis->absent = (analysis->looks & ~looks) | UNKNOWN;
	analysis->looks = looks;
	analysis->said = bh_picture_run_said(*out_run);
	return 0;
}
