/* SPDX-License-Identifier: Apache-2.0 */
/* markdown.c: Markdown by way of cmark, and front matter, pipe tables, kramdown's attributes. */
#include <cmark.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "protocol.h"
#include "reader.h"
#include "sink.h"
#include "table.h"
#include "unicode.h"

struct reading {
	struct extract_sink *sink;
	const char *text; /* borrowed: the source, for tables */
	size_t len;
	int line;                    /* of the source, from 1 ... */
	size_t line_at;              /* ... and where it starts; both only grow */
	struct extract_buffer block; /* owned: the block being made */
};

/* Appends the inline content below a node as it is shown; markup and HTML tags are not. */
static void
add_inlines(cmark_node *node, struct extract_buffer *out)
{
	cmark_iter *iter = cmark_iter_new(node);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *at = cmark_iter_get_node(iter);
		const char *literal = cmark_node_get_literal(at);

		if (event != CMARK_EVENT_ENTER)
			continue;
		switch (cmark_node_get_type(at)) {
		case CMARK_NODE_TEXT:
		case CMARK_NODE_CODE:
			extract_buffer_text(out, literal == NULL ? "" : literal);
			break;
		case CMARK_NODE_SOFTBREAK:
		case CMARK_NODE_LINEBREAK:
			extract_buffer_byte(out, '\n');
			break;
		default:
			break;
		}
	}
	cmark_iter_free(iter);
}

/* Removes {:.class}, {#id}, {:key="value"} and their like, and template tags {% … %}. */
static void
drop_attributes(struct extract_buffer *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < text->len; i++) {
		char after = i + 1 < text->len ? text->data[i + 1] : '\0';
		const char *end = NULL;

		if (text->data[i] == '{' && (after == ':' || after == '#' || after == '%' || after == '.'))
			end = memchr(text->data + i, '}', text->len - i);
		if (end != NULL && memchr(text->data + i, '\n', (size_t)(end - text->data) - i) == NULL) {
			i = (size_t)(end - text->data);
			while (kept > 0 && text->data[kept - 1] == ' ')
				kept--;
			continue;
		}
		text->data[kept++] = text->data[i];
	}
	extract_buffer_truncate(text, kept);
}

/* A line end inside a paragraph is a blank; between unspaced scripts it is nothing. */
static void
join_lines(struct extract_buffer *text)
{
	struct extract_buffer joined = {0};

	extract_table_squeeze(extract_buffer_string(text), text->len, &joined);
	extract_buffer_close(text);
	*text = joined;
}

static int
put(struct reading *reading, enum extract_kind kind, int level)
{
	struct extract_block block = {.kind = kind, .level = level};
	int rc;

	drop_attributes(&reading->block);
	if (kind != EXTRACT_CODE)
		join_lines(&reading->block);
	block.text = extract_buffer_string(&reading->block);
	block.len = reading->block.len;
	rc = extract_sink_block(reading->sink, &block);
	extract_buffer_truncate(&reading->block, 0);
	return rc;
}

/* The source from the first to the last line, counted from 1; first never goes back. */
static const char *
source_lines(struct reading *reading, int first, int last, size_t *out_len)
{
	size_t at = reading->line_at;
	int line = reading->line;

	for (; at < reading->len && line < first; at++)
		line += reading->text[at] == '\n';
	reading->line_at = at;
	reading->line = line;
	for (; at < reading->len && line <= last; at++)
		line += reading->text[at] == '\n';
	*out_len = at - reading->line_at;
	return reading->text + reading->line_at;
}

/* |---|:--:| and the like: what makes a paragraph a table. */
static bool
is_delimiter_row(const char *line, size_t len)
{
	size_t dashes = 0, bars = 0;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\0' || strchr("|-: \t\r", line[i]) == NULL)
			return false;
		dashes += line[i] == '-';
		bars += line[i] == '|';
	}
	return dashes > 0 && bars > 0;
}

/* A cell's source is Markdown of its own. */
static void
add_cell(struct extract_table *table, const char *source, size_t len)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = {0};
	cmark_node *document;

	while (len > 0 && strchr(" \t\r", source[0]) != NULL)
		source++, len--;
	document = cmark_parse_document(source, len, CMARK_OPT_DEFAULT);
	add_inlines(document, &text);
	cmark_node_free(document);
	drop_attributes(&text);
	extract_table_cell(table, extract_buffer_string(&text), text.len);
}

static void
add_cells(struct extract_table *table, const char *line, size_t len)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer cell = {0};
	bool code = false;

	while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL && line[len - 1] != '\0')
		len--;
	while (len > 0 && (*line == ' ' || *line == '\t'))
		line++, len--;
	if (len > 0 && *line == '|')
		line++, len--;
	if (len > 1 && line[len - 1] == '|' && line[len - 2] != '\\')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\\' && i + 1 < len && line[i + 1] == '|') {
			extract_buffer_byte(&cell, line[++i]);
			continue;
		}
		code = code != (line[i] == '`');
		if (line[i] != '|' || code) {
			extract_buffer_byte(&cell, line[i]);
			continue;
		}
		add_cell(table, extract_buffer_string(&cell), cell.len);
		extract_buffer_truncate(&cell, 0);
	}
	add_cell(table, extract_buffer_string(&cell), cell.len);
}

