/* SPDX-License-Identifier: Apache-2.0 */
/* docx.c: reads a Word document's XML by way of libxml2's pull reader. */
#include "docx.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docx_math.h"
#include "package.h"
#include "protocol.h"
#include "reader.h"
#include "sink.h"
#include "table.h"
#include "unicode.h"
#include "xml.h"

enum { COLUMNS_MAX = 64 };

/* Asked of every node, so under short names here. */
#define is_named extract_xml_is
#define attribute extract_xml_attribute

/* Where the walk through the body is. */
struct reading {
	xmlTextReader *xml;
	const struct extract_docx_styles *styles; /* borrowed */
	struct extract_docx_numbering *numbering; /* borrowed */
	struct extract_sink *sink;
	struct extract_buffer text; /* owned: the paragraph being made */
	struct extract_buffer cell; /* owned: the outermost table's cell */
	struct extract_table table; /* owned: the outermost table */
	int tables;                 /* how deep in tables we are */
	int heading;                /* of the paragraph, from its properties */
	char list[16];              /* the id of the paragraph's list; "" or "0" if it is in none */
	int level;                  /* in that list */
	bool merged;                /* the cell goes on from the one above */
	unsigned across;            /* columns that the cell reaches over */
	char note[16];              /* the id of a note that has begun and has no text yet */
	bool in_text;               /* inside w:t */
	bool in_run;                /* properties are the run's, not the paragraph mark's */
	bool hidden_paragraph;      /* by its style */
	bool hidden;                /* the run is */
	bool hidden_row;            /* the table's row is */
	int controls;               /* how deep in content controls we are ... */
	int placeholder;            /* ... and in which one nothing was filled in yet; 0 for none */
	int fields;                 /* how deep in fields we are ... */
	uint64_t codes;             /* ... and in which of them the result has not begun, a bit each */
	bool box, ticked;           /* inside the check box of a form, and what is known of it */
	struct extract_buffer ruby; /* owned: the reading of the word that follows */
	size_t ruby_start;          /* where it began in the text */
	struct extract_docx_math math;
};

/* Puts the paragraph's number in front of it, or the bullet of a list item. */
static void
add_mark(struct reading *reading, bool item)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = reading->text;
	bool known;

	reading->text = (struct extract_buffer){0};
	known = extract_docx_numbering_next(reading->numbering, reading->list, reading->level,
		&reading->text);
	if (!known && item)
		extract_buffer_text(&reading->text, "- ");
	/* An empty item counts, but shows nothing; a heading has no bullet. */
	if (text.len == 0 || (!item && strncmp(extract_buffer_string(&reading->text), "- ", 2) == 0))
		extract_buffer_truncate(&reading->text, 0);
	extract_buffer_append(&reading->text, extract_buffer_string(&text), text.len);
}

/* Ends the paragraph: a block of its own, or part of the cell it is in. */
static int
end_paragraph(struct reading *reading)
{
	bool listed = reading->list[0] != '\0' && strcmp(reading->list, "0") != 0;
	struct extract_block block = {.kind = EXTRACT_PARAGRAPH};
	int rc = 0;

	if (listed)
		add_mark(reading, reading->heading == 0);
	if (reading->tables > 0) {
		if (reading->cell.len > 0 && reading->text.len > 0)
			extract_buffer_byte(&reading->cell, ' ');
		extract_buffer_append(&reading->cell, extract_buffer_string(&reading->text),
			reading->text.len);
	} else {
		if (reading->heading > 0) {
			block.kind = EXTRACT_HEADING;
			block.level = reading->heading;
		} else if (listed) {
			block.kind = EXTRACT_LIST_ITEM;
		}
		block.text = extract_buffer_string(&reading->text);
		block.len = reading->text.len;
		rc = extract_sink_block(reading->sink, &block);
	}
	extract_buffer_truncate(&reading->text, 0);
	reading->heading = 0;
	reading->list[0] = '\0';
	reading->level = 0;
	reading->hidden_paragraph = reading->hidden = false;
	/* No field's code goes on in the next paragraph: where its end is missing, the text comes back. */
	reading->codes = 0;
	return rc;
}

/* Deleted, moved away, or a second form of what was read already. */
static bool
is_skipped(xmlTextReader *xml)
{
	return is_named(xml, "del") || is_named(xml, "moveFrom") || is_named(xml, "Fallback") ||
		is_named(xml, "instrText") || is_named(xml, "pPrChange") || is_named(xml, "rPrChange") ||
		is_named(xml, "sectPr") || is_named(xml, "tabs");
}

