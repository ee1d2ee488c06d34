/* SPDX-License-Identifier: Apache-2.0 */
/* package.h: the parts of a document that is a zip archive, unpacked within bounds. */
#ifndef EXTRACT_PACKAGE_H
#define EXTRACT_PACKAGE_H

#include "buffer.h"

struct extract_input;
struct extract_sink;

/* What an archive is, by what lies in it. */
enum extract_package_kind {
	EXTRACT_PACKAGE_NONE,
	EXTRACT_PACKAGE_WORD,
	EXTRACT_PACKAGE_SHEETS,
	EXTRACT_PACKAGE_SLIDES,
	EXTRACT_PACKAGE_OPENDOCUMENT,
	EXTRACT_PACKAGE_BOOK,
};

struct extract_part {
	char *path; /* owned: without a leading slash */
	struct extract_buffer content;
};

/* The parts that the kind's reader wants. Zeroed means none. */
struct extract_package {
	enum extract_package_kind kind;
	struct extract_part *parts; /* owned: by path */
	size_t count;
};

/* Unpacks. EXTRACT_E_DAMAGED, EXTRACT_E_ENCRYPTED, EXTRACT_E_UNSUPPORTED for another kind of
 * archive, EXTRACT_E_BOMB past a bound on entries, on a part's size or on expansion. */
EXTRACT_MUST_CHECK int extract_package_open(struct extract_package *out,
	const struct extract_input *input, struct extract_sink *sink);

/* The part of this path, whatever its case; an empty one if there is none. Borrowed. */
const struct extract_buffer *extract_package_part(const struct extract_package *package,
	const char *path);

/* Reads what was unpacked by the kind's reader. */
EXTRACT_MUST_CHECK int extract_package_read(const struct extract_package *package,
	struct extract_sink *sink);

void extract_package_close(struct extract_package *package);

/* Appends the path of what a part refers to as target: relative to the part's folder, or from the
 * archive's root where it begins with a slash; %20 is a blank, and what follows # is left out. */
void extract_package_resolve(const char *part, const char *target, struct extract_buffer *out);

#endif
