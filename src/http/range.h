/* SPDX-License-Identifier: Apache-2.0 */
/* range.h: which bytes of a content are asked for (RFC 9110, section 14): one range, or all of it. */
#ifndef BH_HTTP_RANGE_H
#define BH_HTTP_RANGE_H

#include <stdint.h>

/* From `start` on `bytes` bytes. */
struct bh_http_range {
	int64_t start, bytes;
};

enum bh_http_range_kind {
	BH_RANGE_ALL, /* no header, or one that a server passes over: another unit, several ranges, nonsense */
	BH_RANGE_PART, /* 206 */
	BH_RANGE_NONE  /* 416: it begins behind the end */
};

/* Reads a Range header (NULL: there is none) for a content of so many bytes. *out is set in every case: what is to
 * be sent, of BH_RANGE_NONE nothing. */
enum bh_http_range_kind bh_http_range_read(const char *header, int64_t bytes,
	struct bh_http_range *out);

#endif