static int
enter_property(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;
	struct extract_docx_style style;
	int heading;

	if (is_named(xml, "pStyle")) {
		style = extract_docx_style_find(reading->styles, attribute(xml, "val"));
		if (reading->heading == 0)
			reading->heading = style.heading;
		memcpy(reading->list, style.list, sizeof(reading->list));
		reading->level = style.level < 0 ? 0 : style.level;
		reading->hidden_paragraph = style.hidden > 0;
	} else if (is_named(xml, "rStyle") && reading->in_run) {
		style = extract_docx_style_find(reading->styles, attribute(xml, "val"));
		reading->hidden = style.hidden != 0 ? style.hidden > 0 : reading->hidden;
	} else if (is_named(xml, "vanish") && reading->in_run) {
		reading->hidden = extract_docx_is_on(attribute(xml, "val"));
	} else if (is_named(xml, "hidden") && reading->tables > 0) {
		reading->hidden_row = extract_docx_is_on(attribute(xml, "val"));
	} else if (is_named(xml, "showingPlcHdr") && extract_docx_is_on(attribute(xml, "val"))) {
		reading->placeholder = reading->placeholder == 0 ? reading->controls : reading->placeholder;
	} else if (is_named(xml, "outlineLvl")) {
		heading = extract_docx_heading(attribute(xml, "val"));
		if (heading > 0)
			reading->heading = heading;
	} else if (is_named(xml, "numId")) {
		snprintf(reading->list, sizeof(reading->list), "%s", attribute(xml, "val"));
	} else if (is_named(xml, "ilvl")) {
		reading->level = extract_docx_level_of(attribute(xml, "val"));
	} else if (is_named(xml, "gridSpan") && reading->tables == 1) {
		reading->across = (unsigned)strtoul(attribute(xml, "val"), NULL, 10);
	} else if (is_named(xml, "vMerge") && reading->tables == 1) {
		reading->merged = strcmp(attribute(xml, "val"), "restart") != 0;
	}
	return 0;
}

/* "[2]" where the text refers to a note and where the note begins. */
static void
add_note(struct reading *reading, const char *after, const char *id)
{
	extract_buffer_byte(&reading->text, '[');
	extract_buffer_text(&reading->text, id);
	extract_buffer_byte(&reading->text, ']');
	extract_buffer_text(&reading->text, after);
}

static int
begin_note(struct reading *reading)
{
	int rc = end_paragraph(reading);

	snprintf(reading->note, sizeof(reading->note), "%s", attribute(reading->xml, "id"));
	return rc;
}

/* A field is its code, which only Word sees, and its result, which the reader does. */
static void
enter_field(struct reading *reading)
{
	const char *type = attribute(reading->xml, "fldCharType");
	uint64_t bit = reading->fields > 0 && reading->fields <= 64
		? (uint64_t)1 << (reading->fields - 1)
		: 0;

	if (strcmp(type, "begin") == 0) {
		reading->fields++;
		reading->codes |= reading->fields <= 64 ? (uint64_t)1 << (reading->fields - 1) : 0;
		return;
	}
	reading->codes &= ~bit;
	if (strcmp(type, "end") == 0 && reading->fields > 0)
		reading->fields--;
}

/* True where text stands that nobody who opens the document sees. */
static bool
is_unseen(const struct reading *reading)
{
	return reading->hidden || reading->hidden_row || reading->placeholder > 0 ||
		reading->codes != 0;
}

/* A form's check box is part of its field's code, but everyone sees it. */
static void
enter_box(struct reading *reading, bool empty)
{
	reading->box = reading->box || (is_named(reading->xml, "checkBox") && !empty);
	if (reading->box && (is_named(reading->xml, "default") || is_named(reading->xml, "checked")))
		reading->ticked = extract_docx_is_on(attribute(reading->xml, "val"));
}

static void
enter_run(struct reading *reading)
{
	reading->in_run = true;
	reading->hidden = reading->hidden_paragraph;
}

static void
add_symbol(struct reading *reading)
{
	uint32_t point = (uint32_t)strtoul(attribute(reading->xml, "char"), NULL, 16);

	if (strcasecmp(attribute(reading->xml, "font"), "Symbol") == 0)
		point = extract_unicode_symbol(point);
	extract_buffer_point(&reading->text, point);
}

