/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.h: where a process can be reached or listens: a Unix socket, or a host and port, plain or by TLS.
 *
 *     unix:/run/bulkhead/rag/http.sock    http://10.0.0.7:8081    https://rag.internal:8443/base
 *
 * What is read refers to the text it was read from; nothing is copied or looked up. */
#ifndef BH_HTTP_ENDPOINT_H
#define BH_HTTP_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

#define BH_ENDPOINTS_MOST 16u
#define BH_ENDPOINT_SOCKET_MOST 107u /* bytes of a socket's path */

enum bh_endpoint_kind { BH_ENDPOINT_UNIX, BH_ENDPOINT_HTTP, BH_ENDPOINT_HTTPS };

/* A piece of the text; not ended by a NUL. */
struct bh_endpoint_part {
	const char *text;
	size_t len;
};

struct bh_endpoint {
	enum bh_endpoint_kind kind;
	struct bh_endpoint_part path;      /* BH_ENDPOINT_UNIX */
	struct bh_endpoint_part host;      /* a name or an address, without brackets */
	struct bh_endpoint_part authority; /* host and port as they stand there */
	struct bh_endpoint_part base;      /* path without the last slash; often empty */
	unsigned port;
};

/* Reads one endpoint. BH_E_INVALID says what is wrong with it. */
BH_MUST_CHECK int bh_endpoint_read(const char *text, size_t len, struct bh_endpoint *out);

/* Reads several, divided by blanks: at least one, and either all by TLS or none, because whoever spreads
 * requests over them must not be led from one to the other. BH_E_INVALID. */
BH_MUST_CHECK int bh_endpoints_read(const char *text, struct bh_endpoint out[BH_ENDPOINTS_MOST],
	size_t *out_n);

/* True where only this machine's users with the right to the file get through. */
static inline bool
bh_endpoint_is_local(const struct bh_endpoint *endpoint)
{
	return endpoint->kind == BH_ENDPOINT_UNIX;
}

#endif
