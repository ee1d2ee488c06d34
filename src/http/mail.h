/* SPDX-License-Identifier: Apache-2.0 */
/* mail.h: hands a mail over to an SMTP server (RFC 5321), through libcurl. */
#ifndef BH_HTTP_MAIL_H
#define BH_HTTP_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"

enum bh_mail_tls {
	BH_MAIL_PLAIN,    /* no TLS: a server on this machine */
	BH_MAIL_STARTTLS, /* required, not tried */
	BH_MAIL_TLS       /* from the first byte */
};

struct bh_mail_conf {
	const char *host;
	int64_t port;
	enum bh_mail_tls tls;
	const char *from;            /* an address */
	const char *user, *password; /* NULL: the server asks for none */
	const char *ca_file;         /* NULL: the system's */
	int64_t timeout_ms;
	const bool *cancel; /* polled; NULL: none */
};

/* All plain text without control characters, checked here: nothing in them can become a header. */
struct bh_mail {
	const char *const *to;
	size_t n_to;
	const char *id; /* the left side of the Message-ID: the same mail has the same one each time */
	const char *subject; /* UTF-8 */
	const char *text;    /* UTF-8, lines end with \n */
	int64_t sent_ms;
};

/* "somebody@example.org": what RFC 5321 allows without quotes; at most 254 bytes. */
bool bh_mail_is_address(const char *text);

/* The message as it is sent (RFC 5322, quoted-printable). BH_E_INVALID for an address that is none. */
BH_MUST_CHECK int bh_mail_write(const struct bh_mail_conf *conf, const struct bh_mail *mail,
	struct bh_buf *out);

/* BH_E_CONNECT, BH_E_UPSTREAM_TIMEOUT, BH_E_PROTOCOL with what the server said, BH_E_CANCELLED. */
BH_MUST_CHECK int bh_mail_send(const struct bh_mail_conf *conf, const struct bh_mail *mail);

#endif
