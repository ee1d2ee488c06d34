/* SPDX-License-Identifier: Apache-2.0 */
/* options.h: the arguments, as protocol.h has them. */
#ifndef PICTURE_OPTIONS_H
#define PICTURE_OPTIONS_H

#include "encode.h"

enum picture_analysis {
	PICTURE_ANALYSE_EXIF = 1,
	PICTURE_ANALYSE_GPS = 2,
	PICTURE_ANALYSE_COLOURS = 4,
	PICTURE_ANALYSE_HASHES = 8,
	PICTURE_ANALYSE_BLUR = 16,
	PICTURE_ANALYSE_CODES = 32,
	PICTURE_ANALYSE_TEXT = 64,
};

/* Strings are borrowed from the arguments. */
struct picture_options {
	struct picture_limits limits;
	bool writes, same; /* --to; same: in the format of the file */
	struct picture_target target;
	uint32_t max_edge; /* 0: as it is */
	uint32_t flatten;  /* colour behind what is transparent, where a format has no alpha */
	unsigned analyses; /* of enum picture_analysis */
	const char *languages;
	int cpu_seconds;

	bool draws;
	uint32_t width, height; /* of what is drawn */
	uint64_t seed;
	uint32_t variants, partials;
	bool transparent;
	uint32_t edits; /* pictures to edit; 0: it does not */
	bool mask;
};

/* False, with a line on fd 2, if they cannot be understood. */
PICTURE_MUST_CHECK bool picture_options_parse(int count, char **args, struct picture_options *out);

#endif
