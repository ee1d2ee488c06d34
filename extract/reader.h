/* SPDX-License-Identifier: Apache-2.0 */
/* reader.h: the formats that are read: a function each. */
#ifndef EXTRACT_READER_H
#define EXTRACT_READER_H

#include <stddef.h>

#include "buffer.h"

struct extract_sink;

/* One document, whole in memory. */
struct extract_input {
	const char *data; /* borrowed */
	size_t len;
	const char *name; /* borrowed: the file name it was uploaded under */
	const char *mime; /* borrowed: "" if none was named */
};

/* Reads the input and writes its document line and blocks. Returns 0 or an extract_failure. */
typedef int extract_reader(const struct extract_input *input, struct extract_sink *sink);

extract_reader extract_pdf_read;
extract_reader extract_office_read; /* Word, Excel, PowerPoint, OpenDocument, e-books */
extract_reader extract_rtf_read;
extract_reader extract_mail_read;
extract_reader extract_code_read;
extract_reader extract_html_read;
extract_reader extract_markdown_read;
extract_reader extract_text_read;
extract_reader extract_csv_read;
extract_reader extract_json_read;
extract_reader extract_image_read; /* PNG, JPEG, TIFF, WebP, BMP, GIF */

/* Appends a text format's content as UTF-8; declared as for extract_decode_text. */
EXTRACT_MUST_CHECK int extract_text_decode(const struct extract_input *input, const char *declared,
	struct extract_sink *sink, struct extract_buffer *out);

/* Writes the blocks of plain text inside another format; no document line. */
EXTRACT_MUST_CHECK int extract_text_blocks(const char *text, size_t len, struct extract_sink *sink);

/* Loads the files that poppler opens with its first document, before the sandbox forbids opening files.
 * poppler keeps them while a document is open, so a document of our own stays open until the close. */
void *extract_pdf_open(void);
void extract_pdf_close(void *library);

/* Writes the blocks of a piece of HTML inside another format; no document line. */
EXTRACT_MUST_CHECK int extract_html_fragment(const char *html, size_t len,
	struct extract_sink *sink);

/* Appends what a formula in MathML says; nothing for another document. */
void extract_html_formula(const char *xml, size_t len, struct extract_buffer *out);

#endif
