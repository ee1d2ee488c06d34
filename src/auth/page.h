/* page.h: lists of our own routes: ?limit=&after=, in the order of ids. */
#ifndef BH_AUTH_PAGE_H
#define BH_AUTH_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_request;
struct bh_write;

struct auth_page {
	int64_t limit;        /* 1 to 1,000; preset 100 */
	struct bh_uuid after; /* zero: from the start */
};

BH_MUST_CHECK int auth_page_read(struct bh_request *req, struct auth_page *out);

/* {"object":"list","data":[ … ],"has_more":…}: open, then the caller's objects, then close. */
void auth_page_begin(struct bh_write *write);
void auth_page_end(struct bh_write *write, bool has_more);

/* A member that is a UUID (null when zero), or a time in seconds (null when 0). */
void auth_write_uuid(struct bh_write *write, const char *name, const struct bh_uuid *id);
void auth_write_time(struct bh_write *write, const char *name, int64_t ms);
/* "a b" as ["a","b"]. */
void auth_write_words(struct bh_write *write, const char *name, const char *words);

#endif
