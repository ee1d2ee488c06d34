/* SPDX-License-Identifier: Apache-2.0 */
/* docx_numbering.c: counts a Word document's lists as Word does, from word/numbering.xml. */
#include "docx_numbering.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xml.h"
#include "sink.h"

enum { COUNT_MAX = 1000000 };

/* What the walk through the part is in. */
struct reading {
	struct extract_docx_numbering *numbering;
	struct extract_docx_list *list; /* a definition or a list; NULL outside */
	int level;                      /* -1 outside */
	bool override;
};

static void
keep(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text);
}

static int
number(const char *text)
{
	long value = strtol(text, NULL, 10);

	return value < 0 ? 0 : value > COUNT_MAX ? COUNT_MAX : (int)value;
}

static int
add_list(struct extract_docx_list **lists, size_t *count, const char *id, struct reading *reading)
{
	if (*count >= EXTRACT_DOCX_LISTS_MAX)
		return EXTRACT_E_TOO_LARGE;
	*lists = extract_memory_resize(*lists, *count + 1, sizeof(**lists));
	reading->list = &(*lists)[(*count)++];
	reading->level = -1;
	*reading->list = (struct extract_docx_list){0};
	keep(reading->list->id, sizeof(reading->list->id), id);
	for (int i = 0; i < EXTRACT_DOCX_LEVELS; i++)
		reading->list->levels[i].start = 1;
	return 0;
}

static int
enter(struct reading *reading, xmlTextReader *xml)
{
	struct extract_docx_numbering *numbering = reading->numbering;
	struct extract_docx_level *level;
	const char *value;

	if (extract_xml_is(xml, "abstractNum"))
		return add_list(&numbering->definitions, &numbering->definition_count,
			extract_xml_attribute(xml, "abstractNumId"), reading);
	if (extract_xml_is(xml, "num"))
		return add_list(&numbering->lists, &numbering->list_count,
			extract_xml_attribute(xml, "numId"), reading);
	if (reading->list == NULL)
		return 0;
	value = extract_xml_attribute(xml, "val");
	if (extract_xml_is(xml, "abstractNumId"))
		keep(reading->list->definition, sizeof(reading->list->definition), value);
	if (extract_xml_is(xml, "lvl") || extract_xml_is(xml, "lvlOverride"))
		reading->level = number(extract_xml_attribute(xml, "ilvl"));
	if (reading->level < 0 || reading->level >= EXTRACT_DOCX_LEVELS)
		return 0;
	value = extract_xml_attribute(xml, "val");
	level = &reading->list->levels[reading->level];
	if (extract_xml_is(xml, "numFmt"))
		keep(level->format, sizeof(level->format), value);
	else if (extract_xml_is(xml, "lvlText"))
		keep(level->text, sizeof(level->text), value);
	else if (extract_xml_is(xml, "start"))
		level->start = number(value);
	else if (extract_xml_is(xml, "startOverride")) {
		level->start = number(value);
		level->overridden = true;
	}
	return 0;
}

int
extract_docx_numbering_open(struct extract_docx_numbering *out, const char *xml, size_t len)
{
	struct extract_docx_numbering numbering = {0};
	struct reading reading = {.numbering = &numbering, .level = -1};
	xmlTextReader *reader = NULL;
	int rc = extract_xml_open(xml, len, &reader);

	while (rc == 1 && (rc = extract_xml_next(reader)) == 1)
		if (xmlTextReaderNodeType(reader) == XML_READER_TYPE_ELEMENT && enter(&reading, reader) < 0)
			rc = EXTRACT_E_TOO_LARGE;
	extract_xml_close(reader);
	if (rc < 0)
		extract_docx_numbering_close(&numbering);
	else
		*out = numbering;
	return rc;
}

static struct extract_docx_list *
find(struct extract_docx_list *lists, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(lists[i].id, id) == 0)
			return &lists[i];
	return NULL;
}

