/* SPDX-License-Identifier: Apache-2.0 */
/* exif.h: what a camera wrote about a picture, read from a TIFF structure without trusting it. */
#ifndef PICTURE_EXIF_H
#define PICTURE_EXIF_H

#include "memory.h"

enum { PICTURE_EXIF_TEXT_MAX = 96 };

/* Zeroed: nothing is known. Texts may hold any bytes but NUL. */
struct picture_exif {
	char taken[32]; /* as protocol.h has it; "": unknown, and so below */
	char camera[2 * PICTURE_EXIF_TEXT_MAX];
	char lens[PICTURE_EXIF_TEXT_MAX];
	char exposure[32];
	double aperture, focal_length; /* 0: unknown */
	uint32_t iso;                  /* 0: unknown */

	bool has_place, has_altitude;
	double latitude, longitude, altitude;
};

/* 1 to 8; 1 if it is unknown or nonsense. */
int picture_exif_orientation(struct picture_bytes tiff);

void picture_exif_read(struct picture_bytes tiff, struct picture_exif *out);

#endif
