/* SPDX-License-Identifier: Apache-2.0 */
/* head_ogg.c: the first page of an Ogg file (RFC 3533) with its Vorbis or Opus header (RFC 7845), and the position that
 * its last page tells. */
#include "head.h"

enum {
	PAGE_BYTES = 27,    /* of a page's head without its table of segments */
	TAIL_BYTES = 65536, /* a page is at most 65,307 */
	OPUS_RATE = 48000
};

struct page {
	int64_t position;
	uint32_t serial;
	struct audio_bytes body;
};

/* The page that begins there; its body may be cut off by the end of the file. */
static bool
read_page(struct audio_bytes file, size_t at, struct page *out)
{
	size_t head, body = 0;

	if (!audio_bytes_has(file, at, PAGE_BYTES) || !audio_bytes_are(file, at, "OggS", 5))
		return false;
	head = PAGE_BYTES + file.data[at + 26];
	if (!audio_bytes_has(file, at, head))
		return false;
	for (size_t i = PAGE_BYTES; i < head; i++)
		body += file.data[at + i];
	if (body > file.len - at - head)
		body = file.len - at - head;
	*out = (struct page){(int64_t)audio_le64(file.data + at + 6), audio_le32(file.data + at + 14),
		{file.data + at + head, body}};
	return true;
}

/* Samples up to the end of the last page of the stream; -1: there is none, or it does not say. */
static int64_t
last_position(struct audio_bytes file, uint32_t serial)
{
	size_t first = file.len > TAIL_BYTES ? file.len - TAIL_BYTES : 0;
	struct page page;

	for (size_t at = file.len; at > first; at--)
		if (read_page(file, at - 1, &page) && page.serial == serial && page.position >= 0)
			return page.position;
	return -1;
}

static int
refuse(struct audio_bytes packet, struct audio_failure *why)
{
	static const struct {
		const char *bytes, *name;
		size_t len;
	} codecs[] = {{"\x7f"
				   "FLAC",
					  "FLAC", 5},
		{"Speex   ", "Speex", 8}, {"\x80theora", "Theora", 7}, {"fishead", "Skeleton", 7}};

	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (audio_bytes_are(packet, 0, codecs[i].bytes, codecs[i].len))
			return audio_fail(why, AUDIO_E_UNSUPPORTED,
				"Ogg files with %s are not read, only those with Vorbis or Opus.", codecs[i].name);
	return audio_fail(why, AUDIO_E_UNSUPPORTED, "The Ogg file holds neither Vorbis nor Opus.");
}

int
audio_head_ogg(struct audio_bytes file, struct audio_head *out, struct audio_failure *why)
{
	struct page page;

	if (!read_page(file, 0, &page))
		return audio_fail(why, AUDIO_E_DAMAGED, "The header of the Ogg file is broken.");
	if (audio_bytes_are(page.body, 0, "\x01vorbis", 7) && audio_bytes_has(page.body, 0, 16)) {
		out->format = AUDIO_VORBIS;
		out->channels = page.body.data[11];
		out->rate = audio_le32(page.body.data + 12);
	} else if (audio_bytes_are(page.body, 0, "OpusHead", 8) && audio_bytes_has(page.body, 0, 19)) {
		out->format = AUDIO_OPUS;
		out->channels = page.body.data[9];
		out->rate = OPUS_RATE;
	} else {
		return refuse(page.body, why);
	}
	out->samples = last_position(file, page.serial);
	/* A file of the first pages alone tells 0: what sound there is shows only when it is decoded. */
	if (out->samples == 0)
		out->samples = -1;
	return 0;
}
