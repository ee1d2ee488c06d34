/* SPDX-License-Identifier: Apache-2.0 */
/* html_tree.h: what the readers of a web page ask of gumbo's tree. */
#ifndef EXTRACT_HTML_TREE_H
#define EXTRACT_HTML_TREE_H

#include <gumbo.h>
#include <stdbool.h>

#include "buffer.h"

/* Without gumbo's list of errors: each holds all elements that are open, so deep pages would need the square of
 * memory. */
GumboOutput *extract_html_parse(const char *html, size_t len);

bool extract_html_is(const GumboNode *node, GumboTag tag);

/* By the name in the source, for elements that gumbo has no number for. */
bool extract_html_is_named(const GumboNode *node, const char *name);

/* The value of an element's attribute; "" if absent. */
const char *extract_html_attribute(const GumboNode *node, const char *name);

const GumboNode *extract_html_first(const GumboNode *node);

/* The node after this one in the document's order that is not inside it; NULL behind root's last. */
const GumboNode *extract_html_over(const GumboNode *node, const GumboNode *root);

/* The next node of a plain walk below root. */
const GumboNode *extract_html_next(const GumboNode *node, const GumboNode *root);

/* True for elements whose content is no text of the page: scripts, controls, what was deleted. */
bool extract_html_is_foreign(const GumboNode *node);

/* True for what the page says it does not show. */
bool extract_html_is_hidden(const GumboNode *node);

/* True for what surrounds the content: navigation, side matter, the page's foot, links to its translations. A warning
 * or a note beside the text is content, whatever element it is in. */
bool extract_html_is_surroundings(const GumboNode *node);

/* True for the reading of a word in a ruby annotation that has no brackets of its own. */
bool extract_html_is_bare_reading(const GumboNode *node);

/* Appends a formula as a line of text: a/b, x^2, √(x). */
void extract_html_math(const GumboNode *math, struct extract_buffer *out);

/* Appends the text of a node as it stands. */
void extract_html_text(const GumboNode *node, struct extract_buffer *out);

/* Appends the words that are drawn in a picture (svg). */
void extract_html_drawn(const GumboNode *picture, struct extract_buffer *out);

bool extract_html_has_text(const GumboNode *root);

#endif
