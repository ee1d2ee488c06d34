/* SPDX-License-Identifier: Apache-2.0 */
/* resample.c: a polyphase filter over a window that moves along the samples. */
#include "resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	REACH = 16, /* zero crossings of the sinc on either side */
	LANES = 4,
	OUT_BLOCK = 4096
};

/* Of the narrower of both bands, what passes; the rest is where the filter falls off. */
static const double passband = 0.92;

struct audio_resample {
	struct audio_resample_sink sink;
	uint32_t up, down; /* the ratio, in lowest terms */
	size_t taps;       /* of each phase; divisible by 2 * LANES */
	float *table;      /* owned: up phases */
	float *window;     /* owned: taps - 1 + AUDIO_RESAMPLE_BLOCK samples */
	size_t len;        /* of them there */
	size_t at;         /* where the next one's taps begin */
	uint32_t phase;
	int64_t given, made;
	int16_t out[OUT_BLOCK];
	size_t n_out;
};

static uint32_t
common_divisor(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static double
weight(double x, double cut, double reach)
{
	double sinc = fabs(x) < 1e-9 ? 1 : sin(M_PI * cut * x) / (M_PI * cut * x);
	double t = x / reach;

	/* Blackman's window. */
	return fabs(t) >= 1 ? 0 : sinc * (0.42 + 0.5 * cos(M_PI * t) + 0.08 * cos(2 * M_PI * t));
}

/* Phase p is for a moment that lies p / up behind the middle of the taps. */
static void
fill_table(struct audio_resample *resample, double cut)
{
	size_t half = resample->taps / 2;

	for (uint32_t p = 0; p < resample->up; p++) {
		float *row = resample->table + p * resample->taps;
		double sum = 0;

		for (size_t i = 0; i < resample->taps; i++) {
			double x = (double)i - (double)(half - 1) - (double)p / resample->up;

			row[i] = (float)weight(x, cut, (double)half);
			sum += row[i];
		}
		for (size_t i = 0; i < resample->taps; i++)
			row[i] = (float)(row[i] / sum);
	}
}

struct audio_resample *
audio_resample_open(uint32_t from, uint32_t to, const struct audio_resample_sink *sink)
{
	struct audio_resample *resample = calloc(1, sizeof(*resample));
	uint32_t divisor = common_divisor(from, to);
	/* At the same rate the sinc meets every other sample at its zeros, and changes nothing. */
	double cut = to == from ? 1 : (to < from ? (double)to / from : 1) * passband;

	if (resample == NULL)
		return NULL;
	resample->sink = *sink;
	resample->up = to / divisor;
	resample->down = from / divisor;
	resample->taps = ((size_t)(2 * REACH / cut) / (2 * LANES) + 1) * 2 * LANES;
	resample->table = calloc((size_t)resample->up * resample->taps, sizeof(float));
	resample->window = calloc(resample->taps + AUDIO_RESAMPLE_BLOCK, sizeof(float));
	if (resample->table == NULL || resample->window == NULL) {
		audio_resample_close(resample);
		return NULL;
	}
	fill_table(resample, cut);
	/* Silence before the first sample, which so lies in the middle of the first taps. */
	resample->len = resample->taps / 2 - 1;
	return resample;
}

void
audio_resample_close(struct audio_resample *resample)
{
	if (resample == NULL)
		return;
	free(resample->window);
	free(resample->table);
	free(resample);
}

static int
flush(struct audio_resample *resample)
{
	size_t n = resample->n_out;

	resample->n_out = 0;
	resample->made += (int64_t)n;
	return n == 0 ? 0 : resample->sink.take(resample->sink.state, resample->out, n);
}

static int
put(struct audio_resample *resample, float sample)
{
	float scaled = sample * 32768;

	resample->out[resample->n_out++] = (int16_t)lrintf(scaled >= 32767 ? 32767
			: scaled <= -32768                                         ? -32768
																	   : scaled);
	return resample->n_out < OUT_BLOCK ? 0 : flush(resample);
}

static float
filter(const float *row, const float *samples, size_t taps)
{
	float sums[LANES] = {0};

	for (size_t i = 0; i < taps; i += LANES)
		for (size_t lane = 0; lane < LANES; lane++)
			sums[lane] += row[i + lane] * samples[i + lane];
	return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* All that the window holds the taps of, but no more than `most` in all. */
static int
run(struct audio_resample *resample, int64_t most)
{
	int rc = 0;

	while (rc == 0 && resample->at + resample->taps <= resample->len &&
		resample->made + (int64_t)resample->n_out < most) {
		const float *row = resample->table + resample->phase * resample->taps;

		rc = put(resample, filter(row, resample->window + resample->at, resample->taps));
		resample->phase += resample->down;
		resample->at += resample->phase / resample->up;
		resample->phase %= resample->up;
	}
	return rc;
}

/* Drops what no later taps reach. With a large step their beginning lies beyond what has come. */
static void
shift(struct audio_resample *resample)
{
	size_t gone = resample->at < resample->len ? resample->at : resample->len;

	memmove(resample->window, resample->window + gone, (resample->len - gone) * sizeof(float));
	resample->len -= gone;
	resample->at -= gone;
}

static float
sane(float sample)
{
	if (!(sample >= -1))
		return isnan(sample) ? 0 : -1;
	return sample > 1 ? 1 : sample;
}

int
audio_resample_push(struct audio_resample *resample, const float *samples, size_t n)
{
	int rc;

	for (size_t i = 0; i < n; i++)
		resample->window[resample->len + i] = sane(samples[i]);
	resample->len += n;
	resample->given += (int64_t)n;
	rc = run(resample, INT64_MAX);
	shift(resample);
	return rc;
}

int
audio_resample_finish(struct audio_resample *resample)
{
	int64_t most = (resample->given * resample->up + resample->down - 1) / resample->down;
	int rc = 0;

	/* Silence behind the last sample, until its own moment has come out. */
	while (rc == 0 && resample->made + (int64_t)resample->n_out < most) {
		memset(resample->window + resample->len, 0, AUDIO_RESAMPLE_BLOCK * sizeof(float));
		resample->len += AUDIO_RESAMPLE_BLOCK;
		rc = run(resample, most);
		shift(resample);
	}
	return rc == 0 ? flush(resample) : rc;
}

int64_t
audio_resample_count(const struct audio_resample *resample)
{
	return resample->made;
}
