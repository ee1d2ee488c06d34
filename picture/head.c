/* SPDX-License-Identifier: Apache-2.0 */
/* head.c: which format a file has, by its first bytes, and whether its header keeps the limits. */
#include "head.h"

#include <string.h>
#include <strings.h>

#include "exif.h"

/* A format that is known and not read. */
struct other {
	size_t at;
	const char *magic;
	size_t len;
	const char *name;
};

#define MAGIC(at, magic, name) \
	{ \
		at, magic, sizeof(magic) - 1, name \
	}

static const struct other others[] = {
	MAGIC(4, "ftypavif", "AVIF"),
	MAGIC(4, "ftypavis", "AVIF"),
	MAGIC(4, "ftyphei", "HEIC"),
	MAGIC(4, "ftyphev", "HEIC"),
	MAGIC(4, "ftypmif1", "HEIF"),
	MAGIC(4, "ftypmsf1", "HEIF"),
	MAGIC(4, "ftyp", "MP4 video"),
	MAGIC(0, "II*\0", "TIFF"),
	MAGIC(0, "MM\0*", "TIFF"),
	MAGIC(0, "II+\0", "TIFF"),
	MAGIC(0, "MM\0+", "TIFF"),
	MAGIC(0, "\0\0\1\0", "icon"),
	MAGIC(0, "\0\0\2\0", "cursor"),
	MAGIC(0, "8BPS", "Photoshop"),
	MAGIC(0, "\xff\x0a", "JPEG XL"),
	MAGIC(0, "\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
	MAGIC(0, "\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
	MAGIC(0, "\xff\x4f\xff\x51", "JPEG 2000"),
	MAGIC(0, "BM", "BMP"),
	MAGIC(0, "%!PS", "PostScript"),
	MAGIC(0, "PK\3\4", "ZIP"),
	MAGIC(0, "\x1a\x45\xdf\xa3", "Matroska video"),
};

enum { TEXT_LOOKED_AT = 1024 };

/* The same for formats that are text or allow something before them. */
static const struct {
	const char *mark, *name;
} texts[] = {{"%PDF-", "PDF"}, {"<svg", "SVG"}, {"<html", "HTML"}, {"<!doctype html", "HTML"}};

static const char *
find_text(struct picture_bytes file)
{
	size_t len = file.len < TEXT_LOOKED_AT ? file.len : TEXT_LOOKED_AT;

	for (size_t at = 0; at < len; at++)
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			size_t size = strlen(texts[i].mark);

			if (picture_bytes_has(file, at, size) &&
				strncasecmp((const char *)file.data + at, texts[i].mark, size) == 0)
				return texts[i].name;
		}
	return NULL;
}

static const char *
find_other(struct picture_bytes file)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (picture_bytes_has(file, others[i].at, others[i].len) &&
			memcmp(file.data + others[i].at, others[i].magic, others[i].len) == 0)
			return others[i].name;
	return find_text(file);
}

static bool
begins(struct picture_bytes file, const char *magic, size_t len)
{
	return file.len >= len && memcmp(file.data, magic, len) == 0;
}

static int
find_format(struct picture_bytes file, enum picture_format *out, struct picture_failure *why)
{
	const char *other;

	if (begins(file, "\x89PNG\r\n\x1a\n", 8))
		return *out = PICTURE_PNG, 0;
	if (begins(file, "\xff\xd8\xff", 3))
		return *out = PICTURE_JPEG, 0;
	if (begins(file, "RIFF", 4) && file.len >= 12 && memcmp(file.data + 8, "WEBP", 4) == 0)
		return *out = PICTURE_WEBP, 0;
	if (begins(file, "GIF87a", 6) || begins(file, "GIF89a", 6))
		return *out = PICTURE_GIF, 0;
	if (file.len == 0)
		return picture_fail(why, PICTURE_E_EMPTY, "The image is empty.");
	other = find_other(file);
	if (other == NULL)
		return picture_fail(why, PICTURE_E_UNSUPPORTED,
			"The file is not an image in a supported format. Supported are PNG, JPEG, WebP and "
			"GIF.");
	return picture_fail(why, PICTURE_E_UNSUPPORTED,
		"The format %s is not supported. Supported are PNG, JPEG, WebP and GIF.", other);
}

static int
check(const struct picture_head *head, const struct picture_limits *limits,
	struct picture_failure *why)
{
	uint64_t longer = head->width > head->height ? head->width : head->height;
	uint64_t shorter = head->width > head->height ? head->height : head->width;
	uint64_t pixels = longer * shorter;

	if (shorter == 0)
		return picture_fail(why, PICTURE_E_DAMAGED, "The image has no pixels.");
	if (longer > limits->edge)
		return picture_fail(why, PICTURE_E_TOO_LARGE,
			"The image is %u by %u pixels; the longest side allowed is %u.", head->width,
			head->height, limits->edge);
	if (pixels > limits->pixels)
		return picture_fail(why, PICTURE_E_TOO_LARGE,
			"The image has %llu pixels; the maximum is %llu.", (unsigned long long)pixels,
			(unsigned long long)limits->pixels);
	if (longer > shorter * limits->ratio)
		return picture_fail(why, PICTURE_E_TOO_LARGE,
			"The image is %u by %u pixels; the longer side may be %u times the shorter one.",
			head->width, head->height, limits->ratio);
	if (head->frames > limits->frames)
		return picture_fail(why, PICTURE_E_TOO_LARGE, "The image has more than %u frames.",
			limits->frames);
	return 0;
}

int
picture_head_check_bytes(uint64_t bytes, const struct picture_limits *limits,
	struct picture_failure *why)
{
	if (bytes > limits->bytes)
		return picture_fail(why, PICTURE_E_TOO_LARGE,
			"The image has %llu bytes; the maximum is %llu.", (unsigned long long)bytes,
			(unsigned long long)limits->bytes);
	return 0;
}

int
picture_head_read(struct picture_bytes file, const struct picture_limits *limits,
	struct picture_head *out, struct picture_failure *why)
{
	static int (*const readers[])(struct picture_bytes, uint32_t, struct picture_head *,
		struct picture_failure *) = {
		[PICTURE_PNG] = picture_head_png,
		[PICTURE_JPEG] = picture_head_jpeg,
		[PICTURE_WEBP] = picture_head_webp,
		[PICTURE_GIF] = picture_head_gif,
	};
	struct picture_head head = {.frames = 1, .bits = 8};
	int rc = picture_head_check_bytes(file.len, limits, why);

	if (rc == 0)
		rc = find_format(file, &head.format, why);
	if (rc == 0)
		rc = readers[head.format](file, limits->frames, &head, why);
	if (rc == 0)
		rc = check(&head, limits, why);
	if (rc < 0)
		return rc;
	head.orientation = picture_exif_orientation(head.exif);
	*out = head;
	return 0;
}

const char *
picture_format_name(enum picture_format format)
{
	static const char *const names[] = {"", "png", "jpeg", "webp", "gif"};

	return names[format];
}

const char *
picture_format_mime(enum picture_format format)
{
	static const char *const names[] = {"", "image/png", "image/jpeg", "image/webp", "image/gif"};

	return names[format];
}

const char *
picture_colour_name(enum picture_colour colour)
{
	static const char *const names[] = {"grey", "rgb", "palette", "yuv", "cmyk", "ycck"};

	return names[colour];
}
