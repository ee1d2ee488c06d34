/* SPDX-License-Identifier: Apache-2.0 */
/* head.h: what a recording's header says, read without decoding anything, and the limits that it is held to. */
#ifndef AUDIO_HEAD_H
#define AUDIO_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "failure.h"

enum audio_format { AUDIO_WAV = 1, AUDIO_FLAC, AUDIO_VORBIS, AUDIO_OPUS, AUDIO_MP3 };

struct audio_head {
	enum audio_format format;
	uint32_t channels;
	uint32_t rate;   /* samples a second; of Opus, which has no one rate, 48,000 */
	int64_t samples; /* of one channel, by the header; -1: it does not say */
};

struct audio_limits {
	uint64_t bytes;
	uint32_t seconds, channels, rate;
};

/* Finds the format by the content, reads the header and holds it to the limits. AUDIO_E_UNSUPPORTED, _DAMAGED,
 * _EMPTY or _TOO_LARGE, with the reason. */
AUDIO_MUST_CHECK int audio_head_read(struct audio_bytes file, const struct audio_limits *limits,
	struct audio_head *out, struct audio_failure *why);

/* A file that is too large is refused before a byte of it is read. */
AUDIO_MUST_CHECK int audio_head_check_bytes(uint64_t bytes, const struct audio_limits *limits,
	struct audio_failure *why);
/* So many samples of one channel at a rate. */
AUDIO_MUST_CHECK int audio_head_check_samples(int64_t samples, uint32_t rate,
	const struct audio_limits *limits, struct audio_failure *why);

/* The readers of one container each, which know that its first bytes are there. They fill what it has. */
AUDIO_MUST_CHECK int audio_head_wav(struct audio_bytes file, struct audio_head *out,
	struct audio_failure *why);
AUDIO_MUST_CHECK int audio_head_flac(struct audio_bytes file, struct audio_head *out,
	struct audio_failure *why);
AUDIO_MUST_CHECK int audio_head_ogg(struct audio_bytes file, struct audio_head *out,
	struct audio_failure *why);
AUDIO_MUST_CHECK int audio_head_mp3(struct audio_bytes file, struct audio_head *out,
	struct audio_failure *why);

/* Whether an MPEG audio frame of layer III, or an ID3v2 tag before one, begins there. */
bool audio_head_is_mp3(struct audio_bytes file);

const char *audio_format_name(enum audio_format format);

#endif
