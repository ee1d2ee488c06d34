/* SPDX-License-Identifier: Apache-2.0 */
/* s3_xml.c: one pass over the text, element by element; nothing grows but the text of one element. */
#include "object/s3_xml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static int
malformed(void)
{
	return bh_error(BH_E_PROTOCOL, "the response is not well-formed XML");
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
looking_at(const struct s3_xml *xml, const char *word)
{
	size_t len = strlen(word);

	return xml->len - xml->at >= len && memcmp(xml->text + xml->at, word, len) == 0;
}

/* Behind the next `word`; false if there is none. */
static bool
skip_past(struct s3_xml *xml, const char *word)
{
	const char *found = memmem(xml->text + xml->at, xml->len - xml->at, word, strlen(word));

	if (found == NULL)
		return false;
	xml->at = (size_t)(found - xml->text) + strlen(word);
	return true;
}

/* ---- text ---- */

static void
add_point(struct bh_buf *out, uint32_t point)
{
	char bytes[4];
	size_t n = 0;

	if (point < 0x80) {
		bytes[n++] = (char)point;
	} else if (point < 0x800) {
		bytes[n++] = (char)(0xc0 | (point >> 6));
	} else if (point < 0x10000) {
		bytes[n++] = (char)(0xe0 | (point >> 12));
		bytes[n++] = (char)(0x80 | ((point >> 6) & 0x3f));
	} else {
		bytes[n++] = (char)(0xf0 | (point >> 18));
		bytes[n++] = (char)(0x80 | ((point >> 12) & 0x3f));
		bytes[n++] = (char)(0x80 | ((point >> 6) & 0x3f));
	}
	if (point >= 0x80)
		bytes[n++] = (char)(0x80 | (point & 0x3f));
	bh_buf_add(out, bytes, n);
}

/* "#38" or "#x26"; false for what is no character that XML allows. */
static bool
add_number(struct bh_buf *out, const char *text)
{
	bool hex = text[1] == 'x';
	const char *digits = text + 1 + hex;
	unsigned long point;
	char *end;

	if (strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits) ||
		digits[0] == '\0')
		return false;
	point = strtoul(digits, &end, hex ? 16 : 10);
	if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ||
		(point < 0x20 && point != '\t' && point != '\n' && point != '\r'))
		return false;
	add_point(out, (uint32_t)point);
	return true;
}

static int
add_entity(struct s3_xml *xml)
{
	static const struct {
		const char *name;
		char c;
	} known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
	const char *start = xml->text + xml->at + 1;
	size_t left = xml->len - xml->at - 1;
	const char *end = memchr(start, ';', left < 10 ? left : 10);
	char name[12];

	if (end == NULL)
		return malformed();
	memcpy(name, start, (size_t)(end - start));
	name[end - start] = '\0';
	xml->at += (size_t)(end - start) + 2;
	for (size_t i = 0; i < BH_COUNT(known); i++)
		if (strcmp(known[i].name, name) == 0) {
			bh_buf_char(&xml->buf, known[i].c);
			return 0;
		}
	return name[0] == '#' && add_number(&xml->buf, name) ? 0 : malformed();
}

/* Up to the next tag. Outside of the root there are only blanks. */
static int
take_text(struct s3_xml *xml)
{
	while (xml->at < xml->len && xml->text[xml->at] != '<') {
		const char *from = xml->text + xml->at;
		size_t n = 0;
		int rc;

		if (*from == '&' && xml->depth > 0) {
			rc = add_entity(xml);
			if (rc < 0)
				return rc;
			continue;
		}
		while (xml->at + n < xml->len && from[n] != '<' && (from[n] != '&' || xml->depth == 0)) {
			if (from[n] == '\0' || (xml->depth == 0 && !is_blank(from[n])))
				return malformed();
			n++;
		}
		if (xml->depth > 0)
			bh_buf_add(&xml->buf, from, n);
		xml->at += n;
	}
	return 0;
}

/* ---- tags ---- */

/* A name at the place, without its prefix. */
static int
take_name(struct s3_xml *xml, char out[S3_XML_NAME_MOST + 1])
{
	size_t start = xml->at;
	size_t n;

	while (xml->at < xml->len && !is_blank(xml->text[xml->at]) &&
		strchr("<>/=\"'&", xml->text[xml->at]) == NULL) {
		if (xml->text[xml->at] == ':')
			start = xml->at + 1;
		xml->at++;
	}
	n = xml->at - start;
	if (n == 0 || n > S3_XML_NAME_MOST)
		return malformed();
	memcpy(out, xml->text + start, n);
	out[n] = '\0';
	return 0;
}

/* Attributes up to the end of the tag; a '>' in quotes is not it. */
static int
skip_attributes(struct s3_xml *xml, bool *out_empty)
{
	char quote = '\0';

	for (; xml->at < xml->len; xml->at++) {
		char c = xml->text[xml->at];

		if (quote != '\0') {
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '<') {
			return malformed();
		} else if (c == '>') {
			*out_empty = xml->text[xml->at - 1] == '/';
			xml->at++;
			return 0;
		}
	}
	return malformed();
}

static int
open_element(struct s3_xml *xml, bool *out_empty)
{
	int rc;

	if ((xml->depth == 0 && xml->begun) || xml->depth == S3_XML_DEPTH_MOST)
		return malformed();
	xml->at++;
	rc = take_name(xml, xml->names[xml->depth]);
	if (rc == 0)
		rc = skip_attributes(xml, out_empty);
	if (rc < 0)
		return rc;
	xml->begun = true;
	xml->depth++;
	bh_buf_reset(&xml->buf);
	return 0;
}

static int
end_tag(struct s3_xml *xml)
{
	char name[S3_XML_NAME_MOST + 1];
	int rc;

	xml->at += 2;
	rc = take_name(xml, name);
	if (rc < 0)
		return rc;
	while (xml->at < xml->len && is_blank(xml->text[xml->at]))
		xml->at++;
	if (xml->at == xml->len || xml->text[xml->at] != '>' || xml->depth == 0 ||
		strcmp(name, xml->names[xml->depth - 1]) != 0)
		return malformed();
	xml->at++;
	return 0;
}

/* 1 when an element has ended, else 0. */
static int
take_tag(struct s3_xml *xml)
{
	bool empty = false;
	int rc;

	if (looking_at(xml, "<?"))
		return skip_past(xml, "?>") ? 0 : malformed();
	if (looking_at(xml, "<!--"))
		return skip_past(xml, "-->") ? 0 : malformed();
	if (looking_at(xml, "<!"))
		return malformed();
	if (looking_at(xml, "</")) {
		rc = end_tag(xml);
		return rc < 0 ? rc : 1;
	}
	rc = open_element(xml, &empty);
	return rc < 0 ? rc : empty;
}

int
s3_xml_next(struct s3_xml *xml, struct s3_xml_end *out)
{
	bh_buf_reset(&xml->buf);
	for (;;) {
		int rc = take_text(xml);

		if (rc == 0 && xml->at == xml->len)
			return xml->depth == 0 && xml->begun ? 0 : malformed();
		if (rc == 0)
			rc = take_tag(xml);
		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		xml->depth--;
		out->name = xml->names[xml->depth];
		out->parent = xml->depth > 0 ? xml->names[xml->depth - 1] : "";
		out->value = bh_buf_string(&xml->buf);
		return 1;
	}
}

void
s3_xml_close(struct s3_xml *xml)
{
	bh_buf_close(&xml->buf);
}
