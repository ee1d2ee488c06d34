/* SPDX-License-Identifier: Apache-2.0 */
/* exif.c: finds tags in the directories of a TIFF structure. Each look-up begins at the front and follows at most one
 * pointer to another directory, so that no file can make it go round. */
#include "exif.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	ENTRIES_MAX = 512,
	MAKE = 0x010f,
	MODEL = 0x0110,
	ORIENTATION = 0x0112,
	CAMERA_DIRECTORY = 0x8769,
	GPS_DIRECTORY = 0x8825,
	EXPOSURE = 0x829a,
	APERTURE = 0x829d,
	ISO = 0x8827,
	TAKEN = 0x9003,
	TAKEN_OFFSET = 0x9011,
	FOCAL_LENGTH = 0x920a,
	LENS = 0xa434,
	LATITUDE_REF = 1,
	LATITUDE = 2,
	LONGITUDE_REF = 3,
	LONGITUDE = 4,
	ALTITUDE_REF = 5,
	ALTITUDE = 6,
	BYTE = 1,
	ASCII = 2,
	SHORT = 3,
	LONG = 4,
	RATIONAL = 5,
};

struct tiff {
	struct picture_bytes bytes;
	bool big; /* the order of its bytes */
};

/* A value of a tag, within the file. */
struct value {
	const uint8_t *data;
	uint32_t type, count;
};

static uint32_t
get16(const struct tiff *tiff, const uint8_t *at)
{
	return tiff->big ? picture_be16(at) : picture_le16(at);
}

static uint32_t
get32(const struct tiff *tiff, const uint8_t *at)
{
	return tiff->big ? picture_be32(at) : picture_le32(at);
}

static bool
open_tiff(struct picture_bytes bytes, struct tiff *out, uint32_t *out_first)
{
	struct tiff tiff = {.bytes = bytes};

	if (bytes.len < 8)
		return false;
	tiff.big = bytes.data[0] == 'M';
	if (memcmp(bytes.data, tiff.big ? "MM" : "II", 2) != 0 || get16(&tiff, bytes.data + 2) != 42)
		return false;
	*out = tiff;
	*out_first = get32(&tiff, bytes.data + 4);
	return true;
}

static bool
read_entry(const struct tiff *tiff, const uint8_t *entry, struct value *out)
{
	static const uint8_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
	struct value value = {.type = get16(tiff, entry + 2), .count = get32(tiff, entry + 4)};
	size_t bytes, at;

	if (value.type >= sizeof(sizes) || value.count > tiff->bytes.len)
		return false;
	bytes = (size_t)value.count * sizes[value.type];
	at = bytes <= 4 ? (size_t)(entry + 8 - tiff->bytes.data) : get32(tiff, entry + 8);
	if (bytes == 0 || !picture_bytes_has(tiff->bytes, at, bytes))
		return false;
	value.data = tiff->bytes.data + at;
	*out = value;
	return true;
}

static bool
find(const struct tiff *tiff, uint32_t directory, uint32_t tag, struct value *out)
{
	uint32_t count;

	if (!picture_bytes_has(tiff->bytes, directory, 2))
		return false;
	count = get16(tiff, tiff->bytes.data + directory);
	for (uint32_t i = 0; i < count && i < ENTRIES_MAX; i++) {
		size_t at = (size_t)directory + 2 + 12 * (size_t)i;

		if (!picture_bytes_has(tiff->bytes, at, 12))
			return false;
		if (get16(tiff, tiff->bytes.data + at) == tag)
			return read_entry(tiff, tiff->bytes.data + at, out);
	}
	return false;
}

static bool
find_number(const struct tiff *tiff, uint32_t directory, uint32_t tag, uint32_t *out)
{
	struct value value;

	if (!find(tiff, directory, tag, &value))
		return false;
	if (value.type == SHORT)
		return *out = get16(tiff, value.data), true;
	if (value.type == LONG)
		return *out = get32(tiff, value.data), true;
	return false;
}

/* The n-th fraction of a value; false if it is none, or one of nothing. */
static bool
get_fraction(const struct tiff *tiff, const struct value *value, uint32_t n, uint32_t *out_over,
	uint32_t *out_under)
{
	if (value->type != RATIONAL || n >= value->count)
		return false;
	*out_over = get32(tiff, value->data + 8 * n);
	*out_under = get32(tiff, value->data + 8 * n + 4);
	return *out_under != 0;
}

static double
find_real(const struct tiff *tiff, uint32_t directory, uint32_t tag)
{
	struct value value;
	uint32_t over, under;

	if (!find(tiff, directory, tag, &value) || !get_fraction(tiff, &value, 0, &over, &under))
		return 0;
	return (double)over / under;
}

static void
find_text(const struct tiff *tiff, uint32_t directory, uint32_t tag, char *out, size_t size)
{
	struct value value;
	size_t len;

	out[0] = '\0';
	if (!find(tiff, directory, tag, &value) || value.type != ASCII)
		return;
	len = strnlen((const char *)value.data, value.count < size - 1 ? value.count : size - 1);
	while (len > 0 && value.data[len - 1] == ' ')
		len--;
	memcpy(out, value.data, len);
	out[len] = '\0';
}

