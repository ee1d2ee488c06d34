/* SPDX-License-Identifier: Apache-2.0 */
/* test_resample.c: a tone stays the tone it was, and what is above the new band is gone. */
#include "resample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 300000 };

static int16_t out[MOST];
static size_t n_out;

static int
take(void *state, const int16_t *samples, size_t n)
{
	(void)state;
	assert_true(n_out + n <= MOST);
	memcpy(out + n_out, samples, n * sizeof(*samples));
	n_out += n;
	return 0;
}

/* A second and a bit of a tone at half of full scale, given in pieces of odd sizes. */
static size_t
run(uint32_t from, uint32_t to, double hertz, size_t n)
{
	const struct audio_resample_sink sink = {take, NULL};
	struct audio_resample *resample = audio_resample_open(from, to, &sink);
	float block[AUDIO_RESAMPLE_BLOCK];
	size_t at = 0, size = 1;

	assert_non_null(resample);
	n_out = 0;
	while (at < n) {
		size = size * 3 % (AUDIO_RESAMPLE_BLOCK + 1) + 1;
		if (size > AUDIO_RESAMPLE_BLOCK || size > n - at)
			size = n - at < AUDIO_RESAMPLE_BLOCK ? n - at : AUDIO_RESAMPLE_BLOCK;
		for (size_t i = 0; i < size; i++)
			block[i] = 0.5f * (float)sin(2 * M_PI * hertz * (double)(at + i) / from);
		assert_int_equal(audio_resample_push(resample, block, size), 0);
		at += size;
	}
	assert_int_equal(audio_resample_finish(resample), 0);
	assert_int_equal(audio_resample_count(resample), n_out);
	audio_resample_close(resample);
	return n_out;
}

/* The largest distance to the tone, away from both ends. */
static double
distance(uint32_t to, double hertz)
{
	double most = 0;

	for (size_t i = 200; i + 200 < n_out; i++) {
		double expected = 16384 * sin(2 * M_PI * hertz * (double)i / to);

		most = fmax(most, fabs(out[i] - expected));
	}
	return most;
}

static void
a_tone_stays_the_same_at_another_rate(void **state)
{
	static const struct {
		uint32_t from, to;
	} rates[] = {{44100, 16000}, {48000, 16000}, {8000, 16000}, {192000, 16000}, {22050, 24000},
		{16000, 16000}, {11025, 16000}, {44101, 16000}};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		size_t n = rates[i].from + 1001;
		uint64_t expected = ((uint64_t)n * rates[i].to + rates[i].from - 1) / rates[i].from;

		assert_int_equal(run(rates[i].from, rates[i].to, 1000, n), expected);
		assert_true(distance(rates[i].to, 1000) < 40);
	}
}

static void
what_is_above_the_band_is_gone(void **state)
{
	(void)state;
	run(48000, 16000, 11000, 48000);
	for (size_t i = 200; i + 200 < n_out; i++)
		assert_true(abs(out[i]) < 60);
}

static void
the_same_rate_changes_nothing(void **state)
{
	const struct audio_resample_sink sink = {take, NULL};
	struct audio_resample *resample = audio_resample_open(16000, 16000, &sink);
	const float samples[] = {0.25f, -1, 1, NAN, -0.5f, 7};

	(void)state;
	n_out = 0;
	assert_int_equal(audio_resample_push(resample, samples, 6), 0);
	assert_int_equal(audio_resample_finish(resample), 0);
	audio_resample_close(resample);
	assert_int_equal(n_out, 6);
	assert_int_equal(out[0], 8192);
	assert_int_equal(out[1], -32768);
	assert_int_equal(out[2], 32767);
	assert_int_equal(out[3], 0);
	assert_int_equal(out[4], -16384);
	assert_int_equal(out[5], 32767);
}

static void
one_sample_makes_one(void **state)
{
	(void)state;
	assert_int_equal(run(192000, 16000, 100, 1), 1);
	assert_int_equal(run(8000, 16000, 100, 1), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_stays_the_same_at_another_rate),
		cmocka_unit_test(what_is_above_the_band_is_gone),
		cmocka_unit_test(the_same_rate_changes_nothing),
		cmocka_unit_test(one_sample_makes_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
