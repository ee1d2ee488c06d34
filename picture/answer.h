/* SPDX-License-Identifier: Apache-2.0 */
/* answer.h: writes the lines of protocol.h. */
#ifndef PICTURE_ANSWER_H
#define PICTURE_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "memory.h"

/* Zeroed but for fd: valid. A line is begun, its members are added, and it is ended. */
struct picture_answer {
	int fd;
	bool failed;                /* it could not be written */
	struct picture_buffer line; /* owned */
};

void picture_answer_begin(struct picture_answer *answer, const char *type);
void picture_answer_text(struct picture_answer *answer, const char *name, const char *text);
void picture_answer_number(struct picture_answer *answer, const char *name, int64_t number);
/* With so many digits behind the point. */
void picture_answer_real(struct picture_answer *answer, const char *name, double number,
	int digits);
void picture_answer_flag(struct picture_answer *answer, const char *name, bool flag);
void picture_answer_null(struct picture_answer *answer, const char *name);
/* [x,y,w,h] */
void picture_answer_box(struct picture_answer *answer, const char *name, const int box[4]);
/* A list: what is added between has no name (NULL) if it is a text, or stands in an object. */
void picture_answer_open(struct picture_answer *answer, const char *name, char bracket);
void picture_answer_shut(struct picture_answer *answer, char bracket);

/* Writes the line whole. PICTURE_E_OUTPUT if that fails. */
PICTURE_MUST_CHECK int picture_answer_end(struct picture_answer *answer);

/* The last line: end for 0, else error; input as protocol.h has it, -1: none. Returns the exit status. */
int picture_answer_finish(struct picture_answer *answer, int rc, const struct picture_failure *why,
	int input);

void picture_answer_close(struct picture_answer *answer);

/* Writes all of it. False: it cannot be written. */
PICTURE_MUST_CHECK bool picture_write(int fd, const void *data, size_t len);

#endif
