/* SPDX-License-Identifier: Apache-2.0 */
/* odf_sheet.c: the sheets of an OpenDocument spreadsheet, whose cells hold their text as it is shown;
 * without hidden sheets, rows and columns. */
#include <stdlib.h>
#include <string.h>

#include "odf.h"
#include "sheet.h"
#include "sink.h"
#include "xml.h"

enum {
	ROWS_MAX = 1048576,
	REPEATED_MAX = 1024, /* cells with the same text side by side */
};

#define is_named extract_xml_is
#define attribute extract_xml_attribute

struct reading {
	xmlTextReader *xml;
	const struct extract_odf_styles *styles; /* borrowed */
	struct extract_sink *sink;
	struct extract_sheet sheet; /* owned */
	struct extract_buffer text; /* owned: the cell's */
	size_t row, column;         /* the row from 1, the column from 0 */
	size_t described;           /* columns that were described so far */
	bool hidden[EXTRACT_SHEET_COLUMNS_MAX];
};

static bool
is_collapsed(xmlTextReader *xml)
{
	const char *visibility = attribute(xml, "visibility");

	return strcmp(visibility, "collapse") == 0 || strcmp(visibility, "filter") == 0;
}

static size_t
repeated(xmlTextReader *xml, const char *name, long most)
{
	long count = extract_xml_number(xml, name, most, 1);

	return count < 1 ? 1 : (size_t)count;
}

static void
describe_columns(struct reading *reading)
{
	size_t count = repeated(reading->xml, "number-columns-repeated", EXTRACT_SHEET_COLUMNS_MAX);
	bool hidden = is_collapsed(reading->xml);

	for (; count > 0 && reading->described < EXTRACT_SHEET_COLUMNS_MAX; count--)
		reading->hidden[reading->described++] = hidden;
}

static enum extract_sheet_kind
kind_of(const char *type, double value)
{
	if (strcmp(type, "date") == 0 || strcmp(type, "time") == 0)
		return EXTRACT_SHEET_DATE;
	if (strcmp(type, "float") == 0 && value >= 1000 && value < 3000 && value == (int)value)
		return EXTRACT_SHEET_YEAR;
	return type[0] == '\0' || strcmp(type, "string") == 0 ? EXTRACT_SHEET_WORD
														  : EXTRACT_SHEET_FIGURE;
}

/* Gathers the text that is shown in the cell. */
static int
read_text(struct reading *reading)
{
	int paragraphs = 0, depth = xmlTextReaderDepth(reading->xml), rc = 1;

	while (rc == 1 && (rc = extract_xml_next(reading->xml)) == 1 &&
		xmlTextReaderDepth(reading->xml) > depth) {
		const char *text = extract_xml_text(reading->xml);

		if (text != NULL && paragraphs > 0)
			extract_odf_add_text(&reading->text, text);
		if (extract_xml_ends(reading->xml) && is_named(reading->xml, "p"))
			paragraphs--;
		if (!extract_xml_begins(reading->xml))
			continue;
		if (extract_odf_is_skipped(reading->xml)) {
			rc = extract_xml_skip(reading->xml);
		} else if (is_named(reading->xml, "p")) {
			if (reading->text.len > 0)
				extract_buffer_byte(&reading->text, ' ');
			paragraphs += !extract_xml_is_empty(reading->xml);
		} else if (paragraphs > 0) {
			extract_odf_add_space(&reading->text, reading->xml);
		}
	}
	return rc;
}

/* A cell that shows no text of its own holds its value in an attribute. */
static void
add_value(struct reading *reading)
{
	static const char *const names[] = {"string-value", "date-value", "boolean-value", "value"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && reading->text.len == 0; i++)
		extract_buffer_text(&reading->text, attribute(reading->xml, names[i]));
}

static int
read_cell(struct reading *reading)
{
	size_t count = repeated(reading->xml, "number-columns-repeated", EXTRACT_SHEET_COLUMNS_MAX);
	enum extract_sheet_kind kind = kind_of(attribute(reading->xml, "value-type"),
		strtod(attribute(reading->xml, "value"), NULL));
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer value = {0};
	int rc = 1, failure = 0;

	extract_buffer_truncate(&reading->text, 0);
	add_value(reading);
	value = reading->text;
	reading->text = (struct extract_buffer){0};
	if (!extract_xml_is_empty(reading->xml))
		rc = read_text(reading);
	if (reading->text.len == 0)
		extract_buffer_append(&reading->text, extract_buffer_string(&value), value.len);
	for (size_t i = 0; i < count && i < REPEATED_MAX && failure == 0; i++) {
		size_t column = reading->column + i;

		if (column < EXTRACT_SHEET_COLUMNS_MAX && !reading->hidden[column])
			failure = extract_sheet_cell(&reading->sheet, column,
				extract_buffer_string(&reading->text), reading->text.len, kind);
	}
	reading->column += count;
	return failure < 0 ? failure : rc;
}

static int
read_row(struct reading *reading)
{
	size_t count = repeated(reading->xml, "number-rows-repeated", ROWS_MAX);
	int rc = 1, failure;

	reading->column = 0;
	reading->row++;
	if (is_collapsed(reading->xml)) {
		rc = extract_xml_skip(reading->xml);
	} else if (!extract_xml_is_empty(reading->xml)) {
		while (rc == 1 && (rc = extract_xml_next(reading->xml)) == 1) {
			if (extract_xml_ends(reading->xml) && is_named(reading->xml, "table-row"))
				break;
			if (!extract_xml_begins(reading->xml))
				continue;
			if (is_named(reading->xml, "table-cell"))
				rc = read_cell(reading);
			else if (is_named(reading->xml, "covered-table-cell")) {
				reading->column += repeated(reading->xml, "number-columns-repeated",
					EXTRACT_SHEET_COLUMNS_MAX);
				rc = extract_xml_skip(reading->xml);
			}
		}
		/* Rows that are all the same are said once. */
		failure = rc < 0 ? rc : extract_sheet_row(&reading->sheet, reading->row, reading->sink);
		rc = failure < 0 ? failure : rc;
	}
	reading->row += count - 1;
	return rc;
}

static void
begin_sheet(struct reading *reading)
{
	extract_sheet_begin(&reading->sheet, attribute(reading->xml, "name"));
	reading->row = reading->described = 0;
	memset(reading->hidden, 0, sizeof(reading->hidden));
}

static int
enter(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;

	if (extract_odf_is_skipped(xml))
		return extract_xml_skip(xml);
	if (is_named(xml, "table")) {
		if (extract_odf_is_hidden(reading->styles, 'b', attribute(xml, "style-name")))
			return extract_xml_skip(xml);
		begin_sheet(reading);
	} else if (is_named(xml, "table-column")) {
		describe_columns(reading);
	} else if (is_named(xml, "table-row")) {
		return read_row(reading);
	}
	return 1;
}

int
extract_odf_sheets(const char *xml, size_t len, const struct extract_odf_styles *styles,
	struct extract_sink *sink)
{
	struct reading reading = {.styles = styles, .sink = sink};
	int rc = extract_xml_open(xml, len, &reading.xml);

	extract_sheet_begin(&reading.sheet, "");
	while (rc == 1 && (rc = extract_xml_next(reading.xml)) == 1)
		if (extract_xml_begins(reading.xml))
			rc = enter(&reading);
	extract_xml_close(reading.xml);
	extract_sheet_close(&reading.sheet);
	extract_buffer_close(&reading.text);
	return rc;
}
