/* SPDX-License-Identifier: Apache-2.0 */
/* list.c: pages, cursors and envelopes of lists. */
#include "service/list.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "service/request.h"

#define ID_BYTES 64

static int
read_cursor(struct bh_request *req, const struct bh_paging *paging, const char *name,
	const char **out_text, struct bh_uuid *out, bool *out_has)
{
	const char *text = NULL;
	int rc = 0;

	if (bh_text_has_word(paging->takes, name))
		rc = bh_request_query_text(req, name, &text);
	if (rc < 0 || text == NULL || text[0] == '\0')
		return rc;
	if (paging->prefix == NULL)
		rc = bh_uuid_parse(text, out);
	else if (paging->prefix[0] != '\0')
		rc = bh_uuid_parse_id(text, paging->prefix, out);
	if (rc < 0)
		return bh_error_param(BH_E_INVALID, name, "'%s' is not an id from this list.", name);
	*out_text = text;
	*out_has = true;
	return 0;
}

int
bh_list_page(struct bh_request *req, const struct bh_paging *paging, struct bh_page *out)
{
	struct bh_page page = {.limit = paging->preset};
	const char *order = "desc", *before;
	int rc = bh_request_query_int(req, "limit", 1, paging->most, &page.limit);

	if (rc == 0 && bh_text_has_word(paging->takes, "order"))
		rc = bh_request_query_text(req, "order", &order);
	if (rc < 0)
		return rc;
	if (strcmp(order, "asc") != 0 && strcmp(order, "desc") != 0)
		return bh_error_param(BH_E_INVALID, "order", "'order' must be asc or desc.");
	page.ascending = strcmp(order, "asc") == 0;
	rc = read_cursor(req, paging, "after", &page.after_text, &page.after, &page.has_after);
	if (rc == 0)
		rc = read_cursor(req, paging, "before", &before, &page.before, &page.has_before);
	if (rc == 0)
		*out = page;
	return rc;
}

struct bh_slice
bh_list_slice(const struct bh_page *page)
{
	struct bh_slice slice = {.limit = page->limit + 1};
	bool backwards = page->has_before && !page->has_after;

	memset(slice.high.bytes, 0xff, sizeof(slice.high.bytes));
	if (page->has_after)
		*(page->ascending ? &slice.low : &slice.high) = page->after;
	if (page->has_before)
		*(page->ascending ? &slice.high : &slice.low) = page->before;
	slice.up = page->ascending != backwards;
	slice.reversed = backwards;
	return slice;
}

static void
reverse(char *rows, size_t n, size_t bytes)
{
	for (size_t i = 0; i < n / 2; i++) {
		char *left = rows + i * bytes, *right = rows + (n - 1 - i) * bytes;

		for (size_t j = 0; j < bytes; j++) {
			char swap = left[j];

			left[j] = right[j];
			right[j] = swap;
		}
	}
}

static void
write_rows(struct bh_write *write, const struct bh_shape *shape, const char *rows, size_t n)
{
	bh_list_begin(write);
	for (size_t i = 0; i < n; i++)
		bh_fields_write(write, shape->fields, shape->n_fields, rows + i * shape->bytes);
}

/* The id of a row, which is its first member. */
static void
format_id(const struct bh_shape *shape, const char *row, char out[ID_BYTES])
{
	const struct bh_uuid *id = (const void *)(row + shape->fields[0].offset);

	bh_uuid_format_id(id, shape->fields[0].words, out, ID_BYTES);
}

int
bh_reply_page(struct bh_request *req, const struct bh_shape *shape, const struct bh_page *page,
	void *rows, size_t n)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	bool more = n > (size_t)page->limit;
	char first[ID_BYTES] = "", last[ID_BYTES] = "";

	if (more)
		n = (size_t)page->limit;
	if (bh_list_slice(page).reversed)
		reverse(rows, n, shape->bytes);
	write_rows(&write, shape, rows, n);
	if (shape->fields[0].words != NULL) {
		if (n > 0) {
			format_id(shape, rows, first);
			format_id(shape, (const char *)rows + (n - 1) * shape->bytes, last);
		}
		bh_list_end(&write, first, last, more);
	} else {
		bh_write_end(&write);
		bh_write_pair_bool(&write, "has_more", more);
		bh_write_end(&write);
	}
	return bh_reply_json(req, 200, &body);
}

int
bh_reply_list(struct bh_request *req, const struct bh_shape *shape, const void *rows, size_t n)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};

	write_rows(&write, shape, rows, n);
	bh_write_end(&write);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}

void
bh_list_begin(struct bh_write *write)
{
	bh_write_object(write);
	bh_write_pair_text(write, "object", "list");
	bh_write_name(write, "data");
	bh_write_array(write);
}

void
bh_list_end(struct bh_write *write, const char *first, const char *last, bool more)
{
	bh_write_end(write);
	bh_write_pair_text(write, "first_id", first);
	bh_write_pair_text(write, "last_id", last);
	bh_write_pair_bool(write, "has_more", more);
	bh_write_end(write);
}
