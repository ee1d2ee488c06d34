/* SPDX-License-Identifier: Apache-2.0 */
/* encode.h: samples of one channel as a file. encode.c and decode.c know libsndfile, encode_mp3.c libmp3lame. */
#ifndef AUDIO_ENCODE_H
#define AUDIO_ENCODE_H

#include <stdint.h>

#include "failure.h"
#include "options.h"

/* A file in the making at fd. */
struct audio_encoder {
	int fd; /* borrowed */
	enum audio_target target;
	int64_t bytes;   /* written to fd */
	int64_t samples; /* given */
	bool failed;     /* fd could not be written */
	bool keeps; /* the file is kept, and written when it is whole: it then says how long it is */
	void *impl; /* owned: what the format needs */
	struct {
		uint8_t *data; /* owned: what is kept */
		int64_t len, size, at;
	} kept;
};

/* AUDIO_E_SETUP: it cannot be made here. `keeps` means something for FLAC only. */
AUDIO_MUST_CHECK int audio_encoder_open(int fd, enum audio_target target, uint32_t rate, bool keeps,
	struct audio_encoder *out, struct audio_failure *why);
/* AUDIO_E_OUTPUT or _SETUP. */
AUDIO_MUST_CHECK int audio_encoder_put(struct audio_encoder *encoder, const int16_t *samples,
	size_t n);
/* Writes what is left. Closing follows. */
AUDIO_MUST_CHECK int audio_encoder_finish(struct audio_encoder *encoder);
/* Safe on a zeroed one. */
void audio_encoder_close(struct audio_encoder *encoder);

/* Of the formats' files: writes to fd. */
AUDIO_MUST_CHECK int audio_encoder_write(struct audio_encoder *encoder, const void *data,
	size_t len);

/* encode_mp3.c */
AUDIO_MUST_CHECK int audio_mp3_open(uint32_t rate, struct audio_encoder *encoder,
	struct audio_failure *why);
AUDIO_MUST_CHECK int audio_mp3_put(struct audio_encoder *encoder, const int16_t *samples, size_t n);
AUDIO_MUST_CHECK int audio_mp3_finish(struct audio_encoder *encoder);
void audio_mp3_close(struct audio_encoder *encoder);

#endif
