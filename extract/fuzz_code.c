/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_code.c: any bytes as source code; the first byte chooses the language. */
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
	static const char *const names[] = {"a.c", "a.cpp", "a.java", "a.ts", "a.go", "a.rs", "a.py",
		"a.sh", "a.sql"};
	struct extract_input input = {.mime = ""};
	struct extract_sink sink;
	int fd, rc;

	if (size == 0)
		return 0;
	input.name = names[data[0] % (sizeof(names) / sizeof(names[0]))];
	input.data = (const char *)data + 1;
	input.len = size - 1;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	extract_sink_open(&sink, fd, 1000000);
	rc = extract_sink_finish(&sink, extract_code_read(&input, &sink));
	extract_sink_close(&sink);
	close(fd);
	return rc == EXTRACT_EXIT_OUTPUT ? -1 : 0;
}
