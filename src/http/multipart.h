/* SPDX-License-Identifier: Apache-2.0 */
/* multipart.h: multipart/form-data (RFC 7578) read piece by piece from a bounded source. */
#ifndef BH_HTTP_MULTIPART_H
#define BH_HTTP_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macros.h"

struct bh_http_exchange;

struct bh_multipart;

/* Reads the boundary from Content-Type. BH_E_MEDIA_TYPE when it is not multipart/form-data,
 * BH_E_INVALID for a boundary outside RFC 2046's form. Source: memory or the spooled file. */
BH_MUST_CHECK int bh_multipart_open(const struct bh_http_exchange *exchange,
	struct bh_multipart **out);
/* For tests and the fuzz target: over plain memory. */
BH_MUST_CHECK int bh_multipart_open_memory(const char *content_type, const void *bytes, size_t len,
	struct bh_multipart **out);
void bh_multipart_close(struct bh_multipart *multipart); /* safe on NULL */

/* One part's head. Strings are borrowed until the next part. */
struct bh_multipart_part {
	const char *name;         /* valid UTF-8, at most 255 bytes */
	const char *filename;     /* NULL if none; last path element, valid UTF-8, at most 255 bytes */
	const char *content_type; /* "" if none */
};

/* The next part; *out_end at the closing boundary. BH_E_INVALID for malformed input, a body that
 * ends early, more than 64 parts or part heads over 8 KiB. */
BH_MUST_CHECK int bh_multipart_next(struct bh_multipart *multipart, struct bh_multipart_part *out,
	bool *out_end);
/* Bytes of the current part: count, 0 at its end, negative BH_E_INVALID / BH_E_IO. */
ssize_t bh_multipart_read(struct bh_multipart *multipart, char *out, size_t size);

#endif
