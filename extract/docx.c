/* docx.c: reads a Word document's XML by way of libxml2's pull reader. */
#include "docx.h"

#include <libxml/xmlreader.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "package.h"
#include "protocol.h"
#include "reader.h"
#include "sink.h"
#include "table.h"

/* Where the walk through the body is. */
struct reading {
	xmlTextReader *xml;
	const struct extract_docx_styles *styles; /* borrowed */
	struct extract_sink *sink;
	struct extract_buffer text; /* owned: the paragraph being made */
	struct extract_buffer cell; /* owned: the outermost table's cell */
	struct extract_table table; /* owned: the outermost table */
	int tables;                 /* how deep in tables we are */
	int heading;                /* of the paragraph, from its properties */
	bool list;
	bool in_text; /* inside w:t */
};

/* No part of a Word document has a document type: one that does wants entities expanded or other
 * files read. libxml2 reports it only once it has read it, so it is looked for first. */
static bool
has_document_type(const char *xml, size_t len)
{
	static const char wide[] = "<\0!\0D\0O\0C\0T\0Y\0P\0E";

	return memmem(xml, len, "<!DOCTYPE", 9) != NULL ||
		memmem(xml, len, wide, sizeof(wide) - 1) != NULL;
}

/* Opens a reader that loads nothing from outside and expands no entity. Returns 1, as if it had
 * read a node, or a failure. */
static int
open_xml(const char *xml, size_t len, xmlTextReader **out)
{
	if (len > INT32_MAX || xml == NULL)
		return EXTRACT_E_DAMAGED;
	if (has_document_type(xml, len))
		return EXTRACT_E_BOMB;
	*out = xmlReaderForMemory(xml, (int)len, NULL, NULL,
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT);
	return *out == NULL ? EXTRACT_E_DAMAGED : 1;
}

static void
close_xml(xmlTextReader *xml)
{
	if (xml != NULL)
		xmlFreeTextReader(xml);
}

/* Moves to the next node: 1, 0 at the end, or a failure. */
static int
next_node(xmlTextReader *xml)
{
	int rc = xmlTextReaderRead(xml);

	if (rc < 0)
		return EXTRACT_E_DAMAGED;
	if (rc == 1 && (xmlTextReaderNodeType(xml) == XML_READER_TYPE_DOCUMENT_TYPE ||
	    xmlTextReaderNodeType(xml) == XML_READER_TYPE_ENTITY_REFERENCE))
		return EXTRACT_E_BOMB;
	return rc;
}

static bool
is_named(xmlTextReader *xml, const char *name)
{
	const xmlChar *local = xmlTextReaderConstLocalName(xml);

	return local != NULL && strcmp((const char *)local, name) == 0;
}

/* The value of an attribute by its local name; "" if absent. Borrowed until the next node. */
static const char *
attribute(xmlTextReader *xml, const char *name)
{
	const char *value = "";

	for (int more = xmlTextReaderMoveToFirstAttribute(xml); more == 1;
	    more = xmlTextReaderMoveToNextAttribute(xml)) {
		if (is_named(xml, name)) {
			const xmlChar *found = xmlTextReaderConstValue(xml);

			value = found == NULL ? "" : (const char *)found;
			break;
		}
	}
	xmlTextReaderMoveToElement(xml);
	return value;
}

static char *
copy(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(extract_memory_resize(NULL, size, 1), text, size);
}

/* "heading 2" is 2 in every language's Word: built-in names are not translated. */
static int
heading_of_name(const char *name)
{
	if (strcasecmp(name, "title") == 0)
		return 1;
	if (strncasecmp(name, "heading ", 8) != 0 || name[8] < '1' || name[8] > '9')
		return 0;
	return name[8] > '6' ? 6 : name[8] - '0';
}

/* An outline level counts from 0; 9 says that the paragraph is none. */
static int
heading_of_outline(const char *value)
{
	if (value[0] < '0' || value[0] > '8' || value[1] != '\0')
		return 0;
	return value[0] > '5' ? 6 : value[0] - '0' + 1;
}

