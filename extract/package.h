/* SPDX-License-Identifier: Apache-2.0 */
/* package.h: the parts of an Office file that are read, unpacked within bounds. */
#ifndef EXTRACT_PACKAGE_H
#define EXTRACT_PACKAGE_H

#include "buffer.h"

struct extract_input;
struct extract_sink;

/* The XML parts of a Word document. A part that the file lacks is empty. */
struct extract_package {
	struct extract_buffer document;  /* owned */
	struct extract_buffer styles;    /* owned */
	struct extract_buffer numbering; /* owned */
	struct extract_buffer footnotes; /* owned */
	struct extract_buffer endnotes;  /* owned */
	struct extract_buffer core;      /* owned: title and author */
};

/* Unpacks. EXTRACT_E_DAMAGED, EXTRACT_E_ENCRYPTED, EXTRACT_E_UNSUPPORTED for another kind of
 * archive, EXTRACT_E_BOMB past a bound on entries, on a part's size or on expansion. */
EXTRACT_MUST_CHECK int extract_package_open(struct extract_package *out,
	const struct extract_input *input, struct extract_sink *sink);

void extract_package_close(struct extract_package *package);

#endif
