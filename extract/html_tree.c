/* SPDX-License-Identifier: Apache-2.0 */
/* html_tree.c: walks along a web page's tree, and which parts of it a reader sees. */
#include "html_tree.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

GumboOutput *
extract_html_parse(const char *html, size_t len)
{
	GumboOptions options = kGumboDefaultOptions;

	options.max_errors = 0;
	return gumbo_parse_with_options(&options, html, len);
}

bool
extract_html_is(const GumboNode *node, GumboTag tag)
{
	return (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE) &&
		node->v.element.tag == tag;
}

bool
extract_html_is_named(const GumboNode *node, const char *name)
{
	GumboStringPiece piece;

	if (node->type != GUMBO_NODE_ELEMENT)
		return false;
	piece = node->v.element.original_tag;
	gumbo_tag_from_original_text(&piece);
	return piece.data != NULL && piece.length == strlen(name) &&
		strncasecmp(piece.data, name, piece.length) == 0;
}

const char *
extract_html_attribute(const GumboNode *node, const char *name)
{
	const GumboAttribute *found = gumbo_get_attribute(&node->v.element.attributes, name);

	return found == NULL ? "" : found->value;
}

const GumboNode *
extract_html_over(const GumboNode *node, const GumboNode *root)
{
	const GumboVector *children;

	if (node == root || node->parent == NULL)
		return NULL;
	children = &node->parent->v.element.children;
	return node->index_within_parent + 1 < children->length
		? children->data[node->index_within_parent + 1]
		: NULL;
}

const GumboNode *
extract_html_first(const GumboNode *node)
{
	if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE)
		return NULL;
	return node->v.element.children.length > 0 ? node->v.element.children.data[0] : NULL;
}

const GumboNode *
extract_html_next(const GumboNode *node, const GumboNode *root)
{
	const GumboNode *next = extract_html_first(node);

	while (next == NULL && node != root) {
		next = extract_html_over(node, root);
		node = node->parent;
	}
	return next;
}

void
extract_html_text(const GumboNode *node, struct extract_buffer *out)
{
	for (const GumboNode *at = node; at != NULL; at = extract_html_next(at, node))
		if (at->type == GUMBO_NODE_TEXT || at->type == GUMBO_NODE_WHITESPACE ||
			at->type == GUMBO_NODE_CDATA)
			extract_buffer_text(out, at->v.text.text);
}

/* The node after this one and all that is inside it. */
static const GumboNode *
behind(const GumboNode *node, const GumboNode *root)
{
	const GumboNode *next;

	while ((next = extract_html_over(node, root)) == NULL && node != root)
		node = node->parent;
	return next;
}

void
extract_html_drawn(const GumboNode *picture, struct extract_buffer *out)
{
	const GumboNode *at = picture, *next;

	for (; at != NULL; at = next) {
		next = extract_html_next(at, picture);
		if (!extract_html_is_named(at, "text"))
			continue;
		extract_html_text(at, out);
		extract_buffer_byte(out, ' ');
		next = behind(at, picture); /* what is inside was read */
	}
}

bool
extract_html_has_text(const GumboNode *root)
{
	for (const GumboNode *node = root; node != NULL; node = extract_html_next(node, root))
		if (node->type == GUMBO_NODE_TEXT)
			return true;
	return false;
}

/* True if a declaration stands in the style, however it is spaced. */
static bool
has_style(const GumboNode *node, const char *property, const char *value)
{
	const char *style = extract_html_attribute(node, "style");
	size_t len = strlen(property);

	while ((style = strcasestr(style, property)) != NULL) {
		style += len;
		style += strspn(style, " \t\r\n");
		if (*style != ':')
			continue;
		style += 1 + strspn(style + 1, " \t\r\n");
		if (strncasecmp(style, value, strlen(value)) == 0)
			return true;
	}
	return false;
}

/* True if the class, the id or the role has one of the words, which end with NULL: "note-box" has "note". */
static bool
has_word(const GumboNode *node, const char *const *words)
{
	static const char *const attributes[] = {"class", "id", "role"};

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		const char *at = extract_html_attribute(node, attributes[i]);

		while (*at != '\0') {
			size_t len = 0;

			while (isalpha((unsigned char)at[len]))
				len++;
			for (size_t k = 0; len > 0 && words[k] != NULL; k++)
				if (strlen(words[k]) == len && strncasecmp(at, words[k], len) == 0)
					return true;
			at += len > 0 ? len : 1;
		}
	}
	return false;
}

/* Text for those who hear the page; whoever sees it does not see that. */
static bool
is_for_listeners(const GumboNode *node)
{
	const char *class = extract_html_attribute(node, "class");

	return strstr(class, "sr-only") != NULL || strstr(class, "visually-hidden") != NULL ||
		strstr(class, "visuallyhidden") != NULL || strstr(class, "screen-reader-text") != NULL;
}

