/* SPDX-License-Identifier: Apache-2.0 */
/* decode.h: a recording's samples, its channels mixed into one, at AUDIO_HEARD_RATE. One of two files that know
 * libsndfile. */
#ifndef AUDIO_DECODE_H
#define AUDIO_DECODE_H

#include "head.h"
#include "resample.h"

/* What came of it. */
struct audio_decoded {
	int64_t samples; /* that were given to the sink */
	bool truncated;  /* the recording ended in the middle of something */
};

/* Decodes the file whose header was read, in bounded memory, and stops at the limit of seconds. What the sink returned,
 * AUDIO_E_DAMAGED, _EMPTY, _TOO_LARGE or _SETUP. */
AUDIO_MUST_CHECK int audio_decode(struct audio_bytes file, const struct audio_head *head,
	const struct audio_limits *limits, const struct audio_resample_sink *sink,
	struct audio_decoded *out, struct audio_failure *why);

#endif
