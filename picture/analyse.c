/* SPDX-License-Identifier: Apache-2.0 */
/* analyse.c: lines of what is found. */
#include "analyse.h"

#include <stdio.h>

#include "exif.h"
#include "protocol.h"

int
picture_put_head(struct picture_answer *answer, const struct picture_head *head, size_t bytes)
{
	picture_answer_begin(answer, "head");
	picture_answer_text(answer, "format", picture_format_name(head->format));
	picture_answer_text(answer, "mime", picture_format_mime(head->format));
	picture_answer_number(answer, "bytes", (int64_t)bytes);
	picture_answer_number(answer, "width", head->width);
	picture_answer_number(answer, "height", head->height);
	picture_answer_number(answer, "frames", head->frames);
	picture_answer_number(answer, "bits", head->bits);
	picture_answer_text(answer, "colour", picture_colour_name(head->colour));
	picture_answer_flag(answer, "alpha", head->alpha);
	picture_answer_number(answer, "orientation", head->orientation);
	picture_answer_flag(answer, "profile", head->profile);
	return picture_answer_end(answer);
}

static void
put_text(struct picture_answer *answer, const char *name, const char *text)
{
	if (text[0] == '\0')
		picture_answer_null(answer, name);
	else
		picture_answer_text(answer, name, text);
}

static void
put_real(struct picture_answer *answer, const char *name, double number)
{
	if (number > 0)
		picture_answer_real(answer, name, number, 2);
	else
		picture_answer_null(answer, name);
}

int
picture_put_exif(struct picture_answer *answer, struct picture_bytes tiff)
{
	struct picture_exif exif;

	picture_exif_read(tiff, &exif);
	picture_answer_begin(answer, "exif");
	put_text(answer, "taken", exif.taken);
	put_text(answer, "camera", exif.camera);
	put_text(answer, "lens", exif.lens);
	put_text(answer, "exposure", exif.exposure);
	put_real(answer, "aperture", exif.aperture);
	if (exif.iso > 0)
		picture_answer_number(answer, "iso", exif.iso);
	else
		picture_answer_null(answer, "iso");
	put_real(answer, "focal_length", exif.focal_length);
	return picture_answer_end(answer);
}

int
picture_put_gps(struct picture_answer *answer, struct picture_bytes tiff)
{
	struct picture_exif exif;

	picture_exif_read(tiff, &exif);
	if (!exif.has_place)
		return 0;
	picture_answer_begin(answer, "gps");
	picture_answer_real(answer, "latitude", exif.latitude, 6);
	picture_answer_real(answer, "longitude", exif.longitude, 6);
	if (exif.has_altitude)
		picture_answer_real(answer, "altitude", exif.altitude, 1);
	else
		picture_answer_null(answer, "altitude");
	return picture_answer_end(answer);
}

int
picture_put_colours(struct picture_answer *answer, const struct picture_raster *raster)
{
	struct picture_share shares[PICTURE_COLOURS_MAX];
	int count = picture_colours_find(raster, shares);

	picture_answer_begin(answer, "colours");
	picture_answer_open(answer, "colours", '[');
	for (int i = 0; i < count; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%02x%02x%02x", shares[i].rgb[0], shares[i].rgb[1],
			shares[i].rgb[2]);
		picture_answer_open(answer, NULL, '{');
		picture_answer_text(answer, "rgb", text);
		picture_answer_real(answer, "share", shares[i].share, 4);
		picture_answer_shut(answer, '}');
	}
	picture_answer_shut(answer, ']');
	return picture_answer_end(answer);
}

int
picture_put_hashes(struct picture_answer *answer, const struct picture_raster *raster)
{
	uint64_t hashes[PICTURE_HASHES];
	bool found = picture_hashes_find(raster, hashes);

	picture_answer_begin(answer, "hashes");
	picture_answer_open(answer, "hashes", '[');
	for (int i = 0; found && i < PICTURE_HASHES; i++) {
		char text[20];

		snprintf(text, sizeof(text), "%016llx", (unsigned long long)hashes[i]);
		picture_answer_text(answer, NULL, text);
	}
	picture_answer_shut(answer, ']');
	return picture_answer_end(answer);
}

int
picture_put_blur(struct picture_answer *answer, const struct picture_raster *raster)
{
	picture_answer_begin(answer, "blur");
	picture_answer_real(answer, "sharpness", picture_sharpness(raster), 3);
	return picture_answer_end(answer);
}