bool
extract_html_is_foreign(const GumboNode *node)
{
	switch (node->v.element.tag) {
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_STYLE:
	case GUMBO_TAG_TEMPLATE:
	case GUMBO_TAG_HEAD:
	case GUMBO_TAG_NOSCRIPT:
	case GUMBO_TAG_NOFRAMES:
	case GUMBO_TAG_SVG:
	case GUMBO_TAG_IFRAME:
	case GUMBO_TAG_OBJECT:
	case GUMBO_TAG_CANVAS:
	case GUMBO_TAG_AUDIO:
	case GUMBO_TAG_VIDEO:
	case GUMBO_TAG_BUTTON:
	case GUMBO_TAG_SELECT:
	case GUMBO_TAG_DATALIST:
	case GUMBO_TAG_TEXTAREA:
	case GUMBO_TAG_INPUT:
	case GUMBO_TAG_DEL:
		return true;
	default:
		return false;
	}
}

bool
extract_html_is_hidden(const GumboNode *node)
{
	/* MediaWiki hides a formula for those who see its picture, which says nothing. */
	if (strstr(extract_html_attribute(node, "class"), "mwe-math-mathml") != NULL)
		return false;
	return gumbo_get_attribute(&node->v.element.attributes, "hidden") != NULL ||
		strcasecmp(extract_html_attribute(node, "aria-hidden"), "true") == 0 ||
		is_for_listeners(node) || has_style(node, "display", "none") ||
		has_style(node, "visibility", "hidden") ||
		(extract_html_is_named(node, "dialog") &&
			gumbo_get_attribute(&node->v.element.attributes, "open") == NULL);
}

bool
extract_html_is_bare_reading(const GumboNode *node)
{
	if (!extract_html_is(node, GUMBO_TAG_RT) || node->parent == NULL)
		return false;
	for (const GumboNode *other = extract_html_first(node->parent); other != NULL;
		 other = extract_html_over(other, node->parent))
		if (extract_html_is(other, GUMBO_TAG_RP))
			return false;
	return true;
}

static bool
is_inside(const GumboNode *node, GumboTag tag, GumboTag other)
{
	for (node = node->parent; node != NULL; node = node->parent)
		if (extract_html_is(node, tag) || extract_html_is(node, other))
			return true;
	return false;
}

static size_t
text_len(const GumboNode *root)
{
	size_t len = 0;

	for (const GumboNode *node = root; node != NULL; node = extract_html_next(node, root))
		len += node->type == GUMBO_NODE_TEXT ? strlen(node->v.text.text) : 0;
	return len;
}

/* True if more of the text is in links than not: a list of other pages. */
static bool
is_mostly_links(const GumboNode *root)
{
	size_t all = text_len(root), linked = 0;

	for (const GumboNode *node = root, *next; node != NULL; node = next) {
		bool link = extract_html_is(node, GUMBO_TAG_A);

		linked += link ? text_len(node) : 0;
		next = link ? behind(node, root) : extract_html_next(node, root);
	}
	return linked * 2 > all;
}

/* Side matter, unless it is part of the text that it stands beside. */
static bool
is_side_matter(const GumboNode *aside)
{
	static const char *const notes[] = {"admonition", "callout", "alert", "warning", "caution",
		"danger", "note", "notes", "tip", "hint", "info", "important", "notice", "attention",
		"infobox", "footnote", "footnotes", "example", NULL};
	static const char *const beside[] = {"sidebar", "related", "toc", "share", "sharing", "social",
		"promo", "ad", "ads", "advert", "advertisement", "sponsor", "sponsored", "newsletter",
		"subscribe", "recommended", "nav", "navigation", "menu", "breadcrumb", "breadcrumbs",
		"cookie", "widget", "comments", NULL};

	if (has_word(aside, beside))
		return true;
	return !has_word(aside, notes) &&
		(!is_inside(aside, GUMBO_TAG_MAIN, GUMBO_TAG_ARTICLE) || is_mostly_links(aside));
}

/* The page's foot; that of a quotation names its author, and that of an article may hold its notes. */
static bool
is_page_foot(const GumboNode *footer)
{
	static const char *const notes[] = {"footnote", "footnotes", "endnotes", "references", NULL};

	return !is_inside(footer, GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_FIGURE) && !has_word(footer, notes);
}

bool
extract_html_is_surroundings(const GumboNode *node)
{
	const char *role = extract_html_attribute(node, "role"),
			   *class = extract_html_attribute(node, "class");
	GumboTag tag = node->v.element.tag;

	if (tag == GUMBO_TAG_ASIDE || strcasecmp(role, "complementary") == 0)
		return is_side_matter(node);
	if (tag == GUMBO_TAG_FOOTER)
		return is_page_foot(node);
	return tag == GUMBO_TAG_NAV || strcasecmp(role, "navigation") == 0 ||
		strcasecmp(role, "search") == 0 || strcasecmp(role, "contentinfo") == 0 ||
		(tag == GUMBO_TAG_A && extract_html_attribute(node, "hreflang")[0] != '\0') ||
		strstr(class, "mw-editsection") != NULL || strstr(class, "mw-cite-backlink") != NULL;
}
