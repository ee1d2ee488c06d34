/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_fonts.c: finds such fonts among a PDF's objects, and reads their programs. */
#include "pdf_fonts.h"

#include <stdlib.h>
#include <string.h>

#include "pdf_objects.h"

enum {
	GLYPHS_MAX = 65536,
	CODES_MAX = 4 * 0x110000, /* that are looked at in all tables of a program */
	PROGRAM_BYTES_MAX = 64 * 1024 * 1024,
	NAME_BYTES_MAX = 256,
	FLAG_SYMBOLIC = 4,
	TAG_LEN = 7, /* "ABCDEF+" before the name of a font that is there in part */
};

/* A run of bytes, read without going past its end: what is not there is 0. */
struct bytes {
	const unsigned char *data; /* borrowed */
	size_t len;
};

static uint32_t
u16(struct bytes bytes, size_t at)
{
	return at + 2 <= bytes.len ? (uint32_t)bytes.data[at] << 8 | bytes.data[at + 1] : 0;
}

static uint32_t
u32(struct bytes bytes, size_t at)
{
	return u16(bytes, at) << 16 | u16(bytes, at + 2);
}

/* A table by its tag; empty if the program has none such. */
static struct bytes
find_table(struct bytes program, const char *tag)
{
	size_t count = u16(program, 4);

	for (size_t i = 0, at = 12; i < count && at + 16 <= program.len; i++, at += 16) {
		size_t start = u32(program, at + 8), len = u32(program, at + 12);

		if (memcmp(program.data + at, tag, 4) != 0 || start >= program.len)
			continue;
		return (struct bytes){program.data + start,
			len < program.len - start ? len : program.len - start};
	}
	return (struct bytes){0};
}

/* What a table is made into; the first character of several with one glyph is the plain one. */
struct inverse {
	uint32_t *points;
	size_t count;
	uint32_t base; /* what is taken off the codes of symbol fonts */
	size_t left;   /* codes that may still be looked at: tables can say the same without end */
};

static void
put(struct inverse *inverse, uint32_t code, uint32_t glyph)
{
	uint32_t point = code >= inverse->base && code - inverse->base < 0x100 ? code - inverse->base
																		   : code;

	if (inverse->base == 0)
		point = code;
	if (glyph == 0 || glyph >= inverse->count || inverse->points[glyph] != 0 || point < ' ' ||
		point > 0x10ffff || (point >= 0x7f && point < 0xa0) || (point >= 0xd800 && point <= 0xdfff))
		return;
	inverse->points[glyph] = point;
}

/* Segments of codes up to 0xffff. */
static void
invert_format4(struct bytes table, struct inverse *inverse)
{
	size_t segments = u16(table, 6) / 2, ends = 14, starts = ends + 2 * segments + 2,
		   deltas = starts + 2 * segments, offsets = deltas + 2 * segments;

	for (size_t i = 0; i < segments && offsets + 2 * i + 2 <= table.len; i++) {
		uint32_t start = u16(table, starts + 2 * i), end = u16(table, ends + 2 * i);
		uint32_t delta = u16(table, deltas + 2 * i), offset = u16(table, offsets + 2 * i);

		for (uint32_t code = start; code <= end && code < 0xffff && inverse->left > 0; code++) {
			uint32_t glyph = code;

			inverse->left--;
			if (offset != 0) {
				glyph = u16(table, offsets + 2 * i + offset + 2 * (size_t)(code - start));
				if (glyph == 0)
					continue;
			}
			put(inverse, code, (glyph + delta) & 0xffff);
		}
	}
}

/* Groups of codes of any size. */
static void
invert_format12(struct bytes table, struct inverse *inverse)
{
	size_t groups = u32(table, 12);

	for (size_t i = 0, at = 16; i < groups && at + 12 <= table.len; i++, at += 12) {
		uint32_t start = u32(table, at), end = u32(table, at + 4), glyph = u32(table, at + 8);

		for (uint32_t code = start; code <= end && code <= 0x10ffff && inverse->left > 0;
			 code++, inverse->left--)
			put(inverse, code, glyph + (code - start));
	}
}

static void
invert_format6(struct bytes table, struct inverse *inverse)
{
	uint32_t first = u16(table, 6), count = u16(table, 8);

	for (uint32_t i = 0; i < count && 10 + 2 * (size_t)i + 2 <= table.len && inverse->left > 0;
		 i++, inverse->left--)
		put(inverse, first + i, u16(table, 10 + 2 * (size_t)i));
}

/* How much a table's platform and encoding say of characters: 0 for nothing. */
static int
rank(uint32_t platform, uint32_t encoding)
{
	if (platform == 3 && encoding == 10)
		return 5;
	if (platform == 0)
		return 4;
	if (platform == 3 && encoding == 1)
		return 4;
	return platform == 3 && encoding == 0 ? 1 : 0;
}

