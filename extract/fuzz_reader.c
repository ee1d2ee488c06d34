/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_reader.c: any bytes through one reader; the build names the reader and the file. */
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "odf.h"
#include "protocol.h"
#include "reader.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct extract_input input = {.data = (const char *)data,
		.len = size,
		.name = FUZZ_NAME,
		.mime = ""};
	struct extract_sink sink;
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int rc;

	extract_sink_open(&sink, fd, 1000000);
	rc = extract_sink_finish(&sink, FUZZ_READER(&input, &sink));
	extract_sink_close(&sink);
	close(fd);
	return rc == EXTRACT_EXIT_OUTPUT ? -1 : 0;
}
