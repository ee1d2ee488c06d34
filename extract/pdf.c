/* pdf.c: reads PDF files by way of poppler: its characters and fonts, not its order. */
#include <poppler.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pdf_text.h"
#include "protocol.h"
#include "reader.h"
#include "sink.h"
#include "unicode.h"

enum { PAGES_MAX = 20000 };

/* Fonts say how heavy they are in their names only. */
static bool
is_bold(const char *font)
{
	static const char *const words[] = {"bold", "black", "heavy", "blk", "demi", "SFBX", "CMBX",
		"-BX"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && font != NULL; i++)
		if (strcasestr(font, words[i]) != NULL)
			return true;
	return false;
}

/* poppler wraps runs against the page's direction in marks that have no place of their own. */
static bool
is_embedding_mark(gunichar point)
{
	return point >= 0x202a && point <= 0x202e;
}

/* A page's text beside the lists that describe it by character, as poppler gives them. */
struct source {
	char *text;               /* owned */
	PopplerRectangle *boxes;  /* owned */
	guint box_count;
	GList *fonts;             /* owned: PopplerTextAttributes for runs of characters */
};

static void
source_close(struct source *source)
{
	g_free(source->text);
	g_free(source->boxes);
	poppler_page_free_text_attributes(source->fonts);
}

static void
add_characters(struct extract_page *out, const struct source *source)
{
	const GList *font = source->fonts;
	const char *at = source->text;
	bool bold = false;
	guint index = 0;

	for (; *at != '\0' && index < source->box_count; at = g_utf8_next_char(at)) {
		gunichar point = g_utf8_get_char(at);
		const PopplerTextAttributes *run;
		const PopplerRectangle *box;

		if (is_embedding_mark(point))
			continue;
		while (font != NULL && font->next != NULL &&
		    ((const PopplerTextAttributes *)font->data)->end_index < (gint)index)
			font = font->next;
		run = font == NULL ? NULL : font->data;
		if (run != NULL && (gint)index == run->start_index)
			bold = is_bold(run->font_name);
		box = &source->boxes[index++];
		extract_page_add(out, &(struct extract_glyph){
			.point = point,
			.box = {box->x1, box->y1, box->x2, box->y2},
			.size = run == NULL ? 0 : run->font_size,
			.bold = bold,
		});
	}
}

static void
read_page(PopplerDocument *document, int index, struct extract_page *out)
{
	PopplerPage *page = poppler_document_get_page(document, index);
	struct source source = {0};

	*out = (struct extract_page){0};
	if (page == NULL)
		return; /* a page that is broken holds no text; the others may */
	poppler_page_get_size(page, &out->width, &out->height);
	source.text = poppler_page_get_text(page);
	if (source.text != NULL && source.text[0] != '\0' &&
	    poppler_page_get_text_layout(page, &source.boxes, &source.box_count)) {
		source.fonts = poppler_page_get_text_attributes(page);
		add_characters(out, &source);
	}
	source_close(&source);
	g_object_unref(page);
}

static int
read_pages(PopplerDocument *document, struct extract_page *pages, int count,
	struct extract_sink *sink)
{
	uint64_t characters = 0;
	int rc = 0;

	for (int i = 0; i < count && rc == 0; i++) {
		read_page(document, i, &pages[i]);
		characters += extract_unicode_count(extract_buffer_string(&pages[i].text),
			pages[i].text.len);
		/* Counted here too: all pages are kept until the last is read. */
		if (characters / 2 > sink->characters_max)
			return EXTRACT_E_TOO_LARGE;
		rc = extract_sink_progress(sink, i + 1, count);
	}
	return rc < 0 ? rc : characters == 0 ? EXTRACT_E_IMAGE_ONLY : 0;
}

/* Headings, heads and feet show only when all pages are known. */
static int
put_pages(struct extract_page *pages, int count, struct extract_sink *sink)
{
	struct extract_pdf_sizes sizes;
	int rc = 0;

	extract_pdf_drop_furniture(pages, (size_t)count);
	extract_pdf_sizes_measure(&sizes, pages, (size_t)count);
	for (int i = 0; i < count && rc == 0; i++) {
		extract_page_arrange(&pages[i]);
		rc = extract_pdf_page_blocks(&pages[i], i + 1, &sizes, sink);
		extract_page_close(&pages[i]);
	}
	return rc;
}

