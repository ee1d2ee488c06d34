/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_page.h: a PDF page as pieces of lines, and the order in which a person reads them. */
#ifndef EXTRACT_PDF_PAGE_H
#define EXTRACT_PDF_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* In points; y grows downwards, as on a page. */
struct extract_box {
	double x1, y1, x2, y2;
};

/* A character as the PDF places it. */
struct extract_glyph {
	uint32_t point;
	struct extract_box box;
	double size; /* of the font */
	bool bold;
	uint8_t confidence; /* that it was recognized, in percent; 0: it was not read from a picture */
};

/* Characters without a blank: where a fragment may be parted if it lies across two cells. */
struct extract_word {
	size_t text; /* place in the page's text */
	double x1, x2;
	uint8_t confidence; /* as a glyph's */
};

/* Characters on one line without a wide gap: a line of a column, or a cell of a table. */
struct extract_fragment {
	struct extract_box box;
	double size; /* of most of its characters */
	size_t text; /* place in the page's text */
	size_t len;
	size_t word; /* the first of its words */
	size_t words;
	uint32_t characters;
	uint32_t bold;       /* characters that are */
	uint32_t votes;      /* for size, while the fragment grows */
	uint64_t confidence; /* of its characters, together; 0: it was not read from a picture */
	bool bold_first;     /* its first character is */
	bool rtl;
	bool upright;  /* characters stand above each other: turned text ... */
	bool downward; /* ... and the next one stands below */
	bool dropped;  /* a running head or page number */
};

/* Fragments side by side on one line, in reading order. */
struct extract_row {
	size_t first; /* in the page's order */
	size_t count;
	size_t column; /* rows of one column of text have the same number */
	struct extract_box box;
	double size;
	double base; /* where its letters stand */
	bool bold;   /* all of it */
};

struct extract_page {
	double width, height;
	struct extract_buffer text;         /* owned */
	struct extract_fragment *fragments; /* owned */
	size_t fragment_count, fragment_size;
	struct extract_word *words; /* owned */
	size_t word_count, word_size;
	bool open;               /* the last fragment still grows */
	bool blank;              /* a blank came after its last character */
	struct extract_box last; /* of its last character */

	size_t *order; /* owned: fragments in reading order, once arranged */
	size_t order_count;
	struct extract_row *rows; /* owned */
	size_t row_count, row_size;
	size_t columns;
};

/* Adds the next character in the PDF's order; blanks and line ends (with an empty box) as well. */
void extract_page_add(struct extract_page *page, const struct extract_glyph *glyph);

/* How most of the page's text is turned: the whole page is set sideways, as wide tables are. */
enum extract_turn { EXTRACT_TURN_NONE, EXTRACT_TURN_UP, EXTRACT_TURN_DOWN };
enum extract_turn extract_page_turn(const struct extract_page *page);

/* Where a box of a turned page lies once the page is turned back. */
struct extract_box extract_box_turn(struct extract_box box, enum extract_turn turn, double width,
	double height);

/* Finds columns and lines of what is not dropped: fills order and rows. */
void extract_page_arrange(struct extract_page *page);

/* True if a wide gap lies between two neighbours in a row, as between cells. */
bool extract_page_is_gap(const struct extract_fragment *left, const struct extract_fragment *right);

void extract_page_close(struct extract_page *page);

/* The order of two doubles, for qsort. */
int extract_page_compare(const void *left, const void *right);

#endif
