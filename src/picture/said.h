/* SPDX-License-Identifier: Apache-2.0 */
/* said.h: what bulkhead-picture says of a picture, line by line (picture/protocol.h). It may have been taken over by its
 * picture: any bytes are possible, and what is here has been checked and counted. */
#ifndef BH_PICTURE_SAID_H
#define BH_PICTURE_SAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "picture/protocol.h"

#define BH_PICTURE_WORDS_MAX 50000
#define BH_PICTURE_HEADS_MAX (PICTURE_EDITS_MAX + 1)
#define BH_PICTURE_MADE_MAX (PICTURE_VARIANTS_MAX * (PICTURE_PARTIALS_MAX + 1))

/* Texts lie in the arena of the struct that holds them, and are valid UTF-8. */

struct bh_picture_head {
	const char *format; /* png, jpeg, webp, gif */
	const char *mime;
	const char *colour;
	int64_t bytes, width, height; /* as stored, before its orientation is applied */
	int64_t frames, bits, orientation;
	bool alpha, profile;
};

struct bh_picture_exif {
	const char *taken, *camera, *lens, *exposure; /* NULL: unknown */
	double aperture, focal_length;                /* 0: unknown */
	int64_t iso;                                  /* the same */
};

struct bh_picture_gps {
	double latitude, longitude, altitude;
	bool has_altitude;
};

struct bh_picture_colour {
	char rgb[7];
	double share;
};

struct bh_picture_box {
	int64_t x, y, width, height; /* pixels of the picture as it is seen, not yet scaled */
};

struct bh_picture_code {
	const char *kind, *text;
	struct bh_picture_box box;
};

struct bh_picture_word {
	const char *text;
	int64_t confidence, line, block;
	struct bh_picture_box box;
};

/* A picture that it wrote: bytes of the run's output. */
struct bh_picture_made {
	int64_t offset, bytes, width, height;
	const char *format, *mime;
	int64_t variant; /* from 0 */
	int64_t partial; /* from 1; 0: a whole picture */
	bool truncated, test_backend;
};

/* All of it. Zeroed but for `arena`: nothing yet. */
struct bh_picture_said {
	struct bh_arena *arena; /* borrowed */
	struct bh_buf line;     /* owned: an unfinished line */
	int64_t output_bytes;   /* of all pictures made */
	bool begun, ended, refused;

	/* With --edit one for each picture, else the first. */
	struct bh_picture_head heads[BH_PICTURE_HEADS_MAX];
	size_t n_heads;
	bool has_exif, has_gps, has_colours, has_hashes, has_blur, has_codes, has_text;
	struct bh_picture_exif exif;
	struct bh_picture_gps gps;
	struct bh_picture_colour colours[PICTURE_COLOURS_MAX];
	size_t n_colours;
	uint64_t hashes[PICTURE_HASHES];
	size_t n_hashes; /* PICTURE_HASHES, or 0: it cannot be told from others */
	double sharpness;
	struct bh_picture_code codes[PICTURE_CODES_MAX];
	size_t n_codes;
	struct bh_buf words;     /* owned: of struct bh_picture_word */
	int64_t text_confidence; /* percent */
	double text_turned;      /* degrees, clockwise */
	bool text_complete;
	struct bh_picture_made made[BH_PICTURE_MADE_MAX];
	size_t n_made;

	/* Where it refused the picture: a PICTURE_CODE_…, a sentence for who sent it, and which input of --edit; -1: none. */
	const char *failure_code, *failure;
	int64_t failure_input;
};

/* Takes the whole lines of `line`, whose first `scanned` bytes end none. BH_E_PROTOCOL: they are malformed. */
BH_MUST_CHECK int bh_picture_said_take(struct bh_picture_said *said, size_t scanned);

const struct bh_picture_word *bh_picture_said_words(const struct bh_picture_said *said,
	size_t *out_n);

/* The words as text: lines as they stand, an empty line between blocks; at most `most` bytes. */
void bh_picture_said_text(const struct bh_picture_said *said, size_t most, struct bh_buf *out);

void bh_picture_said_close(struct bh_picture_said *said);

#endif
