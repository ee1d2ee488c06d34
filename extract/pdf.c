/* SPDX-License-Identifier: Apache-2.0 */
/* pdf.c: reads PDF files by way of poppler: its characters and fonts, not its order. */
#include <poppler.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pdf_explain.h"
#include "pdf_fields.h"
#include "pdf_fonts.h"
#include "pdf_rtl.h"
#include "pdf_scan.h"
#include "pdf_text.h"
#include "protocol.h"
#include "reader.h"
#include "sink.h"
#include "unicode.h"

enum {
	PAGES_MAX = 20000,
	RTL_SELECTIONS = 8,
};

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

/* A page's text beside the lists that describe it by character, as poppler gives them. */
struct source {
	char *text;              /* owned */
	PopplerRectangle *boxes; /* owned */
	guint box_count;
	GList *fonts; /* owned: PopplerTextAttributes for runs of characters */
};

static void
source_close(struct source *source)
{
	g_free(source->text);
	g_free(source->boxes);
	poppler_page_free_text_attributes(source->fonts);
}

/* A document that is being read. */
struct document {
	PopplerDocument *poppler;       /* borrowed */
	struct extract_pdf_fonts fonts; /* owned: those whose characters are numbers */
	uint64_t characters;
	uint64_t unreadable; /* characters that nobody knows */
	bool drawn;          /* a page was taken for a picture */
};

/* A walk along a page's text that knows each character's box and font. */
struct walk {
	const struct source *source; /* borrowed */
	const GList *font;
	guint index;
	bool bold;
};

/* The character at the walk's place, which moves on; false past the last. */
static bool
next_glyph(struct walk *walk, gunichar point, struct extract_glyph *out)
{
	const PopplerTextAttributes *run;
	const PopplerRectangle *box;
	gint index = (gint)walk->index;

	if (walk->index >= walk->source->box_count)
		return false;
	while (walk->font != NULL && walk->font->next != NULL &&
		((const PopplerTextAttributes *)walk->font->data)->end_index < index)
		walk->font = walk->font->next;
	run = walk->font == NULL ? NULL : walk->font->data;
	if (run != NULL && index == run->start_index)
		walk->bold = is_bold(run->font_name);
	box = &walk->source->boxes[walk->index++];
	*out = (struct extract_glyph){
		.point = point,
		.box = {box->x1, box->y1, box->x2, box->y2},
		.size = run == NULL ? 0 : run->font_size,
		.bold = walk->bold,
	};
	return true;
}

static void
add_characters(struct extract_page *out, const struct source *source, enum extract_turn turn)
{
	struct walk walk = {.source = source, .font = source->fonts};
	struct extract_glyph glyph;

	for (const char *at = source->text; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar point = g_utf8_get_char(at);

		if (extract_pdf_is_mark(point))
			continue;
		if (!next_glyph(&walk, point, &glyph))
			return;
		glyph.box = extract_box_turn(glyph.box, turn, out->width, out->height);
		extract_page_add(out, &glyph);
	}
}

/* Adds the text's letters word by word. A word ends at a blank, and where marks are closed. */
static void
add_words(struct extract_pdf_letters *out, const struct source *source)
{
	struct walk walk = {.source = source, .font = source->fonts};
	size_t size = strlen(source->text) + 1, points = 0, count = 0;
	uint32_t *word = extract_memory_resize(NULL, size, sizeof(*word));
	struct extract_glyph *glyphs = extract_memory_resize(NULL, size, sizeof(*glyphs));
	int depth = 0;

	for (const char *at = source->text;; at = g_utf8_next_char(at)) {
		gunichar point = g_utf8_get_char(at);
		bool mark = extract_pdf_is_mark(point),
			 blank = point == 0 || extract_unicode_is_space(point);
		bool more = blank || mark || next_glyph(&walk, point, &glyphs[count]);

		if (!blank && more)
			word[points++] = point;
		if (mark)
			depth += point == 0x202c ? -1 : 1;
		else if (!blank && more)
			count++;
		if (blank || !more || (mark && depth <= 0)) {
			extract_pdf_letters_word(out, word, points, glyphs, count);
			points = count = 0;
			depth = blank ? 0 : depth;
		}
		if (point == 0 || !more)
			break;
		if (blank)
			next_glyph(&walk, point, &glyphs[0]); /* blanks have boxes of their own */
	}
	extract_memory_free(word);
	extract_memory_free(glyphs);
}

