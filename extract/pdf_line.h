/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_line.h: what a line of a PDF says by its characters alone, and how lines are joined. */
#ifndef EXTRACT_PDF_LINE_H
#define EXTRACT_PDF_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* Length of a bullet or number that opens a list item, with the blank after it; 0 if none does. */
size_t extract_pdf_line_mark(const char *text, size_t len);

/* The last character; 0 of an empty text. */
uint32_t extract_pdf_line_last(const char *text, size_t len);

/* Appends text without the dots that lead from an entry to its page number. */
void extract_pdf_line_add(struct extract_buffer *out, const char *text, size_t len);

/* Leaves out dots at a cell's ends where a strip goes through the leaders. */
void extract_pdf_line_trim(const char **text, size_t *len);

/* Joins a line to the block: a word parted at the line's end is made whole. */
void extract_pdf_line_join(struct extract_buffer *text, const char *line, size_t len);

/* "Figure 3: ..." */
bool extract_pdf_line_is_caption(const char *text, size_t len);

bool extract_pdf_line_ends_sentence(const struct extract_buffer *text);

/* "1,200" and "10 %" are figures, "Q4" is a column's name. */
bool extract_pdf_line_is_figure(const struct extract_buffer *cell);

#endif
