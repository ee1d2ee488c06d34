/* SPDX-License-Identifier: Apache-2.0 */
/* decode_webp.c: by libwebp; of an animation the first frame, on the canvas. */
#include "decode.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include "colour.h"

static bool
read_frame(const WebPIterator *frame, struct picture_raster *raster)
{
	uint32_t x = (uint32_t)frame->x_offset, y = (uint32_t)frame->y_offset;
	uint32_t width = (uint32_t)frame->width, height = (uint32_t)frame->height;
	int inner_width, inner_height;
	uint8_t *first;

	if (frame->x_offset < 0 || frame->y_offset < 0 || x >= raster->width || y >= raster->height ||
		width > raster->width - x || height > raster->height - y)
		return false;
	if (!WebPGetInfo(frame->fragment.bytes, frame->fragment.size, &inner_width, &inner_height) ||
		(uint32_t)inner_width != width || (uint32_t)inner_height != height)
		return false;
	first = picture_raster_at(raster, x, y);
	raster->alpha = frame->has_alpha != 0 || width < raster->width || height < raster->height;
	return WebPDecodeRGBAInto(frame->fragment.bytes, frame->fragment.size, first,
			   (size_t)(raster->pixels + 4 * (size_t)raster->width * raster->height - first),
			   (int)(4 * raster->width)) != NULL;
}

static void
convert(const WebPDemuxer *demuxer, struct picture_raster *raster)
{
	WebPChunkIterator chunk;

	if (WebPDemuxGetChunk(demuxer, "ICCP", 1, &chunk)) {
		picture_colour_convert(raster, (struct picture_bytes){chunk.chunk.bytes, chunk.chunk.size});
		WebPDemuxReleaseChunkIterator(&chunk);
	}
}

/* A file that ends too early is refused: its own length says what is missing. */
int
picture_decode_webp(struct picture_bytes file, const struct picture_head *head,
	struct picture_raster *out, struct picture_failure *why)
{
	const WebPData data = {file.data, file.len};
	WebPDemuxer *demuxer = WebPDemux(&data);
	struct picture_raster raster = {0};
	WebPIterator frame;
	bool done = false;

	if (demuxer != NULL && WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH) == head->width &&
		WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT) == head->height &&
		WebPDemuxGetFrame(demuxer, 1, &frame)) {
		picture_raster_open(&raster, head->width, head->height);
		done = read_frame(&frame, &raster);
		WebPDemuxReleaseIterator(&frame);
		if (done)
			convert(demuxer, &raster);
	}
	WebPDemuxDelete(demuxer);
	if (!done) {
		picture_raster_close(&raster);
		return picture_fail(why, PICTURE_E_DAMAGED, "The WebP file is damaged.");
	}
	*out = raster;
	return 0;
}
