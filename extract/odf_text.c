/* SPDX-License-Identifier: Apache-2.0 */
/* odf_text.c: the body of an OpenDocument text or presentation: headings, paragraphs, lists, tables,
 * notes behind the paragraph that refers to them. */
#include <stdio.h>
#include <string.h>

#include "odf.h"
#include "package.h"
#include "reader.h"
#include "sink.h"
#include "table.h"
#include "xml.h"

enum {
	SPAN_MAX = 64,
	NUMBER_MAX = 1000000,
	TITLE_LEVEL = 1,
	SLIDE_LEVEL = 2,
};

#define is_named extract_xml_is
#define attribute extract_xml_attribute

/* A list that we are in. */
struct list {
	char style[64]; /* cut where it is longer: such a list has bullets */
	long number;    /* of the item */
	bool marked;    /* the item's mark is written */
};

struct reading {
	xmlTextReader *xml;
	const struct extract_odf_styles *styles; /* borrowed */
	const struct extract_package *package;   /* borrowed; NULL: the document is one file */
	struct extract_sink *sink;
	struct extract_buffer text;  /* owned: the paragraph being made */
	struct extract_buffer saved; /* owned: the paragraph around the note being read */
	struct extract_buffer notes; /* owned: those of the paragraph, each followed by a NUL */
	struct extract_buffer cell;  /* owned: the outermost table's cell */
	struct extract_table table;  /* owned: the outermost table */
	struct list lists[EXTRACT_ODF_LEVELS];
	int depth;      /* in lists */
	int tables;     /* how deep in tables */
	int paragraphs; /* how deep in paragraphs: text boxes are inside one */
	int heading;    /* of the paragraph */
	int frame;      /* the heading that a frame of this class makes of its text */
	int page, pages;
	bool in_note, hidden;
	unsigned across, down;
};

static int
put(struct reading *reading, enum extract_kind kind, int level, const char *text, size_t len)
{
	const struct extract_block block = {
		.kind = kind,
		.level = level,
		.page = reading->page,
		.text = text,
		.len = len,
	};

	return extract_sink_block(reading->sink, &block);
}

static struct list *
innermost(struct reading *reading)
{
	int depth = reading->depth < EXTRACT_ODF_LEVELS ? reading->depth : EXTRACT_ODF_LEVELS;

	return depth > 0 ? &reading->lists[depth - 1] : NULL;
}

/* The style of an inner list is the outer one's, unless it has its own. */
static void
begin_list(struct reading *reading)
{
	struct list *outer = innermost(reading), *list;
	const char *style = attribute(reading->xml, "style-name");

	reading->depth++;
	if (reading->depth > EXTRACT_ODF_LEVELS)
		return;
	list = innermost(reading);
	if (style[0] == '\0' && outer != NULL)
		style = outer->style;
	snprintf(list->style, sizeof(list->style), "%s", style);
	if (!extract_xml_flag(reading->xml, "continue-numbering"))
		list->number = 0;
	list->marked = true;
	if (extract_xml_is_empty(reading->xml))
		reading->depth--;
}

static void
begin_item(struct reading *reading)
{
	struct list *list = innermost(reading);

	if (list == NULL)
		return;
	list->number = extract_xml_number(reading->xml, "start-value", NUMBER_MAX, list->number + 1);
	list->marked = false;
}

/* Puts the item's number or a dash in front of its first paragraph. */
static void
add_mark(struct reading *reading)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = reading->text;
	struct list *list = innermost(reading);
	size_t level = (size_t)(list - reading->lists);
	char mark[32] = "- ";

	reading->text = (struct extract_buffer){0};
	if ((extract_odf_styles_find(reading->styles, 'l', list->style)->numbered >> level & 1) != 0)
		snprintf(mark, sizeof(mark), "%ld. ", list->number);
	list->marked = true;
	extract_buffer_text(&reading->text, mark);
	extract_buffer_append(&reading->text, extract_buffer_string(&text), text.len);
}

static bool
is_blank(const struct extract_buffer *text)
{
	const char *string = extract_buffer_string(text);

	return string[strspn(string, " \t\n")] == '\0';
}

/* Writes the paragraph as a block of its own. */
static int
put_paragraph(struct reading *reading)
{
	struct list *list = innermost(reading);
	const char *notes;
	int rc;

	if (list != NULL && !list->marked && reading->heading == 0)
		add_mark(reading);
	rc = put(reading,
		reading->heading > 0 ? EXTRACT_HEADING
			: list != NULL   ? EXTRACT_LIST_ITEM
							 : EXTRACT_PARAGRAPH,
		reading->heading, extract_buffer_string(&reading->text), reading->text.len);
	notes = extract_buffer_string(&reading->notes);
	for (size_t at = 0; at < reading->notes.len && rc == 0; at += strlen(notes + at) + 1)
		rc = put(reading, EXTRACT_PARAGRAPH, 0, notes + at, strlen(notes + at));
	extract_buffer_truncate(&reading->notes, 0);
	return rc;
}

