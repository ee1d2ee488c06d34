/* SPDX-License-Identifier: Apache-2.0 */
/* rtf_table.h: what an RTF file says ahead of its text, of fonts and styles, and text in the code page
 * of a font. */
#ifndef EXTRACT_RTF_TABLE_H
#define EXTRACT_RTF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

enum {
	EXTRACT_RTF_FONTS_MAX = 4096,
	EXTRACT_RTF_STYLES_MAX = 4096,
	EXTRACT_RTF_PAGE_SYMBOL = 42, /* the code page of fonts whose characters are pictures */
};

struct extract_rtf_font {
	long number;
	long page; /* 0: the document's */
};

struct extract_rtf_style {
	long number;
	int heading; /* 1 to 6, or 0 */
};

/* Zeroed but for page: no fonts and no styles. What is past a bound is left out. */
struct extract_rtf_tables {
	long page;                      /* the document's code page */
	struct extract_rtf_font *fonts; /* owned */
	size_t font_count;
	struct extract_rtf_style *styles; /* owned */
	size_t style_count;
	char name[32]; /* of the style being described, as far as it matters */
	size_t name_len;
};

/* While the tables are read: the entry that begins, and what is said of it. */
void extract_rtf_tables_font(struct extract_rtf_tables *tables, long number);
void extract_rtf_tables_charset(struct extract_rtf_tables *tables, long number, bool is_page);
void extract_rtf_tables_style(struct extract_rtf_tables *tables, long number);
void extract_rtf_tables_outline(struct extract_rtf_tables *tables, long level);

/* Adds to the entry's name; a semicolon ends it, and so does an empty text. */
void extract_rtf_tables_name(struct extract_rtf_tables *tables, const char *text);

/* The code page of a font, or 0; the heading that a style makes of a paragraph, or 0. */
long extract_rtf_tables_page(const struct extract_rtf_tables *tables, long font);
int extract_rtf_tables_heading(const struct extract_rtf_tables *tables, long style);

void extract_rtf_tables_close(struct extract_rtf_tables *tables);

/* Text that comes in bytes of code pages and in characters. Zeroed means empty. */
struct extract_rtf_text {
	struct extract_buffer out;   /* owned */
	struct extract_buffer bytes; /* owned: not converted yet, of this page */
	long page;
	bool lead; /* the last byte is the first of two */
};

void extract_rtf_text_byte(struct extract_rtf_text *text, long page, unsigned char byte);
void extract_rtf_text_point(struct extract_rtf_text *text, uint32_t point);

/* Converts what is left, so that out is complete. */
void extract_rtf_text_end(struct extract_rtf_text *text);

void extract_rtf_text_close(struct extract_rtf_text *text);

#endif
