/* SPDX-License-Identifier: Apache-2.0 */
/* album.c: what is written of a picture, one transaction of its tenant after the other. */
#include "multimodal/album.h"

#include "base/error.h"
#include "multimodal/kept.h"
#include "multimodal/near.h"
#include "multimodal/terms.h"

#define AT(member) offsetof(struct multimodal_picture, member)
#define SET(member) BH_SET(struct multimodal_picture, member)

static const struct bh_field fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = MULTIMODAL_PICTURE_PREFIX},
	{"object", BH_FIELD_CONST, .words = "image"},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"file_id", BH_FIELD_ID, AT(file), .words = MULTIMODAL_FILE_PREFIX},
	{"width", BH_FIELD_INT, AT(width)},
	{"height", BH_FIELD_INT, AT(height)},
	{"format", BH_FIELD_TEXT, AT(format)},
	{"bytes", BH_FIELD_INT, AT(bytes)},
	{"source", BH_FIELD_CHOICE, AT(source), .words = "generated analysed"},
	{"prompt", BH_FIELD_TEXT, AT(prompt), BH_NULLABLE},
	{"model", BH_FIELD_TEXT, AT(model), BH_NULLABLE},
	{"seed", BH_FIELD_INT, AT(seed), BH_NULLABLE, .set = SET(has_seed)},
	{"quality", BH_FIELD_TEXT, AT(quality), BH_NULLABLE},
	{"alt", BH_FIELD_TEXT, AT(alt), BH_NULLABLE},
	{"expires_at", BH_FIELD_TIME, AT(expires_ms), BH_NULLABLE},
	{"text", BH_FIELD_TEXT, AT(words), BH_OMIT},
	{"score", BH_FIELD_DOUBLE, AT(score), BH_OMIT, .set = SET(has_score)},
	{"distance", BH_FIELD_INT, AT(distance), BH_OMIT, .set = SET(has_distance)},
};

#undef SET
#undef AT

const struct bh_shape multimodal_picture_shape = BH_SHAPE("KeptImage", struct multimodal_picture,
	fields);

int
multimodal_album_room(struct bh_db *db, const struct bh_uuid *tenant,
	const struct multimodal_conf *conf)
{
	int64_t n = 0;
	int rc = multimodal_store_picture_count(db, tenant, conf->pictures_max, &n);

	if (rc == 0 && n >= conf->pictures_max)
		return bh_error(BH_E_TOO_MANY,
			"Limit reached: the tenant keeps %lld images. Delete some first.",
			(long long)conf->pictures_max);
	return rc;
}

void
multimodal_album_hashes(struct bh_arena *arena, const struct bh_picture_said *said,
	struct bh_bytes *out)
{
	unsigned char *bytes;

	*out = (struct bh_bytes){0};
	if (said->n_hashes != PICTURE_HASHES)
		return;
	bytes = bh_arena_alloc(arena, MULTIMODAL_HASH_BYTES);
	multimodal_near_pack(said->hashes, bytes);
	*out = (struct bh_bytes){bytes, MULTIMODAL_HASH_BYTES};
}

int
multimodal_album_terms(struct bh_arena *arena, const struct bh_uuid *tenant,
	struct multimodal_picture *picture)
{
	const char *const texts[] = {picture->alt, picture->prompt, picture->words};

	return multimodal_terms_of(arena, tenant, texts, BH_COUNT(texts), &picture->terms,
		&picture->n_terms);
}

static int
add(struct bh_db *tx, const struct bh_uuid *tenant, const struct multimodal_picture *picture,
	int64_t change)
{
	int rc = multimodal_store_picture_add(tx, tenant, picture, change);

	return rc < 0 ? rc : multimodal_store_picture_terms(tx, tenant, picture);
}

/* What has become of a row that is there. */
static int
write_again(struct bh_db *tx, const struct bh_uuid *tenant, struct multimodal_picture *row,
	int64_t change)
{
	int rc = multimodal_album_terms(tx->arena, tenant, row);

	if (rc == 0)
		rc = multimodal_store_picture_change(tx, tenant, row, change);
	return rc < 0 ? rc : multimodal_store_picture_terms(tx, tenant, row);
}

int
multimodal_album_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_picture *picture)
{
	int64_t change = 0;
	int rc = multimodal_store_picture_begin(tx, tenant, &change);

	return rc < 0 ? rc : add(tx, tenant, picture, change);
}

int
multimodal_album_put(struct bh_db *tx, const struct bh_uuid *tenant,
	struct multimodal_picture *picture)
{
	struct multimodal_picture row = {0};
	int64_t change = 0;
	bool found = false;
	int rc = multimodal_store_picture_begin(tx, tenant, &change);

	if (rc == 0)
		rc = multimodal_store_picture_of_file(tx, tenant, &picture->file, &row, &found);
	if (rc < 0 || !found)
		return rc < 0 ? rc : add(tx, tenant, picture, change);
	if (picture->alt != NULL)
		row.alt = picture->alt;
	if (picture->words != NULL)
		row.words = picture->words;
	row.hashes = picture->hashes;
	rc = write_again(tx, tenant, &row, change);
	if (rc == 0)
		*picture = row;
	return rc;
}

int
multimodal_album_describe(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *alt, struct multimodal_picture *out)
{
	struct multimodal_picture row = {0};
	int64_t change = 0;
	int rc = multimodal_store_picture_begin(tx, tenant, &change);

	if (rc == 0)
		rc = multimodal_store_picture_get(tx, tenant, id, &row);
	if (rc < 0)
		return rc;
	row.alt = alt;
	rc = write_again(tx, tenant, &row, change);
	if (rc == 0)
		*out = row;
	return rc;
}
