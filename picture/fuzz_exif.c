/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_exif.c: any bytes as what a camera wrote. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "exif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct picture_bytes bytes = {data, size};
	int orientation = picture_exif_orientation(bytes);
	struct picture_exif exif;

	picture_exif_read(bytes, &exif);
	if (orientation < 1 || orientation > 8 || !isfinite(exif.aperture) ||
		!isfinite(exif.focal_length))
		__builtin_trap();
	if (exif.has_place && (fabs(exif.latitude) > 90 || fabs(exif.longitude) > 180))
		__builtin_trap();
	if (exif.taken[0] != '\0' && strlen(exif.taken) != 19 && strlen(exif.taken) != 25)
		__builtin_trap();
	return 0;
}