static int
read_document(PopplerDocument *document, struct extract_sink *sink)
{
	int count = poppler_document_get_n_pages(document);
	struct extract_page *pages;
	char *title;
	int rc;

	if (count <= 0)
		return EXTRACT_E_DAMAGED;
	if (count > PAGES_MAX)
		return extract_sink_fail(sink, EXTRACT_E_TOO_LARGE,
			"The PDF has %d pages; at most %d are read.", count, PAGES_MAX);
	title = poppler_document_get_title(document);
	rc = extract_sink_document(sink, EXTRACT_FORMAT_PDF, title, count);
	g_free(title);
	if (rc < 0)
		return rc;
	pages = extract_memory_resize(NULL, (size_t)count, sizeof(*pages));
	memset(pages, 0, (size_t)count * sizeof(*pages));
	rc = read_pages(document, pages, count, sink);
	if (rc == 0)
		rc = put_pages(pages, count, sink);
	for (int i = 0; i < count; i++)
		extract_page_close(&pages[i]);
	extract_memory_free(pages);
	return rc;
}

int
extract_pdf_read(const struct extract_input *input, struct extract_sink *sink)
{
	GBytes *bytes = g_bytes_new_static(input->data, input->len);
	GError *error = NULL;
	PopplerDocument *document = poppler_document_new_from_bytes(bytes, NULL, &error);
	int rc;

	g_bytes_unref(bytes);
	if (document == NULL) {
		rc = g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED)
			? EXTRACT_E_ENCRYPTED : EXTRACT_E_DAMAGED;
		g_clear_error(&error);
		return rc;
	}
	rc = read_document(document, sink);
	g_object_unref(document);
	return rc;
}

/* Appends an object and notes where it starts, for the table at the file's end. */
static void
add_object(struct extract_buffer *file, size_t *offsets, int number, const char *content)
{
	char head[32];

	offsets[number] = file->len;
	snprintf(head, sizeof(head), "%d 0 obj\n", number);
	extract_buffer_text(file, head);
	extract_buffer_text(file, content);
	extract_buffer_text(file, "\nendobj\n");
}

/* The smallest PDF with a line of text. */
static void
make_sample(struct extract_buffer *file)
{
	static const char text[] = "BT /F 12 Tf 20 20 Td (Ready) Tj ET";
	size_t offsets[6], start;
	char line[128];

	extract_buffer_text(file, "%PDF-1.4\n");
	add_object(file, offsets, 1, "<</Type/Catalog/Pages 2 0 R>>");
	add_object(file, offsets, 2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
	add_object(file, offsets, 3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R"
		"/Resources<</Font<</F 5 0 R>>>>>>");
	snprintf(line, sizeof(line), "<</Length %zu>>stream\n%s\nendstream", sizeof(text) - 1, text);
	add_object(file, offsets, 4, line);
	add_object(file, offsets, 5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
	start = file->len;
	extract_buffer_text(file, "xref\n0 6\n0000000000 65535 f \n");
	for (int i = 1; i <= 5; i++) {
		snprintf(line, sizeof(line), "%010zu 00000 n \n", offsets[i]);
		extract_buffer_text(file, line);
	}
	snprintf(line, sizeof(line), "trailer<</Size 6/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", start);
	extract_buffer_text(file, line);
}

void *
extract_pdf_open(void)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer file = {0};
	struct extract_page page = {0};
	PopplerDocument *document;
	GBytes *bytes;

	make_sample(&file);
	bytes = g_bytes_new(file.data, file.len);
	document = poppler_document_new_from_bytes(bytes, NULL, NULL);
	g_bytes_unref(bytes);
	if (document == NULL)
		return NULL; /* then no PDF can be read, and each says so */
	read_page(document, 0, &page);
	extract_page_close(&page);
	return document;
}

void
extract_pdf_close(void *library)
{
	if (library != NULL)
		g_object_unref(library);
}