void
extract_pdf_fonts_invert(const unsigned char *program, size_t len, uint32_t *points, size_t count)
{
	struct bytes cmap = find_table((struct bytes){program, len}, "cmap");
	size_t tables = u16(cmap, 2), left = CODES_MAX;

	for (int wanted = 5; wanted > 0; wanted--) {
		for (size_t i = 0, at = 4; i < tables && at + 8 <= cmap.len; i++, at += 8) {
			struct inverse inverse = {.points = points,
				.count = count,
				.base = wanted == 1 ? 0xf000 : 0,
				.left = left};
			struct bytes table;
			size_t start = u32(cmap, at + 4);

			if (rank(u16(cmap, at), u16(cmap, at + 2)) != wanted || start >= cmap.len)
				continue;
			table = (struct bytes){cmap.data + start, cmap.len - start};
			if (u16(table, 0) == 4)
				invert_format4(table, &inverse);
			else if (u16(table, 0) == 12)
				invert_format12(table, &inverse);
			else if (u16(table, 0) == 6)
				invert_format6(table, &inverse);
			left = inverse.left;
		}
	}
}

/* Copies a name without its slash; #20 is the byte 0x20. */
static char *
copy_name(struct extract_pdf_value name)
{
	char *out = extract_memory_resize(NULL, NAME_BYTES_MAX + 1, 1);
	size_t len = 0;

	for (size_t i = 1; i < name.len && len < NAME_BYTES_MAX; i++) {
		char hex[3] = {0}, *end;
		long byte;

		if (name.text[i] != '#' || i + 2 >= name.len) {
			out[len++] = name.text[i];
			continue;
		}
		memcpy(hex, name.text + i + 1, 2);
		byte = strtol(hex, &end, 16);
		out[len++] = *end == '\0' && byte > 0 ? (char)byte : '#';
		i += *end == '\0' ? 2 : 0;
	}
	out[len] = '\0';
	return out;
}

/* Makes the table by number: through the font's own list of glyphs, if it has one. */
static void
make_points(struct extract_pdf_objects *objects, struct extract_pdf_value cid_font,
	const uint32_t *glyphs, struct extract_pdf_font *out)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer list = {0};
	struct extract_pdf_value map = extract_pdf_objects_get(objects, cid_font, "/CIDToGIDMap");
	struct bytes bytes;

	out->points = extract_memory_resize(NULL, GLYPHS_MAX, sizeof(*out->points));
	out->count = GLYPHS_MAX;
	if (map.len == 0 || extract_pdf_value_is(map, "/Identity")) {
		memcpy(out->points, glyphs, GLYPHS_MAX * sizeof(*glyphs));
		return;
	}
	memset(out->points, 0, GLYPHS_MAX * sizeof(*out->points));
	if (!extract_pdf_objects_stream(objects, map, &list))
		return;
	bytes = (struct bytes){(const unsigned char *)list.data, list.len};
	for (size_t i = 0; i < GLYPHS_MAX && 2 * i + 2 <= list.len; i++)
		out->points[i] = glyphs[u16(bytes, 2 * i)];
}

/* Reads what the font's program says, if it is there and says something. */
static void
read_program(struct extract_pdf_objects *objects, struct extract_pdf_value cid_font,
	struct extract_pdf_font *out)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer program = {0};
	struct extract_pdf_value descriptor = extract_pdf_objects_get(objects, cid_font,
		"/FontDescriptor");
	struct extract_pdf_value file = extract_pdf_objects_get(objects, descriptor, "/FontFile2");
	uint32_t *glyphs;

	if (file.len == 0)
		file = extract_pdf_objects_get(objects, descriptor, "/FontFile3");
	if (file.len == 0 || !extract_pdf_objects_stream(objects, file, &program) ||
		program.len > PROGRAM_BYTES_MAX)
		return;
	glyphs = extract_memory_resize(NULL, GLYPHS_MAX, sizeof(*glyphs));
	memset(glyphs, 0, GLYPHS_MAX * sizeof(*glyphs));
	extract_pdf_fonts_invert((const unsigned char *)program.data, program.len, glyphs, GLYPHS_MAX);
	make_points(objects, cid_font, glyphs, out);
	extract_memory_free(glyphs);
}

/* True for a font whose codes are glyphs of its program and no characters of a known collection. */
static bool
is_silent(const struct extract_pdf_objects *objects, struct extract_pdf_value font,
	struct extract_pdf_value *out_cid_font)
{
	struct extract_pdf_value encoding = extract_pdf_objects_get(objects, font, "/Encoding"), system,
							 ordering;

