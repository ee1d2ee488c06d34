/* SPDX-License-Identifier: Apache-2.0 */
/* json.c: JSON and JSON Lines as "path: value" lines, a block for each top-level element.
 *
 * A reader of our own, because a citation has to show numbers as the file spells them and a file
 * of millions of values must not become a tree; it keeps nothing but the path. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "protocol.h"
#include "reader.h"
#include "sink.h"
#include "unicode.h"

enum {
	DEPTH_MAX = 256,
	SNIFF_BYTES = 64 * 1024,
	PATH_BYTES_MAX = 2048,
	GROUP_BYTES_MAX = 6000, /* a block's text is ended behind the value that passes this */
};

struct reading {
	const char *text;
	size_t len;
	size_t at;
	int depth;
	int group_depth;             /* members at this depth are the top-level elements */
	struct extract_buffer path;  /* owned */
	struct extract_buffer group; /* owned: the block being made */
	struct extract_sink *sink;
};

static int read_value(struct reading *reading);

static void
skip_blanks(struct reading *reading)
{
	while (reading->at < reading->len && strchr(" \t\r\n", reading->text[reading->at]) != NULL &&
		reading->text[reading->at] != '\0')
		reading->at++;
}

/* The next byte that is no blank; 0 at the end, which no JSON holds. */
static char
peek(struct reading *reading)
{
	skip_blanks(reading);
	return reading->at < reading->len ? reading->text[reading->at] : '\0';
}

static int
put_group(struct reading *reading)
{
	struct extract_block block = {
		.kind = EXTRACT_PARAGRAPH,
		.text = extract_buffer_string(&reading->group),
		.len = reading->group.len,
	};
	int rc = extract_sink_block(reading->sink, &block);

	extract_buffer_truncate(&reading->group, 0);
	return rc;
}

static bool
read_hex(struct reading *reading, uint32_t *out)
{
	uint32_t value = 0;

	if (reading->len - reading->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char digit = reading->text[reading->at++];

		if (digit >= '0' && digit <= '9')
			value = value << 4 | (uint32_t)(digit - '0');
		else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
			value = value << 4 | (uint32_t)((digit | 0x20) - 'a' + 10);
		else
			return false;
	}
	*out = value;
	return true;
}

/* The \u is behind us. A lone surrogate becomes U+FFFD. */
static bool
read_unicode_escape(struct reading *reading, struct extract_buffer *out)
{
	uint32_t high, low;
	size_t before;

	if (!read_hex(reading, &high))
		return false;
	before = reading->at;
	if (high >= 0xd800 && high < 0xdc00 && reading->len - reading->at > 6 &&
		memcmp(reading->text + reading->at, "\\u", 2) == 0) {
		reading->at += 2;
		if (!read_hex(reading, &low))
			return false;
		if (low >= 0xdc00 && low < 0xe000)
			high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
		else
			reading->at = before;
	}
	extract_buffer_point(out, high);
	return true;
}

/* Appends a string's content; the opening quote is next. */
static int
read_string(struct reading *reading, struct extract_buffer *out)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";

	for (reading->at++; reading->at < reading->len;) {
		char byte = reading->text[reading->at++];
		const char *letter;

		if (byte == '"')
			return 0;
		if (byte != '\\') {
			extract_buffer_byte(out, byte);
			continue;
		}
		if (reading->at >= reading->len)
			return EXTRACT_E_DAMAGED;
		byte = reading->text[reading->at++];
		letter = byte == '\0' ? NULL : strchr(letters, byte);
		if (letter != NULL)
			extract_buffer_byte(out, meanings[letter - letters]);
		else if (byte != 'u' || !read_unicode_escape(reading, out))
			return EXTRACT_E_DAMAGED;
	}
	return EXTRACT_E_DAMAGED;
}

/* true, false, null or a number: kept as spelled. null is no text. */
static int
read_word(struct reading *reading)
{
	const char *start = reading->text + reading->at;
	size_t len = 0;

	while (reading->at + len < reading->len && start[len] != '\0' &&
		strchr(" \t\r\n,]}", start[len]) == NULL)
		len++;
	reading->at += len;
	if (len == 4 && memcmp(start, "null", 4) == 0)
		return 0;
	if (!(len == 4 && memcmp(start, "true", 4) == 0) &&
		!(len == 5 && memcmp(start, "false", 5) == 0)) {
		if (len == 0 || (start[0] != '-' && (start[0] < '0' || start[0] > '9')))
			return EXTRACT_E_DAMAGED;
		for (size_t i = 0; i < len; i++)
			if (strchr("+-.eE0123456789", start[i]) == NULL)
				return EXTRACT_E_DAMAGED;
	}
	extract_buffer_append(&reading->group, start, len);
	return 1;
}

