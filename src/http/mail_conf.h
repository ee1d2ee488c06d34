/* SPDX-License-Identifier: Apache-2.0 */
/* mail_conf.h: the platform's mail server, by which every service that writes to people sends. */
#ifndef BH_HTTP_MAIL_CONF_H
#define BH_HTTP_MAIL_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "http/mail.h"

/* [mail] of bulkhead.conf. */
struct bh_mail_settings {
	const char *host; /* "": none is sent */
	int64_t port;
	const char *tls, *from, *password_file;
};
extern const struct bh_setting bh_mail_settings[];
extern const size_t bh_n_mail_settings;

/* A wrong setting is told at the start, and not by the first mail. BH_E_CONFIG. */
BH_MUST_CHECK int bh_mail_settings_check(const struct bh_mail_settings *settings);

static inline bool
bh_mail_is_set(const struct bh_mail_settings *settings)
{
	return settings->host[0] != '\0';
}

#define BH_MAIL_CREDENTIAL_BYTES 1024

/* Sends through the server of the settings; `cancel` as in bh_mail_conf. Errors of bh_mail_send, and
 * BH_E_CONFIG for a password file that cannot be used. */
BH_MUST_CHECK int bh_mail_deliver(const struct bh_mail_settings *settings,
	const struct bh_mail *mail, const bool *cancel);

#endif
