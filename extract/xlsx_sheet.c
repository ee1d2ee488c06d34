/* SPDX-License-Identifier: Apache-2.0 */
/* xlsx_sheet.c: the rows of an Excel worksheet: shared strings, numbers as they are shown, what a
 * formula came to; without hidden rows and columns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number_format.h"
#include "sheet.h"
#include "sink.h"
#include "xlsx.h"
#include "xml.h"

enum {
	ROWS_MAX = 1048576,
	MERGES_MAX = 10000,
	ACTIVE_MAX = 64,
	MERGED_BYTES_MAX = 256, /* of a merged cell's text that each of its rows says again */
};

#define is_named extract_xml_is

/* A cell that reaches down over several rows. */
struct merge {
	size_t row, column, last_row;
	char text[MERGED_BYTES_MAX]; /* "" until the cell is read, or if it is long */
	enum extract_sheet_kind kind;
};

struct reading {
	const struct extract_workbook *workbook; /* borrowed */
	struct extract_sheet *sheet;             /* borrowed */
	xmlTextReader *xml;
	struct extract_sink *sink;
	struct extract_buffer value; /* owned: the cell's, as it is in the file */
	struct extract_buffer shown; /* owned: the cell's number as it is shown */
	struct merge *merges;        /* owned: by row */
	size_t merge_count, merge_next;
	size_t active[ACTIVE_MAX]; /* the merges that reach into this row */
	size_t active_count;
	size_t row, column; /* where we are: the row from 1, the column from 0 */
	bool hidden[EXTRACT_SHEET_COLUMNS_MAX];
};

/* "AB12": column 27 and row 12. False if it is no place on a sheet. */
static bool
read_place(const char *text, const char **end, size_t *out_row, size_t *out_column)
{
	size_t column = 0, row = 0;

	for (; *text >= 'A' && *text <= 'Z' && column <= EXTRACT_SHEET_COLUMNS_MAX; text++)
		column = column * 26 + (size_t)(*text - 'A') + 1;
	for (; *text >= '0' && *text <= '9' && row <= ROWS_MAX; text++)
		row = row * 10 + (size_t)(*text - '0');
	*end = text;
	*out_row = row;
	*out_column = column - 1;
	return column > 0 && column <= EXTRACT_SHEET_COLUMNS_MAX && row > 0 && row <= ROWS_MAX;
}

static int
compare(const void *first, const void *second)
{
	const struct merge *one = first, *other = second;

	return (one->row > other->row) - (one->row < other->row);
}

/* The list of merged cells comes after the rows that it is about, so it is looked for ahead. */
static void
find_merges(struct reading *reading, const char *xml, size_t len)
{
	static const char mark[] = "mergeCell ref=\"";
	const char *end = xml + len, *at = xml;

	while (reading->merge_count < MERGES_MAX &&
		(at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1)) != NULL) {
		struct merge merge = {0};
		size_t last_column;

		at += sizeof(mark) - 1;
		if (!read_place(at, &at, &merge.row, &merge.column) || *at != ':' ||
			!read_place(at + 1, &at, &merge.last_row, &last_column) || merge.last_row <= merge.row)
			continue;
		reading->merges = extract_memory_resize(reading->merges, reading->merge_count + 1,
			sizeof(merge));
		reading->merges[reading->merge_count++] = merge;
	}
	if (reading->merge_count > 0)
		qsort(reading->merges, reading->merge_count, sizeof(struct merge), compare);
}

/* Moves to a row: which merges reach into it. */
static void
activate(struct reading *reading)
{
	size_t kept = 0;

	for (size_t i = 0; i < reading->active_count; i++)
		if (reading->merges[reading->active[i]].last_row >= reading->row)
			reading->active[kept++] = reading->active[i];
	for (; reading->merge_next < reading->merge_count &&
		 reading->merges[reading->merge_next].row <= reading->row;
		 reading->merge_next++)
		if (kept < ACTIVE_MAX && reading->merges[reading->merge_next].last_row >= reading->row)
			reading->active[kept++] = reading->merge_next;
	reading->active_count = kept;
}

