/* SPDX-License-Identifier: Apache-2.0 */
/* encode.h: writes a picture anew: its pixels and nothing else that the file had. */
#ifndef PICTURE_ENCODE_H
#define PICTURE_ENCODE_H

#include "head.h"
#include "raster.h"

struct picture_target {
	enum picture_format format; /* not GIF */
	int quality;                /* 1 to 100, of JPEG and WebP */
	bool ai_generated; /* says so, as XMP: IPTC's digital source type trainedAlgorithmicMedia */
};

/* Appends the file. A JPEG has no alpha: the picture is to be flat. PICTURE_E_TOO_LARGE if the format has no such size. */
PICTURE_MUST_CHECK int picture_encode(const struct picture_raster *raster,
	const struct picture_target *target, struct picture_buffer *out, struct picture_failure *why);

#endif
