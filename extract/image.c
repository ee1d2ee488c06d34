/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: reads picture files: each picture of a TIFF is a page, any other file is one. */
#include <leptonica/allheaders.h>
#include <math.h>
#include <string.h>

#include "ocr.h"
#include "pdf_text.h"
#include "protocol.h"
#include "reader.h"
#include "sink.h"

enum {
	PAGES_MAX = 2000,
	PIXELS_MAX = 100 * 1000 * 1000, /* as stored: A3 at 600 dpi is 70 million */
	SIDE_MAX = 32000,
	DPI_MIN = 50, /* what a file says beyond these is no resolution of a page */
	DPI_MAX = 2400,
	SCREEN_DPI_MAX = 100, /* 72 and 96 are what programs write that know no resolution */
	PAGE_PIXELS = 2000,   /* a picture that is longer is one of a page */
};

static const double page_inches = 11.7; /* the long side of A4 */
static const double enlarge_max = 3;

/* What a header says. */
struct head {
	l_int32 format, width, height;
};

static bool
read_head(const l_uint8 *data, size_t len, int index, struct head *out)
{
	struct head head = {0};
	l_int32 bits, samples, colours, dpi;

	if (findFileFormatBuffer(data, &head.format) != 0)
		return false;
	if (index > 0) {
		if (readHeaderMemTiff(data, len, index, &head.width, &head.height, &bits, &samples, &dpi,
				&colours, NULL) != 0)
			return false;
	} else if (pixReadHeaderMem(data, len, &head.format, &head.width, &head.height, &bits, &samples,
				   &colours) != 0) {
		return false;
	}
	*out = head;
	return true;
}

static bool
is_within(const struct head *head)
{
	return head->width > 0 && head->height > 0 && head->width <= SIDE_MAX &&
		head->height <= SIDE_MAX && (double)head->width * head->height <= PIXELS_MAX;
}

/* What the picture's resolution is, by what it says or by its size. */
static double
resolution(PIX *pix)
{
	double dpi = fmax(pixGetXRes(pix), pixGetYRes(pix)),
		   side = fmax(pixGetWidth(pix), pixGetHeight(pix));

	if (dpi < DPI_MIN || dpi > DPI_MAX || (dpi < SCREEN_DPI_MAX && side > PAGE_PIXELS))
		dpi = fmin(fmax(side / page_inches, SCREEN_DPI_MAX), DPI_MAX);
	return dpi;
}

/* Grey, on white where it is transparent, at about 300 dpi. NULL if it is not to be had. */
static PIX *
prepare(PIX *pix, double *out_dpi)
{
	PIX *opaque = pixGetSpp(pix) == 4 ? pixAlphaBlendUniform(pix, 0xffffff00) : pixClone(pix);
	PIX *grey = opaque == NULL ? NULL : pixConvertTo8(opaque, 0);
	double dpi = resolution(pix), scale = EXTRACT_OCR_DPI / dpi;
	PIX *scaled;

	pixDestroy(&opaque);
	if (grey == NULL)
		return NULL;
	scale = scale > 0.8 && scale < 1.2 ? 1 : fmin(scale, enlarge_max);
	scale = fmin(scale,
		sqrt(EXTRACT_RASTER_PIXELS_MAX / ((double)pixGetWidth(grey) * pixGetHeight(grey))));
	*out_dpi = dpi * scale;
	if (scale == 1)
		return grey;
	scaled = pixScale(grey, (l_float32)scale, (l_float32)scale);
	pixDestroy(&grey);
	return scaled;
}

static bool
make_raster(PIX *pix, struct extract_raster *out)
{
	struct extract_raster raster = {0};
	PIX *grey = prepare(pix, &raster.dpi);

	if (grey == NULL)
		return false;
	raster.width = (size_t)pixGetWidth(grey);
	raster.height = (size_t)pixGetHeight(grey);
	raster.grey = extract_memory_resize(NULL, raster.width * raster.height, 1);
	for (size_t y = 0; y < raster.height; y++) {
		const l_uint32 *line = pixGetData(grey) + y * (size_t)pixGetWpl(grey);

		for (size_t x = 0; x < raster.width; x++)
			raster.grey[y * raster.width + x] = (uint8_t)GET_DATA_BYTE(line, x);
	}
	pixDestroy(&grey);
	*out = raster;
	return true;
}

