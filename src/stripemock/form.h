/* SPDX-License-Identifier: Apache-2.0 */
/* form.h: application/x-www-form-urlencoded with nested names, as Stripe's clients send parameters. */
#ifndef BH_STRIPEMOCK_FORM_H
#define BH_STRIPEMOCK_FORM_H

#include "stripemock/value.h"

enum {
	STRIPEMOCK_FORM_PAIRS = 1000, /* in one body */
	STRIPEMOCK_FORM_DEPTH = 8,    /* "a[b][c]" has three */
	STRIPEMOCK_FORM_NAME = 200    /* bytes of a name with its brackets, decoded */
};

/* Reads "a[b]=1&c[0][d]=2&e[]=3" into `into`, an object: every value a text, every container an object whose
 * names are what stood in the brackets, or for [] the next number. What is named twice has its last
 * value. BH_E_INVALID for bad escapes, invalid UTF-8, malformed brackets or more than the bounds; what was
 * read before stays. */
BH_MUST_CHECK int stripemock_form_read(const char *text, size_t len, struct stripemock_value *into);

#endif
