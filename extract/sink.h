/* SPDX-License-Identifier: Apache-2.0 */
/* sink.h: where readers put what they find; writes the lines of protocol.h. */
#ifndef EXTRACT_SINK_H
#define EXTRACT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "recognized.h"

struct extract_ocr;

/* What is done with pages that are pictures. */
enum extract_ocr_mode {
	EXTRACT_OCR_OFF,  /* they have no text */
	EXTRACT_OCR_ASKS, /* the first one ends the reading with EXTRACT_E_OCR */
	EXTRACT_OCR_READS,
};

/* Why a document was not read to its end. Negative, so that readers return it. */
enum extract_failure {
	EXTRACT_E_ENCRYPTED = -1,
	EXTRACT_E_DAMAGED = -2,
	EXTRACT_E_EMPTY = -3,
	EXTRACT_E_IMAGE_ONLY = -4,
	EXTRACT_E_UNSUPPORTED = -5,
	EXTRACT_E_TOO_LARGE = -6,
	EXTRACT_E_BOMB = -7,
	EXTRACT_E_OUTPUT = -8, /* the answer cannot be written; there is no line for this */
	EXTRACT_E_OCR =
		-9, /* to be read anew by the program that recognizes text; there is no line for this */
	EXTRACT_E_SETUP = -10, /* what is missing is not the document's */
};

enum extract_kind {
	EXTRACT_HEADING,
	EXTRACT_PARAGRAPH,
	EXTRACT_LIST_ITEM,
	EXTRACT_TABLE_ROW,
	EXTRACT_CODE,
	EXTRACT_CAPTION,
};

/* One piece of a document as a reader found it; the sink cleans, splits and counts it. */
struct extract_block {
	enum extract_kind kind;
	int level;          /* headings: 1 to 6; code: see protocol.h */
	int page;           /* from 1; 0 without pages */
	const char *header; /* borrowed; NULL but for rows below column headers, and for functions */
	int confidence;     /* that it was recognized, in percent; 0: it was not read from a picture */
	const char *text;   /* borrowed; need not end in NUL */
	size_t len;
};

struct extract_sink {
	int fd;
	enum extract_ocr_mode ocr_mode;
	struct extract_ocr *ocr;              /* borrowed: NULL unless it reads */
	struct extract_recognized recognized; /* owned */
	uint64_t characters_max;
	uint64_t characters;
	uint64_t blocks;
	int inner;                           /* how deep in documents inside the document */
	const struct extract_block *heading; /* borrowed: the inner document's, until it has text */
	char message[256];                   /* of the failure, when a reader gave one */
	struct extract_buffer line;          /* owned: the line being made */
	struct extract_buffer text;          /* owned: the cleaned text */
	struct extract_buffer header;        /* owned: the cleaned header */
};

void extract_sink_open(struct extract_sink *out, int fd, uint64_t characters_max);
void extract_sink_close(struct extract_sink *sink);

/* The first line. title may be NULL or blank; pages is 0 for formats without pages. */
EXTRACT_MUST_CHECK int extract_sink_document(struct extract_sink *sink, const char *format,
	const char *title, int pages);

EXTRACT_MUST_CHECK int extract_sink_progress(struct extract_sink *sink, int done, int pages);

/* Writes the block, split where it is long; nothing if it holds no text. EXTRACT_E_TOO_LARGE once
 * the document's text passes the limit. */
EXTRACT_MUST_CHECK int extract_sink_block(struct extract_sink *sink,
	const struct extract_block *block);

/* Enters a document inside the document: it has no line and no pages of its own, and its first block
 * comes below the heading. */
void extract_sink_enter(struct extract_sink *sink, const struct extract_block *heading);

/* Leaves it again. True if it wrote any block, and the heading with it. */
bool extract_sink_leave(struct extract_sink *sink);

/* Counts a page that was recognized, or one that could not be in its time; the number is from 1. */
void extract_sink_recognized(struct extract_sink *sink, int number,
	const struct extract_page *page);
void extract_sink_unread(struct extract_sink *sink, int number);

/* Why a document of pages has no text at all. */
int extract_sink_no_text(struct extract_sink *sink);

/* Keeps the sentence for the person who uploaded the file, and returns failure. */
int extract_sink_fail(struct extract_sink *sink, enum extract_failure failure, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* The last line: end for rc 0 and some text, else error. Returns the exit status. */
int extract_sink_finish(struct extract_sink *sink, int rc);

#endif
