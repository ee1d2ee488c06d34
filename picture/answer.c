/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c: JSON, a line at a time. */
#include "answer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"
#include "utf8.h"

enum { TEXT_BYTES_MAX = 4096 }; /* of one string: a QR code holds less */

bool
picture_write(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* A string with its quotes; what is not UTF-8 becomes U+FFFD. */
static void
add_string(struct picture_buffer *line, const char *text)
{
	size_t len = strlen(text), at = 0;
	char escape[8];

	picture_buffer_text(line, "\"");
	if (len > TEXT_BYTES_MAX)
		len = TEXT_BYTES_MAX;
	while (at < len) {
		size_t from = at;
		uint32_t point = picture_utf8_next(text, len, &at);

		if (point == '"' || point == '\\') {
			snprintf(escape, sizeof(escape), "\\%c", (char)point);
			picture_buffer_text(line, escape);
		} else if (point < 0x20 || (point >= 0x7f && point < 0xa0)) {
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)point);
			picture_buffer_text(line, escape);
		} else if (point == PICTURE_UTF8_BAD) {
			picture_buffer_text(line, "\xef\xbf\xbd");
		} else {
			picture_buffer_append(line, text + from, at - from);
		}
	}
	picture_buffer_text(line, "\"");
}

static void
add_name(struct picture_answer *answer, const char *name)
{
	char last = answer->line.len > 0 ? (char)answer->line.data[answer->line.len - 1] : '{';

	if (last != '{' && last != '[')
		picture_buffer_text(&answer->line, ",");
	if (name == NULL)
		return;
	add_string(&answer->line, name);
	picture_buffer_text(&answer->line, ":");
}

void
picture_answer_begin(struct picture_answer *answer, const char *type)
{
	answer->line.len = 0;
	picture_buffer_text(&answer->line, "{");
	picture_answer_text(answer, "type", type);
}

void
picture_answer_text(struct picture_answer *answer, const char *name, const char *text)
{
	add_name(answer, name);
	add_string(&answer->line, text);
}

void
picture_answer_number(struct picture_answer *answer, const char *name, int64_t number)
{
	char text[24];

	add_name(answer, name);
	snprintf(text, sizeof(text), "%lld", (long long)number);
	picture_buffer_text(&answer->line, text);
}

void
picture_answer_real(struct picture_answer *answer, const char *name, double number, int digits)
{
	char text[64];

	add_name(answer, name);
	snprintf(text, sizeof(text), "%.*f", digits,
		isfinite(number) ? fmin(fmax(number, -1e12), 1e12) : 0);
	picture_buffer_text(&answer->line, text);
}

void
picture_answer_flag(struct picture_answer *answer, const char *name, bool flag)
{
	add_name(answer, name);
	picture_buffer_text(&answer->line, flag ? "true" : "false");
}

void
picture_answer_null(struct picture_answer *answer, const char *name)
{
	add_name(answer, name);
	picture_buffer_text(&answer->line, "null");
}

void
picture_answer_box(struct picture_answer *answer, const char *name, const int box[4])
{
	char text[64];

	add_name(answer, name);
	snprintf(text, sizeof(text), "[%d,%d,%d,%d]", box[0], box[1], box[2], box[3]);
	picture_buffer_text(&answer->line, text);
}

void
picture_answer_open(struct picture_answer *answer, const char *name, char bracket)
{
	add_name(answer, name);
	picture_buffer_append(&answer->line, &bracket, 1);
}

void
picture_answer_shut(struct picture_answer *answer, char bracket)
{
	picture_buffer_append(&answer->line, &bracket, 1);
}

int
picture_answer_end(struct picture_answer *answer)
{
	picture_buffer_text(&answer->line, "}\n");
	if (!answer->failed && !picture_write(answer->fd, answer->line.data, answer->line.len))
		answer->failed = true;
	answer->line.len = 0;
	return answer->failed ? PICTURE_E_OUTPUT : 0;
}

int
picture_answer_finish(struct picture_answer *answer, int rc, const struct picture_failure *why,
	int input)
{
	static const char *const codes[] = {"", PICTURE_CODE_UNSUPPORTED, PICTURE_CODE_DAMAGED,
		PICTURE_CODE_EMPTY, PICTURE_CODE_TOO_LARGE, PICTURE_CODE_MASK, PICTURE_CODE_SETUP};

	if (rc == PICTURE_E_OUTPUT)
		return PICTURE_EXIT_OUTPUT;
	picture_answer_begin(answer, rc < 0 ? "error" : "end");
	if (rc < 0) {
		picture_answer_text(answer, "code", codes[-rc]);
		picture_answer_text(answer, "message", why->message);
		if (input >= 0)
			picture_answer_number(answer, "input", input);
	}
	if (picture_answer_end(answer) < 0)
		return PICTURE_EXIT_OUTPUT;
	return rc < 0 ? PICTURE_EXIT_ERROR : PICTURE_EXIT_OK;
}

void
picture_answer_close(struct picture_answer *answer)
{
	picture_buffer_close(&answer->line);
}
