/* SPDX-License-Identifier: Apache-2.0 */
/* syslog.h: a connection to a syslog receiver, by TCP (RFC 6587) or TLS (RFC 5425). There is no UDP: it loses messages
 * without a word.
 *
 * A receiver of syslog acknowledges nothing: what was written may lie in its machine's memory when it dies. But it closes a
 * connection that the sender has ended, once it has read to the end; had it not, its machine resets the connection. So
 * bh_syslog_finish tells that all that was written was read by the receiver's process. What that process does with it,
 * nobody tells. Over TLS the end is a close_notify, which a receiver has to answer (RFC 5425, 4.4); those that just close
 * are taken at their word, too. */
#ifndef BH_HTTP_SYSLOG_H
#define BH_HTTP_SYSLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define BH_SYSLOG_HOST_MOST 255u

/* "tcp://host:port" or "tls://host:port", read. */
struct bh_syslog_address {
	bool tls;
	char host[BH_SYSLOG_HOST_MOST + 1]; /* a name or an address, without brackets */
	char port[8];
};

/* BH_E_INVALID says what is wrong with it. */
BH_MUST_CHECK int bh_syslog_address_read(const char *text, struct bh_syslog_address *out);

struct bh_syslog_conf {
	struct bh_syslog_address address;
	const char *ca_file; /* "" for the system's certificates; borrowed until it is open */
	int64_t connect_ms;  /* with the handshake */
	int64_t write_ms;    /* of one bh_syslog_write */
	const bool *cancel;  /* atomic; NULL: none */
};

struct bh_syslog;

/* BH_E_CONNECT for a receiver that is not there or not trusted, BH_E_CONFIG for certificates that cannot be read,
 * BH_E_CANCELLED. */
BH_MUST_CHECK int bh_syslog_open(const struct bh_syslog_conf *conf, struct bh_syslog **out);

/* Writes all of it. BH_E_PROTOCOL where the receiver has closed or reset the connection, BH_E_UPSTREAM_TIMEOUT,
 * BH_E_CANCELLED; the connection is of no use then. */
BH_MUST_CHECK int bh_syslog_write(struct bh_syslog *syslog, const void *data, size_t len);

/* The same errors where the receiver is gone; takes no time. */
BH_MUST_CHECK int bh_syslog_look(struct bh_syslog *syslog);

/* Ends the connection and waits until the receiver has read everything. The same errors. It is not cancelled if it is
 * begun after that. Nothing can be written afterwards. */
BH_MUST_CHECK int bh_syslog_finish(struct bh_syslog *syslog, int64_t wait_ms);

/* Safe on NULL. */
void bh_syslog_close(struct bh_syslog *syslog);

#endif
