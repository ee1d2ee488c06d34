/* SPDX-License-Identifier: Apache-2.0 */
/* epub.h: an e-book: its chapters in the order in which they are read. */
#ifndef EXTRACT_EPUB_H
#define EXTRACT_EPUB_H

#include <stddef.h>

#include "buffer.h"

struct extract_package;
struct extract_sink;

/* Reads a book's parts: the document line and the chapters' blocks. */
EXTRACT_MUST_CHECK int extract_epub_read(const struct extract_package *package,
	struct extract_sink *sink);

/* Appends XHTML so that a reader of HTML understands it: "<title/>" ends where it begins there, but
 * would swallow the page here. */
void extract_epub_open_tags(const char *xhtml, size_t len, struct extract_buffer *out);

#endif
