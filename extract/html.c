/* SPDX-License-Identifier: Apache-2.0 */
/* html.c: web pages by way of gumbo: the content in reading order, without what surrounds it. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "html_tree.h"
#include "protocol.h"
#include "reader.h"
#include "sink.h"
#include "table.h"
#include "unicode.h"

enum {
	LISTS_MAX = 16,
	SPAN_MAX = 1000,
	NUMBER_MAX = 1000000,
	DESTROY_DEPTH_MAX = 20000, /* gumbo frees a tree by recursion */
};

/* Asked of every node, so under short names here. */
#define is_tag extract_html_is
#define attribute extract_html_attribute
#define first_child extract_html_first
#define step_over extract_html_over
#define next_node extract_html_next

/* The walk goes from node to node by their parents, so that no nesting can exhaust the stack. */
struct reading {
	struct extract_sink *sink;
	struct extract_buffer text; /* owned: the block being made */
	struct extract_table table; /* owned: the data table we are in */
	const GumboNode *table_node;
	const GumboNode *pre_node;
	const GumboNode *heading_node;
	const GumboNode *caption_node;
	const GumboNode *item_nodes[LISTS_MAX]; /* the li elements around */
	int items;
	bool row_has_data; /* a cell of the row is no th */
	bool skip_asides;  /* the body of a page, not a fragment */
	int depth;
	int depth_max;
};

static bool
is_block(GumboTag tag)
{
	switch (tag) {
	case GUMBO_TAG_A:
	case GUMBO_TAG_ABBR:
	case GUMBO_TAG_B:
	case GUMBO_TAG_BDI:
	case GUMBO_TAG_BDO:
	case GUMBO_TAG_BIG:
	case GUMBO_TAG_CITE:
	case GUMBO_TAG_CODE:
	case GUMBO_TAG_DATA:
	case GUMBO_TAG_DEL:
	case GUMBO_TAG_DFN:
	case GUMBO_TAG_EM:
	case GUMBO_TAG_FONT:
	case GUMBO_TAG_I:
	case GUMBO_TAG_INS:
	case GUMBO_TAG_KBD:
	case GUMBO_TAG_LABEL:
	case GUMBO_TAG_MARK:
	case GUMBO_TAG_Q:
	case GUMBO_TAG_RUBY:
	case GUMBO_TAG_RT:
	case GUMBO_TAG_RP:
	case GUMBO_TAG_S:
	case GUMBO_TAG_SAMP:
	case GUMBO_TAG_SMALL:
	case GUMBO_TAG_SPAN:
	case GUMBO_TAG_STRIKE:
	case GUMBO_TAG_STRONG:
	case GUMBO_TAG_SUB:
	case GUMBO_TAG_SUP:
	case GUMBO_TAG_TIME:
	case GUMBO_TAG_TT:
	case GUMBO_TAG_U:
	case GUMBO_TAG_VAR:
	case GUMBO_TAG_WBR:
	case GUMBO_TAG_IMG:
	case GUMBO_TAG_MATH:
	case GUMBO_TAG_INPUT:
	case GUMBO_TAG_SELECT:
	case GUMBO_TAG_TEXTAREA:
	case GUMBO_TAG_SVG:
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_BR:
	case GUMBO_TAG_LINK:
	case GUMBO_TAG_META:
	case GUMBO_TAG_AREA:
	case GUMBO_TAG_UNKNOWN:
		return false;
	default:
		return true;
	}
}

static int
heading_level(GumboTag tag)
{
	return tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6 ? 1 + (int)(tag - GUMBO_TAG_H1) : 0;
}

/* Tables that hold headings, lists or other tables only place things on the page. */
static bool
is_layout_table(const GumboNode *table)
{
	const char *role = attribute(table, "role");

	if (strcasecmp(role, "presentation") == 0 || strcasecmp(role, "none") == 0)
		return true;
	for (const GumboNode *node = next_node(table, table); node != NULL;
		 node = next_node(node, table))
		if (node->type == GUMBO_NODE_ELEMENT &&
			(is_tag(node, GUMBO_TAG_TABLE) || (heading_level(node->v.element.tag) > 0)))
			return true;
	return false;
}