	if (!extract_pdf_value_is(extract_pdf_objects_get(objects, font, "/Subtype"), "/Type0") ||
		extract_pdf_objects_get(objects, font, "/ToUnicode").len > 0 ||
		(!extract_pdf_value_is(encoding, "/Identity-H") &&
			!extract_pdf_value_is(encoding, "/Identity-V")))
		return false;
	*out_cid_font = extract_pdf_objects_first(objects,
		extract_pdf_objects_get(objects, font, "/DescendantFonts"));
	system = extract_pdf_objects_get(objects, *out_cid_font, "/CIDSystemInfo");
	ordering = extract_pdf_objects_get(objects, system, "/Ordering");
	/* Of the others poppler knows the characters. Encrypted, it is no name at all. */
	return !(ordering.len > 2 &&
		(memmem(ordering.text, ordering.len < 32 ? ordering.len : 32, "Japan1", 6) != NULL ||
			memmem(ordering.text, ordering.len < 32 ? ordering.len : 32, "GB1", 3) != NULL ||
			memmem(ordering.text, ordering.len < 32 ? ordering.len : 32, "CNS1", 4) != NULL ||
			memmem(ordering.text, ordering.len < 32 ? ordering.len : 32, "Korea1", 6) != NULL ||
			memmem(ordering.text, ordering.len < 32 ? ordering.len : 32, "KR", 2) != NULL));
}

/* True for a TrueType font of symbols whose codes are its own: poppler takes those that have no character in ASCII
 * for nothing at all. */
static bool
is_own_code(const struct extract_pdf_objects *objects, struct extract_pdf_value font)
{
	struct extract_pdf_value descriptor = extract_pdf_objects_get(objects, font, "/FontDescriptor");
	struct extract_pdf_value flags = extract_pdf_objects_get(objects, descriptor, "/Flags");

	return extract_pdf_value_is(extract_pdf_objects_get(objects, font, "/Subtype"), "/TrueType") &&
		extract_pdf_objects_get(objects, font, "/ToUnicode").len == 0 &&
		extract_pdf_objects_get(objects, font, "/Encoding").len == 0 &&
		extract_pdf_objects_get(objects, descriptor, "/FontFile2").len > 0 &&
		(extract_pdf_value_number(flags) & FLAG_SYMBOLIC) != 0;
}

/* False for an object that was changed often enough to have another name than "12 0". */
static bool
is_first_generation(struct extract_pdf_value value, const char *data, size_t len)
{
	size_t at = (size_t)(value.text - data);

	if (value.text < data || value.text > data + len || at < 8)
		return true; /* packed into another object */
	at -= 3;
	while (at > 1 && strchr(" \r\n\t", data[at - 1]) != NULL && data[at - 1] != '\0')
		at--;
	return data[at - 1] == '0' && (data[at - 2] == ' ' || data[at - 2] == '\n');
}

void
extract_pdf_fonts_open(struct extract_pdf_fonts *out, const char *data, size_t len)
{
	struct extract_pdf_objects *objects = &out->objects;

	*out = (struct extract_pdf_fonts){0};
	extract_pdf_objects_open(objects, data, len);
	for (size_t i = 0; i < objects->count && out->count < EXTRACT_PDF_FONTS_MAX; i++) {
		struct extract_pdf_value font = objects->list[i].value, cid_font = {0};
		bool numbered = extract_pdf_value_mentions(font, "/Type0") &&
			is_silent(objects, font, &cid_font);
		struct extract_pdf_font *added;

		if ((i + 1 < objects->count && objects->list[i + 1].number == objects->list[i].number) ||
			(!numbered &&
				!(extract_pdf_value_mentions(font, "/TrueType") && is_own_code(objects, font))))
			continue;
		out->list = extract_memory_resize(out->list, out->count + 1, sizeof(*out->list));
		added = &out->list[out->count++];
		*added = (struct extract_pdf_font){
			.object = objects->list[i].number,
			.simple = !numbered,
			.name = copy_name(numbered ? extract_pdf_objects_get(objects, font, "/BaseFont")
									   : (struct extract_pdf_value){0}),
		};
		if (is_first_generation(font, data, len))
			added->dictionary = extract_pdf_value_dictionary(font);
		if (numbered)
			read_program(objects, cid_font, added);
	}
}

void
extract_pdf_fonts_close(struct extract_pdf_fonts *fonts)
{
	for (size_t i = 0; i < fonts->count; i++) {
		extract_memory_free(fonts->list[i].name);
		extract_memory_free(fonts->list[i].points);
	}
	extract_memory_free(fonts->list);
	extract_pdf_objects_close(&fonts->objects);
	*fonts = (struct extract_pdf_fonts){0};
}

static const char *
without_tag(const char *name)
{
	return strlen(name) > TAG_LEN && name[TAG_LEN - 1] == '+' ? name + TAG_LEN : name;
}

const struct extract_pdf_font *
extract_pdf_fonts_find(const struct extract_pdf_fonts *fonts, const char *name)
{
	if (name == NULL)
		return NULL;
	for (size_t i = 0; i < fonts->count; i++)
		if (strcmp(fonts->list[i].name, name) == 0)
			return &fonts->list[i];
	/* Of a name without its tag no more is known. */
	for (size_t i = 0; i < fonts->count && without_tag(name) == name; i++)
		if (strcmp(without_tag(fonts->list[i].name), name) == 0)
			return &fonts->list[i];
	return NULL;
}

uint32_t
extract_pdf_font_point(const struct extract_pdf_font *font, uint32_t number)
{
	uint32_t point = number < font->count ? font->points[number] : 0;

	return point == 0 ? 0xfffd : point;
}
