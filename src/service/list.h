/* SPDX-License-Identifier: Apache-2.0 */
/* list.h: lists: which page is asked for, and the envelope around its objects. */
#ifndef BH_SERVICE_LIST_H
#define BH_SERVICE_LIST_H

#include "base/macros.h"
#include "base/uuid.h"
#include "json/fields.h"

struct bh_request;

/* What the client of a list may ask for. */
struct bh_paging {
	int64_t preset, most; /* of `limit` */
	const char *takes;    /* "after before order", or some of it: the rest of a query is not read */
	const char *prefix;   /* of the ids that are cursors; NULL: bare UUIDs; "": text of any form */
};

struct bh_page {
	int64_t limit;
	bool ascending;         /* order=asc; without it the last comes first */
	const char *after_text; /* as it came; NULL: none */
	bool has_after, has_before;
	struct bh_uuid after, before; /* zero without */
};

/* A malformed cursor is BH_E_INVALID on "after" or "before". */
BH_MUST_CHECK int bh_list_page(struct bh_request *req, const struct bh_paging *paging,
	struct bh_page *out);

/* Which slice of an id-ordered list: ids strictly between low and high, walked up or down. */
struct bh_slice {
	struct bh_uuid low, high;
	bool up;       /* walk in ascending order */
	bool reversed; /* the walk is opposite to the list's order: turn the result round */
	int64_t limit; /* rows to fetch: one more than the page, to know whether there are more */
};

struct bh_slice bh_list_slice(const struct bh_page *page);

/* Answers with one page of a list. `rows` are those that were fetched, up to one more than its limit, in
 * the slice's order, which is turned into the page's. Lists whose ids have a prefix also name the first
 * and the last, as OpenAI's do. */
int bh_reply_page(struct bh_request *req, const struct bh_shape *shape, const struct bh_page *page,
	void *rows, size_t n);

/* Answers with a list that has no pages. */
int bh_reply_list(struct bh_request *req, const struct bh_shape *shape, const void *rows, size_t n);

/* By hand: {"object":"list","data":[ … */
void bh_list_begin(struct bh_write *write);
/* … ],"first_id":…,"last_id":…,"has_more":…}; "" and "" for an empty list. */
void bh_list_end(struct bh_write *write, const char *first, const char *last, bool more);

#endif
