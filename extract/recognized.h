/* SPDX-License-Identifier: Apache-2.0 */
/* recognized.h: counts the pages of a document that were pictures, and names those that were read badly or not at all. */
#ifndef EXTRACT_RECOGNIZED_H
#define EXTRACT_RECOGNIZED_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

struct extract_page;

enum { EXTRACT_CONFIDENCE_LOW = 75 }; /* of a page: below it, it is said to be low */

/* Page numbers as text: "3, 7-9". */
struct extract_page_list {
	struct extract_buffer text; /* owned */
	int first, last;            /* the range that is growing; 0: none */
	bool full;                  /* the text says that there are more */
	bool attached;              /* so is a page of an attachment */
};

struct extract_recognized {
	uint64_t pages, characters;
	uint64_t confidence; /* of the characters, together */
	struct extract_page_list low;
	struct extract_page_list unread;
};

/* Counts a page that was read; the number is from 1, or 0 for a page of an attachment. */
void extract_recognized_add(struct extract_recognized *recognized, int number,
	const struct extract_page *page);

/* Names a page that could not be read in its time. */
void extract_recognized_skip(struct extract_recognized *recognized, int number);

bool extract_recognized_any(const struct extract_recognized *recognized);

/* Appends ,"ocr":{…} as protocol.h has it; nothing if no page was a picture. */
void extract_recognized_write(struct extract_recognized *recognized, struct extract_buffer *out);

void extract_recognized_close(struct extract_recognized *recognized);

#endif
