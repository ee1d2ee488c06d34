/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_objects.h: a PDF's objects as they stand in the file, for what poppler does not tell of them.
 *
 * They are found by their form and not by the file's table, so a broken table does no harm; of an object that is there
 * twice the last one counts. Nothing is decrypted. */
#ifndef EXTRACT_PDF_OBJECTS_H
#define EXTRACT_PDF_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* A value's bytes; NULL and 0 where there is none. */
struct extract_pdf_value {
	const char *text; /* borrowed */
	size_t len;
};

struct extract_pdf_object {
	uint32_t number;
	uint32_t order;
	struct extract_pdf_value value; /* and all that follows it */
};

struct extract_pdf_objects {
	struct extract_pdf_object *list; /* owned; by number */
	size_t count, size, sorted;
	struct extract_buffer *streams; /* owned: unpacked streams of objects */
	size_t stream_count;
	size_t room; /* bytes that may still be unpacked */
};

/* data outlives out. Finds what is there; a file that is no PDF has no objects. */
void extract_pdf_objects_open(struct extract_pdf_objects *out, const char *data, size_t len);
void extract_pdf_objects_close(struct extract_pdf_objects *objects);

/* The value of a dictionary's entry, or the object it refers to. */
struct extract_pdf_value extract_pdf_objects_get(const struct extract_pdf_objects *objects,
	struct extract_pdf_value dictionary, const char *key);

/* The same as it stands there, a reference unresolved. */
struct extract_pdf_value extract_pdf_objects_raw(struct extract_pdf_value dictionary,
	const char *key);

/* The dictionary alone, without what follows it; empty if none begins here, or a very long one. */
struct extract_pdf_value extract_pdf_value_dictionary(struct extract_pdf_value value);

/* The list's first element, or the object it refers to; the value itself if it is no list. */
struct extract_pdf_value extract_pdf_objects_first(const struct extract_pdf_objects *objects,
	struct extract_pdf_value list);

/* True if the object may be a dictionary that has the name in it: cheap, for a look through all of them. */
bool extract_pdf_value_mentions(struct extract_pdf_value value, const char *name);

/* True for the name, given with its slash. */
bool extract_pdf_value_is(struct extract_pdf_value value, const char *name);

/* A whole number of at most ten digits; 0 for what is none. */
size_t extract_pdf_value_number(struct extract_pdf_value value);

/* Appends a stream's bytes, unpacked; false if they are packed in a way that is not known here, or too many. */
bool extract_pdf_objects_stream(struct extract_pdf_objects *objects,
	struct extract_pdf_value stream, struct extract_buffer *out);

#endif
