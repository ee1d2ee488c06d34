/* SPDX-License-Identifier: Apache-2.0 */
/* ocr_elsewhere.c: what bulkhead-extract has in place of ocr.c and image.c: every picture is for bulkhead-ocr. */
#include "ocr.h"
#include "reader.h"
#include "sink.h"

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
	(void)ocr, (void)raster, (void)out;
	return EXTRACT_E_OCR;
}

int
extract_image_read(const struct extract_input *input, struct extract_sink *sink)
{
	(void)input, (void)sink;
	return EXTRACT_E_OCR;
}
