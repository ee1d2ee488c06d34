/* SPDX-License-Identifier: Apache-2.0 */
/* failure.h: why a recording was refused. */
#ifndef AUDIO_FAILURE_H
#define AUDIO_FAILURE_H

#define AUDIO_MUST_CHECK __attribute__((warn_unused_result))

/* Negative, so that functions return them; each but OUTPUT is a code of protocol.h. */
enum audio_failure_code {
	AUDIO_E_UNSUPPORTED = -1,
	AUDIO_E_DAMAGED = -2,
	AUDIO_E_EMPTY = -3,
	AUDIO_E_TOO_LARGE = -4,
	AUDIO_E_SETUP = -5,
	AUDIO_E_OUTPUT =
		-6, /* what is made, or the answer, cannot be written; there is no line for this */
};

/* Zeroed: none. */
struct audio_failure {
	char message[256]; /* for the person who sent the recording; holds no quotes or backslashes */
};

/* Keeps the sentence, and returns the code. */
int audio_fail(struct audio_failure *why, enum audio_failure_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
