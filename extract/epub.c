/* SPDX-License-Identifier: Apache-2.0 */
/* epub.c: an e-book's package document and table of contents; its chapters are web pages. */
#include "epub.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "package.h"
#include "protocol.h"
#include "reader.h"
#include "sink.h"
#include "xml.h"

enum { ITEMS_MAX = 20000 };

#define is_named extract_xml_is
#define attribute extract_xml_attribute

/* A file of the book. */
struct item {
	char *id;    /* owned */
	char *path;  /* owned */
	char *label; /* owned: what the table of contents calls it; NULL if it does not name it */
	bool page;   /* a web page */
	bool nav;    /* the table of contents */
};

struct book {
	const struct extract_package *package; /* borrowed */
	struct extract_sink *sink;
	struct item *items; /* owned */
	size_t item_count;
	size_t *spine; /* owned: indices of items, in reading order */
	size_t spine_count;
	struct extract_buffer title; /* owned */
	size_t contents;             /* the item that is the table of contents; item_count: none */
};

static void
book_close(struct book *book)
{
	for (size_t i = 0; i < book->item_count; i++) {
		extract_memory_free(book->items[i].id);
		extract_memory_free(book->items[i].path);
		extract_memory_free(book->items[i].label);
	}
	extract_memory_free(book->items);
	extract_memory_free(book->spine);
	extract_buffer_close(&book->title);
	*book = (struct book){0};
}

/* Elements that HTML never closes. */
static bool
is_void(const char *name, size_t len)
{
	static const char *const names[] = {"area", "base", "br", "col", "embed", "hr", "img", "input",
		"link", "meta", "param", "source", "track", "wbr"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && strncasecmp(names[i], name, len) == 0)
			return true;
	return false;
}

/* The end of the tag that begins at text: behind its ">", which quotes may hide; len if it never
 * ends. */
static size_t
tag_end(const char *text, size_t len)
{
	char quote = '\0';

	for (size_t i = 1; i < len; i++) {
		if (quote != '\0')
			quote = text[i] == quote ? '\0' : quote;
		else if (text[i] == '"' || text[i] == '\'')
			quote = text[i];
		else if (text[i] == '>')
			return i + 1;
	}
	return len;
}

void
extract_epub_open_tags(const char *xhtml, size_t len, struct extract_buffer *out)
{
	for (size_t at = 0; at < len;) {
		const char *tag = memchr(xhtml + at, '<', len - at);
		size_t before = tag == NULL ? len - at : (size_t)(tag - xhtml) - at, end, name = 1;

		extract_buffer_append(out, xhtml + at, before);
		at += before;
		if (tag == NULL)
			return;
		if (len - at >= 4 && memcmp(tag, "<!--", 4) == 0) {
			const char *close = memmem(tag, len - at, "-->", 3);

			end = close == NULL ? len - at : (size_t)(close - tag) + 3;
			extract_buffer_append(out, tag, end);
			at += end;
			continue;
		}
		end = tag_end(tag, len - at);
		while (name < end && (isalnum((unsigned char)tag[name]) || strchr(":-_", tag[name])) &&
			tag[name] != '\0')
			name++;
		if (end > 3 && name > 1 && memcmp(tag + end - 2, "/>", 2) == 0 &&
			!is_void(tag + 1, name - 1)) {
			extract_buffer_append(out, tag, end - 2);
			extract_buffer_text(out, "></");
			extract_buffer_append(out, tag + 1, name - 1);
			extract_buffer_byte(out, '>');
		} else {
			extract_buffer_append(out, tag, end);
		}
		at += end;
	}
}

/* A part's text without its document type, if that only names one: such a part cannot expand. */
static void
without_type(const struct extract_buffer *part, struct extract_buffer *out)
{
	const char *text = extract_buffer_string(part);
	const char *type = memmem(text, part->len, "<!DOCTYPE", 9), *end, *inner;
	size_t left;

	if (type == NULL) {
		extract_buffer_append(out, text, part->len);
		return;
	}
	left = part->len - (size_t)(type - text);
	end = memchr(type, '>', left);
	inner = end == NULL ? NULL : memchr(type, '[', (size_t)(end - type));
	extract_buffer_append(out, text, (size_t)(type - text));
	if (end != NULL && inner == NULL)
		type = end + 1;
	extract_buffer_append(out, type, part->len - (size_t)(type - text));
}

