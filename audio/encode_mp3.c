/* SPDX-License-Identifier: Apache-2.0 */
/* encode_mp3.c: libmp3lame, at a constant bit rate: without a table in front that would have to be written last. */
#include <lame/lame.h>
#include <stddef.h>

#include "encode.h"

enum {
	BITRATE = 64, /* kbit/s: for speech of one channel at 24 kHz nobody hears more */
	QUALITY = 5,
	BLOCK = 1152,
	ROOM = BLOCK * 5 / 4 + 7200 /* as lame.h asks for */
};

int
audio_mp3_open(uint32_t rate, struct audio_encoder *encoder, struct audio_failure *why)
{
	lame_global_flags *lame = lame_init();

	if (lame != NULL) {
		lame_set_num_channels(lame, 1);
		lame_set_in_samplerate(lame, (int)rate);
		lame_set_out_samplerate(lame, (int)rate);
		lame_set_mode(lame, MONO);
		lame_set_brate(lame, BITRATE);
		lame_set_quality(lame, QUALITY);
		lame_set_bWriteVbrTag(lame, 0);
		if (lame_init_params(lame) >= 0) {
			encoder->impl = lame;
			return 0;
		}
		lame_close(lame);
	}
	return audio_fail(why, AUDIO_E_SETUP, "This server's audio library cannot write MP3.");
}

int
audio_mp3_put(struct audio_encoder *encoder, const int16_t *samples, size_t n)
{
	unsigned char out[ROOM];
	int rc = 0;

	while (rc == 0 && n > 0) {
		size_t some = n < BLOCK ? n : BLOCK;
		int made = lame_encode_buffer(encoder->impl, samples, NULL, (int)some, out, ROOM);

		rc = made < 0 ? AUDIO_E_SETUP : audio_encoder_write(encoder, out, (size_t)made);
		samples += some;
		n -= some;
	}
	return rc;
}

int
audio_mp3_finish(struct audio_encoder *encoder)
{
	unsigned char out[ROOM];
	int made = lame_encode_flush(encoder->impl, out, ROOM);

	return made < 0 ? AUDIO_E_SETUP : audio_encoder_write(encoder, out, (size_t)made);
}

void
audio_mp3_close(struct audio_encoder *encoder)
{
	lame_close(encoder->impl);
	encoder->impl = NULL;
}
