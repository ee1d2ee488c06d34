/* SPDX-License-Identifier: Apache-2.0 */
/* encode.c: bare samples, a WAV header before them, or libsndfile's FLAC and Ogg Opus. */
#include "encode.h"

#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#include "resample.h"
#include "say.h"

enum { WAV_HEAD_BYTES = 44, KEPT_FIRST = 1024 * 1024 };

int
audio_encoder_write(struct audio_encoder *encoder, const void *data, size_t len)
{
	if (encoder->failed || !audio_write(encoder->fd, data, len)) {
		encoder->failed = true;
		return AUDIO_E_OUTPUT;
	}
	encoder->bytes += (int64_t)len;
	return 0;
}

/* ---- WAV ---- */

static void
put_le(uint8_t *at, uint32_t number, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(number >> 8 * i);
}

/* With the sizes that stand for "to the end": it is written before anybody knows them. */
static int
write_wav_head(struct audio_encoder *encoder, uint32_t rate)
{
	uint8_t head[WAV_HEAD_BYTES] = "RIFF____WAVEfmt ";

	put_le(head + 4, UINT32_MAX, 4);
	put_le(head + 16, 16, 4);
	put_le(head + 20, 1, 2); /* PCM */
	put_le(head + 22, 1, 2); /* channels */
	put_le(head + 24, rate, 4);
	put_le(head + 28, rate * 2, 4);
	put_le(head + 32, 2, 2);
	put_le(head + 34, 16, 2);
	memcpy(head + 36, "data", 4);
	put_le(head + 40, UINT32_MAX, 4);
	return audio_encoder_write(encoder, head, sizeof(head));
}

/* ---- libsndfile's file: kept, or written on and on ---- */

static sf_count_t
file_length(void *state)
{
	const struct audio_encoder *encoder = state;

	return encoder->keeps ? encoder->kept.len : encoder->bytes;
}

/* What was written to a pipe cannot be written again: libraries take the refusal, and leave out what they would
 * have put into the header at the end. */
static sf_count_t
file_seek(sf_count_t offset, int whence, void *state)
{
	struct audio_encoder *encoder = state;
	sf_count_t len = file_length(state), now = encoder->keeps ? encoder->kept.at : len;
	sf_count_t to = offset + (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? now : len);

	if (!encoder->keeps)
		return to == len ? to : -1;
	if (to < 0 || to > len)
		return -1;
	return encoder->kept.at = to;
}

static sf_count_t
file_write(const void *data, sf_count_t count, void *state)
{
	struct audio_encoder *encoder = state;
	int64_t end = encoder->kept.at + count;

	if (!encoder->keeps)
		return audio_encoder_write(encoder, data, (size_t)count) == 0 ? count : 0;
	if (end > encoder->kept.size) {
		int64_t size = encoder->kept.size == 0 ? KEPT_FIRST : encoder->kept.size;
		uint8_t *grown;

		while (size < end)
			size *= 2;
		grown = realloc(encoder->kept.data, (size_t)size);
		if (grown == NULL)
			return 0;
		encoder->kept.data = grown;
		encoder->kept.size = size;
	}
	memcpy(encoder->kept.data + encoder->kept.at, data, (size_t)count);
	encoder->kept.at = end;
	if (end > encoder->kept.len)
		encoder->kept.len = end;
	return count;
}

static sf_count_t
file_tell(void *state)
{
	const struct audio_encoder *encoder = state;

	return encoder->keeps ? encoder->kept.at : encoder->bytes;
}

/* libsndfile does not ask for it of what it writes. */
static sf_count_t
file_read(void *out, sf_count_t count, void *state)
{
	(void)out;
	(void)count;
	(void)state;
	return 0;
}

static int
open_file(struct audio_encoder *encoder, uint32_t rate, struct audio_failure *why)
{
	SF_VIRTUAL_IO io = {file_length, file_seek, file_read, file_write, file_tell};
	SF_INFO info = {
		.samplerate = (int)rate,
		.channels = 1,
		.format = encoder->target == AUDIO_TO_OPUS ? SF_FORMAT_OGG | SF_FORMAT_OPUS
												   : SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
	};

	encoder->impl = sf_open_virtual(&io, SFM_WRITE, &info, encoder);
	if (encoder->impl == NULL)
		return encoder->failed ? AUDIO_E_OUTPUT
							   : audio_fail(why, AUDIO_E_SETUP,
									 "This server's audio library cannot write the format.");
	return 0;
}

/* ---- any of them ---- */

int
audio_encoder_open(int fd, enum audio_target target, uint32_t rate, bool keeps,
	struct audio_encoder *out, struct audio_failure *why)
{
	*out = (struct audio_encoder){
		.fd = fd,
		.target = target,
		.keeps = keeps && target == AUDIO_TO_FLAC,
	};
	switch (target) {
	case AUDIO_TO_WAV:
		return write_wav_head(out, rate);
	case AUDIO_TO_FLAC:
	case AUDIO_TO_OPUS:
		return open_file(out, rate, why);
	case AUDIO_TO_MP3:
		return audio_mp3_open(rate, out, why);
	case AUDIO_TO_PCM:
	case AUDIO_TO_NOTHING:
		break;
	}
	return 0;
}

/* In the byte order of the format, whatever this machine's is. */
static int
put_bare(struct audio_encoder *encoder, const int16_t *samples, size_t n)
{
	uint8_t bytes[2 * AUDIO_RESAMPLE_BLOCK];
	int rc = 0;

	while (rc == 0 && n > 0) {
		size_t some = n < AUDIO_RESAMPLE_BLOCK ? n : AUDIO_RESAMPLE_BLOCK;

		for (size_t i = 0; i < some; i++)
			put_le(bytes + 2 * i, (uint16_t)samples[i], 2);
		rc = audio_encoder_write(encoder, bytes, 2 * some);
		samples += some;
		n -= some;
	}
	return rc;
}

int
audio_encoder_put(struct audio_encoder *encoder, const int16_t *samples, size_t n)
{
	encoder->samples += (int64_t)n;
	switch (encoder->target) {
	case AUDIO_TO_PCM:
	case AUDIO_TO_WAV:
		return put_bare(encoder, samples, n);
	case AUDIO_TO_MP3:
		return audio_mp3_put(encoder, samples, n);
	case AUDIO_TO_FLAC:
	case AUDIO_TO_OPUS:
		if (sf_write_short(encoder->impl, samples, (sf_count_t)n) != (sf_count_t)n ||
			encoder->failed)
			return encoder->failed ? AUDIO_E_OUTPUT : AUDIO_E_SETUP;
		break;
	case AUDIO_TO_NOTHING:
		break;
	}
	return 0;
}

int
audio_encoder_finish(struct audio_encoder *encoder)
{
	SNDFILE *file = encoder->impl;

	if (encoder->target == AUDIO_TO_MP3)
		return audio_mp3_finish(encoder);
	if (file == NULL)
		return 0;
	/* Closing writes the end; without a way back it may complain of what it cannot put into the header. */
	encoder->impl = NULL;
	(void)sf_close(file);
	if (encoder->keeps)
		return audio_encoder_write(encoder, encoder->kept.data, (size_t)encoder->kept.len);
	return encoder->failed ? AUDIO_E_OUTPUT : 0;
}

void
audio_encoder_close(struct audio_encoder *encoder)
{
	if (encoder->impl != NULL && encoder->target == AUDIO_TO_MP3)
		audio_mp3_close(encoder);
	else if (encoder->impl != NULL)
		(void)sf_close(encoder->impl);
	free(encoder->kept.data);
	*encoder = (struct audio_encoder){0};
}