static void
keep_merged(struct reading *reading, const char *text, size_t len, enum extract_sheet_kind kind)
{
	for (size_t i = 0; i < reading->active_count; i++) {
		struct merge *merge = &reading->merges[reading->active[i]];

		if (merge->row != reading->row || merge->column != reading->column ||
			len >= MERGED_BYTES_MAX)
			continue;
		memcpy(merge->text, text, len);
		merge->text[len] = '\0';
		merge->kind = kind;
	}
}

static int
put_cell(struct reading *reading, const char *text, size_t len, enum extract_sheet_kind kind)
{
	if (reading->column >= EXTRACT_SHEET_COLUMNS_MAX)
		return EXTRACT_E_DAMAGED;
	if (reading->hidden[reading->column])
		return 0;
	keep_merged(reading, text, len, kind);
	return extract_sheet_cell(reading->sheet, reading->column, text, len, kind);
}

static int
put_shared(struct reading *reading, const char *value)
{
	const struct extract_workbook *workbook = reading->workbook;
	char *end;
	unsigned long index = strtoul(value, &end, 10);
	const char *text;

	if (end == value || index >= workbook->string_count)
		return EXTRACT_E_DAMAGED;
	text = extract_buffer_string(&workbook->texts) + workbook->strings[index];
	return put_cell(reading, text, strlen(text), EXTRACT_SHEET_WORD);
}

static const char *
code_of(const struct extract_workbook *workbook, size_t style)
{
	long id = style < workbook->format_count ? workbook->formats[style] : 0;

	for (size_t i = 0; i < workbook->code_count; i++)
		if (workbook->code_ids[i] == id)
			return workbook->codes.data + workbook->code_starts[i];
	return extract_number_format_code(id);
}

/* True for a number of something, with more digits than arithmetic keeps. */
static bool
is_long_number(const char *value, const char *code)
{
	size_t len = strlen(value);

	return len > 15 && len <= 32 && strspn(value, "0123456789") == len &&
		(strcmp(code, "General") == 0 || strcmp(code, "0") == 0);
}

static int
put_number(struct reading *reading, const char *value, size_t style)
{
	const char *code = code_of(reading->workbook, style);
	enum extract_sheet_kind kind;
	char *end;
	double number = strtod(value, &end);

	if (end == value)
		return put_cell(reading, value, strlen(value), EXTRACT_SHEET_WORD);
	if (is_long_number(value, code))
		return put_cell(reading, value, strlen(value), EXTRACT_SHEET_FIGURE);
	extract_buffer_truncate(&reading->shown, 0);
	kind = extract_number_format(number, code, reading->workbook->from_1904, &reading->shown);
	return put_cell(reading, extract_buffer_string(&reading->shown), reading->shown.len, kind);
}

/* Gathers what is inside the cell: its value, or its text; its formula is not shown. */
static int
read_value(struct reading *reading)
{
	bool inside = false;
	int rc = 1;

	extract_buffer_truncate(&reading->value, 0);
	while (rc == 1 && (rc = extract_xml_next(reading->xml)) == 1) {
		const char *text = extract_xml_text(reading->xml);

		if (text != NULL && inside) {
			extract_buffer_text(&reading->value, text);
		} else if (extract_xml_begins(reading->xml)) {
			inside = (is_named(reading->xml, "v") || is_named(reading->xml, "t")) &&
				!extract_xml_is_empty(reading->xml);
			if (is_named(reading->xml, "f") || is_named(reading->xml, "rPh"))
				rc = extract_xml_skip(reading->xml);
		} else if (extract_xml_ends(reading->xml)) {
			inside = false;
			if (is_named(reading->xml, "c"))
				break;
		}
	}
	return rc;
}

/* Puts the value of a cell of this type. */
static int
put_value(struct reading *reading, const char *type, size_t style)
{
	const char *value = extract_buffer_string(&reading->value);

	if (reading->value.len == 0)
		return 0;
	if (strcmp(type, "s") == 0)
		return put_shared(reading, value);
	if (strcmp(type, "b") == 0)
		return put_cell(reading, value[0] == '1' ? "TRUE" : "FALSE", value[0] == '1' ? 4 : 5,
			EXTRACT_SHEET_FIGURE);
	if (strcmp(type, "n") == 0 || type[0] == '\0')
		return put_number(reading, value, style);
	extract_workbook_unescape(&reading->value, 0);
	return put_cell(reading, extract_buffer_string(&reading->value), reading->value.len,
		strcmp(type, "d") == 0 ? EXTRACT_SHEET_DATE : EXTRACT_SHEET_WORD);
}

