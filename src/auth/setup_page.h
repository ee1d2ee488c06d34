/* SPDX-License-Identifier: Apache-2.0 */
/* setup_page.h: the page on which a person sets a password. */
#ifndef BH_AUTH_SETUP_PAGE_H
#define BH_AUTH_SETUP_PAGE_H

#include "base/buf.h"

/* Appends the page; its style and script carry the nonce. */
void auth_setup_page(struct bh_buf *out, const char *nonce);

#endif
