/* SPDX-License-Identifier: Apache-2.0 */
/* head_mp3.c: the first frame of an MP3 file (ISO 11172-3, 13818-3) behind its ID3v2 tag, and the number of frames that
 * many encoders write into it. */
#include "head.h"

enum {
	TAG_BYTES = 10,    /* of an ID3v2 tag's own header */
	PADDING_MAX = 4096 /* between a tag and the first frame */
};

struct frame {
	uint32_t rate, channels, samples, bits_per_second, side;
};

static bool
read_frame(struct audio_bytes file, size_t at, struct frame *out)
{
	static const uint16_t bitrates[2][16] = {{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192,
												 224, 256, 320, 0},
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}};
	static const uint32_t rates[] = {44100, 48000, 32000, 0};
	const uint8_t *head = file.data + at;
	unsigned version, shift;
	bool is_first;

	/* Eleven bits of synchronisation, a version that exists, layer III. */
	if (!audio_bytes_has(file, at, 4) || head[0] != 0xff || (head[1] & 0xe6) != 0xe2)
		return false;
	version = head[1] >> 3 & 3;
	is_first = version == 3;
	shift = is_first ? 0 : version == 2 ? 1 : 2;
	if (version == 1 || rates[head[2] >> 2 & 3] == 0 || (head[3] & 3) == 2)
		return false;
	*out = (struct frame){
		.rate = rates[head[2] >> 2 & 3] >> shift,
		.channels = head[3] >> 6 == 3 ? 1 : 2,
		.samples = is_first ? 1152 : 576,
		.bits_per_second = bitrates[!is_first][head[2] >> 4] * 1000u,
	};
	out->side = is_first ? (out->channels == 1 ? 17 : 32) : (out->channels == 1 ? 9 : 17);
	return out->bits_per_second != 0;
}

/* Where the sound begins: behind any tags. */
static size_t
skip_tags(struct audio_bytes file)
{
	size_t at = 0;

	while (audio_bytes_are(file, at, "ID3", 3) && audio_bytes_has(file, at, TAG_BYTES)) {
		const uint8_t *size = file.data + at + 6;
		size_t bytes = (size_t)(size[0] & 127) << 21 | (size_t)(size[1] & 127) << 14 |
			(size_t)(size[2] & 127) << 7 | (size[3] & 127);

		/* A footer repeats the header. */
		bytes += TAG_BYTES + ((file.data[at + 5] & 16) != 0 ? TAG_BYTES : 0);
		if (bytes > file.len - at)
			return file.len;
		at += bytes;
	}
	return at;
}

bool
audio_head_is_mp3(struct audio_bytes file)
{
	struct frame frame;

	return audio_bytes_are(file, 0, "ID3", 3) || read_frame(file, 0, &frame);
}

/* Of all frames, by the first one's Xing or Info table; else as many as its bit rate makes of the bytes. */
static int64_t
count_samples(struct audio_bytes file, size_t at, const struct frame *frame)
{
	size_t table = at + 4 + frame->side;

	if ((audio_bytes_are(file, table, "Xing", 4) || audio_bytes_are(file, table, "Info", 4)) &&
		audio_bytes_has(file, table, 12) && (file.data[table + 7] & 1) != 0)
		return (int64_t)audio_be32(file.data + table + 8) * frame->samples;
	return (int64_t)((double)(file.len - at) * 8 / frame->bits_per_second * frame->rate);
}

int
audio_head_mp3(struct audio_bytes file, struct audio_head *out, struct audio_failure *why)
{
	size_t first = skip_tags(file);
	struct frame frame;

	out->format = AUDIO_MP3;
	for (size_t at = first; at < file.len && at - first <= PADDING_MAX; at++) {
		if (!read_frame(file, at, &frame))
			continue;
		out->channels = frame.channels;
		out->rate = frame.rate;
		out->samples = count_samples(file, at, &frame);
		/* A table that says nothing is no promise of silence. */
		if (out->samples == 0)
			out->samples = -1;
		return 0;
	}
	return audio_fail(why, AUDIO_E_DAMAGED, "No sound was found in the MP3 file.");
}
