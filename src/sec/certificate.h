/* SPDX-License-Identifier: Apache-2.0 */
/* certificate.h: certificates in files of PEM: whether a chain and a private key fit together, until when they hold, and
 * for which names. */
#ifndef BH_SEC_CERTIFICATE_H
#define BH_SEC_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct bh_certificate {
	int64_t from_s, until_s; /* Unix time, of the first certificate of the chain */
};

/* BH_E_CONFIG, with the file's name: one cannot be read, is not PEM, the key has a passphrase or belongs to another
 * certificate. One that has expired is none of these: whoever serves it decides. */
BH_MUST_CHECK int bh_certificate_read(const char *chain_path, const char *key_path,
	struct bh_certificate *out);

/* Of all certificates of a PEM file the earliest end, as milliseconds since 1970. BH_E_NOT_FOUND: there is no such
 * file; BH_E_INVALID: no certificate is in it; BH_E_FORBIDDEN: it cannot be read. */
BH_MUST_CHECK int bh_certificate_end(const char *path, int64_t *out_ms);

/* Whether the file's first certificate is one of that host. Errors as above. */
BH_MUST_CHECK int bh_certificate_names(const char *path, const char *host, bool *out);

#endif
