/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c: to the decoder of a format. */
#include "decode.h"

/* A file may announce transparency and use none. */
static bool
is_opaque(const struct picture_raster *raster)
{
	size_t count = (size_t)raster->width * raster->height;

	for (const uint8_t *alpha = raster->pixels + 3; count > 0; count--, alpha += 4)
		if (*alpha != 255)
			return false;
	return true;
}

int
picture_decode(struct picture_bytes file, const struct picture_head *head, uint32_t max_edge,
	struct picture_raster *out, struct picture_failure *why)
{
	struct picture_raster raster = {0};
	int rc;

	switch (head->format) {
	case PICTURE_PNG:
		rc = picture_decode_png(file, head, &raster, why);
		break;
	case PICTURE_JPEG:
		rc = picture_decode_jpeg(file, head, max_edge, &raster, why);
		break;
	case PICTURE_WEBP:
		rc = picture_decode_webp(file, head, &raster, why);
		break;
	case PICTURE_GIF:
	default:
		rc = picture_decode_gif(file, head, &raster, why);
		break;
	}
	if (rc < 0) {
		picture_raster_close(&raster);
		return rc;
	}
	if (raster.alpha)
		raster.alpha = !is_opaque(&raster);
	*out = raster;
	return 0;
}
