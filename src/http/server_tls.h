/* SPDX-License-Identifier: Apache-2.0 */
/* server_tls.h: the certificate that a server shows, and shows anew when its files change. Only server.c includes it.
 *
 * A process has one: the library asks for it without saying which of its servers asks. Each handshake looks, at
 * most once a second, whether one of the two files is another; a pair that does not fit together (one of them is
 * being replaced) or cannot be read leaves the last good one in use, with a line in the log. */
#ifndef BH_HTTP_SERVER_TLS_H
#define BH_HTTP_SERVER_TLS_H

#include "base/macros.h"

/* For the process's server, or one more of them with the same files. The key must not be readable by everybody.
 * BH_E_CONFIG. */
BH_MUST_CHECK int bh_server_tls_open(const char *cert_file, const char *key_file);
void bh_server_tls_close(void);

/* The library's callback (gnutls_certificate_retrieve_function2), as an address that needs no type of its. */
void *bh_server_tls_callback(void);

/* What is spoken: TLS 1.2 and 1.3. */
#define BH_SERVER_TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

#endif