static const GumboNode *
find_tag(const GumboNode *root, GumboTag tag)
{
	for (const GumboNode *node = root; node != NULL; node = next_node(node, root))
		if (is_tag(node, tag))
			return node;
	return NULL;
}

/* Ends the block being made and writes it. */
static int
flush(struct reading *reading)
{
	struct extract_block block = {
		.kind = EXTRACT_PARAGRAPH,
		.text = extract_buffer_string(&reading->text),
		.len = reading->text.len,
	};
	int rc;

	if (reading->table_node != NULL && reading->caption_node == NULL)
		return 0; /* a cell's text; it ends with the cell */
	if (reading->pre_node != NULL) {
		block.kind = EXTRACT_CODE;
	} else if (reading->heading_node != NULL) {
		block.kind = EXTRACT_HEADING;
		block.level = heading_level(reading->heading_node->v.element.tag);
	} else if (reading->caption_node != NULL) {
		block.kind = EXTRACT_CAPTION;
	} else if (reading->items > 0) {
		block.kind = EXTRACT_LIST_ITEM;
	}
	rc = extract_sink_block(reading->sink, &block);
	extract_buffer_truncate(&reading->text, 0);
	return rc;
}

/* Appends text as it is shown: runs of white space are one blank, but not in pre. */
static void
add_text(struct reading *reading, const char *text)
{
	struct extract_buffer *out = &reading->text;
	size_t len = strlen(text);

	if (reading->pre_node != NULL) {
		extract_buffer_append(out, text, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		bool blank = strchr(" \t\r\n\f", text[i]) != NULL;

		if (!blank)
			extract_buffer_byte(out, text[i]);
		else if (out->len > 0 && strchr(" \n", out->data[out->len - 1]) == NULL)
			extract_buffer_byte(out, ' ');
	}
}

static long
attribute_number(const GumboNode *node, const char *name, long otherwise)
{
	const char *value = attribute(node, name);
	char *end;
	long number = strtol(value, &end, 10);

	return end == value || number > NUMBER_MAX || number < -NUMBER_MAX ? otherwise : number;
}

/* The mark in front of a list item: its number where the list counts, else a dash. */
static void
add_item_mark(struct reading *reading, const GumboNode *item)
{
	const GumboNode *list = item->parent;
	char mark[32] = "- ";
	long number;

	/* Lists of thousands of items are counted once each: keep that linear in practice. */
	if (list != NULL && is_tag(list, GUMBO_TAG_OL) && item->index_within_parent < 4096) {
		number = attribute_number(list, "start", 1) - 1;
		for (size_t i = 0; i <= item->index_within_parent; i++) {
			const GumboNode *other = list->v.element.children.data[i];

			if (is_tag(other, GUMBO_TAG_LI))
				number = attribute_number(other, "value", number + 1);
		}
		snprintf(mark, sizeof(mark), "%ld. ", number);
	}
	extract_buffer_text(&reading->text, mark);
}

/* True if only the mark of a list item stands in the buffer. */
static bool
only_mark(const struct reading *reading)
{
	return reading->items > 0 && reading->text.len <= 8 && reading->text.len >= 2 &&
		strspn(extract_buffer_string(&reading->text), "-.0123456789 ") == reading->text.len;
}

static int
enter_block(struct reading *reading, const GumboNode *node)
{
	GumboTag tag = node->v.element.tag;
	int rc = 0;

	if (reading->table_node != NULL) {
		if (tag == GUMBO_TAG_CAPTION)
			reading->caption_node = node;
		else if (reading->text.len > 0)
			extract_buffer_byte(&reading->text, ' ');
		return 0;
	}
	if (!only_mark(reading))
		rc = flush(reading);
	else if (tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL)
		extract_buffer_truncate(&reading->text, 0);
	if (rc < 0)
		return rc;
	if (tag == GUMBO_TAG_TABLE && !is_layout_table(node)) {
		extract_buffer_truncate(&reading->text, 0);
		reading->table_node = node;
	} else if (tag == GUMBO_TAG_PRE) {
		reading->pre_node = node;
	} else if (heading_level(tag) > 0) {
		extract_buffer_truncate(&reading->text, 0);
		reading->heading_node = node;
	} else if (tag == GUMBO_TAG_CAPTION || tag == GUMBO_TAG_FIGCAPTION) {
		reading->caption_node = node;
	} else if (tag == GUMBO_TAG_LI && reading->items < LISTS_MAX) {
		reading->item_nodes[reading->items++] = node;
		extract_buffer_truncate(&reading->text, 0);
		add_item_mark(reading, node);
	}
	return 0;
}

/* How many columns or rows a cell says it reaches over. */
static unsigned
span(const GumboNode *cell, const char *name)
{
	long count = attribute_number(cell, name, 1);

	return count < 1 ? 1 : count > SPAN_MAX ? SPAN_MAX : (unsigned)count;
}

static int
leave_table(struct reading *reading, const GumboNode *node)
{
	bool header;
	int rc;

	switch (node->v.element.tag) {
	case GUMBO_TAG_TH:
	case GUMBO_TAG_TD:
		reading->row_has_data = reading->row_has_data || is_tag(node, GUMBO_TAG_TD);
		extract_table_span(&reading->table, extract_buffer_string(&reading->text),
			reading->text.len, span(node, "colspan"), span(node, "rowspan"));
		extract_buffer_truncate(&reading->text, 0);
		return 0;
	case GUMBO_TAG_TR:
		header = !reading->row_has_data || is_tag(node->parent, GUMBO_TAG_THEAD);
		reading->row_has_data = false;
		return extract_table_row(&reading->table, header, 0, reading->sink);
	case GUMBO_TAG_CAPTION:
		rc = flush(reading);
		reading->caption_node = NULL;
		return rc;
	case GUMBO_TAG_TABLE:
		extract_table_close(&reading->table);
		extract_buffer_truncate(&reading->text, 0);
		reading->table_node = NULL;
		return 0;
	default:
		return 0;
	}
}

static int
leave_block(struct reading *reading, const GumboNode *node)
{
	int rc;

	if (reading->table_node != NULL)
		return leave_table(reading, node);
	if (only_mark(reading) && !is_tag(node, GUMBO_TAG_LI))
		return 0;
	if (only_mark(reading))
		extract_buffer_truncate(&reading->text, 0);
	rc = flush(reading);
	if (node == reading->pre_node)
		reading->pre_node = NULL;
	if (node == reading->heading_node)
		reading->heading_node = NULL;
	if (node == reading->caption_node)
		reading->caption_node = NULL;
	if (reading->items > 0 && node == reading->item_nodes[reading->items - 1])
		reading->items--;
	return rc;
}

/* Adds words that stand in the line like others, though no text of the page has them. */
static void
add_words(struct reading *reading, const char *words)
{
	struct extract_buffer *out = &reading->text;

	if (words[strspn(words, " \t\r\n")] == '\0')
		return;
	if (out->len > 0 && strchr(" \n(", out->data[out->len - 1]) == NULL)
		extract_buffer_byte(out, ' ');
	add_text(reading, words);
	add_text(reading, " ");
}

/* What is said of a picture stands for it, but not the name of its file. */
static void
add_picture(struct reading *reading, const GumboNode *picture)
{
	const char *alt = attribute(picture, is_tag(picture, GUMBO_TAG_SVG) ? "aria-label" : "alt");
	const char *role = attribute(picture, "role"), *dot = strrchr(alt, '.');
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer drawn = {0};

	if (strcasecmp(role, "presentation") == 0 || strcasecmp(role, "none") == 0 ||
		(dot != NULL && strchr(dot, ' ') == NULL && strlen(dot) >= 4 && strlen(dot) <= 5))
		return;
	add_words(reading, alt);
	if (alt[0] == '\0' && is_tag(picture, GUMBO_TAG_SVG)) {
		extract_html_drawn(picture, &drawn);
		add_words(reading, extract_buffer_string(&drawn));
	}
}

/* What is filled in, or chosen. */
static void
add_control(struct reading *reading, const GumboNode *control)
{
	static const char *const shown[] = {"", "text", "number", "date", "time", "datetime-local",
		"month", "week", "email", "tel", "url"};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = {0};
	const char *type = attribute(control, "type");

	if (is_tag(control, GUMBO_TAG_TEXTAREA)) {
		extract_html_text(control, &text);
	} else if (is_tag(control, GUMBO_TAG_SELECT)) {
		for (const GumboNode *node = control; node != NULL; node = next_node(node, control))
			if (is_tag(node, GUMBO_TAG_OPTION) &&
				gumbo_get_attribute(&node->v.element.attributes, "selected") != NULL) {
				extract_html_text(node, &text);
				extract_buffer_byte(&text, ' ');
			}
	} else if (gumbo_get_attribute(&control->v.element.attributes, "checked") != NULL) {
		extract_buffer_text(&text, "\xe2\x98\x91"); /* a ticked box */
	} else {
		for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
			if (strcasecmp(type, shown[i]) == 0)
				extract_buffer_text(&text, attribute(control, "value"));
	}
	add_words(reading, extract_buffer_string(&text));
}

/* The element's text is not what it has inside it: formulas, pictures, controls. True if it is such a one. */
static bool
add_replaced(struct reading *reading, const GumboNode *node)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer formula = {0};

	switch (node->v.element.tag) {
	case GUMBO_TAG_MATH:
		extract_html_math(node, &formula);
		break;
	case GUMBO_TAG_SCRIPT: /* a formula that a script on the page would draw */
		if (strncasecmp(attribute(node, "type"), "math/", 5) != 0)
			return false;
		extract_html_text(node, &formula);
		break;
	case GUMBO_TAG_IMG:
	case GUMBO_TAG_SVG:
		add_picture(reading, node);
		return true;
	case GUMBO_TAG_INPUT:
	case GUMBO_TAG_SELECT:
	case GUMBO_TAG_TEXTAREA:
		add_control(reading, node);
		return true;
	default:
		return false;
	}
	add_text(reading, extract_buffer_string(&formula));
	return true;
}

