/* SPDX-License-Identifier: Apache-2.0 */
/* html_math.c: MathML as a line of text. */
#include <ctype.h>
#include <string.h>

#include "html_tree.h"
#include "reader.h"

enum { FORMULA_BYTES_MAX = 32 * 1024, DEPTH_MAX = 64 };

/* What is written around and between an element's children; of those the first are taken. */
static const struct {
	const char *name;
	const char *open, *between[2], *close;
	bool parts; /* children of more than a name or number are put in brackets */
} forms[] = {
	{"mfrac", "", {"/", ""}, "", true},
	{"msup", "", {"^", ""}, "", true},
	{"msub", "", {"_", ""}, "", true},
	{"msubsup", "", {"_", "^"}, "", true},
	{"munder", "", {"_", ""}, "", true},
	{"mover", "", {"^", ""}, "", true},
	{"munderover", "", {"_", "^"}, "", true},
	{"mroot", "√", {" ", ""}, "", true},
	{"msqrt", "√(", {"", ""}, ")", false},
	{"mtr", "", {" ", " "}, ";", false},
};

static void add_node(const GumboNode *node, int depth, struct extract_buffer *out);

/* A sign that has blanks around it in print. */
static bool
is_relation(const char *text, size_t len)
{
	static const char *const signs[] = {"=", "<", ">", "≤", "≥", "≈", "≠", "≡", "→", "∈", "∼", "∝"};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strlen(signs[i]) == len && memcmp(signs[i], text, len) == 0)
			return true;
	return false;
}

/* The text of a leaf without the blanks around it. */
static void
add_leaf(const GumboNode *node, struct extract_buffer *out)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = {0};
	const char *start;
	size_t len;

	extract_html_text(node, &text);
	start = extract_buffer_string(&text);
	len = text.len;
	while (len > 0 && isspace((unsigned char)*start))
		start++, len--;
	while (len > 0 && isspace((unsigned char)start[len - 1]))
		len--;
	if (extract_html_is(node, GUMBO_TAG_MO) && is_relation(start, len)) {
		extract_buffer_byte(out, ' ');
		extract_buffer_append(out, start, len);
		extract_buffer_byte(out, ' ');
		return;
	}
	/* Signs that only tell how the others belong together: function application, invisible times and comma. */
	if (len == 3 && memcmp(start, "\xe2\x81", 2) == 0 && (unsigned char)start[2] >= 0xa1 &&
		(unsigned char)start[2] <= 0xa4)
		extract_buffer_byte(out, ' ');
	else
		extract_buffer_append(out, start, len);
}

static bool
is_compound(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && (unsigned char)text[i] < 0x80 && text[i] != '.' &&
			text[i] != ',')
			return true;
	return false;
}

static void
add_part(const GumboNode *node, int depth, struct extract_buffer *out)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer part = {0};
	bool compound;

	add_node(node, depth, &part);
	compound = is_compound(extract_buffer_string(&part), part.len);
	if (compound)
		extract_buffer_byte(out, '(');
	extract_buffer_append(out, extract_buffer_string(&part), part.len);
	if (compound)
		extract_buffer_byte(out, ')');
}

static void
add_form(const GumboNode *node, size_t form, int depth, struct extract_buffer *out)
{
	size_t count = 0;

	extract_buffer_text(out, forms[form].open);
	for (const GumboNode *child = extract_html_first(node); child != NULL;
		 child = extract_html_over(child, node)) {
		if (child->type != GUMBO_NODE_ELEMENT)
			continue;
		if (count > 0)
			extract_buffer_text(out, forms[form].between[count > 1]);
		count++;
		if (forms[form].parts)
			add_part(child, depth, out);
		else
			add_node(child, depth, out);
	}
	extract_buffer_text(out, forms[form].close);
}

static void
add_node(const GumboNode *node, int depth, struct extract_buffer *out)
{
	if (depth > DEPTH_MAX) {
		extract_html_text(node, out);
		return;
	}
	/* The same formula once more, in another notation. */
	if (extract_html_is_named(node, "annotation") ||
		extract_html_is_named(node, "annotation-xml") || extract_html_is_named(node, "mphantom"))
		return;
	if (extract_html_is(node, GUMBO_TAG_MI) || extract_html_is(node, GUMBO_TAG_MO) ||
		extract_html_is(node, GUMBO_TAG_MN) || extract_html_is(node, GUMBO_TAG_MS)) {
		add_leaf(node, out);
		return;
	}
	if (extract_html_is(node, GUMBO_TAG_MTEXT)) {
		extract_html_text(node, out);
		return;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (extract_html_is_named(node, forms[i].name)) {
			add_form(node, i, depth + 1, out);
			return;
		}
	}
	if (node->type == GUMBO_NODE_TEXT)
		extract_buffer_text(out, node->v.text.text);
	for (const GumboNode *child = extract_html_first(node); child != NULL;
		 child = extract_html_over(child, node))
		add_node(child, depth + 1, out);
}

void
extract_html_math(const GumboNode *math, struct extract_buffer *out)
{
	size_t before = out->len;

	add_node(math, 0, out);
	if (out->len == before)
		extract_buffer_text(out, extract_html_attribute(math, "alttext"));
}

void
extract_html_formula(const char *xml, size_t len, struct extract_buffer *out)
{
	GumboOutput *output;

	/* Of this size no tree is so deep that freeing it would exhaust the stack. */
	if (len == 0 || len > FORMULA_BYTES_MAX)
		return;
	output = extract_html_parse(xml, len);
	if (output == NULL)
		return;
	for (const GumboNode *node = output->root; node != NULL;
		 node = extract_html_next(node, output->root))
		if (extract_html_is(node, GUMBO_TAG_MATH)) {
			extract_html_math(node, out);
			break;
		}
	gumbo_destroy_output(&kGumboDefaultOptions, output);
}
