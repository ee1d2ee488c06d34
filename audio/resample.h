/* SPDX-License-Identifier: Apache-2.0 */
/* resample.h: one channel of samples at one rate, made to another: a windowed sinc in as many phases as the ratio of
 * the rates has. Memory depends on the rates alone. */
#ifndef AUDIO_RESAMPLE_H
#define AUDIO_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

enum { AUDIO_RESAMPLE_BLOCK = 4096 }; /* samples that are given at once, at most */

struct audio_resample; /* owned by whoever opened it */

/* Takes what comes out; below 0 ends the run. */
struct audio_resample_sink {
	int (*take)(void *state, const int16_t *samples, size_t n);
	void *state;
};

/* Rates from AUDIO_RATE_MIN to AUDIO_RATE_MAX. NULL: no memory. */
struct audio_resample *audio_resample_open(uint32_t from, uint32_t to,
	const struct audio_resample_sink *sink);
/* Safe on NULL. */
void audio_resample_close(struct audio_resample *resample);

/* Gives more samples, between -1 and 1 (beyond, and what is no number, they are cut). What `take` returned. */
int audio_resample_push(struct audio_resample *resample, const float *samples, size_t n);
/* There are no more: the rest comes out, so that all in all there are as many as the ratio makes, rounded up. */
int audio_resample_finish(struct audio_resample *resample);

/* How many have come out. */
int64_t audio_resample_count(const struct audio_resample *resample);

#endif