/* A line of its own for a string, number or boolean. */
static int
read_leaf(struct reading *reading)
{
	size_t before = reading->group.len;
	int rc;

	if (reading->path.len > 0) {
		extract_buffer_append(&reading->group, reading->path.data, reading->path.len);
		extract_buffer_text(&reading->group, ": ");
	}
	if (reading->text[reading->at] == '"')
		rc = read_string(reading, &reading->group) < 0 ? EXTRACT_E_DAMAGED : 1;
	else
		rc = read_word(reading);
	if (rc < 0)
		return rc;
	if (rc == 0)
		extract_buffer_truncate(&reading->group, before);
	else
		extract_buffer_byte(&reading->group, '\n');
	return reading->group.len > GROUP_BYTES_MAX ? put_group(reading) : 0;
}

/* Reads "name": and adds it to the path. */
static int
read_name(struct reading *reading)
{
	if (peek(reading) != '"')
		return EXTRACT_E_DAMAGED;
	if (reading->path.len > 0)
		extract_buffer_byte(&reading->path, '.');
	if (read_string(reading, &reading->path) < 0)
		return EXTRACT_E_DAMAGED;
	/* Only where it is: a path as long as a book would be repeated for each value. */
	if (reading->path.len > PATH_BYTES_MAX)
		return EXTRACT_E_TOO_LARGE;
	if (peek(reading) != ':')
		return EXTRACT_E_DAMAGED;
	reading->at++;
	return 0;
}

static void
add_index(struct reading *reading, size_t index)
{
	char text[32];

	snprintf(text, sizeof(text), "[%zu]", index);
	extract_buffer_text(&reading->path, text);
}

static int
read_members(struct reading *reading, char close)
{
	size_t path = reading->path.len, index = 0;
	int rc;

	reading->at++;
	if (peek(reading) == close) {
		reading->at++;
		return 0;
	}
	for (;;) {
		rc = 0;
		if (close == '}')
			rc = read_name(reading);
		else
			add_index(reading, index++);
		if (rc == 0)
			rc = read_value(reading);
		if (rc == 0 && reading->depth == reading->group_depth)
			rc = put_group(reading);
		if (rc < 0)
			return rc;
		extract_buffer_truncate(&reading->path, path);
		if (peek(reading) == close) {
			reading->at++;
			return 0;
		}
		if (peek(reading) != ',')
			return EXTRACT_E_DAMAGED;
		reading->at++;
	}
}

static int
read_value(struct reading *reading)
{
	char next = peek(reading);
	int rc;

	if (next != '{' && next != '[')
		return reading->at < reading->len ? read_leaf(reading) : EXTRACT_E_DAMAGED;
	if (reading->depth >= DEPTH_MAX)
		return EXTRACT_E_TOO_LARGE;
	reading->depth++;
	rc = read_members(reading, next == '{' ? '}' : ']');
	reading->depth--;
	return rc;
}

static size_t
line_number(const struct reading *reading)
{
	size_t line = 1, end = reading->at < reading->len ? reading->at : reading->len;

	for (size_t i = 0; i < end; i++)
		line += reading->text[i] == '\n';
	return line;
}

/* One value or, as in JSON Lines, several. */
static int
read_all(struct reading *reading)
{
	int rc = 0;

	while (rc == 0 && peek(reading) != '\0') {
		rc = read_value(reading);
		if (rc == 0)
			rc = put_group(reading);
	}
	if (rc == 0 && reading->at < reading->len)
		rc = EXTRACT_E_DAMAGED;
	return rc;
}

/* In JSON Lines a line is the top-level element, not each of its members. Other names are given to
 * such files too: no string holds a line end, so an object right behind one tells. */
static bool
is_lines(const struct extract_input *input, const struct extract_buffer *text)
{
	const char *dot = strrchr(input->name, '.');
	size_t len = text->len < SNIFF_BYTES ? text->len : SNIFF_BYTES;

	return (dot != NULL && (strcasecmp(dot, ".jsonl") == 0 || strcasecmp(dot, ".ndjson") == 0)) ||
		strcmp(input->mime, "application/x-ndjson") == 0 ||
		(len > 0 &&
			(memmem(text->data, len, "}\n{", 3) != NULL ||
				memmem(text->data, len, "}\r\n{", 4) != NULL));
}

int
extract_json_read(const struct extract_input *input, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer decoded = {0};
	struct reading reading = {.sink = sink};
	int rc = extract_text_decode(input, NULL, sink, &decoded);

	if (rc < 0)
		return rc;
	rc = extract_sink_document(sink, EXTRACT_FORMAT_JSON, NULL, 0);
	if (rc < 0)
		return rc;
	reading.text = extract_buffer_string(&decoded);
	reading.len = decoded.len;
	if (peek(&reading) == '\0' && reading.at >= reading.len)
		return EXTRACT_E_EMPTY;
	reading.group_depth = is_lines(input, &decoded) ? 0 : 1;
	rc = read_all(&reading);
	if (rc == EXTRACT_E_DAMAGED)
		rc = extract_sink_fail(sink, rc, "The file is not valid JSON (line %zu).",
			line_number(&reading));
	if (rc == EXTRACT_E_TOO_LARGE && sink->characters <= sink->characters_max)
		rc = extract_sink_fail(sink, rc, "The JSON is nested too deeply (line %zu).",
			line_number(&reading));
	extract_buffer_close(&reading.path);
	extract_buffer_close(&reading.group);
	return rc;
}