/* A file that is being read. */
struct pictures {
	const l_uint8 *data; /* borrowed */
	size_t len;
	struct extract_sink *sink;  /* borrowed */
	struct extract_page *pages; /* owned */
	int count;
};

/* NULL: it is too large, or broken. */
static PIX *
unpack(const struct pictures *pictures, const struct head *first, int index)
{
	struct head head = *first;

	if (index > 0 && !read_head(pictures->data, pictures->len, index, &head))
		return NULL;
	if (!is_within(&head))
		return NULL;
	return pictures->count > 1 ? pixReadMemTiff(pictures->data, pictures->len, index)
							   : pixReadMem(pictures->data, pictures->len);
}

/* Returns an outcome or a failure. */
static int
read_picture(struct pictures *pictures, const struct head *first, int index)
{
	EXTRACT_AUTO(extract_raster_close) struct extract_raster raster = {0};
	bool made;
	PIX *pix;

	if (!extract_ocr_begin(pictures->sink->ocr))
		return EXTRACT_OCR_LATE;
	pix = unpack(pictures, first, index);
	made = pix != NULL && make_raster(pix, &raster);
	pixDestroy(&pix);
	if (!made && pictures->count > 1)
		return EXTRACT_OCR_LATE;
	if (!made)
		return EXTRACT_E_DAMAGED;
	return extract_ocr_read(pictures->sink->ocr, &raster, &pictures->pages[index]);
}

/* How many pictures there are; the first that cannot be had is the end of the file. */
static int
count_pictures(const struct pictures *pictures, const struct head *first)
{
	struct head head;
	int count = 1;

	if (first->format < IFF_TIFF || first->format > IFF_TIFF_ZIP)
		return 1;
	while (count <= PAGES_MAX && read_head(pictures->data, pictures->len, count, &head))
		count++;
	return count;
}

static int
read_pictures(struct pictures *pictures, const struct head *first)
{
	int rc = 0;

	for (int i = 0; i < pictures->count && rc >= 0; i++) {
		rc = read_picture(pictures, first, i);
		if (rc == EXTRACT_OCR_LATE)
			extract_sink_unread(pictures->sink, i + 1);
		else if (rc == EXTRACT_OCR_DONE)
			extract_sink_recognized(pictures->sink, i + 1, &pictures->pages[i]);
		if (rc >= 0)
			rc = extract_sink_progress(pictures->sink, i + 1, pictures->count);
	}
	return rc;
}

static bool
has_text(const struct pictures *pictures)
{
	for (int i = 0; i < pictures->count; i++)
		if (pictures->pages[i].text.len > 0)
			return true;
	return false;
}

static int
read_file(struct pictures *pictures, const struct head *first)
{
	size_t bytes = (size_t)pictures->count * sizeof(*pictures->pages);
	int rc = extract_sink_document(pictures->sink, EXTRACT_FORMAT_IMAGE, NULL, pictures->count);

	if (rc < 0)
		return rc;
	pictures->pages = extract_memory_resize(NULL, (size_t)pictures->count,
		sizeof(*pictures->pages));
	memset(pictures->pages, 0, bytes);
	rc = read_pictures(pictures, first);
	if (rc == 0 && !has_text(pictures))
		rc = extract_sink_no_text(pictures->sink);
	if (rc == 0)
		rc = extract_pdf_put_pages(pictures->pages, pictures->count, pictures->sink);
	for (int i = 0; i < pictures->count; i++)
		extract_page_close(&pictures->pages[i]);
	extract_memory_free(pictures->pages);
	return rc;
}

int
extract_image_read(const struct extract_input *input, struct extract_sink *sink)
{
	struct pictures pictures = {.data = (const l_uint8 *)input->data,
		.len = input->len,
		.sink = sink};
	struct head first;

	if (input->len < 16 || !read_head(pictures.data, pictures.len, 0, &first))
		return EXTRACT_E_DAMAGED;
	if (!is_within(&first))
		return extract_sink_fail(sink, EXTRACT_E_TOO_LARGE,
			"The image has %d by %d pixels; the maximum is %d million.", (int)first.width,
			(int)first.height, PIXELS_MAX / 1000000);
	pictures.count = count_pictures(&pictures, &first);
	if (pictures.count > PAGES_MAX)
		return extract_sink_fail(sink, EXTRACT_E_TOO_LARGE, "The image has more than %d pages.",
			PAGES_MAX);
	return read_file(&pictures, &first);
}