/* Puts the characters for what fonts give as numbers. */
static void
translate(struct source *source, const struct extract_pdf_fonts *fonts)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = {0};
	const struct extract_pdf_font *font = NULL;
	const GList *run = source->fonts, *known = NULL;
	gint index = 0;

	for (const char *at = source->text; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar point = g_utf8_get_char(at);

		while (run != NULL && run->next != NULL &&
			((const PopplerTextAttributes *)run->data)->end_index < index)
			run = run->next;
		if (run != known) {
			font = extract_pdf_fonts_find(fonts,
				((const PopplerTextAttributes *)run->data)->font_name);
			known = run;
		}
		index += !extract_pdf_is_mark(point);
		/* Blanks are poppler's own, between words. */
		if (font != NULL && point != ' ' && point != '\n' && !extract_pdf_is_mark(point))
			point = extract_pdf_font_point(font, point);
		extract_buffer_point(&text, point);
	}
	g_free(source->text);
	source->text = g_strdup(extract_buffer_string(&text));
}

static bool
source_open(struct source *out, const struct extract_pdf_fonts *fonts, PopplerPage *page,
	const PopplerRectangle *area)
{
	PopplerRectangle copy = *area;

	*out = (struct source){.text = poppler_page_get_text_for_area(page, &copy)};
	if (out->text == NULL || out->text[0] == '\0' ||
		!poppler_page_get_text_layout_for_area(page, &copy, &out->boxes, &out->box_count))
		return false;
	out->fonts = poppler_page_get_text_attributes_for_area(page, &copy);
	if (fonts->count > 0)
		translate(out, fonts);
	return true;
}

static bool
has_rtl(const char *text)
{
	for (; *text != '\0'; text = g_utf8_next_char(text))
		if (extract_unicode_is_rtl(g_utf8_get_char(text)))
			return true;
	return false;
}

static void
add_area(struct extract_pdf_letters *letters, const struct extract_pdf_fonts *fonts,
	PopplerPage *page, double x1, double x2, double height)
{
	struct source source;

	if (source_open(&source, fonts, page, &(PopplerRectangle){x1, 0, x2, height}))
		add_words(letters, &source);
	source_close(&source);
}

/* poppler takes an area to be a selection from one corner to another: from the piece of text nearest
 * to the first to the one nearest to the second. On a page that runs from right to left no selection
 * has all of the text, so several are taken together, each from and to another place of the edges. */
static void
add_rtl(struct extract_page *out, const struct extract_pdf_fonts *fonts, PopplerPage *page)
{
	struct extract_pdf_letters letters = {0};

	for (int i = 0; i < RTL_SELECTIONS; i++) {
		double part = out->width * i / (double)RTL_SELECTIONS;

		add_area(&letters, fonts, page, out->width, part, out->height);
		add_area(&letters, fonts, page, out->width - part, out->width * 0.7, out->height);
	}
	extract_pdf_letters_place(&letters, out);
	extract_pdf_letters_close(&letters);
}

/* Reads the page once more as it looks when turned back, if its text is set sideways. */
static enum extract_turn
turn_back(struct extract_page *page, const struct source *source)
{
	enum extract_turn turn = extract_page_turn(page);
	struct extract_page turned = {.width = page->width, .height = page->height};

	if (turn == EXTRACT_TURN_NONE)
		return turn;
	add_characters(&turned, source, turn);
	turned.width = page->height;
	turned.height = page->width;
	extract_page_close(page);
	*page = turned;
	return turn;
}

/* What a page has in its text layer, fields and annotations. */
static void
read_layer(struct document *document, PopplerPage *page, struct extract_pdf_layer *layer,
	struct extract_page *out)
{
	enum extract_turn turn = EXTRACT_TURN_NONE;
	struct source source;

	*layer = (struct extract_pdf_layer){0};
	poppler_page_get_size(page, &out->width, &out->height);
	if (source_open(&source, &document->fonts, page,
			&(PopplerRectangle){0, 0, out->width, out->height})) {
		extract_pdf_layer_measure(layer, source.text);
		if (has_rtl(source.text)) {
			add_rtl(out, &document->fonts, page);
		} else {
			add_characters(out, &source, EXTRACT_TURN_NONE);
			turn = turn_back(out, &source);
		}
	}
	source_close(&source);
	extract_pdf_fields_add(page, turn, out);
}

