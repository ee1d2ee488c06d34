/* SPDX-License-Identifier: Apache-2.0 */
/* certificate.h: a certificate chain and its private key, two files in PEM: whether they fit together, and until when. */
#ifndef BH_SEC_CERTIFICATE_H
#define BH_SEC_CERTIFICATE_H

#include <stdint.h>

#include "base/macros.h"

struct bh_certificate {
	int64_t from_s, until_s; /* Unix time, of the first certificate of the chain */
};

/* BH_E_CONFIG, with the file's name: one cannot be read, is not PEM, the key has a passphrase or belongs to another
 * certificate. One that has expired is none of these: whoever serves it decides. */
BH_MUST_CHECK int bh_certificate_read(const char *chain_path, const char *key_path,
	struct bh_certificate *out);

#endif
