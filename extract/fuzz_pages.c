/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_pages.c: letters anywhere on a few pages, through everything that makes text of them: lines and
 * columns, tables, pages from right to left, running heads. Each line of the input is a line on the page;
 * its first four bytes say where it begins, how large it is, whether it is bold and whether a page ends. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "pdf_page.h"
#include "pdf_rtl.h"
#include "pdf_text.h"
#include "protocol.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAGES = 4, PLACE = 4 };

/* Some letters of scripts that are written from right to left. */
static uint32_t
point_of(uint8_t byte)
{
	return byte < 0x80 ? byte : 0x5d0u + byte % 27;
}

static void
add_line(struct extract_page *page, struct extract_pdf_letters *letters, const uint8_t *line,
	size_t len)
{
	double size = 4 + line[2] % 32;
	struct extract_glyph glyph = {.size = size, .bold = (line[3] & 1) != 0};

	glyph.box = (struct extract_box){line[0] * 2.5, line[1] * 3.2, 0, line[1] * 3.2 + size};
	for (size_t i = PLACE; i < len; i++) {
		uint32_t point = point_of(line[i]);

		glyph.point = point;
		glyph.box.x2 = glyph.box.x1 + size / 2;
		if ((line[3] & 2) != 0)
			extract_pdf_letters_word(letters, &point, 1, &glyph, 1);
		else
			extract_page_add(page, &glyph);
		glyph.box.x1 = glyph.box.x2;
	}
	extract_page_add(page, &(struct extract_glyph){.point = '\n'});
}

static size_t
place(const uint8_t *data, size_t size, struct extract_page pages[PAGES])
{
	struct extract_pdf_letters letters = {0};
	size_t n = 0;

	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end != NULL ? (size_t)(end - data) : size;

		if (len > PLACE) {
			add_line(&pages[n], &letters, data, len);
			if ((data[3] & 4) != 0 && n + 1 < PAGES) {
				extract_pdf_letters_place(&letters, &pages[n++]);
				extract_pdf_letters_close(&letters);
			}
		}
		len += end != NULL;
		data += len;
		size -= len;
	}
	extract_pdf_letters_place(&letters, &pages[n]);
	extract_pdf_letters_close(&letters);
	return n + 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct extract_page pages[PAGES] = {0};
	struct extract_pdf_tail tail = {0};
	struct extract_pdf_sizes sizes;
	struct extract_sink sink;
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t n;
	int rc = 0;

	for (size_t i = 0; i < PAGES; i++) {
		pages[i].width = 640;
		pages[i].height = 820;
	}
	n = place(data, size, pages);
	extract_sink_open(&sink, fd, 1000000);
	extract_pdf_drop_furniture(pages, n);
	extract_pdf_sizes_measure(&sizes, pages, n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		extract_page_arrange(&pages[i]);
		rc = extract_pdf_page_blocks(&pages[i], (int)i + 1, &sizes, &tail, &sink);
	}
	extract_pdf_tail_close(&tail);
	rc = extract_sink_finish(&sink, rc);
	for (size_t i = 0; i < PAGES; i++)
		extract_page_close(&pages[i]);
	extract_sink_close(&sink);
	close(fd);
	return rc == EXTRACT_EXIT_OUTPUT ? -1 : 0;
}
