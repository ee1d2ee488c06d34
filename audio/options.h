/* SPDX-License-Identifier: Apache-2.0 */
/* options.h: the arguments, as protocol.h has them. */
#ifndef AUDIO_OPTIONS_H
#define AUDIO_OPTIONS_H

#include "head.h"

/* What is made; NOTHING with --decode only. */
enum audio_target {
	AUDIO_TO_NOTHING,
	AUDIO_TO_PCM,
	AUDIO_TO_WAV,
	AUDIO_TO_FLAC,
	AUDIO_TO_MP3,
	AUDIO_TO_OPUS,
};

struct audio_options {
	bool encodes; /* else it decodes */
	enum audio_target target;
	uint32_t rate; /* of what is encoded */
	struct audio_limits limits;
	int cpu_seconds;
};

/* False, with a line on fd 2, if they cannot be understood. */
AUDIO_MUST_CHECK bool audio_options_parse(int count, char **args, struct audio_options *out);

#endif
