/* SPDX-License-Identifier: Apache-2.0 */
/* redact.h: takes what looks like a credential out of text from outside, such as an upstream's error that
 * quotes the key it was called with. Rather a word too much than one too few: the text is for people.
 *
 * Removed are: the known secret and every part of it of 8 bytes; words with a credential's usual prefix
 * (sk-…, ghp_…, eyJ…); what follows Bearer or Basic, key=, token= and their like; user and password in a
 * URL; and long runs of letters and digits mixed, as of hex and base64. */
#ifndef BH_SEC_REDACT_H
#define BH_SEC_REDACT_H

#include <stddef.h>

#include "base/buf.h"

/* Bytes of a text that are looked at; what comes behind them is dropped. */
enum { BH_REDACT_MOST = 4096 };

/* Appends the text with "[removed]" in place of each. `known` may be NULL. Valid UTF-8 in, valid out. */
void bh_redact(const char *text, size_t len, const char *known, size_t known_len,
	struct bh_buf *out);

#endif
