/* SPDX-License-Identifier: Apache-2.0 */
/* docx.h: the XML inside a Word document, apart from the archive around it. */
#ifndef EXTRACT_DOCX_H
#define EXTRACT_DOCX_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "docx_numbering.h"

struct extract_package;
struct extract_sink;

enum { EXTRACT_DOCX_STYLES_MAX = 4096 };

/* What a paragraph style makes of a paragraph. */
struct extract_docx_style {
	char *id;       /* owned */
	int heading;    /* 1 to 6, or 0 */
	char list[16];  /* its list's id; "" if it has none */
	int level;      /* in the list; -1 if it does not say */
	int hidden;     /* 1 if its text is, -1 if it is not, 0 if it does not say */
	char *based_on; /* owned; NULL if on none */
};

/* The styles of a document. Zeroed means none. */
struct extract_docx_styles {
	struct extract_docx_style *list; /* owned */
	size_t count;
};

/* Reads word/styles.xml. EXTRACT_E_DAMAGED, EXTRACT_E_BOMB for entities. */
EXTRACT_MUST_CHECK int extract_docx_styles_open(struct extract_docx_styles *out, const char *xml,
	size_t len);
void extract_docx_styles_close(struct extract_docx_styles *styles);

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