/* Finds the path of the package document. */
static int
find_package(const struct extract_package *package, struct extract_buffer *out)
{
	const struct extract_buffer *part = extract_package_part(package, "META-INF/container.xml");
	xmlTextReader *xml = NULL;
	int rc = extract_xml_open(part->data, part->len, &xml);

	while (rc == 1 && out->len == 0 && (rc = extract_xml_next(xml)) == 1)
		if (extract_xml_begins(xml) && is_named(xml, "rootfile"))
			extract_package_resolve("", attribute(xml, "full-path"), out);
	extract_xml_close(xml);
	return rc < 0 ? rc : out->len == 0 ? EXTRACT_E_DAMAGED : 0;
}

static int
add_item(struct book *book, const char *opf, xmlTextReader *xml)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer path = {0};
	const char *type = attribute(xml, "media-type");
	struct item item = {0};

	if (book->item_count >= ITEMS_MAX)
		return EXTRACT_E_TOO_LARGE;
	item.page = strcmp(type, "application/xhtml+xml") == 0 || strcmp(type, "text/html") == 0 ||
		strcmp(type, "text/x-oeb1-document") == 0;
	item.nav = strstr(attribute(xml, "properties"), "nav") != NULL;
	if (item.nav || strcmp(attribute(xml, "media-type"), "application/x-dtbncx+xml") == 0)
		book->contents = book->item_count;
	extract_package_resolve(opf, attribute(xml, "href"), &path);
	item.path = extract_memory_copy(extract_buffer_string(&path));
	item.id = extract_memory_copy(attribute(xml, "id"));
	book->items = extract_memory_resize(book->items, book->item_count + 1, sizeof(item));
	book->items[book->item_count++] = item;
	return 0;
}

static int
add_to_spine(struct book *book, const char *id)
{
	if (book->spine_count >= ITEMS_MAX)
		return EXTRACT_E_TOO_LARGE;
	for (size_t i = 0; i < book->item_count; i++) {
		if (strcmp(book->items[i].id, id) != 0)
			continue;
		book->spine = extract_memory_resize(book->spine, book->spine_count + 1, sizeof(size_t));
		book->spine[book->spine_count++] = i;
		break;
	}
	return 0;
}

/* Reads the package document: the title, the files and their order. */
static int
read_package(struct book *book, const char *path)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer opf = {0};
	bool in_title = false;
	xmlTextReader *xml = NULL;
	int rc;

	without_type(extract_package_part(book->package, path), &opf);
	book->contents = ITEMS_MAX;
	rc = extract_xml_open(opf.data, opf.len, &xml);
	while (rc == 1 && (rc = extract_xml_next(xml)) == 1) {
		const char *text = extract_xml_text(xml);
		int failure = 0;

		if (text != NULL && in_title)
			extract_buffer_text(&book->title, text);
		if (is_named(xml, "title"))
			in_title = extract_xml_begins(xml) && !extract_xml_is_empty(xml) &&
				book->title.len == 0;
		else if (!extract_xml_begins(xml))
			continue;
		else if (is_named(xml, "item"))
			failure = add_item(book, path, xml);
		else if (is_named(xml, "itemref"))
			failure = add_to_spine(book, attribute(xml, "idref"));
		if (failure < 0)
			rc = failure;
	}
	extract_xml_close(xml);
	return rc;
}

/* Gives the file that a line of the contents leads to its first label. */
static void
set_label(struct book *book, const char *contents, const char *target, const char *label)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer path = {0};

	extract_package_resolve(contents, target, &path);
	for (size_t i = 0; i < book->item_count; i++) {
		struct item *item = &book->items[i];

		if (item->label == NULL && strcasecmp(item->path, extract_buffer_string(&path)) == 0) {
			item->label = extract_memory_copy(label);
			break;
		}
	}
}

/* Reads either kind of contents: links in a page, or labels each followed by its target. Contents
 * that are damaged name what comes before the damage: the chapters are read all the same. */
