/* SPDX-License-Identifier: Apache-2.0 */
/* rtf_group.c: what the groups and characters of Rich Text Format add to the text. */
#include <ctype.h>
#include <string.h>

#include "rtf_reading.h"

struct extract_rtf_group_state *
extract_rtf_group(struct extract_rtf_reading *reading)
{
	return &reading->groups[reading->depth];
}

bool
extract_rtf_is_shown(struct extract_rtf_reading *reading)
{
	enum extract_rtf_target target = extract_rtf_group(reading)->target;

	return target != TARGET_SKIPPED &&
		!(target == TARGET_TEXT && extract_rtf_group(reading)->hidden);
}

/* ---- blocks ---- */

static int
put(struct extract_rtf_reading *reading, enum extract_kind kind, const char *text, size_t len)
{
	const struct extract_block block = {.kind = kind,
		.level = reading->heading,
		.text = text,
		.len = len};

	return extract_sink_block(reading->sink, &block);
}

static void
end_cell_text(struct extract_rtf_reading *reading)
{
	struct extract_buffer *text = &reading->text.out;

	extract_rtf_text_end(&reading->text);
	if (reading->cell.len > 0 && text->len > 0)
		extract_buffer_byte(&reading->cell, ' ');
	extract_buffer_append(&reading->cell, extract_buffer_string(text), text->len);
	extract_buffer_truncate(text, 0);
}

/* Ends the paragraph: a block of its own, or part of the note or cell it is in. */
int
extract_rtf_end_paragraph(struct extract_rtf_reading *reading)
{
	struct extract_buffer *text = &reading->text.out;
	const char *notes = extract_buffer_string(&reading->notes);
	int rc;

	extract_rtf_text_end(&reading->text);
	if (reading->inner) {
		extract_buffer_byte(text, ' ');
		return 0;
	}
	if (reading->in_table) {
		end_cell_text(reading);
		return 0;
	}
	if (text->len == 0)
		return 0;
	extract_table_close(&reading->table);
	rc = put(reading,
		reading->heading > 0 ? EXTRACT_HEADING
			: reading->item  ? EXTRACT_LIST_ITEM
							 : EXTRACT_PARAGRAPH,
		extract_buffer_string(text), text->len);
	extract_buffer_truncate(text, 0);
	for (size_t at = 0; at < reading->notes.len && rc == 0; at += strlen(notes + at) + 1)
		rc = put(reading, EXTRACT_PARAGRAPH, notes + at, strlen(notes + at));
	extract_buffer_truncate(&reading->notes, 0);
	reading->item = false;
	return rc;
}

/* A cell that goes on from the row above says again what is in it. */
void
extract_rtf_end_cell(struct extract_rtf_reading *reading)
{
	end_cell_text(reading);
	if (reading->cell.len == 0 && reading->cell_index < reading->cells &&
		reading->merged[reading->cell_index])
		extract_table_repeat(&reading->table);
	else
		extract_table_cell(&reading->table, extract_buffer_string(&reading->cell),
			reading->cell.len);
	extract_buffer_truncate(&reading->cell, 0);
	reading->cell_index++;
}

int
extract_rtf_end_row(struct extract_rtf_reading *reading)
{
	reading->cell_index = 0;
	reading->item = false;
	return extract_table_row(&reading->table, reading->table.rows == 0, 0, reading->sink);
}

/* ---- groups ---- */

void
extract_rtf_begin_target(struct extract_rtf_reading *reading, enum extract_rtf_target target)
{
	bool inner = target == TARGET_NOTE || target == TARGET_MARK;

	if (extract_rtf_group(reading)->target == TARGET_SKIPPED)
		return;
	/* Notes have no notes, and are part of no mark. */
	if (inner && reading->inner) {
		extract_rtf_group(reading)->target = TARGET_SKIPPED;
		return;
	}
	extract_rtf_group(reading)->target = target;
	extract_rtf_group(reading)->begins = true;
	if (!inner)
		return;
	extract_rtf_text_end(&reading->text);
	reading->inner = true;
	reading->saved = reading->text.out;
	reading->text.out = (struct extract_buffer){0};
}