static int
enter(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;
	bool empty = xmlTextReaderIsEmptyElement(xml) == 1;

	if (extract_docx_math_is(xml))
		extract_docx_math_enter(&reading->math, xml, &reading->text);
	enter_box(reading, empty);
	if (is_named(xml, "t"))
		reading->in_text = !empty;
	else if (is_named(xml, "r") && !empty)
		enter_run(reading);
	else if (is_named(xml, "sdt") && !empty)
		reading->controls++;
	else if (is_named(xml, "fldChar"))
		enter_field(reading);
	else if (is_named(xml, "rt") && !empty)
		reading->ruby_start = reading->text.len;
	else if (is_unseen(reading) && reading->in_run && !is_named(xml, "p") && !is_named(xml, "tbl"))
		return enter_property(reading);
	else if (is_named(xml, "tab"))
		extract_buffer_byte(&reading->text, reading->text.len > 0 ? '\t' : ' ');
	else if (is_named(xml, "br") || is_named(xml, "cr"))
		extract_buffer_byte(&reading->text, '\n');
	else if (is_named(xml, "sym"))
		add_symbol(reading);
	else if (is_named(xml, "footnoteReference") || is_named(xml, "endnoteReference"))
		add_note(reading, "", attribute(xml, "id"));
	else if ((is_named(xml, "footnote") || is_named(xml, "endnote")) &&
		attribute(xml, "type")[0] == '\0')
		return begin_note(reading);
	else if (is_named(xml, "noBreakHyphen"))
		extract_buffer_byte(&reading->text, '-');
	else if (is_named(xml, "tbl") && !empty)
		reading->tables++;
	else if (is_named(xml, "p") && reading->text.len > 0)
		return end_paragraph(reading); /* a text box inside a paragraph */
	else
		return enter_property(reading);
	return 0;
}

/* A cell that goes on from the row above says again what is in it. */
static void
end_cell(struct reading *reading)
{
	unsigned across = reading->across;

	if (reading->merged && reading->cell.len == 0)
		extract_table_repeat(&reading->table);
	else
		extract_table_span(&reading->table, extract_buffer_string(&reading->cell),
			reading->cell.len,
			across < 1                 ? 1
				: across > COLUMNS_MAX ? COLUMNS_MAX
									   : across,
			1);
	extract_buffer_truncate(&reading->cell, 0);
	reading->merged = false;
	reading->across = 1;
}

/* The reading of a word stands above it on the page, and before it in the file: in the text it follows in brackets. */
static void
keep_ruby(struct reading *reading)
{
	size_t start = reading->ruby_start < reading->text.len ? reading->ruby_start
														   : reading->text.len;

	extract_buffer_append(&reading->ruby, extract_buffer_string(&reading->text) + start,
		reading->text.len - start);
	extract_buffer_truncate(&reading->text, start);
}

static void
add_ruby(struct reading *reading)
{
	if (reading->ruby.len > 0) {
		extract_buffer_byte(&reading->text, '(');
		extract_buffer_append(&reading->text, reading->ruby.data, reading->ruby.len);
		extract_buffer_byte(&reading->text, ')');
	}
	extract_buffer_truncate(&reading->ruby, 0);
}

static int
leave(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;

	if (extract_docx_math_is(xml))
		extract_docx_math_leave(&reading->math, xml, &reading->text);
	if (is_named(xml, "t")) {
		reading->in_text = false;
	} else if (is_named(xml, "checkBox") && reading->box) {
		if (!reading->hidden && !reading->hidden_row && reading->placeholder == 0)
			extract_buffer_text(&reading->text, reading->ticked ? "☑" : "☐");
		reading->box = reading->ticked = false;
	} else if (is_named(xml, "r")) {
		reading->in_run = reading->hidden = false;
	} else if (is_named(xml, "sdt")) {
		reading->placeholder = reading->placeholder == reading->controls ? 0 : reading->placeholder;
		reading->controls--;
	} else if (is_named(xml, "rt")) {
		keep_ruby(reading);
	} else if (is_named(xml, "ruby")) {
		add_ruby(reading);
	} else if (is_named(xml, "p")) {
		return end_paragraph(reading);
	} else if (is_named(xml, "tc") && reading->tables == 1) {
		end_cell(reading);
	} else if (is_named(xml, "tr") && reading->tables == 1) {
		reading->hidden_row = false;
		return extract_table_row(&reading->table, reading->table.rows == 0, 0, reading->sink);
	} else if (is_named(xml, "tbl") && --reading->tables == 0) {
		extract_table_close(&reading->table);
	}
	return 0;
}