/* Where a page's text goes to. */
struct place {
	struct extract_sink *sink;
	int number; /* from 1 */
};

/* Puts what the page shows in place of its layer, where it is more. Returns an outcome or a failure. */
static int
read_scan(const struct place *at, PopplerPage *page, struct extract_pdf_layer *layer,
	struct extract_page *out)
{
	EXTRACT_AUTO(extract_raster_close) struct extract_raster raster = {0};
	struct extract_page scan = {0};
	int rc;

	if (at->sink->ocr_mode == EXTRACT_OCR_ASKS)
		return EXTRACT_E_OCR;
	rc = EXTRACT_OCR_LATE;
	if (extract_ocr_begin(at->sink->ocr)) {
		if (!extract_pdf_scan_draw(page, &raster))
			return 0;
		rc = extract_ocr_read(at->sink->ocr, &raster, &scan);
	}
	if (rc == EXTRACT_OCR_LATE)
		extract_sink_unread(at->sink, at->number);
	if (rc == EXTRACT_OCR_DONE && extract_pdf_scan_is_better(&scan, layer)) {
		extract_sink_recognized(at->sink, at->number, &scan);
		extract_page_close(out);
		*out = scan;
		*layer = (struct extract_pdf_layer){0};
		return 0;
	}
	extract_page_close(&scan);
	return rc < 0 ? rc : 0;
}

/* drawn: the page is a picture, whatever it is made of. */
static int
read_page(struct document *document, int index, bool drawn, struct extract_sink *sink,
	struct extract_page *out)
{
	PopplerPage *page = poppler_document_get_page(document->poppler, index);
	struct extract_pdf_layer layer;
	int rc = 0;

	extract_page_close(out);
	if (page == NULL)
		return 0; /* a page that is broken holds no text; the others may */
	read_layer(document, page, &layer, out);
	drawn = sink->ocr_mode != EXTRACT_OCR_OFF && (drawn || extract_pdf_scan_is(page, &layer));
	document->drawn = document->drawn || drawn;
	if (drawn)
		rc = read_scan(&(struct place){sink, index + 1}, page, &layer, out);
	document->characters += layer.characters;
	document->unreadable += layer.unknown;
	g_object_unref(page);
	return rc;
}

static int
read_all(struct document *document, struct extract_page *pages, int count, bool drawn,
	struct extract_sink *sink)
{
	uint64_t characters = 0;
	int rc = 0;

	for (int i = 0; i < count && rc == 0; i++) {
		rc = read_page(document, i, drawn, sink, &pages[i]);
		characters += extract_unicode_count(extract_buffer_string(&pages[i].text),
			pages[i].text.len);
		/* Counted here too: all pages are kept until the last is read. */
		if (rc == 0 && characters / 2 > sink->characters_max)
			rc = EXTRACT_E_TOO_LARGE;
		if (rc == 0)
			rc = extract_sink_progress(sink, i + 1, count);
	}
	return rc < 0 ? rc : characters > 0;
}

static int
read_pages(struct document *document, struct extract_page *pages, int count,
	struct extract_sink *sink)
{
	int rc = read_all(document, pages, count, false, sink);

	/* Letters can be drawn as lines, too: then no page has text, and none a picture. */
	if (rc == 0 && sink->ocr_mode != EXTRACT_OCR_OFF && !document->drawn)
		rc = read_all(document, pages, count, true, sink);
	if (rc >= 0 && document->unreadable * 5 > document->characters)
		return extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
			"The PDF's fonts do not say which characters they show, so its text cannot be read.");
	return rc < 0 ? rc : rc > 0 ? 0 : extract_sink_no_text(sink);
}

/* A form that only Adobe's programs can show has a page in its place that says so. */
static bool
is_stand_in(const struct extract_page *pages, int count)
{
	static const char words[] =
		"If this message is not eventually replaced with the proper contents";

	return count == 1 && strstr(extract_buffer_string(&pages[0].text), words) != NULL;
}

int
extract_pdf_put_pages(struct extract_page *pages, int count, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_pdf_tail_close) struct extract_pdf_tail tail = {0};
	struct extract_pdf_sizes sizes;
	int rc = 0;

	extract_pdf_scan_settle(pages, (size_t)count);
	extract_pdf_drop_furniture(pages, (size_t)count);
	extract_pdf_sizes_measure(&sizes, pages, (size_t)count);
	for (int i = 0; i < count && rc == 0; i++) {
		extract_page_arrange(&pages[i]);
		rc = extract_pdf_page_blocks(&pages[i], i + 1, &sizes, &tail, sink);
		extract_page_close(&pages[i]);
	}
	return rc;
}

