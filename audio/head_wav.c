/* SPDX-License-Identifier: Apache-2.0 */
/* head_wav.c: the chunks of a WAV file up to its samples (Microsoft and IBM, Multimedia Programming Interface 1.0). */
#include "head.h"

enum {
	CHUNKS_MAX = 64, /* before the samples */
	FMT_BYTES = 16,
	EXTENSIBLE_BYTES = 26, /* up to the first two bytes of its sub-format, which are a tag */
	TAG_PCM = 1,
	TAG_FLOAT = 3,
	TAG_A_LAW = 6,
	TAG_MU_LAW = 7,
	TAG_EXTENSIBLE = 0xfffe
};

struct fmt {
	uint32_t tag, block, bits;
};

static bool
is_known(const struct fmt *fmt, uint32_t channels)
{
	bool is_law = fmt->tag == TAG_A_LAW || fmt->tag == TAG_MU_LAW;

	if (fmt->bits % 8 != 0 || fmt->block != channels * fmt->bits / 8)
		return false;
	if (is_law)
		return fmt->bits == 8;
	if (fmt->tag == TAG_FLOAT)
		return fmt->bits == 32 || fmt->bits == 64;
	return fmt->tag == TAG_PCM && fmt->bits >= 8 && fmt->bits <= 32;
}

static int
read_fmt(struct audio_bytes chunk, struct audio_head *out, struct fmt *out_fmt,
	struct audio_failure *why)
{
	const uint8_t *at = chunk.data;

	if (chunk.len < FMT_BYTES)
		return audio_fail(why, AUDIO_E_DAMAGED, "The header of the WAV file is broken.");
	*out_fmt = (struct fmt){audio_le16(at), audio_le16(at + 12), audio_le16(at + 14)};
	if (out_fmt->tag == TAG_EXTENSIBLE && chunk.len >= EXTENSIBLE_BYTES)
		out_fmt->tag = audio_le16(at + 24);
	out->channels = audio_le16(at + 2);
	out->rate = audio_le32(at + 4);
	if (out->channels > 0 && !is_known(out_fmt, out->channels))
		return audio_fail(why, AUDIO_E_UNSUPPORTED,
			"WAV files are read with PCM, float, A-law or mu-law samples; this one has another "
			"kind "
			"(%u, %u bits).",
			out_fmt->tag, out_fmt->bits);
	return 0;
}

int
audio_head_wav(struct audio_bytes file, struct audio_head *out, struct audio_failure *why)
{
	struct fmt fmt = {0};
	size_t at = 12;

	out->format = AUDIO_WAV;
	for (int n = 0; n < CHUNKS_MAX && audio_bytes_has(file, at, 8); n++) {
		size_t size = audio_le32(file.data + at + 4), left = file.len - at - 8;
		struct audio_bytes chunk = {file.data + at + 8, size < left ? size : left};
		int rc = 0;

		/* A program that wrote to a pipe could not say how much follows. */
		if (audio_bytes_are(file, at, "data", 4)) {
			if (fmt.block == 0)
				break;
			out->samples = (int64_t)((size == 0 ? left : chunk.len) / fmt.block);
			return 0;
		}
		if (audio_bytes_are(file, at, "fmt ", 4))
			rc = read_fmt(chunk, out, &fmt, why);
		if (rc < 0)
			return rc;
		if (size > left)
			break;
		at += 8 + size + (size & 1);
	}
	return audio_fail(why, AUDIO_E_DAMAGED, "The WAV file has no samples, or a broken header.");
}