/* A bullet becomes a dash; a number stays. */
static void
end_mark(struct extract_rtf_reading *reading, const struct extract_buffer *mark)
{
	bool number = false;

	for (size_t i = 0; i < mark->len; i++)
		number = number || isalnum((unsigned char)mark->data[i]);
	if (number)
		extract_table_squeeze(mark->data, mark->len, &reading->text.out);
	else
		extract_buffer_byte(&reading->text.out, '-');
	extract_buffer_byte(&reading->text.out, ' ');
	reading->item = true;
}

static void
end_target(struct extract_rtf_reading *reading)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer inner = {0};

	extract_rtf_text_end(&reading->text);
	switch (extract_rtf_group(reading)->target) {
	case TARGET_NOTE:
	case TARGET_MARK:
		inner = reading->text.out;
		reading->text.out = reading->saved;
		reading->saved = (struct extract_buffer){0};
		reading->inner = false;
		if (extract_rtf_group(reading)->target == TARGET_MARK)
			end_mark(reading, &inner);
		else if (inner.len > 0)
			extract_buffer_append(&reading->notes, inner.data, inner.len + 1);
		return;
	case TARGET_FONTS:
	case TARGET_STYLES:
		extract_rtf_tables_name(&reading->tables, "");
		return;
	default:
		return;
	}
}

int
extract_rtf_open_group(struct extract_rtf_reading *reading)
{
	if (reading->depth + 1 >= DEPTH_MAX)
		return EXTRACT_E_TOO_LARGE;
	extract_rtf_text_end(&reading->text);
	reading->groups[reading->depth + 1] = *extract_rtf_group(reading);
	reading->depth++;
	extract_rtf_group(reading)->begins = false;
	reading->skip = 0;
	return 0;
}

void
extract_rtf_close_group(struct extract_rtf_reading *reading)
{
	if (reading->depth == 0)
		return; /* one brace too many, as some writers have at the end */
	extract_rtf_text_end(&reading->text);
	if (extract_rtf_group(reading)->begins)
		end_target(reading);
	reading->depth--;
	reading->skip = 0;
}

/* ---- characters ---- */

/* Appends a character to what the group adds to. */
void
extract_rtf_add_point(struct extract_rtf_reading *reading, uint32_t point)
{
	char ascii[2] = {point < 0x80 ? (char)point : '?', '\0'};

	if (reading->skip > 0) {
		reading->skip--;
		return;
	}
	switch (extract_rtf_group(reading)->target) {
	case TARGET_FONTS:
	case TARGET_STYLES:
		extract_rtf_tables_name(&reading->tables, ascii);
		return;
	default:
		if (extract_rtf_is_shown(reading))
			extract_rtf_text_point(&reading->text, point);
	}
}

/* A byte of the font's code page. */
void
extract_rtf_add_byte(struct extract_rtf_reading *reading, unsigned char byte)
{
	enum extract_rtf_target target = extract_rtf_group(reading)->target;

	if (reading->skip == 0 && target != TARGET_FONTS && target != TARGET_STYLES) {
		if (extract_rtf_is_shown(reading))
			extract_rtf_text_byte(&reading->text,
				extract_rtf_group(reading)->page > 0 ? extract_rtf_group(reading)->page
													 : reading->tables.page,
				byte);
		return;
	}
	extract_rtf_add_point(reading, byte);
}

/* \u counts in 16 bits, with a sign; a pair makes one character. */
void
extract_rtf_add_unicode(struct extract_rtf_reading *reading, long number)
{
	uint32_t unit = (uint32_t)(number < 0 ? number + 65536 : number) & 0xffff;

	reading->skip = 0;
	if (unit >= 0xd800 && unit < 0xdc00) {
		reading->surrogate = unit;
	} else {
		if (unit >= 0xdc00 && unit < 0xe000 && reading->surrogate != 0)
			unit = 0x10000 + ((reading->surrogate - 0xd800) << 10) + (unit - 0xdc00);
		reading->surrogate = 0;
		extract_rtf_add_point(reading, unit);
	}
	reading->skip = extract_rtf_group(reading)->skipped;
}
