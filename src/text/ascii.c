/* SPDX-License-Identifier: Apache-2.0 */
/* ascii.c: pages of characters, each made once by the spelling that the rest of text/ has. */
#include "text/ascii.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistr.h>

#include "base/arena.h"
#include "base/error.h"
#include "text/clean.h"
#include "text/fold.h"
#include "text/points.h"

enum { PAGE = 256, PAGES = 0x110000 / PAGE, PAGE_BYTES_MOST = 8192 };

struct page {
	uint16_t starts[PAGE + 1]; /* in bytes */
	char bytes[];
};

/* Made by whoever needs one first, and kept. */
static _Atomic(struct page *) pages[PAGES];

static void
free_page(struct page **page)
{
	free(*page);
}

/* What is no character, or ends the others' lines, stands there as a blank. */
static void
encode(uint32_t c, struct bh_buf *out)
{
	uint8_t bytes[6];
	int n = u8_uctomb(bytes, c == '\n' ? ' ' : c, sizeof(bytes));

	if (n < 0)
		bh_buf_char(out, ' ');
	else
		bh_buf_add(out, bytes, (size_t)n);
	bh_buf_char(out, '\n');
}

static int
spell(const struct bh_buf *text, struct bh_buf *out)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf folded = {0};
	struct bh_clean clean = {0};
	int rc = bh_clean_text(&arena, text->data, text->len, &clean);

	if (rc == 0)
		rc = bh_clean_fold(clean.points, clean.n, &folded);
	return rc < 0 ? rc : bh_fold(BH_FOLD_BARE, bh_buf_string(&folded), folded.len, out);
}

/* One byte of a spelling; those of a letter that is no ASCII are one. */
static void
add(struct page *page, uint16_t start, uint16_t *n, unsigned char c)
{
	char kind = (char)c;

	if (c >= 0x80)
		kind = BH_ASCII_OTHER;
	else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')))
		kind = ' ';
	if (kind == BH_ASCII_OTHER && *n > start && page->bytes[*n - 1] == BH_ASCII_OTHER)
		return;
	page->bytes[(*n)++] = kind;
}

/* Lines, of which each is what a character is spelled as. */
static int
read_lines(const struct bh_buf *lines, struct page *page)
{
	uint16_t n = 0;
	size_t line = 0;

	for (size_t i = 0; i < lines->len && line < PAGE && n < PAGE_BYTES_MOST; i++) {
		if (lines->data[i] == '\n')
			page->starts[++line] = n;
		else
			add(page, page->starts[line], &n, (unsigned char)lines->data[i]);
	}
	return line == PAGE ? 0 : bh_error(BH_E_INTERNAL, "a page of characters has %zu", line);
}

static int
make(size_t number, struct page *page)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0}, lines = {0};
	int rc;

	for (uint32_t i = 0; i < PAGE; i++)
		encode((uint32_t)number * PAGE + i, &text);
	rc = spell(&text, &lines);
	return rc < 0 ? rc : read_lines(&lines, page);
}

static int
open_page(size_t number, const struct page **out)
{
	BH_AUTO(free_page) struct page *page = calloc(1, sizeof(*page) + PAGE_BYTES_MOST);
	struct page *other = NULL, *smaller;
	int rc;

	if (page == NULL)
		return BH_E_MEMORY;
	rc = make(number, page);
	if (rc < 0)
		return rc;
	smaller = realloc(page, sizeof(*page) + page->starts[PAGE]);
	if (smaller != NULL)
		page = smaller;
	if (atomic_compare_exchange_strong(&pages[number], &other, page)) {
		*out = page;
		page = NULL;
	} else {
		*out = other; /* somebody was faster */
	}
	return 0;
}

int
bh_ascii_next(const char *text, size_t len, size_t *at, const char **out, size_t *out_len)
{
	size_t bytes = 0;
	uint32_t c = bh_point_at(text, len, *at, &bytes);
	const struct page *page = atomic_load_explicit(&pages[c / PAGE], memory_order_acquire);

	if (page == NULL) {
		int rc = open_page(c / PAGE, &page);

		if (rc < 0)
			return rc;
	}
	c %= PAGE;
	*at += bytes;
	*out = page->bytes + page->starts[c];
	*out_len = (size_t)(page->starts[c + 1] - page->starts[c]);
	return 0;
}
