/* SPDX-License-Identifier: Apache-2.0 */
/* say.c: JSON, a line at a time. */
#include "say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "protocol.h"

enum { LINE_BYTES = 512 };

bool
audio_write(int fd, const void *data, size_t len)
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

static int say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int
say(int fd, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return audio_write(fd, line, (size_t)len) ? 0 : AUDIO_E_OUTPUT;
}

int
audio_say_begun(int fd)
{
	return say(fd, "{\"type\":\"begun\",\"protocol\":%d}\n", AUDIO_PROTOCOL);
}

static int64_t
milliseconds(int64_t samples, uint32_t rate)
{
	return (int64_t)((double)samples * 1000 / rate + 0.5);
}

int
audio_say_head(int fd, const struct audio_head *head, size_t bytes)
{
	char length[24] = "null";

	if (head->samples >= 0)
		snprintf(length, sizeof(length), "%" PRId64, milliseconds(head->samples, head->rate));
	return say(fd,
		"{\"type\":\"head\",\"format\":\"%s\",\"bytes\":%zu,\"channels\":%" PRIu32
		",\"rate\":%" PRIu32 ",\"milliseconds\":%s}\n",
		audio_format_name(head->format), bytes, head->channels, head->rate, length);
}

int
audio_say_made(int fd, const struct audio_made *made)
{
	return say(fd,
		"{\"type\":\"made\",\"samples\":%" PRId64 ",\"bytes\":%" PRId64 ",\"milliseconds\":%" PRId64
		",\"truncated\":%s}\n",
		made->samples, made->bytes, milliseconds(made->samples, made->rate),
		made->truncated ? "true" : "false");
}

int
audio_say_last(int fd, int rc, const struct audio_failure *why)
{
	static const char *const codes[] = {"", AUDIO_CODE_UNSUPPORTED, AUDIO_CODE_DAMAGED,
		AUDIO_CODE_EMPTY, AUDIO_CODE_TOO_LARGE, AUDIO_CODE_SETUP};
	int said;

	if (rc == AUDIO_E_OUTPUT)
		return AUDIO_EXIT_OUTPUT;
	if (rc == 0)
		said = say(fd, "{\"type\":\"end\"}\n");
	else
		said = say(fd, "{\"type\":\"error\",\"code\":\"%s\",\"message\":\"%s\"}\n", codes[-rc],
			why->message);
	if (said < 0)
		return AUDIO_EXIT_OUTPUT;
	return rc < 0 ? AUDIO_EXIT_ERROR : AUDIO_EXIT_OK;
}
