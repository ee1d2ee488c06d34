/* SPDX-License-Identifier: Apache-2.0 */
/* mail_text.h: what people read in a mail, in their language, as plain text. */
#ifndef BH_AUTH_MAIL_TEXT_H
#define BH_AUTH_MAIL_TEXT_H

#include <stdint.h>

#include "base/buf.h"

struct auth_mail_words {
	const char *locale;  /* "en", "de" */
	const char *tenant;  /* its name */
	const char *inviter; /* their name; NULL or "": none is mentioned */
	const char *role;
	const char *link;
	int64_t expires_ms;
};

/* The subject, which holds nobody's name, and the text. */
const char *auth_mail_invitation(const struct auth_mail_words *words, struct bh_buf *out);
const char *auth_mail_reset(const struct auth_mail_words *words, struct bh_buf *out);

/* A name as mails quote it: one line of at most 64 characters, without anything that turns its direction or
 * that a mail reader would make a link of, because whoever invites also chooses the names. */
void auth_mail_name(struct bh_buf *out, const char *name);

#endif