/* a to z, then aa, bb and so on. */
static void
add_letters(int count, char first, struct extract_buffer *out)
{
	for (int i = 0; i <= (count - 1) / 26 && i < 8; i++)
		extract_buffer_byte(out, (char)(first + (count - 1) % 26));
}

static void
add_roman(int count, bool upper, struct extract_buffer *out)
{
	static const struct {
		int value;
		const char *small, *large;
	} parts[] = {
		{1000, "m", "M"},
		{900, "cm", "CM"},
		{500, "d", "D"},
		{400, "cd", "CD"},
		{100, "c", "C"},
		{90, "xc", "XC"},
		{50, "l", "L"},
		{40, "xl", "XL"},
		{10, "x", "X"},
		{9, "ix", "IX"},
		{5, "v", "V"},
		{4, "iv", "IV"},
		{1, "i", "I"},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (; count >= parts[i].value; count -= parts[i].value)
			extract_buffer_text(out, upper ? parts[i].large : parts[i].small);
}

static void
add_count(const struct extract_docx_level *level, int count, struct extract_buffer *out)
{
	char text[16];

	if (count > 0 && count < 4000 && strstr(level->format, "Roman") != NULL) {
		add_roman(count, level->format[0] == 'u', out);
	} else if (count > 0 && strstr(level->format, "Letter") != NULL) {
		add_letters(count, level->format[0] == 'u' ? 'A' : 'a', out);
	} else if (strcmp(level->format, "none") != 0) {
		snprintf(text, sizeof(text), strcmp(level->format, "decimalZero") == 0 ? "%02d" : "%d",
			count);
		extract_buffer_text(out, text);
	}
}

static const struct extract_docx_level *
level_of(const struct extract_docx_list *list, const struct extract_docx_list *definition,
	int level)
{
	return list->levels[level].format[0] != '\0' ? &list->levels[level]
												 : &definition->levels[level];
}

/* Moves the counts of the definition, which all lists that use it go on with. */
static void
count_item(struct extract_docx_list *list, struct extract_docx_list *definition, int level)
{
	for (int i = 0; i <= level; i++) {
		const struct extract_docx_level *source = list->levels[i].overridden
			? &list->levels[i]
			: level_of(list, definition, i);
		bool restart = list->levels[i].overridden && list->counts[i] == 0;

		if (definition->counts[i] == 0 || restart)
			definition->counts[i] = source->start + 1;
		else if (i == level)
			definition->counts[i]++;
		list->counts[i] = 1;
	}
	for (int i = level + 1; i < EXTRACT_DOCX_LEVELS; i++)
		definition->counts[i] = 0;
}

bool
extract_docx_numbering_next(struct extract_docx_numbering *numbering, const char *id, int level,
	struct extract_buffer *out)
{
	struct extract_docx_list *list = find(numbering->lists, numbering->list_count, id);
	struct extract_docx_list *definition = list == NULL
		? NULL
		: find(numbering->definitions, numbering->definition_count, list->definition);
	size_t start = out->len;
	const char *text;

	if (definition == NULL || level < 0 || level >= EXTRACT_DOCX_LEVELS)
		return false;
	count_item(list, definition, level);
	if (strcmp(level_of(list, definition, level)->format, "bullet") == 0) {
		extract_buffer_text(out, "- ");
		return true;
	}
	for (text = level_of(list, definition, level)->text; *text != '\0'; text++) {
		int other = text[0] == '%' && text[1] >= '1' && text[1] <= '9' ? text[1] - '1' : -1;

		if (other < 0) {
			extract_buffer_byte(out, *text);
			continue;
		}
		/* Kept one higher, so that 0 can mean that the level has not begun. */
		if (definition->counts[other] > 0)
			add_count(level_of(list, definition, other), definition->counts[other] - 1, out);
		text++;
	}
	if (out->len > start)
		extract_buffer_byte(out, ' ');
	return out->len > start;
}

void
extract_docx_numbering_close(struct extract_docx_numbering *numbering)
{
	free(numbering->definitions);
	free(numbering->lists);
	*numbering = (struct extract_docx_numbering){0};
}
