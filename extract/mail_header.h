/* SPDX-License-Identifier: Apache-2.0 */
/* mail_header.h: the head of a mail or of one of its parts (RFC 5322, 2045, 2047, 2231), and how a
 * part's body is coded. */
#ifndef EXTRACT_MAIL_HEADER_H
#define EXTRACT_MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

struct extract_input;

enum {
	EXTRACT_MAIL_HEADERS_MAX = 2000,
	EXTRACT_MAIL_VALUE_BYTES_MAX = 64 * 1024,
};

/* The head of a mail or part: names and values, folded lines joined. Zeroed means empty. */
struct extract_mail_head {
	struct extract_buffer
		text; /* owned: name, NUL, value, NUL, and so on; names in small letters */
	size_t count;
	size_t body; /* where the body begins */
};

/* Reads the lines before the first empty one; more than the bounds allow are left out. */
void extract_mail_head_open(struct extract_mail_head *out, const char *data, size_t len);

/* The value of the first header of this name, in small letters; "" if there is none. Borrowed. */
const char *extract_mail_head_find(const struct extract_mail_head *head, const char *name);

/* True if the bytes begin like a mail: header lines, among them who it is from and one that only
 * programs write. Of what is named as a mail, any usual second one does. */
bool extract_mail_is(const struct extract_input *input);

void extract_mail_head_close(struct extract_mail_head *head);

/* Appends a value with its encoded words decoded, as UTF-8. */
void extract_mail_add_words(const char *value, struct extract_buffer *out);

/* Appends a parameter of Content-Type or Content-Disposition: quoted, in several parts, in percent
 * signs with a charset, or in encoded words. False if there is none. */
bool extract_mail_add_parameter(const char *value, const char *name, struct extract_buffer *out);

/* Appends a body as its Content-Transfer-Encoding says; what is not of the encoding is left out. */
void extract_mail_add_body(const char *data, size_t len, const char *encoding,
	struct extract_buffer *out);

#endif
