/* SPDX-License-Identifier: Apache-2.0 */
/* ocr.h: reads the words on a picture of a page.
 *
 * Two programs are made of this folder. bulkhead-ocr has ocr.c, which needs tesseract; bulkhead-extract, which starts
 * for every document, has ocr_elsewhere.c in its place: there, EXTRACT_E_OCR says that the document is one for
 * bulkhead-ocr. */
#ifndef EXTRACT_OCR_H
#define EXTRACT_OCR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pdf_page.h"

struct extract_ocr;

/* Grey pixels, a byte each, lines without padding. Zeroed: none. */
struct extract_raster {
	uint8_t *grey; /* owned */
	size_t width, height;
	double dpi;
};

enum {
	EXTRACT_RASTER_PIXELS_MAX = 30 * 1000 * 1000, /* 300 dpi of 43 cm by 43 cm */
	EXTRACT_OCR_DPI = 300,
	EXTRACT_OCR_PAGE_SECONDS = 20,
};

void extract_raster_close(struct extract_raster *raster);

/* Loads tesseract and its languages ("eng+deu"; "auto": those installed of a few), before the sandbox forbids opening
 * files. seconds: processor time that all pages may take together. NULL, with a sentence in message, if a language is
 * missing; the caller closes it. */
struct extract_ocr *extract_ocr_open(const char *languages, int seconds, char *message,
	size_t size);
void extract_ocr_close(struct extract_ocr *ocr);

/* Starts a page's time, before the picture is drawn or unpacked. False: the time of all is over. */
EXTRACT_MUST_CHECK bool extract_ocr_begin(struct extract_ocr *ocr);

/* How the last page that was read was turned before: clockwise, by quarters and then about its middle. */
struct extract_ocr_turn {
	int quarters;
	double degrees;
};
struct extract_ocr_turn extract_ocr_turn(const struct extract_ocr *ocr);

/* What became of a page. */
enum extract_ocr_outcome {
	EXTRACT_OCR_DONE, /* its words were added, perhaps none */
	EXTRACT_OCR_LATE, /* its time, or that of all, was over */
};

/* After its begin, adds the words of the picture to an empty page, turned upright and straightened, in points, and sets its size.
 * Returns an outcome, or EXTRACT_E_OCR. */
EXTRACT_MUST_CHECK int extract_ocr_read(struct extract_ocr *ocr,
	const struct extract_raster *raster, struct extract_page *out);

#endif