/* Handles a node on the way down. Sets *out_skip if what is inside is not to be read. */
static int
enter(struct reading *reading, const GumboNode *node, bool *out_skip)
{
	*out_skip = false;
	switch (node->type) {
	case GUMBO_NODE_TEXT:
	case GUMBO_NODE_WHITESPACE:
	case GUMBO_NODE_CDATA:
		/* White space alone starts nothing. */
		if (node->type != GUMBO_NODE_WHITESPACE || reading->text.len > 0)
			add_text(reading, node->v.text.text);
		return 0;
	case GUMBO_NODE_ELEMENT:
		break;
	default:
		*out_skip = true;
		return 0;
	}
	*out_skip = extract_html_is_hidden(node) || add_replaced(reading, node) ||
		extract_html_is_foreign(node) ||
		(reading->skip_asides && extract_html_is_surroundings(node));
	if (*out_skip)
		return 0;
	if (is_tag(node, GUMBO_TAG_BR)) {
		extract_buffer_byte(&reading->text, reading->table_node != NULL ? ' ' : '\n');
		return 0;
	}
	if (extract_html_is_bare_reading(node))
		extract_buffer_byte(&reading->text, '(');
	return is_block(node->v.element.tag) ? enter_block(reading, node) : 0;
}

static int
leave(struct reading *reading, const GumboNode *node)
{
	if (extract_html_is_bare_reading(node))
		extract_buffer_byte(&reading->text, ')');
	return node->type == GUMBO_NODE_ELEMENT && is_block(node->v.element.tag)
		? leave_block(reading, node)
		: 0;
}

