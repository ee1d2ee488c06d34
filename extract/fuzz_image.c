/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_image.c: any bytes through the readers of picture files. tesseract is left out: it takes a second for a page, and
 * what it gets is pixels. In its place stands a word for each page that has a dark pixel. */
#include <fcntl.h>
#include <leptonica/allheaders.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "ocr.h"
#include "protocol.h"
#include "reader.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

bool
extract_ocr_begin(struct extract_ocr *ocr)
{
	(void)ocr;
	return true;
}

int
extract_ocr_read(struct extract_ocr *ocr, const struct extract_raster *raster,
	struct extract_page *out)
{
	size_t pixels = raster->width * raster->height;
	struct extract_glyph glyph = {.point = 'a', .box = {10, 10, 20, 20}, .size = 10};

	(void)ocr;
	if (raster->width == 0 || raster->height == 0 || !(raster->dpi > 0))
		__builtin_trap();
	out->width = out->height = 100;
	for (size_t i = 0; i < pixels; i++) {
		if (raster->grey[i] >= 128)
			continue;
		glyph.confidence = (uint8_t)(1 + i % 100);
		extract_page_add(out, &glyph);
		return EXTRACT_OCR_DONE;
	}
	return pixels % 2 == 0 ? EXTRACT_OCR_DONE : EXTRACT_OCR_LATE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct extract_input input = {.data = (const char *)data,
		.len = size,
		.name = "a.png",
		.mime = ""};
	struct extract_sink sink;
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int rc;

	setMsgSeverity(L_SEVERITY_NONE);
	extract_sink_open(&sink, fd, 1000000);
	sink.ocr_mode = EXTRACT_OCR_READS;
	rc = extract_sink_finish(&sink, extract_image_read(&input, &sink));
	extract_sink_close(&sink);
	close(fd);
	return rc == EXTRACT_EXIT_OUTPUT ? -1 : 0;
}
