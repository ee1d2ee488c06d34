/* SPDX-License-Identifier: Apache-2.0 */
/* docx_math.c: see the header. */
#include "docx_math.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define is_named extract_xml_is
#define attribute extract_xml_attribute

bool
extract_docx_math_is(xmlTextReader *xml)
{
	const xmlChar *uri = xmlTextReaderConstNamespaceUri(xml);

	return uri != NULL && strstr((const char *)uri, "/math") != NULL;
}

/* Parts that are read as one: brackets hold them together where they are more than a number or a name. */
static bool
is_part(xmlTextReader *xml)
{
	return is_named(xml, "num") || is_named(xml, "den") || is_named(xml, "sub") ||
		is_named(xml, "sup") || is_named(xml, "rad") || is_named(xml, "d");
}

static void
push(struct extract_docx_math *math, size_t start)
{
	if (math->depth < EXTRACT_DOCX_MATH_DEPTH_MAX) {
		math->parts[math->depth].start = start;
		snprintf(math->parts[math->depth].close, sizeof(math->parts[0].close), ")");
	}
	math->depth++;
}

static bool
ends_with(const struct extract_buffer *text, const char *end)
{
	size_t len = strlen(end);

	return text->len >= len && memcmp(text->data + text->len - len, end, len) == 0;
}

/* Properties come before the content: what was written by default is replaced. */
static void
replace_end(struct extract_buffer *text, const char *end, const char *other)
{
	if (!ends_with(text, end))
		return;
	extract_buffer_truncate(text, text->len - strlen(end));
	extract_buffer_text(text, other);
}

void
extract_docx_math_enter(struct extract_docx_math *math, xmlTextReader *xml,
	struct extract_buffer *text)
{
	if (is_named(xml, "begChr"))
		replace_end(text, "(", attribute(xml, "val"));
	else if (is_named(xml, "endChr") && math->depth > 0 &&
		math->depth <= EXTRACT_DOCX_MATH_DEPTH_MAX)
		snprintf(math->parts[math->depth - 1].close, sizeof(math->parts[0].close), "%s",
			attribute(xml, "val"));
	else if (is_named(xml, "chr"))
		replace_end(text, "∫", attribute(xml, "val"));
	else if (is_named(xml, "nary"))
		extract_buffer_text(text, "∫");
	else if (is_named(xml, "rad"))
		extract_buffer_text(text, "√");
	else if (is_named(xml, "mr") && xmlTextReaderIsEmptyElement(xml) != 1)
		math->rows++;
	if (xmlTextReaderIsEmptyElement(xml) == 1 || !is_part(xml))
		return;
	if (is_named(xml, "sub"))
		extract_buffer_byte(text, '_');
	else if (is_named(xml, "sup"))
		extract_buffer_byte(text, '^');
	push(math, text->len);
	if (is_named(xml, "d"))
		extract_buffer_byte(text, '(');
}

/* True for more than one number, name or sign. */
static bool
is_compound(const char *text, size_t len)
{
	size_t at = 0;

	if (len > 1 && text[0] == '(' && memchr(text, ')', len) == text + len - 1)
		return false;
	while (at < len &&
		(isalnum((unsigned char)text[at]) || (unsigned char)text[at] >= 0x80 || text[at] == '.'))
		at++;
	return at < len;
}

static void
wrap(struct extract_buffer *text, size_t start)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer part = {0};

	extract_buffer_append(&part, text->data + start, text->len - start);
	extract_buffer_truncate(text, start);
	extract_buffer_byte(text, '(');
	extract_buffer_append(text, extract_buffer_string(&part), part.len);
	extract_buffer_byte(text, ')');
}

/* "1 2; 3 4" */
static void
end_row(struct extract_docx_math *math, struct extract_buffer *text)
{
	math->rows -= math->rows > 0;
	if (ends_with(text, " "))
		extract_buffer_truncate(text, text->len - 1);
	extract_buffer_text(text, "; ");
}

void
extract_docx_math_leave(struct extract_docx_math *math, xmlTextReader *xml,
	struct extract_buffer *text)
{
	size_t start;

	if (is_named(xml, "fName"))
		extract_buffer_byte(text, ' ');
	else if (is_named(xml, "e") && math->rows > 0)
		extract_buffer_byte(text, ' ');
	else if (is_named(xml, "mr"))
		end_row(math, text);
	if (math->depth == 0 || !is_part(xml))
		return;
	math->depth--;
	if (math->depth < EXTRACT_DOCX_MATH_DEPTH_MAX) {
		start = math->parts[math->depth].start;
		if (is_named(xml, "d"))
			extract_buffer_text(text, math->parts[math->depth].close);
		else if (start < text->len && is_compound(text->data + start, text->len - start))
			wrap(text, start);
	}
	if (is_named(xml, "num"))
		extract_buffer_byte(text, '/');
}
