/* SPDX-License-Identifier: Apache-2.0 */
/* syslog_message.h: a message of syslog (RFC 5424), framed by its length (RFC 6587, 3.4.1; RFC 5425, 4.3).
 *
 * Facility 13 (log audit), APP-NAME "bulkhead". Structured data: the registered element `origin`; and, for who has an
 * enterprise number of their own, `bulkhead@NUMBER`, because a name without one is for registered elements only, and the
 * number of the RFC's examples must not be sent (RFC 5612).
 *
 * MSG is JSON in ASCII: what is not ASCII is escaped as JSON has it (\u00e9). UTF-8 would have to begin with a byte order
 * mark (RFC 5424, 6.4), which JSON must not (RFC 8259, 8.1). */
#ifndef BH_HTTP_SYSLOG_MESSAGE_H
#define BH_HTTP_SYSLOG_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum bh_syslog_severity { BH_SYSLOG_ERROR = 3, BH_SYSLOG_WARNING = 4, BH_SYSLOG_INFO = 6 };

/* A value in structured data; any text. */
struct bh_syslog_param {
	const char *name; /* printable ASCII without "=", "]", quotes and blanks; 32 bytes at most */
	const char *value;
};

/* Text is borrowed. */
struct bh_syslog_message {
	enum bh_syslog_severity severity;
	int64_t time_ms;    /* wall clock */
	const char *host;   /* whatever cannot stand there becomes "_"; "" for unknown */
	const char *id;     /* the same; cut to 32 bytes */
	int64_t enterprise; /* 0: none, and params are left out */
	const struct bh_syslog_param *params;
	size_t n_params;
	const char *json; /* valid JSON */
	size_t json_len;
};

/* Appends the frame: length, blank, message. */
void bh_syslog_frame(const struct bh_syslog_message *message, struct bh_buf *out);

#endif