static int
walk(struct reading *reading, const GumboNode *root)
{
	const GumboNode *node = root;
	int rc = 0;

	while (node != NULL && rc == 0) {
		const GumboNode *next = NULL;
		bool skip;

		rc = enter(reading, node, &skip);
		if (rc == 0 && !skip)
			next = first_child(node);
		if (next != NULL) {
			reading->depth++;
			node = next;
			continue;
		}
		if (rc == 0 && !skip)
			rc = leave(reading, node);
		while (rc == 0 && (next = step_over(node, root)) == NULL && node != root) {
			node = node->parent;
			reading->depth--;
			rc = leave(reading, node);
		}
		node = next;
	}
	return rc < 0 ? rc : flush(reading);
}

/* Deep trees stay unfreed: freeing them would exhaust the stack, and the process ends soon. */
static bool
is_deep(const GumboNode *root)
{
	int depth = 0, deepest = 0;

	for (const GumboNode *node = root, *next; node != NULL; node = next) {
		next = first_child(node);
		depth += next != NULL;
		while (next == NULL && node != root) {
			next = step_over(node, root);
			depth -= next == NULL;
			node = node->parent;
		}
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest > DESTROY_DEPTH_MAX;
}

static int
read_tree(const GumboNode *root, bool page, struct extract_sink *sink)
{
	struct reading reading = {.sink = sink, .skip_asides = page};
	int rc = walk(&reading, root);

	extract_buffer_close(&reading.text);
	extract_table_close(&reading.table);
	return rc;
}

int
extract_html_fragment(const char *html, size_t len, struct extract_sink *sink)
{
	GumboOutput *output = extract_html_parse(html, len);
	int rc;

	if (output == NULL)
		return EXTRACT_E_DAMAGED;
	rc = read_tree(output->root, false, sink);
	if (!is_deep(output->root))
		gumbo_destroy_output(&kGumboDefaultOptions, output);
	return rc;
}

/* The name in <meta charset=…>, content="…; charset=…" or <?xml encoding=…?>, as far as it lies in the first bytes. */
static const char *
declared_charset(const struct extract_input *input, char *name, size_t size)
{
	size_t len = input->len < 2048 ? input->len : 2048, used = 0;

	for (size_t i = 0; i + 8 < len; i++) {
		size_t name_len = strncasecmp(input->data + i, "charset=", 8) == 0     ? 8
			: i + 9 < len && strncasecmp(input->data + i, "encoding=", 9) == 0 ? 9
																			   : 0;

		if (name_len == 0)
			continue;
		for (i += name_len; i < len && used + 1 < size; i++) {
			char byte = input->data[i];

			if (byte != '\0' && strchr("\"' \t", byte) != NULL && used == 0)
				continue;
			if (byte == '\0' || strchr("\"'>;/ \t\r\n", byte) != NULL)
				break;
			name[used++] = byte;
		}
		name[used] = '\0';
		return used > 0 ? name : NULL;
	}
	return NULL;
}

/* The page's main part, if it says which part that is, and there is only one, and it is not empty. */
static const GumboNode *
find_main(const GumboNode *root)
{
	const GumboNode *main = find_tag(root, GUMBO_TAG_MAIN), *second = NULL;

	if (main != NULL)
		for (const GumboNode *node = next_node(main, root); node != NULL && second == NULL;
			 node = next_node(node, root))
			second = is_tag(node, GUMBO_TAG_MAIN) ? node : NULL;
	return main == NULL || second != NULL || !extract_html_has_text(main) ? root : main;
}

int
extract_html_read(const struct extract_input *input, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer decoded = {0};
	const GumboNode *title, *text;
	GumboOutput *output;
	char charset[64];
	int rc = extract_text_decode(input, declared_charset(input, charset, sizeof(charset)), sink,
		&decoded);

	if (rc < 0)
		return rc;
	output = extract_html_parse(extract_buffer_string(&decoded), decoded.len);
	if (output == NULL)
		return EXTRACT_E_DAMAGED;
	title = find_tag(output->root, GUMBO_TAG_TITLE);
	text = title == NULL ? NULL : first_child(title);
	rc = extract_sink_document(sink, EXTRACT_FORMAT_HTML,
		text != NULL && text->type == GUMBO_NODE_TEXT ? text->v.text.text : NULL, 0);
	if (rc == 0)
		rc = read_tree(find_main(output->root), true, sink);
	if (!is_deep(output->root))
		gumbo_destroy_output(&kGumboDefaultOptions, output);
	return rc;
}
