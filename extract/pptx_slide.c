/* SPDX-License-Identifier: Apache-2.0 */
/* pptx_slide.c: the shapes of a slide: titles, lists, text boxes and tables. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pptx.h"
#include "sink.h"
#include "table.h"
#include "xml.h"

enum {
	LEVELS = 9,
	TITLE_LEVEL = 1, /* of a slide that opens the presentation or a part of it */
	SLIDE_LEVEL = 2,
	SPAN_MAX = 64,
};

#define is_named extract_xml_is
#define attribute extract_xml_attribute

/* What a shape is for, by its placeholder. */
enum shape {
	SHAPE_BOX, /* none: a text box */
	SHAPE_TITLE,
	SHAPE_OPENING, /* a title that is centred */
	SHAPE_BODY,
	SHAPE_SUBTITLE,
	SHAPE_FURNITURE, /* date, foot, slide number, and the picture of the slide above notes */
};

struct reading {
	xmlTextReader *xml;
	enum extract_slide_part part;
	int page;
	struct extract_sink *sink;
	enum shape shape;
	struct extract_buffer text; /* owned: the paragraph being made */
	struct extract_buffer cell; /* owned: the table's cell being made */
	struct extract_table table; /* owned */
	bool in_text, in_table;
	bool bullet, plain, numbered; /* of the paragraph */
	size_t level;
	unsigned numbers[LEVELS];
	unsigned across, down;
	bool covered; /* the cell is part of one before or above */
};

static enum shape
shape_of(const char *type)
{
	static const struct {
		const char *type;
		enum shape shape;
	} types[] = {
		{"title", SHAPE_TITLE},
		{"ctrTitle", SHAPE_OPENING},
		{"subTitle", SHAPE_SUBTITLE},
		{"dt", SHAPE_FURNITURE},
		{"ftr", SHAPE_FURNITURE},
		{"hdr", SHAPE_FURNITURE},
		{"sldNum", SHAPE_FURNITURE},
		{"sldImg", SHAPE_FURNITURE},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i].type) == 0)
			return types[i].shape;
	return SHAPE_BODY;
}

static bool
is_title(enum shape shape)
{
	return shape == SHAPE_TITLE || shape == SHAPE_OPENING;
}

/* Whether this part shows what is in such a shape. */
static bool
is_shown(const struct reading *reading)
{
	switch (reading->part) {
	case EXTRACT_SLIDE_TITLES:
		return is_title(reading->shape);
	case EXTRACT_SLIDE_REST:
		return !is_title(reading->shape) && reading->shape != SHAPE_FURNITURE;
	case EXTRACT_SLIDE_NOTES:
		return reading->shape == SHAPE_BODY;
	default:
		return true;
	}
}

/* Puts "- " or "2. " before an item's text. */
static void
add_mark(struct reading *reading)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = reading->text;
	char mark[16] = "- ";

	reading->text = (struct extract_buffer){0};
	if (reading->numbered)
		snprintf(mark, sizeof(mark), "%u. ", ++reading->numbers[reading->level]);
	for (size_t i = reading->level + (reading->numbered ? 1 : 0); i < LEVELS; i++)
		reading->numbers[i] = 0;
	extract_buffer_text(&reading->text, mark);
	extract_buffer_append(&reading->text, extract_buffer_string(&text), text.len);
}

static int
put_paragraph(struct reading *reading)
{
	bool item = !reading->plain &&
		(reading->bullet || reading->numbered ||
			(reading->shape == SHAPE_BODY && reading->part == EXTRACT_SLIDE_REST));
	struct extract_block block = {.kind = EXTRACT_PARAGRAPH, .page = reading->page};

	if (is_title(reading->shape)) {
		block.kind = EXTRACT_HEADING;
		block.level = reading->shape == SHAPE_OPENING ? TITLE_LEVEL : SLIDE_LEVEL;
	} else if (item) {
		block.kind = EXTRACT_LIST_ITEM;
		add_mark(reading);
	}
	block.text = extract_buffer_string(&reading->text);
	block.len = reading->text.len;
	return extract_sink_block(reading->sink, &block);
}

/* White space alone is no paragraph. */
static bool
is_blank(const struct extract_buffer *text)
{
	const char *string = extract_buffer_string(text);

	return string[strspn(string, " \t\n")] == '\0';
}

static int
end_paragraph(struct reading *reading)
{
	int rc = 0;

	if (reading->in_table) {
		if (reading->cell.len > 0 && reading->text.len > 0)
			extract_buffer_byte(&reading->cell, ' ');
		extract_buffer_append(&reading->cell, extract_buffer_string(&reading->text),
			reading->text.len);
	} else if (is_shown(reading) && !is_blank(&reading->text)) {
		rc = put_paragraph(reading);
	}
	extract_buffer_truncate(&reading->text, 0);
	reading->bullet = reading->plain = reading->numbered = false;
	reading->level = 0;
	return rc;
}

