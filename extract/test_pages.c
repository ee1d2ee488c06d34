/* SPDX-License-Identifier: Apache-2.0 */
/* test_pages.c: see the header. */
#include "test_pages.h"

#include <string.h>

#include "pdf_text.h"
#include "test_capture.h"

static double
add_run(struct extract_page *page, struct extract_glyph glyph, const char *text)
{
	for (; *text != '\0'; text++) {
		glyph.point = (unsigned char)*text;
		glyph.box.x2 = glyph.box.x1 + glyph.size / 2;
		extract_page_add(page, &glyph);
		glyph.box.x1 = glyph.box.x2;
	}
	return glyph.box.x1;
}

void
page_place_run_in(struct extract_page *page, double x, double y, double size, const char *bold,
	const char *text)
{
	struct extract_glyph glyph = {.box = {x, y, x, y + size}, .size = size, .bold = true};

	page->width = 600;
	page->height = 800;
	glyph.box.x1 = add_run(page, glyph, bold);
	glyph.bold = false;
	add_run(page, glyph, text);
	extract_page_add(page, &(struct extract_glyph){.point = '\n'});
}

void
page_place(struct extract_page *page, double x, double y, double size, bool bold, const char *text)
{
	page_place_run_in(page, x, y, size, bold ? text : "", bold ? "" : text);
}

int
pages_put(struct capture *out, struct extract_page *pages, size_t count)
{
	EXTRACT_AUTO(extract_pdf_tail_close) struct extract_pdf_tail tail = {0};
	struct extract_pdf_sizes sizes;
	int rc = 0;

	capture_open(out);
	extract_pdf_sizes_measure(&sizes, pages, count);
	for (size_t i = 0; i < count && rc == 0; i++) {
		extract_page_arrange(&pages[i]);
		rc = extract_pdf_page_blocks(&pages[i], (int)i + 1, &sizes, &tail, &out->sink);
		extract_page_close(&pages[i]);
	}
	return capture_finish(out, rc);
}

int
page_put(struct capture *out, struct extract_page *page)
{
	return pages_put(out, page, 1);
}
