/* SPDX-License-Identifier: Apache-2.0 */
/* test_capture.h: runs a reader on bytes and keeps the lines that it wrote. */
#ifndef EXTRACT_TEST_CAPTURE_H
#define EXTRACT_TEST_CAPTURE_H

#include <stddef.h>

#include "buffer.h"
#include "package.h"
#include "reader.h"
#include "sink.h"

/* A sink that writes to memory. */
struct capture {
	struct extract_sink sink;
	struct extract_buffer lines; /* owned: what was written, once finished */
};

void capture_open(struct capture *out);

/* Ends the answer after a reader that returned rc, reads it back and returns the exit status. */
int capture_finish(struct capture *capture, int rc);

/* Finds the reader for the name and content, runs it and finishes. */
int capture_document(struct capture *out, const char *name, const char *data, size_t len);

/* A part of a document that is a zip archive. */
struct capture_part {
	const char *path, *content;
};

/* Reads a document of this kind that has these parts, as they are unpacked. */
int capture_package(struct capture *out, enum extract_package_kind kind,
	const struct capture_part *parts, size_t count);

/* Fails the test unless the text occurs in the lines; or, the other way round, if it does. */
void assert_has(const struct capture *capture, const char *text);
void assert_lacks(const struct capture *capture, const char *text);

void capture_close(struct capture *capture);

#endif
