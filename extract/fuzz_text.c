/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_text.c: any bytes through format detection and every reader of a text format; the first
 * byte chooses the name. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "format.h"
#include "protocol.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"a.txt", "a.csv", "a.json", "a.jsonl", "a.md", "a.html",
		"a"};
	struct extract_input input = {.mime = ""};
	struct extract_sink sink;
	extract_reader *reader;
	int fd, rc;

	if (size == 0)
		return 0;
	input.name = names[data[0] % (sizeof(names) / sizeof(names[0]))];
	input.data = (const char *)data + 1;
	input.len = size - 1;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	extract_sink_open(&sink, fd, 1000000);
	rc = extract_format_find(&input, &sink, &reader);
	/* Archives and PDF files have fuzzers of their own, upstream. */
	if (rc == 0 && reader != extract_pdf_read && reader != extract_office_read)
		rc = reader(&input, &sink);
	rc = extract_sink_finish(&sink, rc);
	extract_sink_close(&sink);
	close(fd);
	return rc == EXTRACT_EXIT_OUTPUT ? -1 : 0;
}
