/* SPDX-License-Identifier: Apache-2.0 */
/* log.c: lines are built whole and written with one call, so that processes do not mix them. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

static char name[32] = "bulkhead";
static enum bh_log_level least_level = BH_LOG_INFO;
static int output = STDERR_FILENO;
static _Thread_local char request[64];

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void
bh_log_open(const char *service, enum bh_log_level least)
{
	snprintf(name, sizeof(name), "%s", service);
	least_level = least;
}

void
bh_log_output(int fd)
{
	output = fd;
}

void
bh_log_request(const char *request_id)
{
	snprintf(request, sizeof(request), "%s", request_id);
}

void
bh_log(enum bh_log_level level, const char *format, ...)
{
	struct bh_buf line = {0};
	char message[2048];
	char now[BH_TIME_TEXT];
	va_list args;

	if (level < least_level)
		return;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	bh_clock_format(bh_clock_wall_ms(), now);
	bh_buf_printf(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"service\":\"%s\"", now,
		level_names[level], name);
	if (request[0] != '\0') {
		bh_buf_text(&line, ",\"request_id\":");
		bh_text_json(&line, request, strlen(request));
	}
	bh_buf_text(&line, ",\"message\":");
	bh_text_json(&line, message, strlen(message));
	bh_buf_text(&line, "}\n");
	if (write(output, line.data, line.len) < 0) {
		/* Nowhere left to say it. */
	}
	bh_buf_close(&line);
}

void
bh_log_failure(const char *what, int error)
{
	const struct bh_error_row *row = bh_error_row(error);

	bh_log(BH_LOG_ERROR, "%s: %s (%s) %s", what, row->sentence, row->symbol,
		bh_error_detail(error));
}

_Noreturn void
bh_panic(const char *file, int line, const char *text)
{
	bh_log(BH_LOG_ERROR, "panic: %s:%d: %s", file, line, text);
	abort();
}
