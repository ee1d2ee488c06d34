/* SPDX-License-Identifier: Apache-2.0 */
/* input.h: a file behind a descriptor, as bytes. */
#ifndef AUDIO_INPUT_H
#define AUDIO_INPUT_H

#include "head.h"

/* Maps the file, which has to be a regular one, after its size was held to the limits. The mapping lasts as long as the
 * process. AUDIO_E_TOO_LARGE or _SETUP. */
AUDIO_MUST_CHECK int audio_input_map(int fd, const struct audio_limits *limits,
	struct audio_bytes *out, struct audio_failure *why);

#endif
