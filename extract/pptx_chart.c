/* SPDX-License-Identifier: Apache-2.0 */
/* pptx_chart.c: the title of a chart, and a line for each series: what it shows of each category. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "number_format.h"
#include "pptx.h"
#include "sink.h"
#include "xml.h"

enum { POINTS_MAX = 4096 };

#define is_named extract_xml_is

/* Where we are in a chart. */
enum place { PLACE_NONE, PLACE_TITLE, PLACE_NAME, PLACE_CATEGORIES, PLACE_VALUES };

struct reading {
	xmlTextReader *xml;
	int page;
	struct extract_sink *sink;
	enum place place;
	bool in_text, in_format;
	struct extract_buffer text;       /* owned: the title, or the series' name */
	struct extract_buffer value;      /* owned: the point's */
	struct extract_buffer format;     /* owned: of the values' numbers */
	struct extract_buffer categories; /* owned: each followed by a NUL */
	struct extract_buffer line;       /* owned: the series' */
	size_t starts[POINTS_MAX];        /* in categories, plus one; 0: no such */
	size_t point;
};

static int
put(struct reading *reading, enum extract_kind kind, const struct extract_buffer *text)
{
	const struct extract_block block = {
		.kind = kind,
		.page = reading->page,
		.text = extract_buffer_string(text),
		.len = text->len,
	};

	return extract_sink_block(reading->sink, &block);
}

static void
add_value(struct reading *reading)
{
	const char *code = extract_buffer_string(&reading->format);
	char *end;
	double number = strtod(extract_buffer_string(&reading->value), &end);

	extract_buffer_text(&reading->line, reading->line.len > 0 ? "; " : "");
	if (reading->starts[reading->point] > 0) {
		extract_buffer_text(&reading->line,
			reading->categories.data + reading->starts[reading->point] - 1);
		extract_buffer_byte(&reading->line, ' ');
	}
	if (*end != '\0')
		extract_buffer_append(&reading->line, reading->value.data, reading->value.len);
	else
		(void)extract_number_format(number, code[0] == '\0' ? "General" : code, false,
			&reading->line);
}

static void
end_point(struct reading *reading)
{
	if (reading->value.len == 0 || reading->point >= POINTS_MAX)
		return;
	if (reading->place == PLACE_CATEGORIES) {
		reading->starts[reading->point] = reading->categories.len + 1;
		extract_buffer_append(&reading->categories, reading->value.data, reading->value.len);
		extract_buffer_byte(&reading->categories, '\0');
	} else if (reading->place == PLACE_VALUES) {
		add_value(reading);
	}
}

static int
end_series(struct reading *reading)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer line = {0};

	if (reading->line.len == 0)
		return 0;
	if (reading->text.len > 0) {
		extract_buffer_append(&line, reading->text.data, reading->text.len);
		extract_buffer_text(&line, ": ");
	}
	extract_buffer_append(&line, reading->line.data, reading->line.len);
	return put(reading, EXTRACT_PARAGRAPH, &line);
}

static void
enter(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;

	if (is_named(xml, "title")) {
		reading->place = PLACE_TITLE;
		extract_buffer_truncate(&reading->text, 0);
	} else if (is_named(xml, "ser")) {
		extract_buffer_truncate(&reading->text, 0);
		extract_buffer_truncate(&reading->line, 0);
		extract_buffer_truncate(&reading->categories, 0);
		memset(reading->starts, 0, sizeof(reading->starts));
	} else if (is_named(xml, "tx") && reading->place != PLACE_TITLE) {
		reading->place = PLACE_NAME;
	} else if (is_named(xml, "cat") || is_named(xml, "xVal")) {
		reading->place = PLACE_CATEGORIES;
	} else if (is_named(xml, "val") || is_named(xml, "yVal")) {
		reading->place = PLACE_VALUES;
	} else if (is_named(xml, "pt")) {
		reading->point = (size_t)extract_xml_number(xml, "idx", INT32_MAX, POINTS_MAX);
		extract_buffer_truncate(&reading->value, 0);
	} else if (is_named(xml, "formatCode")) {
		extract_buffer_truncate(&reading->format, 0);
	}
	reading->in_text = (is_named(xml, "t") || is_named(xml, "v")) && !extract_xml_is_empty(xml);
	reading->in_format = is_named(xml, "formatCode") && !extract_xml_is_empty(xml);
}

static int
leave(struct reading *reading)
{
	xmlTextReader *xml = reading->xml;

	reading->in_text = reading->in_format = false;
	if (is_named(xml, "pt")) {
		end_point(reading);
	} else if (is_named(xml, "ser")) {
		return end_series(reading);
	} else if (is_named(xml, "p") && reading->place == PLACE_TITLE && reading->text.len > 0) {
		extract_buffer_byte(&reading->text, ' ');
	} else if (is_named(xml, "title")) {
		reading->place = PLACE_NONE;
		return put(reading, EXTRACT_CAPTION, &reading->text);
	} else if ((is_named(xml, "tx") && reading->place == PLACE_NAME) || is_named(xml, "cat") ||
		is_named(xml, "xVal") || is_named(xml, "val") || is_named(xml, "yVal")) {
		reading->place = PLACE_NONE;
	}
	return 0;
}

static int
handle(struct reading *reading)
{
	const char *text = extract_xml_text(reading->xml);

	if (text != NULL && reading->in_format)
		extract_buffer_text(&reading->format, text);
	else if (text != NULL && reading->in_text && reading->place >= PLACE_CATEGORIES)
		extract_buffer_text(&reading->value, text);
	else if (text != NULL && reading->in_text && reading->place != PLACE_NONE)
		extract_buffer_text(&reading->text, text);
	if (extract_xml_begins(reading->xml))
		enter(reading);
	return extract_xml_ends(reading->xml) ? leave(reading) : 0;
}

int
extract_chart_read(const char *xml, size_t len, int page, struct extract_sink *sink)
{
	struct reading *reading = extract_memory_resize(NULL, 1, sizeof(*reading));
	int rc;

	*reading = (struct reading){.page = page, .sink = sink};
	rc = extract_xml_open(xml, len, &reading->xml);
	while (rc == 1 && (rc = extract_xml_next(reading->xml)) == 1) {
		int failure = handle(reading);

		if (failure < 0)
			rc = failure;
	}
	extract_xml_close(reading->xml);
	extract_buffer_close(&reading->text);
	extract_buffer_close(&reading->value);
	extract_buffer_close(&reading->format);
	extract_buffer_close(&reading->categories);
	extract_buffer_close(&reading->line);
	extract_memory_free(reading);
	return rc;
}
