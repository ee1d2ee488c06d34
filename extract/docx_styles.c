/* SPDX-License-Identifier: Apache-2.0 */
/* docx_styles.c: what a Word document's styles say of headings, lists and hidden text, from word/styles.xml. */
#include "docx_styles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol.h"
#include "sink.h"
#include "xml.h"

/* Asked of every node, so under short names here. */
#define is_named extract_xml_is
#define attribute extract_xml_attribute

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

int
extract_docx_heading(const char *value)
{
	if (value[0] < '0' || value[0] > '8' || value[1] != '\0')
		return 0;
	return value[0] > '5' ? 6 : value[0] - '0' + 1;
}

bool
extract_docx_is_on(const char *value)
{
	return strcmp(value, "0") != 0 && strcmp(value, "false") != 0 && strcmp(value, "off") != 0;
}

int
extract_docx_level_of(const char *value)
{
	return value[0] >= '0' && value[0] <= '8' && value[1] == '\0' ? value[0] - '0' : 0;
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
			.id = extract_memory_copy(attribute(xml, "styleId")),
			.level = -1,
		};
		return 0;
	}
	if (styles->count == 0)
		return 0;
	style = &styles->list[styles->count - 1];
	heading = is_named(xml, "name")   ? heading_of_name(attribute(xml, "val"))
		: is_named(xml, "outlineLvl") ? extract_docx_heading(attribute(xml, "val"))
									  : 0;
	if (heading > 0 && style->heading == 0)
		style->heading = heading;
	if (is_named(xml, "numId"))
		snprintf(style->list, sizeof(style->list), "%s", attribute(xml, "val"));
	if (is_named(xml, "ilvl"))
		style->level = extract_docx_level_of(attribute(xml, "val"));
	if (is_named(xml, "vanish"))
		style->hidden = extract_docx_is_on(attribute(xml, "val")) ? 1 : -1;
	if (is_named(xml, "basedOn") && style->based_on == NULL)
		style->based_on = extract_memory_copy(attribute(xml, "val"));
	return 0;
}

int
extract_docx_styles_open(struct extract_docx_styles *out, const char *xml, size_t len)
{
	struct extract_docx_styles styles = {0};
	xmlTextReader *reader = NULL;
	int rc = extract_xml_open(xml, len, &reader);

	while (rc == 1 && (rc = extract_xml_next(reader)) == 1)
		if (xmlTextReaderNodeType(reader) == XML_READER_TYPE_ELEMENT &&
			read_style(reader, &styles) < 0)
			rc = EXTRACT_E_TOO_LARGE;
	extract_xml_close(reader);
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

struct extract_docx_style
extract_docx_style_find(const struct extract_docx_styles *styles, const char *id)
{
	struct extract_docx_style found = {.level = -1};

	for (int hops = 0; id != NULL && hops < 16; hops++) {
		const struct extract_docx_style *style = NULL;

		for (size_t i = 0; i < styles->count && style == NULL; i++)
			if (strcmp(styles->list[i].id, id) == 0)
				style = &styles->list[i];
		if (style == NULL)
			break;
		if (found.heading == 0)
			found.heading = style->heading;
		if (found.list[0] == '\0')
			memcpy(found.list, style->list, sizeof(found.list));
		if (found.level < 0)
			found.level = style->level;
		if (found.hidden == 0)
			found.hidden = style->hidden;
		id = style->based_on;
	}
	return found;
}
