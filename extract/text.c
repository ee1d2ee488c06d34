/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: plain text: paragraphs between blank lines, and short lines that stand as headings. */
#include <stdbool.h>
#include <string.h>

#include "decode.h"
#include "protocol.h"
#include "reader.h"
#include "sink.h"
#include "unicode.h"

enum {
	HEADING_CHARACTERS_MAX = 80,
	HEADING_WORDS_MAX = 12,
	LEAD_CHARACTERS_MAX = 60, /* a heading directly above its text */
};

/* A line without its end, and without blanks around it. */
struct line {
	const char *text;
	size_t len;
	size_t characters;
};

struct reading {
	const char *text;
	size_t len;
	size_t at;
	int headings;
	struct extract_sink *sink;
};

/* The charset of a media type such as "text/plain; charset=koi8-r"; NULL without one. */
static const char *
charset_of(const char *mime, char *name, size_t size)
{
	const char *found = strcasestr(mime, "charset=");
	size_t len;

	if (found == NULL)
		return NULL;
	found += strlen("charset=");
	found += *found == '"';
	len = strcspn(found, "\"; ");
	if (len == 0 || len >= size)
		return NULL;
	memcpy(name, found, len);
	name[len] = '\0';
	return name;
}

int
extract_text_decode(const struct extract_input *input, const char *declared,
	struct extract_sink *sink, struct extract_buffer *out)
{
	char charset[64];

	if (declared == NULL)
		declared = charset_of(input->mime, charset, sizeof(charset));
	if (extract_decode_text(input->data, input->len, declared, out))
		return 0;
	return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
		extract_decode_is_binary(input->data, input->len)
			? "The file is in an unsupported binary format."
			: "The file's character encoding was not recognized. Save it as UTF-8 and upload it "
			  "again.");
}

static struct line
line_at(const struct reading *reading, size_t at, size_t *next)
{
	const char *text = reading->text + at;
	const char *end = memchr(text, '\n', reading->len - at);
	struct line line = {.text = text};

	line.len = end == NULL ? reading->len - at : (size_t)(end - text);
	*next = at + line.len + (end != NULL);
	while (line.len > 0 && strchr(" \t\r\f\v", line.text[line.len - 1]) != NULL)
		line.len--;
	while (line.len > 0 && strchr(" \t\f\v", line.text[0]) != NULL)
		line.text++, line.len--;
	line.characters = extract_unicode_count(line.text, line.len);
	return line;
}

static uint32_t
last_point(const struct line *line)
{
	size_t at = line->len;

	while (at > 0 && ((unsigned char)line->text[at - 1] & 0xc0) == 0x80)
		at--;
	at = at > 0 ? at - 1 : 0;
	return extract_unicode_next(line->text, line->len, &at);
}

/* True for a line that could be a heading by itself: short, worded, and no sentence. */
static bool
reads_like_heading(const struct line *line)
{
	size_t words = 1, letters = 0;
	uint32_t last;

	if (line->characters == 0 || line->characters > HEADING_CHARACTERS_MAX)
		return false;
	last = last_point(line);
	if (last == ',' || last == ';' || last == ':' || extract_unicode_ends_sentence(last))
		return false;
	for (size_t at = 0; at < line->len;) {
		uint32_t point = extract_unicode_next(line->text, line->len, &at);

		words += point == ' ';
		letters += extract_unicode_is_letter(point);
	}
	return words <= HEADING_WORDS_MAX && letters * 2 >= line->characters;
}

static bool
is_list_item(const struct line *line)
{
	static const char *const marks[] = {"- ", "* ", "+ ", "\xe2\x80\xa2 "};
	size_t digits = 0;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (line->len > strlen(marks[i]) && memcmp(line->text, marks[i], strlen(marks[i])) == 0)
			return true;
	while (
		digits < line->len && digits < 4 && line->text[digits] >= '0' && line->text[digits] <= '9')
		digits++;
	return digits > 0 && digits + 2 < line->len &&
		(line->text[digits] == '.' || line->text[digits] == ')') && line->text[digits + 1] == ' ';
}

static int
put(struct reading *reading, enum extract_kind kind, const char *from, const char *to)
{
	struct extract_block block = {.kind = kind, .text = from, .len = (size_t)(to - from)};

	/* Plain text has no ranks: its first heading is taken for the title. */
	if (kind == EXTRACT_HEADING)
		block.level = reading->headings++ == 0 ? 1 : 2;
	return extract_sink_block(reading->sink, &block);
}

/* A run of lines without a blank one: from the first line's start to behind the last. */
static int
put_run(struct reading *reading, const char *from, const char *to, size_t lines)
{
	struct reading run = {.text = from, .len = (size_t)(to - from)};
	struct line first, second;
	const char *start = from;
	size_t next = 0, at;
	bool list;
	int rc = 0;

	first = line_at(&run, 0, &next);
	list = is_list_item(&first);
	if (lines == 1 && !list && reads_like_heading(&first))
		return put(reading, EXTRACT_HEADING, from, to);
	if (lines > 1 && !list && first.characters <= LEAD_CHARACTERS_MAX &&
		reads_like_heading(&first)) {
		second = line_at(&run, next, &at);
		if (first.characters * 10 < second.characters * 6) {
			rc = put(reading, EXTRACT_HEADING, from, from + next);
			start = from + next;
		}
	}
	if (!list)
		return rc < 0 ? rc : put(reading, EXTRACT_PARAGRAPH, start, to);

	for (at = next; at < run.len && rc == 0; at = next) {
		first = line_at(&run, at, &next);
		if (!is_list_item(&first))
			continue;
		rc = put(reading, EXTRACT_LIST_ITEM, start, from + at);
		start = from + at;
	}
	return rc < 0 ? rc : put(reading, EXTRACT_LIST_ITEM, start, to);
}

static int
read_runs(struct reading *reading)
{
	const char *from = NULL;
	size_t lines = 0, next;
	int rc = 0;

	while (reading->at < reading->len && rc == 0) {
		struct line line = line_at(reading, reading->at, &next);

		if (line.len == 0) {
			if (from != NULL)
				rc = put_run(reading, from, reading->text + reading->at, lines);
			from = NULL;
			lines = 0;
		} else {
			if (from == NULL)
				from = reading->text + reading->at;
			lines++;
		}
		reading->at = next;
	}
	if (rc == 0 && from != NULL)
		rc = put_run(reading, from, reading->text + reading->len, lines);
	return rc;
}

int
extract_text_blocks(const char *text, size_t len, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer clean = {0};
	struct reading reading = {.sink = sink};

	extract_unicode_clean(text, len, &clean);
	reading.text = extract_buffer_string(&clean);
	reading.len = clean.len;
	return read_runs(&reading);
}

int
extract_text_read(const struct extract_input *input, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer decoded = {0};
	int rc = extract_text_decode(input, NULL, sink, &decoded);

	if (rc < 0)
		return rc;
	rc = extract_sink_document(sink, EXTRACT_FORMAT_TEXT, NULL, 0);
	return rc < 0 ? rc : extract_text_blocks(extract_buffer_string(&decoded), decoded.len, sink);
}
