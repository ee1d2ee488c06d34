/* SPDX-License-Identifier: Apache-2.0 */
/* sound.h: runs bulkhead-audio (audio/protocol.h). No recording is decoded in this process, and what the program says
 * may come from a recording that has taken it over: it is read as a stranger's. */
#ifndef BH_MULTIMODAL_SOUND_H
#define BH_MULTIMODAL_SOUND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/macros.h"

/* What a recording turned out to be. */
struct multimodal_heard {
	const char *format; /* wav, flac, vorbis, opus or mp3; in the arena */
	int64_t milliseconds;
	bool truncated;
};

struct multimodal_sound_conf {
	const char *program; /* path of bulkhead-audio; borrowed, outlives the run */
	int64_t bytes_max, seconds_max;
	int64_t timeout_ms;
	int watch_fd;       /* a client's socket: BH_E_GONE when it hangs up; -1: none */
	const bool *cancel; /* BH_E_CANCELLED; NULL: none */
};

/* Writes the recording of input_fd, a regular file that is read from its start, to output_fd, from where that stands,
 * as 16 kHz samples of one channel: bare ("pcm") or as a FLAC file ("flac"). BH_E_INVALID with the reason about
 * `param`: the recording is at fault. BH_E_UNAVAILABLE, BH_E_IO, BH_E_GONE, BH_E_CANCELLED. */
BH_MUST_CHECK int multimodal_sound_decode(const struct multimodal_sound_conf *conf, int input_fd,
	int output_fd, const char *to, const char *param, struct bh_arena *arena,
	struct multimodal_heard *out);

/* A program that makes a file of samples while they come. The program ends with the thread that opened it. */
struct multimodal_sound_encoder {
	pid_t pid;    /* 0: none */
	int input_fd; /* owned: samples go in, signed 16-bit little-endian of one channel */
	int said_fd;  /* owned: the program's lines; their end is its end */
};

/* format: pcm, wav, flac, mp3 or opus; the file grows at output_fd, which is borrowed for the call. The program fails
 * after samples of more than seconds_max. BH_E_UNAVAILABLE, BH_E_IO. */
BH_MUST_CHECK int multimodal_sound_encoder_open(const char *program, const char *format,
	int64_t rate, int64_t seconds_max, int output_fd, struct multimodal_sound_encoder *out);
/* After its end: whether the file is whole. */
bool multimodal_sound_encoder_finish(struct multimodal_sound_encoder *encoder);
/* Ends it, if it still runs. Safe on a zeroed one, and twice. */
void multimodal_sound_encoder_close(struct multimodal_sound_encoder *encoder);

#endif