static int
read_document(struct document *document, struct extract_sink *sink)
{
	int count = poppler_document_get_n_pages(document->poppler);
	struct extract_page *pages;
	char *title;
	int rc;

	if (count <= 0)
		return EXTRACT_E_DAMAGED;
	if (count > PAGES_MAX)
		return extract_sink_fail(sink, EXTRACT_E_TOO_LARGE,
			"The PDF has %d pages; the maximum is %d.", count, PAGES_MAX);
	title = poppler_document_get_title(document->poppler);
	rc = extract_sink_document(sink, EXTRACT_FORMAT_PDF, title, count);
	g_free(title);
	if (rc < 0)
		return rc;
	pages = extract_memory_resize(NULL, (size_t)count, sizeof(*pages));
	memset(pages, 0, (size_t)count * sizeof(*pages));
	rc = read_pages(document, pages, count, sink);
	if (rc == 0 && is_stand_in(pages, count))
		rc = extract_sink_fail(sink, EXTRACT_E_UNSUPPORTED,
			"The PDF is a dynamic XFA form, which is not supported. Print it to a PDF and upload "
			"that.");
	if (rc == 0)
		rc = extract_pdf_put_pages(pages, count, sink);
	for (int i = 0; i < count; i++)
		extract_page_close(&pages[i]);
	extract_memory_free(pages);
	return rc;
}

static PopplerDocument *
open_document(const char *data, size_t len, GError **error)
{
	GBytes *bytes = g_bytes_new_static(data, len);
	PopplerDocument *document = poppler_document_new_from_bytes(bytes, NULL, error);

	g_bytes_unref(bytes);
	return document;
}

int
extract_pdf_read(const struct extract_input *input, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer explained = {0};
	GError *error = NULL;
	struct document document = {0};
	int rc;

	extract_pdf_fonts_open(&document.fonts, input->data, input->len);
	if (extract_pdf_explain(&document.fonts, input->data, input->len, &explained))
		document.poppler = open_document(explained.data, explained.len, NULL);
	if (document.poppler != NULL)
		extract_pdf_fonts_close(&document.fonts); /* poppler knows now */
	else
		document.poppler = open_document(input->data, input->len, &error);
	if (document.poppler == NULL) {
		rc = g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED) ? EXTRACT_E_ENCRYPTED
																			: EXTRACT_E_DAMAGED;
		g_clear_error(&error);
		extract_pdf_fonts_close(&document.fonts);
		return rc;
	}
	rc = read_document(&document, sink);
	extract_pdf_fonts_close(&document.fonts);
	g_object_unref(document.poppler);
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
	add_object(file, offsets, 3,
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R"
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

/* What stays open, so that poppler finds it without opening files. */
struct library {
	PopplerDocument *document; /* owned */
	GIConv from_wide[2];       /* owned: titles and the values of fields are in UTF-16 */
};

void *
extract_pdf_open(void)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer file = {0};
	struct extract_page page = {0};
	struct document document = {0};
	struct extract_pdf_layer layer;
	struct library *library;
	PopplerPage *sample;
	GBytes *bytes;

	make_sample(&file);
	bytes = g_bytes_new(file.data, file.len);
	document.poppler = poppler_document_new_from_bytes(bytes, NULL, NULL);
	g_bytes_unref(bytes);
	if (document.poppler == NULL)
		return NULL; /* then no PDF can be read, and each says so */
	sample = poppler_document_get_page(document.poppler, 0);
	read_layer(&document, sample, &layer, &page);
	g_object_unref(sample);
	extract_page_close(&page);
	library = extract_memory_resize(NULL, 1, sizeof(*library));
	*library = (struct library){
		.document = document.poppler,
		.from_wide = {g_iconv_open("UTF-8", "UTF-16BE"), g_iconv_open("UTF-8", "UTF-16LE")},
	};
	return library;
}

void
extract_pdf_close(void *opened)
{
	struct library *library = opened;

	if (library == NULL)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(library->from_wide); i++)
		if (library->from_wide[i] != (GIConv)-1)
			g_iconv_close(library->from_wide[i]);
	g_object_unref(library->document);
	extract_memory_free(library);
}
