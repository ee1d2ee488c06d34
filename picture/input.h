/* SPDX-License-Identifier: Apache-2.0 */
/* input.h: a file behind a descriptor, as bytes. */
#ifndef PICTURE_INPUT_H
#define PICTURE_INPUT_H

#include "head.h"

/* Maps the file, which has to be a regular one, after its size was held to the limits; a limit of bytes is all that is
 * looked at. The mapping lasts as long as the process. PICTURE_E_TOO_LARGE or _SETUP. */
PICTURE_MUST_CHECK int picture_input_map(int fd, const struct picture_limits *limits,
	struct picture_bytes *out, struct picture_failure *why);

#endif
