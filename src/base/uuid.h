/* SPDX-License-Identifier: Apache-2.0 */
/* uuid.h: 128-bit identifiers (RFC 9562), made as version 7 so that new rows lie together. */
#ifndef BH_BASE_UUID_H
#define BH_BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define BH_UUID_TEXT 37 /* 8-4-4-4-12 and the NUL */
#define BH_UUID_HEX 33  /* 32 hex digits and the NUL */

struct bh_uuid {
	uint8_t bytes[16];
};

/* The platform tenant, which owns persons, signing keys, public models and the revocation log. */
extern const struct bh_uuid bh_platform_tenant;

/* A new version-7 id: 48 bits of milliseconds, 74 random bits from the kernel. */
struct bh_uuid bh_uuid_new(void);

bool bh_uuid_equal(const struct bh_uuid *a, const struct bh_uuid *b);
bool bh_uuid_is_zero(const struct bh_uuid *id);
/* The order of two ids, for qsort and bsearch. */
int bh_uuid_order(const void *left, const void *right);

/* Canonical lower-case text, and 32 hex digits without hyphens. */
void bh_uuid_format(const struct bh_uuid *id, char out[BH_UUID_TEXT]);
void bh_uuid_hex(const struct bh_uuid *id, char out[BH_UUID_HEX]);

/* Reads exactly the canonical text (either case). BH_E_INVALID otherwise. */
BH_MUST_CHECK int bh_uuid_parse(const char *text, struct bh_uuid *out);

/* Reads `prefix` and then exactly 32 lower-case hex digits ("vs_0199…"). BH_E_NOT_FOUND
 * otherwise: a malformed id answers like a missing one. */
BH_MUST_CHECK int bh_uuid_parse_id(const char *text, const char *prefix, struct bh_uuid *out);

/* Writes prefix + 32 hex digits; the buffer must hold strlen(prefix) + 33 bytes. */
void bh_uuid_format_id(const struct bh_uuid *id, const char *prefix, char *out, size_t size);

#endif