static void
read_contents(struct book *book)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer part = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer label = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer target = {0};
	const char *path;
	size_t labels = 0;
	bool inside = false;
	xmlTextReader *xml = NULL;
	int rc;

	if (book->contents >= book->item_count)
		return;
	path = book->items[book->contents].path;
	without_type(extract_package_part(book->package, path), &part);
	rc = extract_xml_open(part.data, part.len, &xml);
	while (rc == 1 && labels < ITEMS_MAX && (rc = extract_xml_next(xml)) == 1) {
		const char *text = extract_xml_text(xml);
		bool link = is_named(xml, "a"), words = is_named(xml, "text");

		if (text != NULL && inside)
			extract_buffer_text(&label, text);
		if (extract_xml_begins(xml) && (link || words)) {
			extract_buffer_truncate(&label, 0);
			extract_buffer_truncate(&target, 0);
			if (link)
				extract_buffer_text(&target, attribute(xml, "href"));
			inside = !extract_xml_is_empty(xml);
			labels++;
		} else if (extract_xml_ends(xml) && (link || words)) {
			inside = false;
			if (link)
				set_label(book, path, extract_buffer_string(&target),
					extract_buffer_string(&label));
		} else if (extract_xml_begins(xml) && is_named(xml, "content")) {
			set_label(book, path, attribute(xml, "src"), extract_buffer_string(&label));
		}
	}
	extract_xml_close(xml);
}

/* Fonts are often disguised; pages that are encrypted need the shop's reader. */
static int
refuse_protected(const struct book *book)
{
	const struct extract_buffer *part = extract_package_part(book->package,
		"META-INF/encryption.xml");
	xmlTextReader *xml = NULL;
	int rc;

	if (part->len == 0)
		return 0;
	rc = extract_xml_open(part->data, part->len, &xml);
	while (rc == 1 && (rc = extract_xml_next(xml)) == 1) {
		EXTRACT_AUTO(extract_buffer_close) struct extract_buffer path = {0};

		if (!extract_xml_begins(xml) || !is_named(xml, "CipherReference"))
			continue;
		extract_package_resolve("", attribute(xml, "URI"), &path);
		for (size_t i = 0; i < book->spine_count && rc == 1; i++)
			if (strcmp(book->items[book->spine[i]].path, extract_buffer_string(&path)) == 0)
				rc = extract_sink_fail(book->sink, EXTRACT_E_ENCRYPTED,
					"The e-book is copy-protected and can be opened only in its own reader.");
	}
	extract_xml_close(xml);
	return rc;
}

static bool
has_heading(const struct extract_buffer *html)
{
	const char *text = extract_buffer_string(html);

	for (const char *at = text; (at = strcasestr(at, "<h")) != NULL; at += 2)
		if (at[2] >= '1' && at[2] <= '6' && !isalnum((unsigned char)at[3]))
			return true;
	return false;
}

/* A chapter begins with its heading, or else with what the contents call it. */
static int
read_chapter(struct book *book, const struct item *item)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer decoded = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer html = {0};
	const struct extract_buffer *part = extract_package_part(book->package, item->path);
	const struct extract_input input = {.data = extract_buffer_string(part),
		.len = part->len,
		.name = item->path,
		.mime = "application/xhtml+xml"};
	struct extract_block block = {.kind = EXTRACT_HEADING, .level = 1};
	int rc = 0;

	if (part->len == 0)
		return 0;
	rc = extract_text_decode(&input, "UTF-8", book->sink, &decoded);
	if (rc < 0)
		return rc;
	extract_epub_open_tags(extract_buffer_string(&decoded), decoded.len, &html);
	if (item->label != NULL && !has_heading(&html)) {
		block.text = item->label;
		block.len = strlen(item->label);
		rc = extract_sink_block(book->sink, &block);
	}
	return rc < 0 ? rc : extract_html_fragment(extract_buffer_string(&html), html.len, book->sink);
}

int
extract_epub_read(const struct extract_package *package, struct extract_sink *sink)
{
	EXTRACT_AUTO(book_close) struct book book = {.package = package, .sink = sink};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer path = {0};
	int rc = find_package(package, &path);

	if (rc == 0)
		rc = read_package(&book, extract_buffer_string(&path));
	if (rc == 0)
		rc = refuse_protected(&book);
	if (rc < 0)
		return rc;
	read_contents(&book);
	rc = extract_sink_document(sink, EXTRACT_FORMAT_EPUB, extract_buffer_string(&book.title), 0);
	for (size_t i = 0; i < book.spine_count && rc == 0; i++) {
		const struct item *item = &book.items[book.spine[i]];

		/* The contents repeat the headings. */
		if (item->page && !item->nav)
			rc = read_chapter(&book, item);
	}
	return rc;
}
