/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_parts.c: any bytes as the parts of an unpacked document: the first byte chooses the kind, and
 * each line that begins with "== " names the part that follows. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "package.h"
#include "protocol.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS_MAX = 32 };

static int
compare(const void *first, const void *second)
{
	const struct extract_part *one = first, *other = second;

	return strcasecmp(one->path, other->path);
}

/* Takes the part at the front; returns how many bytes it is. */
static size_t
take_part(struct extract_package *package, const char *data, size_t size)
{
	const char *line = memchr(data, '\n', size), *next;
	struct extract_part part = {0};
	size_t len;

	if (line == NULL || size < 4 || memcmp(data, "== ", 3) != 0)
		return size;
	line++;
	next = memmem(line, size - (size_t)(line - data), "\n== ", 4);
	len = next == NULL ? size - (size_t)(line - data) : (size_t)(next - line);
	part.path = strndup(data + 3, (size_t)(line - data) - 4);
	extract_buffer_append(&part.content, line, len);
	package->parts[package->count++] = part;
	return next == NULL ? size : (size_t)(next - data) + 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct extract_package package = {0};
	struct extract_sink sink;
	int fd, rc;

	if (size == 0)
		return 0;
	package.kind = EXTRACT_PACKAGE_WORD + data[0] % EXTRACT_PACKAGE_BOOK;
	package.parts = calloc(PARTS_MAX, sizeof(*package.parts));
	for (size_t at = 1; at < size && package.count < PARTS_MAX;)
		at += take_part(&package, (const char *)data + at, size - at);
	qsort(package.parts, package.count, sizeof(*package.parts), compare);
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	extract_sink_open(&sink, fd, 1000000);
	rc = extract_sink_finish(&sink, extract_package_read(&package, &sink));
	extract_sink_close(&sink);
	extract_package_close(&package);
	close(fd);
	return rc == EXTRACT_EXIT_OUTPUT ? -1 : 0;
}
