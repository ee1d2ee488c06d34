/* SPDX-License-Identifier: Apache-2.0 */
/* album.h: the pictures that a tenant keeps: how they come in, and how one looks on the wire. */
#ifndef BH_MULTIMODAL_ALBUM_H
#define BH_MULTIMODAL_ALBUM_H

#include <stdbool.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "json/fields.h"
#include "multimodal/multimodal.h"
#include "multimodal/store_picture.h"
#include "picture/said.h"

struct bh_arena;

#define MULTIMODAL_PICTURE_PREFIX "img_"
#define MULTIMODAL_ALT_POINTS_MAX 2000
#define MULTIMODAL_WORDS_BYTES_MAX 65536 /* of the text in a picture */

/* One with its score or its distance, where it was searched for, and with its words, where it was read alone. */
extern const struct bh_shape multimodal_picture_shape;

/* Whether the tenant may keep one more. BH_E_TOO_MANY. */
BH_MUST_CHECK int multimodal_album_room(struct bh_db *db, const struct bh_uuid *tenant,
	const struct multimodal_conf *conf);

/* The hashes of a picture that was analysed, as a row keeps them; in the arena. */
void multimodal_album_hashes(struct bh_arena *arena, const struct bh_picture_said *said,
	struct bh_bytes *out);

/* What it is found by: of its prompt, alt text and words, into terms; in the arena. */
BH_MUST_CHECK int multimodal_album_terms(struct bh_arena *arena, const struct bh_uuid *tenant,
	struct multimodal_picture *picture);

/* Inside a transaction: a new picture, of a file that no other one is of. BH_E_REFERENCE: the file is gone. */
BH_MUST_CHECK int multimodal_album_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_picture *picture);

/* The same for a file that may have a picture already: that gets what is new, and *picture becomes it. */
BH_MUST_CHECK int multimodal_album_put(struct bh_db *tx, const struct bh_uuid *tenant,
	struct multimodal_picture *picture);

/* Another alt text (NULL: none) of a picture, which *out becomes. BH_E_NOT_FOUND. */
BH_MUST_CHECK int multimodal_album_describe(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *alt, struct multimodal_picture *out);

#endif
