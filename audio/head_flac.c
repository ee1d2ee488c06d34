/* SPDX-License-Identifier: Apache-2.0 */
/* head_flac.c: a FLAC file's STREAMINFO (RFC 9639, 8.2), which is always its first block. */
#include "head.h"

enum { INFO_AT = 8, INFO_BYTES = 34 };

int
audio_head_flac(struct audio_bytes file, struct audio_head *out, struct audio_failure *why)
{
	const uint8_t *at = file.data + INFO_AT;
	uint64_t samples;

	out->format = AUDIO_FLAC;
	if (!audio_bytes_has(file, INFO_AT, INFO_BYTES) || (file.data[4] & 0x7f) != 0 ||
		(audio_be32(file.data + 4) & 0xffffff) != INFO_BYTES)
		return audio_fail(why, AUDIO_E_DAMAGED, "The header of the FLAC file is broken.");
	out->rate = audio_be32(at + 10) >> 12;
	out->channels = (at[12] >> 1 & 7u) + 1;
	samples = (uint64_t)(at[13] & 15u) << 32 | audio_be32(at + 14);
	out->samples = samples == 0 ? -1 : (int64_t)samples;
	return 0;
}
