/* SPDX-License-Identifier: Apache-2.0 */
/* say.c: lines are written whole, and commands are looked for without waiting. */
#include "trainer/say.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trainer/protocol.h"

enum { LOOK_MS = 50 };

static volatile sig_atomic_t was_signalled;

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
trainer_line_open(struct trainer_line *line, int in, int out)
{
	*line = (struct trainer_line){.in = in, .out = out, .said_ms = now_ms()};
}

void
trainer_line_close(struct trainer_line *line)
{
	bh_buf_close(&line->text);
}

struct bh_write *
trainer_say(struct trainer_line *line, const char *type)
{
	bh_buf_reset(&line->text);
	line->write = (struct bh_write){.out = &line->text};
	bh_write_object(&line->write);
	trainer_say_text(line, "type", type);
	return &line->write;
}

void
trainer_say_end(struct trainer_line *line)
{
	size_t at = 0;

	bh_write_end(&line->write);
	bh_buf_char(&line->text, '\n');
	while (at < line->text.len) {
		ssize_t written = write(line->out, line->text.data + at, line->text.len - at);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			_exit(TRAINER_EXIT_OUTPUT);
		at += (size_t)written;
	}
	line->said_ms = now_ms();
}

void
trainer_say_int(struct trainer_line *line, const char *name, int64_t value)
{
	bh_write_name(&line->write, name);
	bh_write_int(&line->write, value);
}

void
trainer_say_number(struct trainer_line *line, const char *name, double value)
{
	bh_write_name(&line->write, name);
	bh_write_double(&line->write, value);
}

void
trainer_say_text(struct trainer_line *line, const char *name, const char *value)
{
	bh_write_name(&line->write, name);
	bh_write_text(&line->write, value);
}

void
trainer_say_finding(struct trainer_line *line, const char *file,
	const struct finetune_finding *finding)
{
	(void)trainer_say(line, "finding");
	trainer_say_text(line, "level", finding->level == FINETUNE_ERROR ? "error" : "warning");
	trainer_say_text(line, "file", file);
	trainer_say_int(line, "line", finding->line);
	trainer_say_int(line, "other_line", finding->other_line);
	trainer_say_text(line, "code", finding->code);
	trainer_say_text(line, "field", finding->field);
	trainer_say_text(line, "message", finding->message);
	trainer_say_end(line);
}

void
trainer_line_stop(int number)
{
	(void)number;
	was_signalled = 1;
}

static void
take_command(struct trainer_line *line, const char *text, size_t len)
{
	struct bh_json_doc doc = {0};
	const char *command = NULL;

	if (bh_json_parse(text, len, &doc) == 0)
		command = bh_json_get_string(doc.root, "command");
	if (command != NULL && strcmp(command, "cancel") == 0)
		line->command = TRAINER_CANCEL;
	else if (command != NULL && strcmp(command, "pause") == 0) {
		if (line->command == TRAINER_GO_ON)
			line->command = TRAINER_PAUSE;
	} else
		fputs("bulkhead-train: a line that is no command was passed over\n", stderr);
	bh_json_close(&doc);
}

static void
read_commands(struct trainer_line *line)
{
	struct pollfd poll_fd = {.fd = line->in, .events = POLLIN};
	ssize_t got;
	char *end;

	if (line->in < 0 || poll(&poll_fd, 1, 0) <= 0)
		return;
	got = read(line->in, line->unread + line->unread_len, sizeof(line->unread) - line->unread_len);
	if (got <= 0) {
		line->in = -1;
		return;
	}
	line->unread_len += (size_t)got;
	while ((end = memchr(line->unread, '\n', line->unread_len)) != NULL) {
		size_t len = (size_t)(end - line->unread);

		take_command(line, line->unread, len);
		line->unread_len -= len + 1;
		memmove(line->unread, end + 1, line->unread_len);
	}
	/* Longer than any command. */
	if (line->unread_len == sizeof(line->unread))
		line->unread_len = 0;
}

bool
trainer_line_tick(void *context)
{
	struct trainer_line *line = context;
	int64_t now = now_ms();

	if (now - line->asked_ms >= LOOK_MS) {
		line->asked_ms = now;
		read_commands(line);
		if (was_signalled && line->command == TRAINER_GO_ON)
			line->command = TRAINER_PAUSE;
		if (now - line->said_ms >= 1000 * TRAINER_ALIVE_S) {
			(void)trainer_say(line, "alive");
			trainer_say_end(line);
		}
	}
	return line->command != TRAINER_GO_ON;
}