static int
read_style(xmlTextReader *xml, struct extract_docx_styles *styles)
{
	struct extract_docx_style *style;
	int heading;

	if (is_named(xml, "style")) {
		if (styles->count >= EXTRACT_DOCX_STYLES_MAX)
			return EXTRACT_E_TOO_LARGE;
		styles->list = extract_memory_resize(styles->list, styles->count + 1,
			sizeof(*styles->list));
		styles->list[styles->count++] = (struct extract_docx_style){
			.id = copy(attribute(xml, "styleId")),
		};
		return 0;
	}
	if (styles->count == 0)
		return 0;
	style = &styles->list[styles->count - 1];
	heading = is_named(xml, "name") ? heading_of_name(attribute(xml, "val"))
		: is_named(xml, "outlineLvl") ? heading_of_outline(attribute(xml, "val")) : 0;
	if (heading > 0 && style->heading == 0)
		style->heading = heading;
	if (is_named(xml, "numId") && strcmp(attribute(xml, "val"), "0") != 0)
		style->list = true;
	if (is_named(xml, "basedOn") && style->based_on == NULL)
		style->based_on = copy(attribute(xml, "val"));
	return 0;
}

int
extract_docx_styles_open(struct extract_docx_styles *out, const char *xml, size_t len)
{
	struct extract_docx_styles styles = {0};
	xmlTextReader *reader = NULL;
	int rc = open_xml(xml, len, &reader);

	while (rc == 1 && (rc = next_node(reader)) == 1)
		if (xmlTextReaderNodeType(reader) == XML_READER_TYPE_ELEMENT &&
		    read_style(reader, &styles) < 0)
			rc = EXTRACT_E_TOO_LARGE;
	close_xml(reader);
	if (rc < 0)
		extract_docx_styles_close(&styles);
	else
		*out = styles;
	return rc;
}

void
extract_docx_styles_close(struct extract_docx_styles *styles)
{
	for (size_t i = 0; i < styles->count; i++) {
		free(styles->list[i].id);
		free(styles->list[i].based_on);
	}
	free(styles->list);
	*styles = (struct extract_docx_styles){0};
}

/* What a style says of headings and lists, by itself or through the styles it is based on. */
static struct extract_docx_style
resolve_style(const struct extract_docx_styles *styles, const char *id)
{
	struct extract_docx_style found = {0};

	for (int hops = 0; id != NULL && hops < 16; hops++) {
		const struct extract_docx_style *style = NULL;

		for (size_t i = 0; i < styles->count && style == NULL; i++)
			if (strcmp(styles->list[i].id, id) == 0)
				style = &styles->list[i];
		if (style == NULL)
			break;
		if (found.heading == 0)
			found.heading = style->heading;
		found.list = found.list || style->list;
		id = style->based_on;
	}
	return found;
}