/* Writes a paragraph's source as a table. 0 if it is none, 1 if it was. */
static int
put_table(struct reading *reading, const char *source, size_t len)
{
	EXTRACT_AUTO(extract_table_close) struct extract_table table = {0};
	const char *end = source + len, *second = memchr(source, '\n', len), *line = source;
	size_t second_len, line_len;
	int rc = 0;

	if (second == NULL)
		return 0;
	second++;
	second_len = strcspn(second, "\n");
	if (!is_delimiter_row(second, second_len) ||
		memchr(source, '|', (size_t)(second - source)) == NULL)
		return 0;
	for (; line < end && rc == 0; line += line_len + 1) {
		line_len = strcspn(line, "\n");
		if (line == second)
			continue;
		add_cells(&table, line, line_len);
		rc = extract_table_row(&table, table.rows == 0, 0, reading->sink);
	}
	return rc < 0 ? rc : 1;
}

static bool
opens_item(cmark_node *node)
{
	cmark_node *parent = cmark_node_parent(node);

	return parent != NULL && cmark_node_get_type(parent) == CMARK_NODE_ITEM;
}

/* "- " or "3. " in front of an item's first paragraph. */
static void
add_mark(struct reading *reading, cmark_node *paragraph)
{
	cmark_node *item = cmark_node_parent(paragraph), *list = cmark_node_parent(item);
	intptr_t before = (intptr_t)cmark_node_get_user_data(list);
	char mark[32] = "- ";

	if (cmark_node_previous(paragraph) != NULL)
		return;
	if (cmark_node_get_list_type(list) == CMARK_ORDERED_LIST) {
		/* cmark keeps the list's start only; the items before are counted on the list. */
		snprintf(mark, sizeof(mark), "%jd. ", (intmax_t)cmark_node_get_list_start(list) + before);
		cmark_node_set_user_data(list, (void *)(before + 1));
	}
	extract_buffer_text(&reading->block, mark);
}

static int
put_paragraph(struct reading *reading, cmark_node *node)
{
	bool item = opens_item(node);
	const char *source;
	size_t len;
	int rc;

	source = source_lines(reading, cmark_node_get_start_line(node), cmark_node_get_end_line(node),
		&len);
	rc = item ? 0 : put_table(reading, source, len);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (item)
		add_mark(reading, node);
	add_inlines(node, &reading->block);
	return put(reading, item ? EXTRACT_LIST_ITEM : EXTRACT_PARAGRAPH, 0);
}

static int
put_node(struct reading *reading, cmark_node *node)
{
	const char *literal = cmark_node_get_literal(node);

	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_HEADING:
		add_inlines(node, &reading->block);
		return put(reading, EXTRACT_HEADING, cmark_node_get_heading_level(node));
	case CMARK_NODE_PARAGRAPH:
		return put_paragraph(reading, node);
	case CMARK_NODE_CODE_BLOCK:
		extract_buffer_text(&reading->block, literal == NULL ? "" : literal);
		return extract_sink_block(reading->sink,
			&(struct extract_block){
				.kind = EXTRACT_CODE,
				.text = extract_buffer_string(&reading->block),
				.len = reading->block.len,
			});
	case CMARK_NODE_HTML_BLOCK:
		return literal == NULL ? 0 : extract_html_fragment(literal, strlen(literal), reading->sink);
	default:
		return 0;
	}
}

static int
read_blocks(struct reading *reading, cmark_node *document)
{
	cmark_iter *iter = cmark_iter_new(document);
	cmark_event_type event;
	int rc = 0;

	while (rc == 0 && (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		if (event != CMARK_EVENT_ENTER)
			continue;
		rc = put_node(reading, cmark_iter_get_node(iter));
		extract_buffer_truncate(&reading->block, 0);
	}
	cmark_iter_free(iter);
	return rc;
}

/* Skips the lines between --- and --- at the top, and takes their title. */
static size_t
skip_front_matter(const char *text, size_t len, struct extract_buffer *title)
{
	size_t at, line;

	if (len < 4 || memcmp(text, "---\n", 4) != 0)
		return 0;
	for (at = 4; at < len; at += line + 1) {
		line = strcspn(text + at, "\n");
		if (line == 3 && (memcmp(text + at, "---", 3) == 0 || memcmp(text + at, "...", 3) == 0))
			return at + 4 < len ? at + 4 : len;
		if (line > 6 && strncasecmp(text + at, "title:", 6) == 0 && title->len == 0)
			extract_table_squeeze(text + at + 6, line - 6, title);
	}
	extract_buffer_truncate(title, 0);
	return 0;
}

static const char *
unquote(struct extract_buffer *title)
{
	size_t len = title->len;

	if (len >= 2 && (title->data[0] == '"' || title->data[0] == '\'') &&
		title->data[len - 1] == title->data[0]) {
		extract_buffer_truncate(title, len - 1);
		return title->data + 1;
	}
	return extract_buffer_string(title);
}

int
extract_markdown_read(const struct extract_input *input, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer decoded = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer title = {0};
	struct reading reading = {.sink = sink, .line = 1};
	cmark_node *document;
	size_t skip;
	int rc = extract_text_decode(input, NULL, sink, &decoded);

	if (rc < 0)
		return rc;
	/* Cleaned first: line ends are \n from here on and no NUL is left. */
	extract_unicode_clean(extract_buffer_string(&decoded), decoded.len, &text);
	skip = skip_front_matter(extract_buffer_string(&text), text.len, &title);
	rc = extract_sink_document(sink, EXTRACT_FORMAT_MARKDOWN, unquote(&title), 0);
	if (rc < 0)
		return rc;
	reading.text = extract_buffer_string(&text) + skip;
	reading.len = text.len - skip;
	document = cmark_parse_document(reading.text, reading.len, CMARK_OPT_DEFAULT);
	rc = read_blocks(&reading, document);
	cmark_node_free(document);
	extract_buffer_close(&reading.block);
	return rc;
}