/* Ends the paragraph: a block of its own, or part of the note or cell it is in. */
static int
end_paragraph(struct reading *reading)
{
	int rc = 0;

	if (reading->in_note) {
		extract_buffer_byte(&reading->text, ' ');
		return 0;
	}
	if (reading->tables > 0) {
		if (reading->cell.len > 0 && reading->text.len > 0)
			extract_buffer_byte(&reading->cell, ' ');
		extract_buffer_append(&reading->cell, extract_buffer_string(&reading->text),
			reading->text.len);
	} else if (!reading->hidden && !is_blank(&reading->text)) {
		rc = put_paragraph(reading);
	}
	extract_buffer_truncate(&reading->text, 0);
	reading->heading = 0;
	reading->hidden = false;
	return rc;
}

static int
begin_paragraph(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;
	int rc = 0;

	/* A text box inside a paragraph. */
	if (!reading->in_note && reading->text.len > 0)
		rc = end_paragraph(reading);
	if (extract_xml_is_empty(xml))
		return rc;
	reading->paragraphs++;
	if (is_named(xml, "h"))
		reading->heading = (int)extract_xml_number(xml, "outline-level", 10, 1);
	else if (extract_odf_is_title(reading->styles, attribute(xml, "style-name")))
		reading->heading = TITLE_LEVEL;
	else
		reading->heading = reading->frame;
	if (reading->heading > 6)
		reading->heading = 6;
	return rc;
}

/* "[2]" stands where the text refers to a note, and before the note. */
static void
begin_note(struct reading *reading)
{
	if (reading->in_note)
		return;
	reading->in_note = true;
	reading->saved = reading->text;
	reading->text = (struct extract_buffer){0};
	extract_buffer_byte(&reading->text, '[');
}

static void
end_citation(struct reading *reading)
{
	if (!reading->in_note)
		return;
	extract_buffer_text(&reading->text, "] ");
	extract_buffer_append(&reading->saved, extract_buffer_string(&reading->text),
		reading->text.len - 1);
}

static void
end_note(struct reading *reading)
{
	if (!reading->in_note)
		return;
	if (reading->tables == 0)
		extract_buffer_append(&reading->notes, extract_buffer_string(&reading->text),
			reading->text.len + 1);
	extract_buffer_close(&reading->text);
	reading->text = reading->saved;
	reading->saved = (struct extract_buffer){0};
	reading->in_note = false;
}

/* What the class of a frame makes of its text: a title is a heading. */
static void
begin_frame(struct reading *reading)
{
	const char *class = attribute(reading->xml, "class");

	reading->frame = strcmp(class, "title") == 0 ? reading->page == 1 ? TITLE_LEVEL : SLIDE_LEVEL
												 : 0;
}

static void
begin_cell(struct reading *reading)
{
	reading->across = (unsigned)extract_xml_number(reading->xml, "number-columns-spanned", SPAN_MAX,
		1);
	reading->down = (unsigned)extract_xml_number(reading->xml, "number-rows-spanned", 1000, 1);
	extract_buffer_truncate(&reading->cell, 0);
}

static void
end_cell(struct reading *reading)
{
	extract_table_span(&reading->table, extract_buffer_string(&reading->cell), reading->cell.len,
		reading->across, reading->down);
	extract_buffer_truncate(&reading->cell, 0);
}

static int
begin_page(struct reading *reading)
{
	if (reading->page >= reading->pages)
		return EXTRACT_E_TOO_LARGE;
	reading->page++;
	reading->frame = 0;
	return 0;
}

/* True for an element whose content is not shown. */
static bool
is_hidden(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;
	const char *style = attribute(xml, "style-name");
	const char *class;

	if (is_named(xml, "ruby-text"))
		return false;
	if (extract_odf_is_skipped(xml))
		return true;
	if (is_named(xml, "span"))
		return extract_odf_is_hidden(reading->styles, 't', style);
	if (is_named(xml, "p") || is_named(xml, "h"))
		return extract_odf_is_hidden(reading->styles, 'p', style);
	if (is_named(xml, "section"))
		return strcmp(attribute(xml, "display"), "none") == 0 || extract_xml_flag(xml, "is-hidden");
	if (is_named(xml, "table-row"))
		return strcmp(attribute(xml, "visibility"), "collapse") == 0;
	if (is_named(xml, "hidden-text"))
		return extract_xml_flag(xml, "is-hidden");
	if (!is_named(xml, "frame") && !is_named(xml, "custom-shape"))
		return false;
	class = attribute(xml, "class");
	return extract_xml_flag(xml, "placeholder") || strcmp(class, "header") == 0 ||
		strcmp(class, "footer") == 0 || strcmp(class, "date-time") == 0 ||
		strcmp(class, "page-number") == 0;
}

