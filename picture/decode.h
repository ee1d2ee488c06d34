/* SPDX-License-Identifier: Apache-2.0 */
/* decode.h: the pixels of a picture whose header was read. */
#ifndef PICTURE_DECODE_H
#define PICTURE_DECODE_H

#include "head.h"
#include "raster.h"

/* Decodes the picture, of an animation the first frame, in sRGB and as stored: not oriented. max_edge: what the longer
 * side has to have at least if the picture is larger; decoders that can may then scale, 0: none does. A file that ends
 * too early gives what there is, if it is anything at all. PICTURE_E_DAMAGED or _UNSUPPORTED, with the reason. */
PICTURE_MUST_CHECK int picture_decode(struct picture_bytes file, const struct picture_head *head,
	uint32_t max_edge, struct picture_raster *out, struct picture_failure *why);

/* The decoders of one format each; they find in it what its header said. */
PICTURE_MUST_CHECK int picture_decode_png(struct picture_bytes file,
	const struct picture_head *head, struct picture_raster *out, struct picture_failure *why);
PICTURE_MUST_CHECK int picture_decode_jpeg(struct picture_bytes file,
	const struct picture_head *head, uint32_t max_edge, struct picture_raster *out,
	struct picture_failure *why);
PICTURE_MUST_CHECK int picture_decode_webp(struct picture_bytes file,
	const struct picture_head *head, struct picture_raster *out, struct picture_failure *why);
PICTURE_MUST_CHECK int picture_decode_gif(struct picture_bytes file,
	const struct picture_head *head, struct picture_raster *out, struct picture_failure *why);

#endif
