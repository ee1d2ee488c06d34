/* SPDX-License-Identifier: Apache-2.0 */
/* http_console.h: answers that give a browser a session, for every route that does. */
#ifndef BH_AUTH_HTTP_CONSOLE_H
#define BH_AUTH_HTTP_CONSOLE_H

#include "auth/console.h"

struct bh_request;

/* The console session that asks. BH_E_UNAUTHENTICATED for any other credential. */
BH_MUST_CHECK int auth_console_of(struct bh_request *req, struct auth_console *out);

/* Before a session is begun for whoever asks without one: BH_E_CSRF when a browser says that the page is
 * not the console's own. Nobody is to be signed in by a foreign page, as somebody else. */
BH_MUST_CHECK int auth_console_page_check(struct bh_request *req);

/* What the client calls itself; never NULL. */
const char *auth_console_client(const struct bh_request *req);

/* The Set-Cookie of a session, or of none (NULL). */
void auth_console_set_cookie(struct bh_request *req, const struct auth_cookie *cookie,
	int64_t now_ms);

/* Sets the cookie and answers with the session that it opens. */
int auth_console_reply_new(struct bh_request *req, const struct auth_cookie *cookie,
	int64_t now_ms);

#endif
