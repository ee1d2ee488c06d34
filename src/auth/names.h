/* SPDX-License-Identifier: Apache-2.0 */
/* names.h: user input: email addresses, passwords, names. */
#ifndef BH_AUTH_NAMES_H
#define BH_AUTH_NAMES_H

#include "base/macros.h"

#define AUTH_EMAIL_BYTES 255 /* 254 and the NUL */

/* Lower-case ASCII, one '@', a domain of letters, digits, hyphens and dots. BH_E_INVALID otherwise. */
BH_MUST_CHECK int auth_email_read(const char *text, char out[AUTH_EMAIL_BYTES]);

/* 10 to 1,024 bytes of UTF-8 (which JSON has ensured). BH_E_RANGE. */
BH_MUST_CHECK int auth_password_check(const char *password);

/* A name shown to people: 1 to 128 code points without control characters and outer blanks. A tenant's
 * name must not be a UUID, because commands accept either, and have nothing that turns or hides what stands
 * beside it. BH_E_INVALID. */
BH_MUST_CHECK int auth_name_check(const char *name);
BH_MUST_CHECK int auth_tenant_name_check(const char *name);

/* What is the same for tenants' names that look alike, in the arena: NFKC, without case and what is not seen, blanks as
 * one, and Greek and Cyrillic letters as the Latin ones that they look like. BH_E_INVALID where nothing is left,
 * BH_E_UTF8, BH_E_MEMORY. */
struct bh_arena;
BH_MUST_CHECK int auth_tenant_name_key(struct bh_arena *arena, const char *name, const char **out);

/* The name of a time zone, as far as its form goes ("Europe/Berlin"). BH_E_INVALID. */
BH_MUST_CHECK int auth_time_zone_check(const char *name);

#endif
