/* SPDX-License-Identifier: Apache-2.0 */
/* xlsx.c: an Excel workbook: what its sheets share, and which of them are shown. */
#include "xlsx.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "docx.h"
#include "package.h"
#include "protocol.h"
#include "relations.h"
#include "sheet.h"
#include "sink.h"
#include "xml.h"

enum {
	CODES_MAX = 4096,
	CODE_BYTES_MAX = 1024,
	FORMATS_MAX = 65536,
	FORMAT_ID_MAX = 1000000,
};

#define is_named extract_xml_is

static void
add_string(struct extract_workbook *workbook)
{
	if (workbook->string_count == workbook->string_size) {
		workbook->string_size = workbook->string_size == 0 ? 1024 : workbook->string_size * 2;
		workbook->strings = extract_memory_resize(workbook->strings, workbook->string_size,
			sizeof(*workbook->strings));
	}
	workbook->strings[workbook->string_count++] = workbook->texts.len;
}

static bool
read_escape(const char *text, uint32_t *out)
{
	uint32_t point = 0;

	if (text[0] != '_' || text[1] != 'x')
		return false;
	for (int i = 2; i < 6; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
		point = point << 4 |
			(uint32_t)(isdigit((unsigned char)text[i]) ? text[i] - '0'
													   : (text[i] | 0x20) - 'a' + 10);
	}
	*out = point < ' ' ? ' ' : point;
	return text[6] == '_';
}

void
extract_workbook_unescape(struct extract_buffer *text, size_t start)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer out = {0};
	const char *at = extract_buffer_string(text) + start;
	uint32_t point;

	if (start >= text->len || strstr(at, "_x") == NULL)
		return;
	while (*at != '\0') {
		if (read_escape(at, &point)) {
			extract_buffer_point(&out, point);
			at += 7;
		} else {
			extract_buffer_byte(&out, *at++);
		}
	}
	extract_buffer_truncate(text, start);
	extract_buffer_append(text, extract_buffer_string(&out), out.len);
}

/* Ends a shared string. */
static void
end_string(struct extract_workbook *workbook)
{
	extract_workbook_unescape(&workbook->texts, workbook->strings[workbook->string_count - 1]);
	extract_buffer_byte(&workbook->texts, '\0');
}

int
extract_workbook_strings(struct extract_workbook *workbook, const char *xml, size_t len)
{
	xmlTextReader *reader = NULL;
	bool inside = false;
	int rc = extract_xml_open(xml, len, &reader);

	while (rc == 1 && (rc = extract_xml_next(reader)) == 1) {
		const char *text = extract_xml_text(reader);

		if (text != NULL && inside) {
			extract_buffer_text(&workbook->texts, text);
		} else if (extract_xml_begins(reader)) {
			/* How a word is pronounced stands above it, not in it. */
			if (is_named(reader, "rPh"))
				rc = extract_xml_skip(reader);
			else if (is_named(reader, "si"))
				add_string(workbook);
			inside = is_named(reader, "t") && !extract_xml_is_empty(reader);
			if (is_named(reader, "si") && extract_xml_is_empty(reader))
				end_string(workbook);
		} else if (extract_xml_ends(reader)) {
			inside = false;
			if (is_named(reader, "si"))
				end_string(workbook);
		}
	}
	extract_xml_close(reader);
	return rc;
}

static int
add_code(struct extract_workbook *workbook, xmlTextReader *xml)
{
	const char *code = extract_xml_attribute(xml, "formatCode");
	size_t count = workbook->code_count;

	/* It is read for each cell, and no program writes a longer one. */
	if (strlen(code) > CODE_BYTES_MAX)
		code = "General";
	if (count >= CODES_MAX)
		return EXTRACT_E_TOO_LARGE;
	workbook->code_ids = extract_memory_resize(workbook->code_ids, count + 1, sizeof(long));
	workbook->code_starts = extract_memory_resize(workbook->code_starts, count + 1, sizeof(size_t));
	workbook->code_ids[count] = extract_xml_number(xml, "numFmtId", FORMAT_ID_MAX, -1);
	workbook->code_starts[count] = workbook->codes.len;
	workbook->code_count++;
	extract_buffer_text(&workbook->codes, code);
	extract_buffer_byte(&workbook->codes, '\0');
	return 0;
}

static int
add_format(struct extract_workbook *workbook, xmlTextReader *xml)
{
	if (workbook->format_count >= FORMATS_MAX)
		return EXTRACT_E_TOO_LARGE;
	workbook->formats = extract_memory_resize(workbook->formats, workbook->format_count + 1,
		sizeof(long));
	workbook->formats[workbook->format_count++] = extract_xml_number(xml, "numFmtId", FORMAT_ID_MAX,
		0);
	return 0;
}

