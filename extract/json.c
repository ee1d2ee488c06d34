/* SPDX-License-Identifier: Apache-2.0 */
/* json.c: JSON and JSON Lines as "path: value" lines, a block for each top-level element.
 *
 * A reader of our own, because a citation has to show numbers as the file spells them and a file
 * of millions of values must not become a tree; it keeps nothing but the path. It also takes what editors and
 * programs take: comments, which stand before or behind the value that they are about, commas too many or too few,
 * other quotes, names and words without any, an end that is missing. Where no value can be made of it, the text stands
 * as it is: to the end of the line in JSON Lines, else of the file. */
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
	size_t group_at;             /* where the text begins that is in no block yet */
	struct extract_buffer path;  /* owned */
	struct extract_buffer group; /* owned: the block being made */
	struct extract_sink *sink;
};

static int read_value(struct reading *reading);

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Adds a comment's lines to the block, without what marks them. */
static void
add_comment(struct reading *reading, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *line = text + at, *end = memchr(line, '\n', len - at);
		size_t size = end == NULL ? len - at : (size_t)(end - line);

		at += size + 1;
		while (size > 0 && (is_blank(*line) || strchr("*/#", *line) != NULL) && *line != '\0')
			line++, size--;
		while (size > 0 && (is_blank(line[size - 1]) || line[size - 1] == '*'))
			size--;
		if (size == 0)
			continue;
		extract_buffer_append(&reading->group, line, size);
		extract_buffer_byte(&reading->group, '\n');
	}
}

/* Reads the comment that begins here, if one does. */
static bool
read_comment(struct reading *reading)
{
	const char *start = reading->text + reading->at, *end;
	size_t len = reading->len - reading->at;

	if (len >= 2 && memcmp(start, "/*", 2) == 0) {
		end = memmem(start + 2, len - 2, "*/", 2);
		len = end == NULL ? len : (size_t)(end - start) + 2;
	} else if (len >= 1 && (start[0] == '#' || (len >= 2 && memcmp(start, "//", 2) == 0))) {
		end = memchr(start, '\n', len);
		len = end == NULL ? len : (size_t)(end - start);
	} else {
		return false;
	}
	add_comment(reading, start, len);
	reading->at += len;
	return true;
}

/* The next byte that is no blank and in no comment; 0 at the end, which no JSON holds. */
static char
peek(struct reading *reading)
{
	do
		while (reading->at < reading->len && is_blank(reading->text[reading->at]))
			reading->at++;
	while (reading->at < reading->len && read_comment(reading));
	return reading->at < reading->len ? reading->text[reading->at] : '\0';
}