static int
read_cell(struct reading *reading)
{
	size_t style = (size_t)extract_xml_number(reading->xml, "s", INT32_MAX, 0), row, column;
	char type[16];
	const char *end;
	int rc = 1, failure;

	if (read_place(extract_xml_attribute(reading->xml, "r"), &end, &row, &column))
		reading->column = column;
	snprintf(type, sizeof(type), "%s", extract_xml_attribute(reading->xml, "t"));
	extract_buffer_truncate(&reading->value, 0);
	if (!extract_xml_is_empty(reading->xml))
		rc = read_value(reading);
	failure = put_value(reading, type, style);
	reading->column++;
	return failure < 0 ? failure : rc;
}

/* Ends a row: what merged cells hold is said again in each row that has cells of its own. */
static int
end_row(struct reading *reading)
{
	bool any = reading->sheet->count > 0;
	int rc = 0;

	for (size_t i = 0; i < reading->active_count && any && rc == 0; i++) {
		const struct merge *merge = &reading->merges[reading->active[i]];

		if (merge->row < reading->row && !reading->hidden[merge->column])
			rc = extract_sheet_cell(reading->sheet, merge->column, merge->text, strlen(merge->text),
				merge->kind);
	}
	return rc < 0 ? rc : extract_sheet_row(reading->sheet, reading->row, reading->sink);
}

static int
read_row(struct reading *reading)
{
	long number = extract_xml_number(reading->xml, "r", ROWS_MAX, 0);
	int rc = 1;

	reading->row = number > 0 ? (size_t)number : reading->row + 1;
	reading->column = 0;
	if (extract_xml_flag(reading->xml, "hidden"))
		return extract_xml_skip(reading->xml);
	if (extract_xml_is_empty(reading->xml))
		return 1;
	activate(reading);
	while (rc == 1 && (rc = extract_xml_next(reading->xml)) == 1) {
		if (extract_xml_begins(reading->xml) && is_named(reading->xml, "c"))
			rc = read_cell(reading);
		else if (extract_xml_ends(reading->xml) && is_named(reading->xml, "row"))
			break;
	}
	if (rc == 1) {
		int failure = end_row(reading);

		rc = failure < 0 ? failure : 1;
	}
	return rc;
}

static void
hide_columns(struct reading *reading)
{
	long first = extract_xml_number(reading->xml, "min", EXTRACT_SHEET_COLUMNS_MAX, 1);
	long last = extract_xml_number(reading->xml, "max", EXTRACT_SHEET_COLUMNS_MAX, 0);

	if (extract_xml_flag(reading->xml, "hidden"))
		for (long i = first; i > 0 && i <= last; i++)
			reading->hidden[i - 1] = true;
}

static int
read_sheet(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;
	int rc = 1;

	while (rc == 1 && (rc = extract_xml_next(xml)) == 1) {
		if (!extract_xml_begins(xml))
			continue;
		if (is_named(xml, "row"))
			rc = read_row(reading);
		else if (is_named(xml, "col"))
			hide_columns(reading);
		else if (is_named(xml, "extLst") || is_named(xml, "headerFooter"))
			rc = extract_xml_skip(xml);
	}
	return rc;
}

int
extract_workbook_sheet(const struct extract_workbook *workbook, const char *xml, size_t len,
	struct extract_sheet *sheet, struct extract_sink *sink)
{
	struct reading reading = {.workbook = workbook, .sheet = sheet, .sink = sink};
	int rc = extract_xml_open(xml, len, &reading.xml);

	if (rc == 1) {
		find_merges(&reading, xml, len);
		rc = read_sheet(&reading);
	}
	extract_xml_close(reading.xml);
	extract_buffer_close(&reading.value);
	extract_buffer_close(&reading.shown);
	extract_memory_free(reading.merges);
	return rc;
}
