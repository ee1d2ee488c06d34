/* SPDX-License-Identifier: Apache-2.0 */
/* program.h: one recording from its first byte to the last line. */
#ifndef AUDIO_PROGRAM_H
#define AUDIO_PROGRAM_H

#include "options.h"

/* Enters the sandbox, does what the options say and writes the last line. Returns the exit status. */
int audio_program_run(const struct audio_options *options);

#endif