/* A formula is a part of its own, which a frame in the text refers to. */
static void
add_formula(struct reading *reading)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer path = {0};
	const struct extract_buffer *part;

	if (reading->package == NULL || (reading->paragraphs == 0 && !reading->in_note))
		return;
	extract_package_resolve("content.xml", attribute(reading->xml, "href"), &path);
	extract_buffer_text(&path, "/content.xml");
	part = extract_package_part(reading->package, extract_buffer_string(&path));
	extract_html_formula(extract_buffer_string(part), part->len, &reading->text);
}

static int
enter(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;
	bool empty = extract_xml_is_empty(xml);

	if (is_named(xml, "p") || is_named(xml, "h")) {
		return begin_paragraph(reading);
	} else if (reading->paragraphs > 0 && extract_odf_add_space(&reading->text, xml)) {
		return 0;
	} else if (is_named(xml, "ruby-text") && !empty) {
		extract_buffer_byte(&reading->text, '(');
	} else if (is_named(xml, "list")) {
		begin_list(reading);
	} else if (is_named(xml, "list-item")) {
		begin_item(reading);
	} else if (is_named(xml, "hidden-paragraph")) {
		reading->hidden = reading->hidden || extract_xml_flag(xml, "is-hidden");
	} else if (is_named(xml, "note") && !empty) {
		begin_note(reading);
	} else if (is_named(xml, "frame") || is_named(xml, "custom-shape") || is_named(xml, "notes")) {
		begin_frame(reading);
	} else if (is_named(xml, "table") && !empty) {
		reading->tables++;
	} else if (is_named(xml, "table-cell") && reading->tables == 1) {
		begin_cell(reading);
		if (empty)
			end_cell(reading);
	}
	return 0;
}

static int
leave(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;

	if (is_named(xml, "p") || is_named(xml, "h")) {
		reading->paragraphs--;
		return end_paragraph(reading);
	} else if (is_named(xml, "ruby-text")) {
		extract_buffer_byte(&reading->text, ')');
	} else if (is_named(xml, "list")) {
		reading->depth--;
	} else if (is_named(xml, "note-citation")) {
		end_citation(reading);
	} else if (is_named(xml, "note")) {
		end_note(reading);
	} else if (is_named(xml, "table-cell") && reading->tables == 1) {
		end_cell(reading);
	} else if (is_named(xml, "table-row") && reading->tables == 1) {
		return extract_table_row(&reading->table, reading->table.rows == 0, reading->page,
			reading->sink);
	} else if (is_named(xml, "table") && --reading->tables == 0) {
		extract_table_close(&reading->table);
	} else if (is_named(xml, "page")) {
		return extract_sink_progress(reading->sink, reading->page, reading->pages);
	}
	return 0;
}

/* Handles one node. Sets *out_skip if what is inside it is not to be read. */
static int
handle(struct reading *reading, bool *out_skip)
{
	xmlTextReader *xml = reading->xml;
	const char *text = extract_xml_text(xml);
	bool page = is_named(xml, "page");
	int rc = 0;

	*out_skip = false;
	if (text != NULL && (reading->paragraphs > 0 || reading->in_note))
		extract_odf_add_text(&reading->text, text);
	if (extract_xml_ends(xml))
		return leave(reading);
	if (!extract_xml_begins(xml))
		return 0;
	/* A slide that is hidden counts, as it does where they are shown side by side. */
	if (page)
		rc = begin_page(reading);
	if (is_named(xml, "object"))
		add_formula(reading);
	*out_skip = is_hidden(reading) ||
		(page && extract_odf_is_hidden(reading->styles, 'd', attribute(xml, "style-name")));
	return rc < 0 || *out_skip ? rc : enter(reading);
}

int
extract_odf_text(const char *xml, size_t len, const struct extract_odf_styles *styles, int pages,
	const struct extract_package *package, struct extract_sink *sink)
{
	struct reading reading = {
		.styles = styles,
		.package = package,
		.sink = sink,
		.pages = pages,
		.across = 1,
		.down = 1,
	};
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
	extract_buffer_close(&reading.saved);
	extract_buffer_close(&reading.notes);
	extract_buffer_close(&reading.cell);
	extract_table_close(&reading.table);
	return rc;
}
