/* SPDX-License-Identifier: Apache-2.0 */
/* failure.c: keeps a sentence. */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

int
audio_fail(struct audio_failure *why, enum audio_failure_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->message, sizeof(why->message), format, args);
	va_end(args);
	return code;
}
