/* SPDX-License-Identifier: Apache-2.0 */
/* failure.h: why a picture was refused. */
#ifndef PICTURE_FAILURE_H
#define PICTURE_FAILURE_H

/* Negative, so that functions return them; each but OUTPUT is a code of protocol.h. */
enum picture_failure_code {
	PICTURE_E_UNSUPPORTED = -1,
	PICTURE_E_DAMAGED = -2,
	PICTURE_E_EMPTY = -3,
	PICTURE_E_TOO_LARGE = -4,
	PICTURE_E_MASK = -5,
	PICTURE_E_SETUP = -6,
	PICTURE_E_OUTPUT = -7, /* the answer cannot be written; there is no line for this */
};

/* Zeroed: none. */
struct picture_failure {
	char message[256]; /* for the person who sent the picture */
};

/* Keeps the sentence, and returns the code. */
int picture_fail(struct picture_failure *why, enum picture_failure_code code, const char *format,
	...) __attribute__((format(printf, 3, 4)));

#endif