/* Handles one node. Sets *out_skip if what is inside it is not to be read. */
static int
handle(struct reading *reading, bool *out_skip)
{
	const xmlChar *value;

	*out_skip = false;
	switch (xmlTextReaderNodeType(reading->xml)) {
	case XML_READER_TYPE_ELEMENT:
		*out_skip = is_skipped(reading->xml);
		return *out_skip ? 0 : enter(reading);
	case XML_READER_TYPE_END_ELEMENT:
		return leave(reading);
	case XML_READER_TYPE_TEXT:
	case XML_READER_TYPE_CDATA:
	case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
	case XML_READER_TYPE_WHITESPACE:
		value = xmlTextReaderConstValue(reading->xml);
		if (!reading->in_text || value == NULL || is_unseen(reading))
			return 0;
		if (reading->note[0] != '\0' && reading->text.len == 0)
			add_note(reading, value[0] == ' ' ? "" : " ", reading->note);
		reading->note[0] = '\0';
		extract_buffer_text(&reading->text, (const char *)value);
		return 0;
	default:
		return 0;
	}
}

int
extract_docx_body(const char *xml, size_t len, const struct extract_docx_styles *styles,
	struct extract_docx_numbering *numbering, struct extract_sink *sink)
{
	struct reading reading = {.styles = styles, .numbering = numbering, .sink = sink, .across = 1};
	int rc = extract_xml_open(xml, len, &reading.xml);

	while (rc == 1 && (rc = extract_xml_next(reading.xml)) == 1) {
		bool skip;
		int failure = handle(&reading, &skip);

		if (failure < 0)
			rc = failure;
		else if (skip)
			rc = extract_xml_skip(reading.xml);
	}
	if (rc == 0)
		rc = end_paragraph(&reading);
	extract_xml_close(reading.xml);
	extract_buffer_close(&reading.text);
	extract_buffer_close(&reading.cell);
	extract_buffer_close(&reading.ruby);
	extract_table_close(&reading.table);
	return rc;
}

int
extract_docx_title(const char *xml, size_t len, struct extract_buffer *out)
{
	xmlTextReader *reader = NULL;
	bool inside = false;
	int rc = extract_xml_open(xml, len, &reader);

	while (rc == 1 && (rc = extract_xml_next(reader)) == 1) {
		const xmlChar *value = xmlTextReaderConstValue(reader);

		if (is_named(reader, "title"))
			inside = xmlTextReaderNodeType(reader) == XML_READER_TYPE_ELEMENT &&
				xmlTextReaderIsEmptyElement(reader) != 1;
		else if (inside && value != NULL)
			extract_buffer_text(out, (const char *)value);
	}
	extract_xml_close(reader);
	return rc;
}

/* Word on the web numbers its parts. */
static const struct extract_buffer *
either(const struct extract_package *package, const char *one, const char *other)
{
	const struct extract_buffer *found = extract_package_part(package, one);

	return found->len > 0 ? found : extract_package_part(package, other);
}

int
extract_docx_read(const struct extract_package *package, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_docx_styles_close) struct extract_docx_styles styles = {0};
	EXTRACT_AUTO(extract_docx_numbering_close) struct extract_docx_numbering numbering = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer title = {0};
	const struct extract_buffer *core = extract_package_part(package, "docProps/core.xml");
	const struct extract_buffer *lists = extract_package_part(package, "word/numbering.xml");
	const struct extract_buffer *looks = either(package, "word/styles.xml", "word/styles2.xml");
	/* Notes follow the text that refers to them, as on a page. */
	const struct extract_buffer *const bodies[] = {
		either(package, "word/document.xml", "word/document2.xml"),
		extract_package_part(package, "word/footnotes.xml"),
		extract_package_part(package, "word/endnotes.xml"),
	};
	int rc = 0;

	if (core->len > 0)
		rc = extract_docx_title(core->data, core->len, &title);
	if (rc == 0 && looks->len > 0)
		rc = extract_docx_styles_open(&styles, looks->data, looks->len);
	if (rc == 0 && lists->len > 0)
		rc = extract_docx_numbering_open(&numbering, lists->data, lists->len);
	if (rc == 0)
		rc = extract_sink_document(sink, EXTRACT_FORMAT_DOCX, extract_buffer_string(&title), 0);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]) && rc == 0; i++)
		if (i == 0 || bodies[i]->len > 0)
			rc = extract_docx_body(bodies[i]->data, bodies[i]->len, &styles, &numbering, sink);
	return rc;
}
