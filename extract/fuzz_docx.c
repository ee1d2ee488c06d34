/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_docx.c: any bytes as the XML parts of a Word document. */
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "docx.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct extract_docx_styles styles = {0};
	struct extract_docx_numbering numbering = {0};
	struct extract_buffer title = {0};
	struct extract_sink sink;
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int rc;

	extract_sink_open(&sink, fd, 1000000);
	rc = extract_docx_styles_open(&styles, (const char *)data, size);
	if (rc == 0)
		rc = extract_docx_numbering_open(&numbering, (const char *)data, size);
	if (rc == 0)
		rc = extract_docx_title((const char *)data, size, &title);
	if (rc == 0)
		rc = extract_docx_body((const char *)data, size, &styles, &numbering, &sink);
	extract_docx_styles_close(&styles);
	extract_docx_numbering_close(&numbering);
	extract_buffer_close(&title);
	extract_sink_close(&sink);
	close(fd);
	return rc > 0 ? -1 : 0;
}
