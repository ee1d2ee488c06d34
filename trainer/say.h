/* SPDX-License-Identifier: Apache-2.0 */
/* say.h: the two ends of the line protocol: lines out, and commands in. */
#ifndef TRAINER_SAY_H
#define TRAINER_SAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "finetune/data.h"
#include "json/fields.h"

enum trainer_command { TRAINER_GO_ON, TRAINER_PAUSE, TRAINER_CANCEL };

/* What was said last, and what was asked for. */
struct trainer_line {
	int in, out; /* descriptors; in < 0: closed */
	struct bh_buf text;
	struct bh_write write;
	int64_t said_ms, asked_ms;
	enum trainer_command command;
	char unread[256]; /* of a command line */
	size_t unread_len;
};

void trainer_line_open(struct trainer_line *line, int in, int out);
void trainer_line_close(struct trainer_line *line);

/* Begins a line of that type; members are added by line->write, and it is written by trainer_say_end. A line that
 * cannot be written ends the program with TRAINER_EXIT_OUTPUT: nobody would learn of anything else. */
struct bh_write *trainer_say(struct trainer_line *line, const char *type);
void trainer_say_end(struct trainer_line *line);

void trainer_say_int(struct trainer_line *line, const char *name, int64_t value);
void trainer_say_number(struct trainer_line *line, const char *name, double value);
void trainer_say_text(struct trainer_line *line, const char *name, const char *value);

void trainer_say_finding(struct trainer_line *line, const char *file,
	const struct finetune_finding *finding);

/* True once a command has come, by descriptor or by trainer_line_stop. Cheap: it looks every 50 ms. Says that the
 * program is alive when nothing else was said for long. */
bool trainer_line_tick(void *line);

/* For a signal handler. */
void trainer_line_stop(int signal);

#endif
