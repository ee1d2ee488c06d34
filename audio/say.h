/* SPDX-License-Identifier: Apache-2.0 */
/* say.h: writes the lines of protocol.h. Every text in them is our own. */
#ifndef AUDIO_SAY_H
#define AUDIO_SAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "head.h"

/* Writes all of it. False: it cannot be written. */
AUDIO_MUST_CHECK bool audio_write(int fd, const void *data, size_t len);

AUDIO_MUST_CHECK int audio_say_begun(int fd);
AUDIO_MUST_CHECK int audio_say_head(int fd, const struct audio_head *head, size_t bytes);

/* What was written to fd 3. */
struct audio_made {
	int64_t samples, bytes;
	uint32_t rate;
	bool truncated;
};
AUDIO_MUST_CHECK int audio_say_made(int fd, const struct audio_made *made);

/* The last line: end for 0, else error. Returns the exit status. */
int audio_say_last(int fd, int rc, const struct audio_failure *why);

#endif
