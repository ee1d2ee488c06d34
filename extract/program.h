/* SPDX-License-Identifier: Apache-2.0 */
/* program.h: what bulkhead-extract and bulkhead-ocr have in common: their arguments and the reading of one document. */
#ifndef EXTRACT_PROGRAM_H
#define EXTRACT_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

struct extract_sink;

/* The arguments, as protocol.h has them. Strings are borrowed from them. */
struct extract_options {
	const char *name;
	const char *mime;
	const char *ocr; /* languages; NULL: pictures are not read */
	bool asks;       /* the first picture ends the reading */
	uint64_t characters_max;
	int cpu_seconds, ocr_seconds;
};

/* False, with a line on fd 2, if they cannot be understood. */
EXTRACT_MUST_CHECK bool extract_options_parse(int count, char **args, struct extract_options *out);

/* Enters the sandbox, reads the document and writes its last line. rc: 0, or the failure that there was before. Returns
 * the exit status. */
int extract_program_read(const struct extract_options *options, struct extract_sink *sink, int rc);

#endif
