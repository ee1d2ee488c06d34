/* SPDX-License-Identifier: Apache-2.0 */
/* rtf_reading.h: what the parts of the reader of Rich Text Format share: the walk (rtf.c), control words
 * (rtf_word.c), and what groups and characters make of the text (rtf_group.c). */
#ifndef EXTRACT_RTF_READING_H
#define EXTRACT_RTF_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"
#include "rtf_table.h"
#include "sink.h"
#include "table.h"

enum {
	DEPTH_MAX = 4096,
	WORD_BYTES_MAX = 32,
	CELLS_MAX = 64,
	SKIPPED_MAX = 16, /* characters for programs without Unicode */
};

/* What a group adds to. */
enum extract_rtf_target {
	TARGET_TEXT,
	TARGET_SKIPPED,
	TARGET_FONTS,
	TARGET_STYLES,
	TARGET_MARK, /* a list item's bullet or number */
	TARGET_NOTE,
};

struct extract_rtf_group_state {
	enum extract_rtf_target target;
	bool begins; /* the target begins with this group, and ends with it */
	bool hidden;
	long page; /* the font's code page; 0: the document's */
	unsigned skipped;
};

struct extract_rtf_reading {
	const char *data;
	size_t len, at;
	struct extract_sink *sink;
	struct extract_rtf_group_state *groups; /* owned */
	size_t depth;                           /* of the group we are in: groups[depth] */
	bool star;                              /* a destination that may be skipped follows */
	unsigned skip;                          /* characters still to be left out */
	uint32_t surrogate;                     /* the first half of a pair */
	struct extract_rtf_tables tables;
	struct extract_rtf_text text; /* owned: the paragraph being made */
	struct extract_buffer saved;  /* owned: the paragraph around a note or mark */
	struct extract_buffer notes;  /* owned: those of the paragraph, each followed by a NUL */
	struct extract_buffer cell;   /* owned */
	struct extract_table table;   /* owned */
	int heading;
	unsigned notes_count;
	bool item, in_table, inner; /* inner: in a note or mark */
	bool merged[CELLS_MAX], merge;
	size_t cells, cell_index; /* described; read */
};
/* Blocks, groups and characters. What returns an int passes on the sink's. */
struct extract_rtf_group_state *extract_rtf_group(struct extract_rtf_reading *reading);
bool extract_rtf_is_shown(struct extract_rtf_reading *reading);
int extract_rtf_end_paragraph(struct extract_rtf_reading *reading);
void extract_rtf_end_cell(struct extract_rtf_reading *reading);
int extract_rtf_end_row(struct extract_rtf_reading *reading);
void extract_rtf_begin_target(struct extract_rtf_reading *reading, enum extract_rtf_target target);
int extract_rtf_open_group(struct extract_rtf_reading *reading);
void extract_rtf_close_group(struct extract_rtf_reading *reading);
void extract_rtf_add_point(struct extract_rtf_reading *reading, uint32_t point);
void extract_rtf_add_byte(struct extract_rtf_reading *reading, unsigned char byte);
void extract_rtf_add_unicode(struct extract_rtf_reading *reading, long number);

/* Does what the control word `name` says; behind \* one that is not known begins what is skipped. */
int extract_rtf_word(struct extract_rtf_reading *reading, const char *name, bool star,
	bool has_number, long number);

#endif