static bool
is_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; text++, shape++)
		if (*shape == '0' ? *text < '0' || *text > '9' : *shape != '?' && *text != *shape)
			return false;
	return *text == '\0';
}

/* "2026:05:01 12:30:00" becomes what ISO 8601 has. */
static void
read_taken(const struct tiff *tiff, uint32_t directory, struct picture_exif *out)
{
	char text[24], offset[8];

	find_text(tiff, directory, TAKEN, text, sizeof(text));
	find_text(tiff, directory, TAKEN_OFFSET, offset, sizeof(offset));
	if (!is_shape(text, "0000:00:00 00:00:00") || strncmp(text, "0000", 4) == 0)
		return;
	text[4] = text[7] = '-';
	text[10] = 'T';
	if (!is_shape(offset, "?00:00") || (offset[0] != '+' && offset[0] != '-'))
		offset[0] = '\0';
	snprintf(out->taken, sizeof(out->taken), "%s%s", text, offset);
}

static void
read_exposure(const struct tiff *tiff, uint32_t directory, struct picture_exif *out)
{
	struct value value;
	uint32_t over, under;

	if (!find(tiff, directory, EXPOSURE, &value) || !get_fraction(tiff, &value, 0, &over, &under) ||
		over == 0)
		return;
	if (over < under)
		snprintf(out->exposure, sizeof(out->exposure), "1/%.0f", (double)under / over);
	else
		snprintf(out->exposure, sizeof(out->exposure), "%.4g", (double)over / under);
}

/* Most models name their maker already. */
static void
read_camera(const struct tiff *tiff, uint32_t directory, struct picture_exif *out)
{
	char make[PICTURE_EXIF_TEXT_MAX], model[PICTURE_EXIF_TEXT_MAX];

	find_text(tiff, directory, MAKE, make, sizeof(make));
	find_text(tiff, directory, MODEL, model, sizeof(model));
	if (make[0] == '\0' || strncmp(model, make, strcspn(make, " ")) == 0)
		snprintf(out->camera, sizeof(out->camera), "%s", model);
	else
		snprintf(out->camera, sizeof(out->camera), "%s%s%s", make, model[0] != '\0' ? " " : "",
			model);
}

/* Degrees, minutes and seconds; false: there are none, or they are no place. */
static bool
read_angle(const struct tiff *tiff, uint32_t directory, uint32_t tag, char negative, double most,
	double *out)
{
	struct value value, reference;
	double degrees = 0, unit = 1;

	if (!find(tiff, directory, tag, &value) || !find(tiff, directory, tag - 1, &reference) ||
		reference.type != ASCII)
		return false;
	for (uint32_t i = 0; i < 3; i++, unit *= 60) {
		uint32_t over, under;

		if (!get_fraction(tiff, &value, i, &over, &under)) {
			if (i == 0)
				return false;
			continue;
		}
		degrees += (double)over / under / unit;
	}
	if (degrees > most)
		return false;
	*out = reference.data[0] == (uint8_t)negative ? -degrees : degrees;
	return true;
}

static void
read_place(const struct tiff *tiff, uint32_t directory, struct picture_exif *out)
{
	struct value value;
	uint32_t over, under;

	out->has_place = read_angle(tiff, directory, LATITUDE, 'S', 90, &out->latitude) &&
		read_angle(tiff, directory, LONGITUDE, 'W', 180, &out->longitude);
	if (!out->has_place || !find(tiff, directory, ALTITUDE, &value) ||
		!get_fraction(tiff, &value, 0, &over, &under))
		return;
	out->has_altitude = true;
	out->altitude = (double)over / under;
	if (find(tiff, directory, ALTITUDE_REF, &value) && value.type == BYTE && value.data[0] == 1)
		out->altitude = -out->altitude;
}

int
picture_exif_orientation(struct picture_bytes bytes)
{
	struct tiff tiff;
	uint32_t first, number;

	if (!open_tiff(bytes, &tiff, &first) || !find_number(&tiff, first, ORIENTATION, &number) ||
		number < 1 || number > 8)
		return 1;
	return (int)number;
}

void
picture_exif_read(struct picture_bytes bytes, struct picture_exif *out)
{
	struct tiff tiff;
	uint32_t first, directory;

	*out = (struct picture_exif){0};
	if (!open_tiff(bytes, &tiff, &first))
		return;
	read_camera(&tiff, first, out);
	if (find_number(&tiff, first, CAMERA_DIRECTORY, &directory)) {
		read_taken(&tiff, directory, out);
		read_exposure(&tiff, directory, out);
		find_text(&tiff, directory, LENS, out->lens, sizeof(out->lens));
		out->aperture = find_real(&tiff, directory, APERTURE);
		out->focal_length = find_real(&tiff, directory, FOCAL_LENGTH);
		if (!find_number(&tiff, directory, ISO, &out->iso))
			out->iso = 0;
	}
	if (find_number(&tiff, first, GPS_DIRECTORY, &directory))
		read_place(&tiff, directory, out);
}
