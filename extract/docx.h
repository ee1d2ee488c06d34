/* SPDX-License-Identifier: Apache-2.0 */
/* docx.h: the XML inside a Word document, apart from the archive around it. */
#ifndef EXTRACT_DOCX_H
#define EXTRACT_DOCX_H

#include <stddef.h>

#include "buffer.h"
#include "docx_numbering.h"
#include "docx_styles.h"

struct extract_package;
struct extract_sink;

/* Reads word/document.xml, or a part like it, and writes its blocks. The numbering's counts move. */
EXTRACT_MUST_CHECK int extract_docx_body(const char *xml, size_t len,
	const struct extract_docx_styles *styles, struct extract_docx_numbering *numbering,
	struct extract_sink *sink);

/* Reads a Word document's parts: its document line, its text and its notes. */
EXTRACT_MUST_CHECK int extract_docx_read(const struct extract_package *package,
	struct extract_sink *sink);

/* Appends the title in docProps/core.xml; nothing if there is none. */
EXTRACT_MUST_CHECK int extract_docx_title(const char *xml, size_t len, struct extract_buffer *out);

#endif
