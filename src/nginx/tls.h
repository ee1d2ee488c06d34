/* SPDX-License-Identifier: Apache-2.0 */
/* tls.h: the public address with TLS, and the address of plain HTTP beside it that leads there.
 *
 * TLS 1.2 and 1.3 with the curves and ciphers of nginx' and OpenSSL's defaults, session tickets off (their key would
 * outlive a renewal), HTTP/2 where the client asks for it. */
#ifndef BH_NGINX_TLS_H
#define BH_NGINX_TLS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/macros.h"

/* All strings are borrowed, paths absolute; "" or NULL: none. */
struct bh_nginx_tls {
	const char *certificate; /* the server's first, then those it was signed by; PEM */
	const char *key;         /* PEM, without a passphrase; nginx' first process reads it */
	/* "0.0.0.0:80": answers every request with 308 to public_url, but those below /.well-known/acme-challenge/, which
	 * are files of acme_dir, as a client of a certificate authority writes them. */
	const char *redirect_listen;
	const char *acme_dir;
};

bool bh_nginx_tls_is_on(const struct bh_nginx_tls *tls);

/* BH_E_CONFIG: one of the two files without the other; the other address without TLS; the folder without that address. */
BH_MUST_CHECK int bh_nginx_tls_check(const struct bh_nginx_tls *tls);

/* Reads the files as nginx will. BH_E_CONFIG: they do not fit (sec/certificate.h). A certificate that has expired is
 * logged and served all the same: clients say so, and an operator still reaches the platform. */
BH_MUST_CHECK int bh_nginx_tls_read(const struct bh_nginx_tls *tls);

/* The lines of the public server; `listen` is its address. Without TLS: that one. With it, the command line has a
 * socket of its own in run_dir, BH_NGINX_LOCAL_SOCKET: it needs no name that the certificate is for. */
void bh_nginx_tls_write(struct bh_buf *out, const struct bh_nginx_tls *tls, const char *listen,
	const char *run_dir);
#define BH_NGINX_LOCAL_SOCKET "%s/gateway/local.sock"

/* The server of plain HTTP; nothing where redirect_listen is not set. */
void bh_nginx_tls_write_redirect(struct bh_buf *out, const struct bh_nginx_tls *tls,
	const char *public_url);

#endif
