/* SPDX-License-Identifier: Apache-2.0 */
/* odf.c: an OpenDocument file: what it is, its styles, its title. */
#include "odf.h"

#include <stdlib.h>
#include <string.h>

#include "docx.h"
#include "package.h"
#include "protocol.h"
#include "sink.h"
#include "xml.h"

enum {
	HOPS_MAX = 16,
	FLAT_HEAD_BYTES = 4096,
	PAGES_MAX = 20000,
};

#define is_named extract_xml_is
#define attribute extract_xml_attribute

/* Families of styles share names; those that are never asked for are one. */
static char
family_of(const char *family)
{
	static const struct {
		const char *family;
		char letter;
	} families[] = {{"paragraph", 'p'}, {"text", 't'}, {"table", 'b'}, {"drawing-page", 'd'}};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strcmp(family, families[i].family) == 0)
			return families[i].letter;
	return 'o';
}

static int
add_style(struct extract_odf_styles *styles, xmlTextReader *xml, bool list)
{
	if (styles->count >= EXTRACT_ODF_STYLES_MAX)
		return EXTRACT_E_TOO_LARGE;
	styles->list = extract_memory_resize(styles->list, styles->count + 1, sizeof(*styles->list));
	styles->list[styles->count++] = (struct extract_odf_style){
		.name = extract_memory_copy(attribute(xml, "name")),
		.parent = extract_memory_copy(attribute(xml, "parent-style-name")),
		.family = list ? 'l' : family_of(attribute(xml, "family")),
	};
	return 0;
}

/* What is inside a style's element belongs to the style added last. */
static void
add_property(struct extract_odf_style *style, xmlTextReader *xml)
{
	const char *display = attribute(xml, "display");
	long level;

	if ((is_named(xml, "text-properties") && strcmp(display, "none") == 0) ||
		(is_named(xml, "table-properties") && strcmp(display, "false") == 0) ||
		(is_named(xml, "drawing-page-properties") &&
			strcmp(attribute(xml, "visibility"), "hidden") == 0))
		style->hidden = true;
	if (style->family != 'l' || !is_named(xml, "list-level-style-number") ||
		attribute(xml, "num-format")[0] == '\0')
		return;
	level = extract_xml_number(xml, "level", EXTRACT_ODF_LEVELS, 0);
	if (level > 0)
		style->numbered |= 1U << (level - 1);
}

int
extract_odf_styles_add(struct extract_odf_styles *styles, const char *xml, size_t len)
{
	xmlTextReader *reader = NULL;
	int rc = extract_xml_open(xml, len, &reader);

	while (rc == 1 && (rc = extract_xml_next(reader)) == 1) {
		bool list = is_named(reader, "list-style");

		if (!extract_xml_begins(reader))
			continue;
		if (is_named(reader, "body") || is_named(reader, "binary-data"))
			rc = extract_xml_skip(reader);
		else if (is_named(reader, "style") || list)
			rc = add_style(styles, reader, list) < 0 ? EXTRACT_E_TOO_LARGE : 1;
		else if (styles->count > 0)
			add_property(&styles->list[styles->count - 1], reader);
	}
	extract_xml_close(reader);
	return rc;
}

static int
compare(const void *first, const void *second)
{
	const struct extract_odf_style *one = first, *other = second;
	int order = strcmp(one->name, other->name);

	return order != 0 ? order : one->family - other->family;
}

void
extract_odf_styles_sort(struct extract_odf_styles *styles)
{
	if (styles->count > 0)
		qsort(styles->list, styles->count, sizeof(*styles->list), compare);
}

const struct extract_odf_style *
extract_odf_styles_find(const struct extract_odf_styles *styles, char family, const char *name)
{
	static char nothing[1];
	static const struct extract_odf_style none = {.name = nothing, .parent = nothing};
	const struct extract_odf_style wanted = {.name = (char *)(uintptr_t)name, .family = family};
	const struct extract_odf_style *found = NULL;

	if (styles->count > 0)
		found = bsearch(&wanted, styles->list, styles->count, sizeof(wanted), compare);
	return found == NULL ? &none : found;
}

bool
extract_odf_is_hidden(const struct extract_odf_styles *styles, char family, const char *name)
{
	for (int hops = 0; name[0] != '\0' && hops < HOPS_MAX; hops++) {
		const struct extract_odf_style *style = extract_odf_styles_find(styles, family, name);

		if (style->hidden)
			return true;
		name = style->parent;
	}
	return false;
}

bool
extract_odf_is_title(const struct extract_odf_styles *styles, const char *name)
{
	for (int hops = 0; name[0] != '\0' && hops < HOPS_MAX; hops++) {
		if (strcmp(name, "Title") == 0)
			return true;
		name = extract_odf_styles_find(styles, 'p', name)->parent;
	}
	return false;
}

void
extract_odf_styles_close(struct extract_odf_styles *styles)
{
	for (size_t i = 0; i < styles->count; i++) {
		extract_memory_free(styles->list[i].name);
		extract_memory_free(styles->list[i].parent);
	}
	extract_memory_free(styles->list);
	*styles = (struct extract_odf_styles){0};
}

