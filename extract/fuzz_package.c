/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_package.c: any bytes as an Office file: the archive, and what lies in it. */
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "protocol.h"
#include "reader.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct extract_input input = {.data = (const char *)data,
		.len = size,
		.name = "a.docx",
		.mime = ""};
	struct extract_sink sink;
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int rc;

	extract_sink_open(&sink, fd, 1000000);
	rc = extract_sink_finish(&sink, extract_office_read(&input, &sink));
	extract_sink_close(&sink);
	close(fd);
	return rc == EXTRACT_EXIT_OUTPUT ? -1 : 0;
}
