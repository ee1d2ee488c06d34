/* SPDX-License-Identifier: Apache-2.0 */
/* credential.h: opaque credentials: prefix + base62(tenant 16, row 16, secret 32, CRC-32), fixed width.
 * The tenant inside is a hint that sets the context of the look-up; nothing is believed until the
 * hash matches. `bh_sk_` API key, `bh_rt_` refresh token, `bh_ot_` one-time link, `bh_ct_`
 * console session, which comes as a cookie only. */
#ifndef BH_SEC_CREDENTIAL_H
#define BH_SEC_CREDENTIAL_H

#include "base/uuid.h"
#include "sec/digest.h"

/* Base62 widths: 16 bytes → 22, 32 bytes → 43, 4 bytes → 6 digits. */
#define BH_CREDENTIAL_TEXT (6 + 22 + 22 + 43 + 6 + 1)
#define BH_CREDENTIAL_SHOWN 17 /* prefix (6), 10 characters of the row part, NUL */

enum bh_credential_kind {
	BH_CREDENTIAL_KEY,
	BH_CREDENTIAL_REFRESH,
	BH_CREDENTIAL_LINK,
	BH_CREDENTIAL_CONSOLE
};

struct bh_credential {
	enum bh_credential_kind kind;
	struct bh_uuid tenant;
	struct bh_uuid row;
	struct bh_digest hash; /* SHA-256 of the whole text: what is stored */
};

/* Makes a new credential for a row; text is the only copy of the secret: show it once, wipe it. */
void bh_credential_make(enum bh_credential_kind kind, const struct bh_uuid *tenant,
	const struct bh_uuid *row, char text[BH_CREDENTIAL_TEXT], struct bh_digest *out_hash);

/* Splits and checks shape and checksum. BH_E_UNAUTHENTICATED for anything else. */
BH_MUST_CHECK int bh_credential_parse(const char *text, struct bh_credential *out);

/* What may be shown and logged: prefix and the start of the row part. */
void bh_credential_shown(const struct bh_uuid *row, enum bh_credential_kind kind,
	char out[BH_CREDENTIAL_SHOWN]);

#endif