/* Reads the comments behind a value on its line: they are about it, not about the next. */
static void
read_line_end(struct reading *reading)
{
	do
		while (reading->at < reading->len && strchr(" \t", reading->text[reading->at]) != NULL &&
			reading->text[reading->at] != '\0')
			reading->at++;
	while (reading->at < reading->len && read_comment(reading));
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
	reading->group_at = reading->at;
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

/* Appends what stands for an escape; the backslash is behind us. One that means nothing stands for itself. */
static void
read_escape(struct reading *reading, struct extract_buffer *out)
{
	static const char letters[] = "\"'\\/bfnrt", meanings[] = "\"'\\/\b\f\n\r\t";
	size_t start = reading->at;
	char byte = reading->text[reading->at++];
	const char *letter = byte == '\0' ? NULL : strchr(letters, byte);

	if (letter != NULL) {
		extract_buffer_byte(out, meanings[letter - letters]);
	} else if (byte != '\n' && (byte != 'u' || !read_unicode_escape(reading, out))) {
		extract_buffer_byte(out, '\\');
		reading->at = start;
	}
}

/* Appends a string's content; the opening quote is next. */
static int
read_string(struct reading *reading, struct extract_buffer *out)
{
	char quote = reading->text[reading->at++];

	while (reading->at < reading->len) {
		char byte = reading->text[reading->at++];

		if (byte == quote)
			return 0;
		if (byte == '\\' && reading->at < reading->len)
			read_escape(reading, out);
		else
			extract_buffer_byte(out, byte);
	}
	return EXTRACT_E_DAMAGED;
}

/* Bytes of a word without quotes: up to a blank, a mark of JSON, or a comment. */
static size_t
word_len(const struct reading *reading)
{
	const char *start = reading->text + reading->at;
	size_t len = 0, most = reading->len - reading->at;

	while (len < most && start[len] != '\0' && strchr(" \t\r\n,:{}[]\"'", start[len]) == NULL &&
		!(start[len] == '/' && len + 1 < most && (start[len + 1] == '/' || start[len + 1] == '*')))
		len++;
	return len;
}

/* true, false, null or a number: kept as spelled, and inside an object or a list other words too. null is no text. */
static int
read_word(struct reading *reading)
{
	const char *start = reading->text + reading->at;
	size_t len = word_len(reading);

	if (len == 4 && memcmp(start, "null", 4) == 0) {
		reading->at += len;
		return 0;
	}
	if (len == 0)
		return EXTRACT_E_DAMAGED;
	if (reading->depth == 0 && !(len == 4 && memcmp(start, "true", 4) == 0) &&
		!(len == 5 && memcmp(start, "false", 5) == 0)) {
		if (start[0] != '-' && (start[0] < '0' || start[0] > '9'))
			return EXTRACT_E_DAMAGED;
		for (size_t i = 0; i < len; i++)
			if (strchr("+-.eE0123456789", start[i]) == NULL)
				return EXTRACT_E_DAMAGED;
	}
	reading->at += len;
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
	if (strchr("\"'", reading->text[reading->at]) != NULL && reading->text[reading->at] != '\0')
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
	char next = peek(reading);
	size_t len;

	if (reading->path.len > 0)
		extract_buffer_byte(&reading->path, '.');
	if (next == '"' || next == '\'') {
		if (read_string(reading, &reading->path) < 0)
			return EXTRACT_E_DAMAGED;
	} else {
		len = word_len(reading);
		if (len == 0)
			return EXTRACT_E_DAMAGED;
		extract_buffer_append(&reading->path, reading->text + reading->at, len);
		reading->at += len;
	}
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

/* Moves behind the commas, if there are any, and what the value's line has to say of it. */
static void
end_member(struct reading *reading)
{
	bool comma = false;

	while (peek(reading) == ',') {
		reading->at++;
		comma = true;
	}
	if (comma)
		read_line_end(reading);
}

static int
read_members(struct reading *reading, char close)
{
	size_t path = reading->path.len, index = 0;
	int rc = 0;

	reading->at++;
	end_member(reading);
	/* An end that is missing is where the file ends. */
	while (rc == 0 && peek(reading) != close && reading->at < reading->len) {
		if (close == '}')
			rc = read_name(reading);
		else
			add_index(reading, index++);
		if (rc == 0)
			rc = read_value(reading);
		if (rc < 0)
			return rc;
		end_member(reading);
		extract_buffer_truncate(&reading->path, path);
		if (reading->depth == reading->group_depth)
			rc = put_group(reading);
	}
	reading->at += reading->at < reading->len;
	return rc;
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

/* Puts what no value could be made of as plain text: one line of JSON Lines, else all of the rest. */
static int
put_rest(struct reading *reading)
{
	size_t from = reading->group_at, end = reading->len;
	const char *line_end;

	while (from < end && is_blank(reading->text[from]))
		from++;
	line_end = memchr(reading->text + from, '\n', end - from);
	if (reading->group_depth == 0 && line_end != NULL)
		end = (size_t)(line_end - reading->text);
	extract_buffer_truncate(&reading->path, 0);
	extract_buffer_truncate(&reading->group, 0);
	reading->at = reading->group_at = end;
	return extract_text_blocks(reading->text + from, end - from, reading->sink);
}

/* One value or, as in JSON Lines, several. */
static int
read_all(struct reading *reading)
{
	int rc = 0;

	while (rc == 0 && reading->at < reading->len) {
		char next = peek(reading);

		if (next == ',' || next == ';')
			reading->at++;
		else if (reading->at < reading->len)
			rc = read_value(reading);
		if (rc == EXTRACT_E_DAMAGED) {
			rc = put_rest(reading);
			continue;
		}
		read_line_end(reading);
		if (rc == 0)
			rc = put_group(reading);
	}
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
	reading.group_depth = is_lines(input, &decoded) ? 0 : 1;
	rc = read_all(&reading);
	if (rc == EXTRACT_E_TOO_LARGE && sink->characters <= sink->characters_max)
		rc = extract_sink_fail(sink, rc, "The JSON is nested too deeply (line %zu).",
			line_number(&reading));
	extract_buffer_close(&reading.path);
	extract_buffer_close(&reading.group);
	return rc;
}