static void
begin_cell(struct reading *reading)
{
	reading->across = (unsigned)extract_xml_number(reading->xml, "gridSpan", SPAN_MAX, 1);
	reading->down = (unsigned)extract_xml_number(reading->xml, "rowSpan", 1000, 1);
	reading->covered = extract_xml_flag(reading->xml, "hMerge") ||
		extract_xml_flag(reading->xml, "vMerge");
	extract_buffer_truncate(&reading->cell, 0);
}

static int
enter(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;

	if (is_named(xml, "t")) {
		reading->in_text = !extract_xml_is_empty(xml);
	} else if (is_named(xml, "br")) {
		extract_buffer_byte(&reading->text, reading->in_table ? ' ' : '\n');
	} else if (is_named(xml, "tab")) {
		extract_buffer_byte(&reading->text, '\t');
	} else if (is_named(xml, "pPr")) {
		reading->level = (size_t)extract_xml_number(xml, "lvl", LEVELS - 1, 0);
	} else if (is_named(xml, "buNone")) {
		reading->plain = true;
	} else if (is_named(xml, "buChar") || is_named(xml, "buBlip")) {
		reading->bullet = true;
	} else if (is_named(xml, "buAutoNum")) {
		reading->numbered = true;
	} else if (is_named(xml, "sp")) {
		reading->shape = SHAPE_BOX;
		memset(reading->numbers, 0, sizeof(reading->numbers));
	} else if (is_named(xml, "ph")) {
		reading->shape = shape_of(attribute(xml, "type"));
	} else if (is_named(xml, "tbl")) {
		reading->in_table = !extract_xml_is_empty(xml);
		reading->shape = SHAPE_BOX;
	} else if (is_named(xml, "tc")) {
		begin_cell(reading);
	}
	return 0;
}

static int
leave(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;

	if (is_named(xml, "t")) {
		reading->in_text = false;
	} else if (is_named(xml, "p")) {
		return end_paragraph(reading);
	} else if (is_named(xml, "tc") && reading->in_table) {
		if (!reading->covered)
			extract_table_span(&reading->table, extract_buffer_string(&reading->cell),
				reading->cell.len, reading->across, reading->down);
	} else if (is_named(xml, "tr") && reading->in_table) {
		return extract_table_row(&reading->table, reading->table.rows == 0, reading->page,
			reading->sink);
	} else if (is_named(xml, "tbl")) {
		extract_table_close(&reading->table);
		reading->in_table = false;
	}
	return 0;
}

/* Handles one node. Sets *out_skip if what is inside it is not to be read. */
static int
handle(struct reading *reading, bool *out_skip)
{
	xmlTextReader *xml = reading->xml;
	const char *text = extract_xml_text(xml);

	*out_skip = false;
	if (text != NULL && reading->in_text)
		extract_buffer_text(&reading->text, text);
	if (extract_xml_ends(xml))
		return leave(reading);
	if (!extract_xml_begins(xml))
		return 0;
	/* A second form of what was read already, shapes that are not shown, and formulas' sources. */
	*out_skip = is_named(xml, "Fallback") || is_named(xml, "extLst") ||
		(is_named(xml, "tbl") && reading->part != EXTRACT_SLIDE_REST);
	return *out_skip ? 0 : enter(reading);
}

/* True at the properties of a shape that is hidden; the shape ends with its text. */
static bool
is_hidden(xmlTextReader *xml)
{
	return extract_xml_begins(xml) && is_named(xml, "cNvPr") && extract_xml_flag(xml, "hidden");
}

/* Moves behind the shape around its properties. */
static int
leave_shape(xmlTextReader *xml)
{
	int depth = xmlTextReaderDepth(xml) - 2, rc;

	while ((rc = extract_xml_next(xml)) == 1)
		if (xmlTextReaderDepth(xml) <= depth)
			break;
	return rc;
}

int
extract_slide_read(const char *xml, size_t len, enum extract_slide_part part, int page,
	struct extract_sink *sink)
{
	struct reading reading = {.part = part, .page = page, .sink = sink, .across = 1, .down = 1};
	int rc = extract_xml_open(xml, len, &reading.xml);

	while (rc == 1 && (rc = extract_xml_next(reading.xml)) == 1) {
		bool skip;
		int failure;

		if (is_hidden(reading.xml)) {
			rc = leave_shape(reading.xml);
			continue;
		}
		failure = handle(&reading, &skip);
		if (failure < 0)
			rc = failure;
		else if (skip)
			rc = extract_xml_skip(reading.xml);
	}
	extract_xml_close(reading.xml);
	extract_buffer_close(&reading.text);
	extract_buffer_close(&reading.cell);
	extract_table_close(&reading.table);
	return rc;
}
