/* SPDX-License-Identifier: Apache-2.0 */
/* docx_styles.h: the styles of a Word document, and what its properties mean. */
#ifndef EXTRACT_DOCX_STYLES_H
#define EXTRACT_DOCX_STYLES_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

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

/* What a style says of headings, lists and what is hidden, by itself or through the styles it is based on. The id and
 * what the style is based on are left out. */
struct extract_docx_style extract_docx_style_find(const struct extract_docx_styles *styles,
	const char *id);

/* A property that is there is on, unless its value says that it is off. */
bool extract_docx_is_on(const char *value);

/* The heading of an outline level, which counts from 0; 9 says that the paragraph is none. */
int extract_docx_heading(const char *outline);

/* The level in a list. */
int extract_docx_level_of(const char *value);

#endif
