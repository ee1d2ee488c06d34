/* SPDX-License-Identifier: Apache-2.0 */
/* program.h: what bulkhead-picture and bulkhead-picture-ocr have in common: one picture from its first byte to the last
 * line. */
#ifndef PICTURE_PROGRAM_H
#define PICTURE_PROGRAM_H

#include "options.h"

struct picture_words;

/* Enters the sandbox, does what the options say and writes the last line. words: borrowed; NULL but in the program that
 * recognizes text. setup: NULL, or what is missing on this machine, which is then all that is said. Returns the exit
 * status. */
int picture_program_run(const struct picture_options *options, struct picture_words *words,
	const char *setup);

#endif