int
extract_workbook_formats(struct extract_workbook *workbook, const char *xml, size_t len)
{
	xmlTextReader *reader = NULL;
	bool cells = false;
	int rc = extract_xml_open(xml, len, &reader);

	while (rc == 1 && (rc = extract_xml_next(reader)) == 1) {
		int failure = 0;

		if (is_named(reader, "cellXfs"))
			cells = extract_xml_begins(reader) && !extract_xml_is_empty(reader);
		else if (!extract_xml_begins(reader))
			continue;
		else if (is_named(reader, "dxfs"))
			rc = extract_xml_skip(reader); /* formats of conditions have ids of their own */
		else if (is_named(reader, "numFmt"))
			failure = add_code(workbook, reader);
		else if (cells && is_named(reader, "xf"))
			failure = add_format(workbook, reader);
		if (failure < 0)
			rc = failure;
	}
	extract_xml_close(reader);
	return rc;
}

/* Reads a sheet that the workbook names. */
static int
read_sheet(const struct extract_workbook *workbook, const struct extract_package *package,
	const char *path, const char *name, struct extract_sheet *sheet, struct extract_sink *sink)
{
	const struct extract_buffer *content = extract_package_part(package, path);

	if (content->len == 0)
		return EXTRACT_E_DAMAGED;
	extract_sheet_begin(sheet, name);
	return extract_workbook_sheet(workbook, content->data, content->len, sheet, sink);
}

/* Reads the sheets in the order of their tabs. */
static int
read_sheets(struct extract_workbook *workbook, const struct extract_package *package,
	struct extract_sink *sink)
{
	static const char path[] = "xl/workbook.xml";
	EXTRACT_AUTO(extract_relations_close) struct extract_relations relations = {0};
	EXTRACT_AUTO(extract_sheet_close) struct extract_sheet sheet = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer name = {0};
	const struct extract_buffer *content = extract_package_part(package, path);
	xmlTextReader *xml = NULL;
	int rc = extract_relations_open(&relations, package, path);

	if (rc == 0)
		rc = extract_xml_open(content->data, content->len, &xml);
	while (rc == 1 && (rc = extract_xml_next(xml)) == 1) {
		const char *part;
		int failure;

		if (!extract_xml_begins(xml))
			continue;
		if (is_named(xml, "workbookPr"))
			workbook->from_1904 = extract_xml_flag(xml, "date1904");
		/* The state is "hidden" or "veryHidden". */
		if (!is_named(xml, "sheet") ||
			strcasestr(extract_xml_attribute(xml, "state"), "hidden") != NULL)
			continue;
		part = extract_relations_find(&relations, extract_xml_relation(xml), "worksheet");
		if (part == NULL)
			continue; /* a sheet that is a chart or a macro */
		extract_buffer_truncate(&name, 0);
		extract_buffer_text(&name, extract_xml_attribute(xml, "name"));
		failure = read_sheet(workbook, package, part, extract_buffer_string(&name), &sheet, sink);
		if (failure < 0)
			rc = failure;
	}
	extract_xml_close(xml);
	return rc;
}

int
extract_xlsx_read(const struct extract_package *package, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_workbook_close) struct extract_workbook workbook = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer title = {0};
	const struct extract_buffer *core = extract_package_part(package, "docProps/core.xml");
	const struct extract_buffer *strings = extract_package_part(package, "xl/sharedStrings.xml");
	const struct extract_buffer *styles = extract_package_part(package, "xl/styles.xml");
	int rc = 0;

	if (core->len > 0)
		rc = extract_docx_title(core->data, core->len, &title);
	if (rc == 0)
		rc = extract_sink_document(sink, EXTRACT_FORMAT_XLSX, extract_buffer_string(&title), 0);
	if (rc == 0 && strings->len > 0)
		rc = extract_workbook_strings(&workbook, strings->data, strings->len);
	if (rc == 0 && styles->len > 0)
		rc = extract_workbook_formats(&workbook, styles->data, styles->len);
	return rc < 0 ? rc : read_sheets(&workbook, package, sink);
}

void
extract_workbook_close(struct extract_workbook *workbook)
{
	extract_buffer_close(&workbook->texts);
	extract_buffer_close(&workbook->codes);
	extract_memory_free(workbook->strings);
	extract_memory_free(workbook->code_ids);
	extract_memory_free(workbook->code_starts);
	extract_memory_free(workbook->formats);
	*workbook = (struct extract_workbook){0};
}