void
extract_odf_add_text(struct extract_buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		bool blank = strchr(" \t\r\n", *text) != NULL;

		if (!blank)
			extract_buffer_byte(out, *text);
		else if (out->len > 0 && strchr(" \n\t", out->data[out->len - 1]) == NULL)
			extract_buffer_byte(out, ' ');
	}
}

bool
extract_odf_add_space(struct extract_buffer *out, xmlTextReader *xml)
{
	if (is_named(xml, "s")) {
		for (long i = extract_xml_number(xml, "c", 64, 1); i > 0; i--)
			extract_buffer_byte(out, ' ');
	} else if (is_named(xml, "tab")) {
		extract_buffer_byte(out, '\t');
	} else if (is_named(xml, "line-break")) {
		extract_buffer_byte(out, '\n');
	} else {
		return false;
	}
	return true;
}

bool
extract_odf_is_skipped(xmlTextReader *xml)
{
	static const char *const names[] = {"tracked-changes", "annotation", "forms", "binary-data",
		"ruby-text", "placeholder", "event-listeners", "table-of-content", "sequence-decls",
		"variable-decls", "user-field-decls", "desc", "shapes", "automatic-styles", "styles",
		"master-styles", "font-face-decls", "settings", "meta", "scripts", "object"};
	const char *space = (const char *)xmlTextReaderConstNamespaceUri(xml);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_named(xml, names[i]))
			return true;
	/* What a picture shows, for those who cannot see it; the field of the same name is text. */
	return is_named(xml, "title") && space != NULL && strstr(space, "svg") != NULL;
}

static enum extract_odf_body
body_of(const char *content, size_t len)
{
	if (memmem(content, len, "<office:spreadsheet", 19) != NULL)
		return EXTRACT_ODF_SHEETS;
	if (memmem(content, len, "<office:presentation", 20) != NULL)
		return EXTRACT_ODF_SLIDES;
	return EXTRACT_ODF_TEXT;
}

static int
count_slides(const char *content, size_t len)
{
	static const char mark[] = "<draw:page ";
	const char *at = content, *end = content + len;
	int count = 0;

	while (count < PAGES_MAX &&
		(at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1)) != NULL) {
		at += sizeof(mark) - 1;
		count++;
	}
	return count;
}

static int
read_content(const struct extract_buffer *content, const struct extract_odf_styles *styles,
	const char *title, const struct extract_package *package, struct extract_sink *sink)
{
	static const char *const formats[] = {
		[EXTRACT_ODF_TEXT] = EXTRACT_FORMAT_ODT,
		[EXTRACT_ODF_SHEETS] = EXTRACT_FORMAT_ODS,
		[EXTRACT_ODF_SLIDES] = EXTRACT_FORMAT_ODP,
	};
	enum extract_odf_body body;
	int rc, pages = 0;

	if (content->len == 0)
		return EXTRACT_E_DAMAGED;
	body = body_of(content->data, content->len);
	if (body == EXTRACT_ODF_SLIDES)
		pages = count_slides(content->data, content->len);
	rc = extract_sink_document(sink, formats[body], title, pages);
	if (rc < 0)
		return rc;
	return body == EXTRACT_ODF_SHEETS
		? extract_odf_sheets(content->data, content->len, styles, sink)
		: extract_odf_text(content->data, content->len, styles, pages, package, sink);
}

int
extract_odf_read(const struct extract_package *package, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_odf_styles_close) struct extract_odf_styles styles = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer title = {0};
	const struct extract_buffer *manifest = extract_package_part(package, "META-INF/manifest.xml");
	const struct extract_buffer *content = extract_package_part(package, "content.xml");
	const struct extract_buffer *common = extract_package_part(package, "styles.xml");
	const struct extract_buffer *meta = extract_package_part(package, "meta.xml");
	int rc = 0;

	if (manifest->len > 0 && memmem(manifest->data, manifest->len, "encryption-data", 15) != NULL)
		return EXTRACT_E_ENCRYPTED;
	if (meta->len > 0)
		rc = extract_docx_title(meta->data, meta->len, &title);
	if (rc == 0 && common->len > 0)
		rc = extract_odf_styles_add(&styles, common->data, common->len);
	if (rc == 0 && content->len > 0)
		rc = extract_odf_styles_add(&styles, content->data, content->len);
	extract_odf_styles_sort(&styles);
	return rc < 0 ? rc
				  : read_content(content, &styles, extract_buffer_string(&title), package, sink);
}

bool
extract_odf_is_flat(const struct extract_input *input)
{
	size_t head = input->len < FLAT_HEAD_BYTES ? input->len : FLAT_HEAD_BYTES;

	return head > 5 && memmem(input->data, 16 < head ? 16 : head, "<?xml", 5) != NULL &&
		memmem(input->data, head, "<office:document", 16) != NULL;
}

int
extract_odf_flat_read(const struct extract_input *input, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_odf_styles_close) struct extract_odf_styles styles = {0};
	const struct extract_buffer content = {.data = (char *)(uintptr_t)input->data,
		.len = input->len};
	int rc = extract_odf_styles_add(&styles, input->data, input->len);

	extract_odf_styles_sort(&styles);
	return rc < 0 ? rc : read_content(&content, &styles, NULL, NULL, sink);
}
