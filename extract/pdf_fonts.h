/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_fonts.h: fonts of a PDF that show glyphs by number and do not say which characters these are.
 *
 * poppler passes the numbers off as characters. The font program in the file mostly has a table from characters to its
 * glyphs; turned round, it says what the numbers mean. */
#ifndef EXTRACT_PDF_FONTS_H
#define EXTRACT_PDF_FONTS_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "pdf_objects.h"

enum { EXTRACT_PDF_FONTS_MAX = 256 };

struct extract_pdf_font {
	uint32_t object; /* its number */
	struct extract_pdf_value
		dictionary;   /* borrowed from the objects; empty if it cannot be told alone */
	bool simple;      /* codes are single bytes, and only the lowest say nothing */
	char *name;       /* owned: as the PDF spells it */
	uint32_t *points; /* owned: by number; 0 where the font does not tell */
	size_t count;     /* 0: nothing about the font is known */
};

/* The fonts of a document that are like that: mostly none. */
struct extract_pdf_fonts {
	struct extract_pdf_font *list; /* owned */
	size_t count;
	struct extract_pdf_objects objects; /* owned: the document's */
};

/* data outlives out. */
void extract_pdf_fonts_open(struct extract_pdf_fonts *out, const char *data, size_t len);
void extract_pdf_fonts_close(struct extract_pdf_fonts *fonts);

/* The font by the name that poppler gives; NULL if its characters are what they are. */
const struct extract_pdf_font *extract_pdf_fonts_find(const struct extract_pdf_fonts *fonts,
	const char *name);

/* The character that a number stands for; U+FFFD where nobody knows. */
uint32_t extract_pdf_font_point(const struct extract_pdf_font *font, uint32_t number);

/* Turns a font program's table round: points by glyph, as far as count; the others stay as they are. */
void extract_pdf_fonts_invert(const unsigned char *program, size_t len, uint32_t *points,
	size_t count);

#endif