/* Ends the paragraph: a block of its own, or part of the cell it is in. */
static int
end_paragraph(struct reading *reading)
{
	struct extract_block block = {.kind = EXTRACT_PARAGRAPH};
	int rc = 0;

	if (reading->tables > 0) {
		if (reading->cell.len > 0 && reading->text.len > 0)
			extract_buffer_byte(&reading->cell, ' ');
		extract_buffer_append(&reading->cell, extract_buffer_string(&reading->text),
			reading->text.len);
	} else {
		if (reading->heading > 0) {
			block.kind = EXTRACT_HEADING;
			block.level = reading->heading;
		} else if (reading->list) {
			block.kind = EXTRACT_LIST_ITEM;
		}
		block.text = extract_buffer_string(&reading->text);
		block.len = reading->text.len;
		/* A list item that is only its mark is an empty paragraph. */
		if (!reading->list || block.len > 2)
			rc = extract_sink_block(reading->sink, &block);
	}
	extract_buffer_truncate(&reading->text, 0);
	reading->heading = 0;
	reading->list = false;
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

/* Marks the paragraph as a list item, unless it is a heading that is numbered. */
static void
make_item(struct reading *reading, bool list)
{
	reading->list = list && reading->heading == 0;
	if (reading->list && reading->text.len == 0 && reading->tables == 0)
		extract_buffer_text(&reading->text, "- ");
	else if (!reading->list && reading->text.len == 2)
		extract_buffer_truncate(&reading->text, 0);
}

static int
enter_property(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;
	struct extract_docx_style style;
	int heading;

	if (is_named(xml, "pStyle")) {
		style = resolve_style(reading->styles, attribute(xml, "val"));
		if (reading->heading == 0)
			reading->heading = style.heading;
		if (style.list)
			make_item(reading, true);
	} else if (is_named(xml, "outlineLvl")) {
		heading = heading_of_outline(attribute(xml, "val"));
		if (heading > 0)
			reading->heading = heading;
	} else if (is_named(xml, "numId")) {
		make_item(reading, strcmp(attribute(xml, "val"), "0") != 0);
	}
	return 0;
}

static int
enter(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;
	bool empty = xmlTextReaderIsEmptyElement(xml) == 1;

	if (is_named(xml, "t"))
		reading->in_text = !empty;
	else if (is_named(xml, "tab"))
		extract_buffer_byte(&reading->text, reading->text.len > 0 ? '\t' : ' ');
	else if (is_named(xml, "br") || is_named(xml, "cr"))
		extract_buffer_byte(&reading->text, '\n');
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

static int
leave(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;

	if (is_named(xml, "t")) {
		reading->in_text = false;
	} else if (is_named(xml, "p")) {
		return end_paragraph(reading);
	} else if (is_named(xml, "tc") && reading->tables == 1) {
		extract_table_cell(&reading->table, extract_buffer_string(&reading->cell),
			reading->cell.len);
		extract_buffer_truncate(&reading->cell, 0);
	} else if (is_named(xml, "tr") && reading->tables == 1) {
		return extract_table_row(&reading->table, reading->table.rows == 0, 0,
			reading->sink);
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
		if (reading->in_text && value != NULL)
			extract_buffer_text(&reading->text, (const char *)value);
		return 0;
	default:
		return 0;
	}
}

/* Moves behind the element we are at: 1, 0 at the end, or a failure. */
static int
skip_element(xmlTextReader *xml)
{
	int depth = xmlTextReaderDepth(xml), rc = 1;

	if (xmlTextReaderIsEmptyElement(xml) == 1)
		return 1;
	while ((rc = next_node(xml)) == 1)
		if (xmlTextReaderDepth(xml) <= depth)
			break;
	return rc;
}

int
extract_docx_body(const char *xml, size_t len, const struct extract_docx_styles *styles,
	struct extract_sink *sink)
{
	struct reading reading = {.styles = styles, .sink = sink};
	int rc = open_xml(xml, len, &reading.xml);

	while (rc == 1 && (rc = next_node(reading.xml)) == 1) {
		bool skip;
		int failure = handle(&reading, &skip);

		if (failure < 0)
			rc = failure;
		else if (skip)
			rc = skip_element(reading.xml);
	}
	if (rc == 0)
		rc = end_paragraph(&reading);
	close_xml(reading.xml);
	extract_buffer_close(&reading.text);
	extract_buffer_close(&reading.cell);
	extract_table_close(&reading.table);
	return rc;
}

int
extract_docx_title(const char *xml, size_t len, struct extract_buffer *out)
{
	xmlTextReader *reader = NULL;
	bool inside = false;
	int rc = open_xml(xml, len, &reader);

	while (rc == 1 && (rc = next_node(reader)) == 1) {
		const xmlChar *value = xmlTextReaderConstValue(reader);

		if (is_named(reader, "title"))
			inside = xmlTextReaderNodeType(reader) == XML_READER_TYPE_ELEMENT &&
				xmlTextReaderIsEmptyElement(reader) != 1;
		else if (inside && value != NULL)
			extract_buffer_text(out, (const char *)value);
	}
	close_xml(reader);
	return rc;
}

static int
read_parts(const struct extract_package *package, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_docx_styles_close) struct extract_docx_styles styles = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer title = {0};
	int rc = 0;

	if (package->core.len > 0)
		rc = extract_docx_title(package->core.data, package->core.len, &title);
	if (rc == 0 && package->styles.len > 0)
		rc = extract_docx_styles_open(&styles, package->styles.data, package->styles.len);
	if (rc == 0)
		rc = extract_sink_document(sink, EXTRACT_FORMAT_DOCX, extract_buffer_string(&title), 0);
	if (rc == 0)
		rc = extract_docx_body(package->document.data, package->document.len, &styles, sink);
	/* Notes follow the text that refers to them, as on a page. */
	if (rc == 0 && package->footnotes.len > 0)
		rc = extract_docx_body(package->footnotes.data, package->footnotes.len, &styles, sink);
	return rc;
}

int
extract_docx_read(const struct extract_input *input, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_package_close) struct extract_package package = {0};
	int rc;

	rc = extract_package_open(&package, input, sink);
	if (rc < 0)
		return rc;
	return read_parts(&package, sink);
}
