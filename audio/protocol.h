/* SPDX-License-Identifier: Apache-2.0 */
/* protocol.h: what a service may rely on when it runs bulkhead-audio. */
#ifndef AUDIO_PROTOCOL_H
#define AUDIO_PROTOCOL_H

/* Raised when a line, a member or an option changes its meaning; new ones do not raise it. */
#define AUDIO_PROTOCOL 1

/*
 * The program reads one recording, or writes one, and ends. It is started as
 *
 *   bulkhead-audio --decode head|pcm|flac [--limit-bytes N] [--limit-seconds N] [--limit-channels N] [--limit-rate N]
 *                  [--cpu-seconds N]
 *   bulkhead-audio --encode pcm|wav|flac|mp3|opus --rate N [--limit-seconds N] [--cpu-seconds N]
 *
 * What passes a limit of --decode is refused by its header, before anything is decoded; a header that says too little
 * is held to it while it is decoded. With head nothing is decoded.
 *
 * Descriptors:
 *   0  with --decode the recording; a regular file, readable and seekable. With --encode signed 16-bit little-endian
 *      samples of one channel at --rate, to their end; a pipe will do.
 *   1  the answer
 *   2  diagnostics for the operator
 *   3  what is made, from where the descriptor stands. A pipe is to be emptied while 1 is read. Not with head.
 * Every other descriptor is closed at the start. Nothing of a recording is ever an argument.
 *
 * What is made with --decode are samples as above at AUDIO_HEARD_RATE, bare (pcm) or in a FLAC file; with --encode a
 * file of the format at AUDIO_SPOKEN_RATE, of one channel, which is written as the samples come: a WAV or FLAC file
 * does not say how long it is.
 *
 * The answer is JSON, one object a line, each written whole as soon as it is known:
 *
 *   {"type":"begun","protocol":1}
 *       Before everything else, when the program ends with whoever started it.
 *   {"type":"head","format":F,"bytes":N,"channels":N,"rate":N,"milliseconds":N}
 *       By the header alone, with --decode. F is wav, flac, vorbis, opus or mp3. milliseconds is null where the header
 *       does not tell.
 *   {"type":"made","samples":N,"bytes":N,"milliseconds":N,"truncated":B}
 *       After all of it was written to fd 3. truncated: the recording ended in the middle of something.
 *   {"type":"end"}
 *       Last, on success.
 *   {"type":"error","code":C,"message":S}
 *       Last, instead of end. C is one of the codes below, S a sentence for the person who sent the recording. What
 *       came before is to be thrown away.
 *
 * The exit status is AUDIO_EXIT_OK after end and AUDIO_EXIT_ERROR after error. Anything else (another status, a
 * signal, no end) means that the program itself failed on the recording. The wall clock is the caller's to watch.
 */

#define AUDIO_CODE_UNSUPPORTED "unsupported" /* a format that is not read; the message names it */
#define AUDIO_CODE_DAMAGED "damaged"         /* not what it says it is, or broken */
#define AUDIO_CODE_EMPTY "empty"             /* no bytes, or no sound */
#define AUDIO_CODE_TOO_LARGE "too_large"     /* beyond a limit */
#define AUDIO_CODE_SETUP "setup" /* what is missing is on this machine, not in the recording */

enum {
	AUDIO_EXIT_OK = 0,
	AUDIO_EXIT_USAGE = 2,  /* wrong arguments, or no sandbox */
	AUDIO_EXIT_ERROR = 3,  /* an error line says why */
	AUDIO_EXIT_OUTPUT = 4, /* fd 1 or 3 was closed or full */

	AUDIO_LIMIT_BYTES_DEFAULT = 100 * 1000 * 1000,
	AUDIO_LIMIT_SECONDS_DEFAULT = 3600,
	AUDIO_LIMIT_SECONDS_MAX = 4 * 3600, /* beyond, what is made passes what the sandbox lets out */
	AUDIO_LIMIT_CHANNELS_DEFAULT = 8,
	AUDIO_LIMIT_CHANNELS_MAX = 32,
	AUDIO_LIMIT_RATE_DEFAULT = 192000,
	AUDIO_RATE_MIN = 4000,
	AUDIO_RATE_MAX = 384000,
	AUDIO_CPU_SECONDS_DEFAULT = 120,

	AUDIO_HEARD_RATE = 16000,
	AUDIO_SPOKEN_RATE = 24000,

	AUDIO_FD_OUTPUT = 3,
};

#endif
