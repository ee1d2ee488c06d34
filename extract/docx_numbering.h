/* SPDX-License-Identifier: Apache-2.0 */
/* docx_numbering.h: the numbers and bullets of a Word document's lists and headings. */
#ifndef EXTRACT_DOCX_NUMBERING_H
#define EXTRACT_DOCX_NUMBERING_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

enum {
	EXTRACT_DOCX_LEVELS = 9,
	EXTRACT_DOCX_LISTS_MAX = 8192,
};

/* One level of a list: how it counts and how that is written. */
struct extract_docx_level {
	char format[16]; /* "decimal", "lowerLetter", "bullet" ... */
	char text[32];   /* "%1.%2." */
	int start;
	bool overridden; /* of a list: start counts instead of the definition's */
};

/* A definition of levels, or a list that uses one. */
struct extract_docx_list {
	char id[16];
	char definition[16]; /* of a list: the id of what it uses */
	struct extract_docx_level levels[EXTRACT_DOCX_LEVELS];
	int counts[EXTRACT_DOCX_LEVELS]; /* of a definition: what each level has come to; 0 for none */
};

/* Zeroed means none. Counts move as items are written. */
struct extract_docx_numbering {
	struct extract_docx_list *definitions; /* owned */
	size_t definition_count;
	struct extract_docx_list *lists; /* owned */
	size_t list_count;
};

/* Reads word/numbering.xml. EXTRACT_E_DAMAGED, EXTRACT_E_BOMB, EXTRACT_E_TOO_LARGE. */
EXTRACT_MUST_CHECK int extract_docx_numbering_open(struct extract_docx_numbering *out,
	const char *xml, size_t len);

/* Counts an item and appends its mark: "- " for a bullet, else its number and a blank. Appends
 * nothing, and returns false, if the list is not known or says that it shows no mark. */
bool extract_docx_numbering_next(struct extract_docx_numbering *numbering, const char *list,
	int level, struct extract_buffer *out);

void extract_docx_numbering_close(struct extract_docx_numbering *numbering);

#endif
