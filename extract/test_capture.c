/* SPDX-License-Identifier: Apache-2.0 */
/* test_capture.c: see the header. */
#include "test_capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "format.h"
#include "protocol.h"

void
capture_open(struct capture *out)
{
	int fd = memfd_create("answer", MFD_CLOEXEC);

	assert_true(fd >= 0);
	*out = (struct capture){0};
	extract_sink_open(&out->sink, fd, EXTRACT_CHARACTERS_DEFAULT);
}

int
capture_finish(struct capture *capture, int rc)
{
	char piece[4096];
	ssize_t got;
	int status = extract_sink_finish(&capture->sink, rc);

	assert_int_equal(lseek(capture->sink.fd, 0, SEEK_SET), 0);
	while ((got = read(capture->sink.fd, piece, sizeof(piece))) > 0)
		extract_buffer_append(&capture->lines, piece, (size_t)got);
	assert_int_equal(got, 0);
	return status;
}

int
capture_document(struct capture *out, const char *name, const char *data, size_t len)
{
	struct extract_input input = {.data = data, .len = len, .name = name, .mime = ""};
	extract_reader *reader;
	int rc;

	capture_open(out);
	rc = extract_format_find(&input, &out->sink, &reader);
	if (rc == 0)
		rc = reader(&input, &out->sink);
	return capture_finish(out, rc);
}

static int
compare(const void *first, const void *second)
{
	const struct extract_part *one = first, *other = second;

	return strcasecmp(one->path, other->path);
}

int
capture_package(struct capture *out, enum extract_package_kind kind,
	const struct capture_part *parts, size_t count)
{
	struct extract_package package = {.kind = kind, .count = count};
	int status;

	package.parts = extract_memory_resize(NULL, count, sizeof(*package.parts));
	for (size_t i = 0; i < count; i++) {
		package.parts[i] = (struct extract_part){.path = strdup(parts[i].path)};
		extract_buffer_text(&package.parts[i].content, parts[i].content);
	}
	qsort(package.parts, count, sizeof(*package.parts), compare);
	capture_open(out);
	status = capture_finish(out, extract_package_read(&package, &out->sink));
	extract_package_close(&package);
	return status;
}

void
assert_has(const struct capture *capture, const char *text)
{
	const char *lines = extract_buffer_string(&capture->lines);

	if (strstr(lines, text) == NULL)
		fail_msg("not found: %s\nin: %s", text, lines);
}

void
assert_lacks(const struct capture *capture, const char *text)
{
	const char *lines = extract_buffer_string(&capture->lines);

	if (strstr(lines, text) != NULL)
		fail_msg("found: %s\nin: %s", text, lines);
}

void
capture_close(struct capture *capture)
{
	close(capture->sink.fd);
	extract_sink_close(&capture->sink);
	extract_buffer_close(&capture->lines);
}
