/* SPDX-License-Identifier: Apache-2.0 */
/* test_parts.c: order, learning rate, optimiser, losses and the job's description, against closed forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "trainer/job.h"
#include "trainer/loss.h"
#include "trainer/optimiser.h"
#include "trainer/order.h"

static void
an_order_holds_each_once_and_is_the_seeds(void **state)
{
	uint32_t first[1000], again[1000], other[1000];
	bool seen[1000] = {false};
	size_t moved = 0, same = 0;

	(void)state;
	trainer_order(7, TRAINER_STREAM_EPOCH, 1000, first);
	trainer_order(7, TRAINER_STREAM_EPOCH, 1000, again);
	trainer_order(7, TRAINER_STREAM_EPOCH + 1, 1000, other);
	assert_memory_equal(first, again, sizeof(first));
	for (size_t i = 0; i < 1000; i++) {
		assert_false(seen[first[i]]);
		seen[first[i]] = true;
		moved += first[i] != i;
		same += first[i] == other[i];
	}
	assert_true(moved > 980 && same < 20);
}

static void
random_numbers_are_even(void **state)
{
	struct trainer_random random;
	int counts[7] = {0};
	double sum = 0;

	(void)state;
	trainer_random_init(&random, 1, 2);
	for (int i = 0; i < 70000; i++) {
		counts[trainer_random_below(&random, 7)]++;
		sum += trainer_random_unit(&random);
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(counts[i], 9600, 10400);
	assert_true(fabs(sum / 70000 - 0.5) < 0.01);
}

static void
the_learning_rate_rises_and_falls(void **state)
{
	(void)state;
	/* 10 of 100 steps rise. */
	assert_float_equal(trainer_learning_rate(2, 0.1, 1, 100), 0.2, 1e-12);
	assert_float_equal(trainer_learning_rate(2, 0.1, 10, 100), 2, 1e-12);
	assert_float_equal(trainer_learning_rate(2, 0.1, 11, 100), 2, 1e-12);
	assert_float_equal(trainer_learning_rate(2, 0.1, 56, 100), 1, 1e-12);
	assert_true(trainer_learning_rate(2, 0.1, 100, 100) > 0);
	assert_true(trainer_learning_rate(2, 0.1, 100, 100) < 0.001);
	assert_float_equal(trainer_learning_rate(2, 0, 1, 1), 2, 1e-12);
}

static void
the_optimiser_takes_the_steps_of_its_closed_form(void **state)
{
	/* With a gradient that never changes, both moments' corrections cancel: each step is the learning rate. */
	float values[2] = {1, -1}, gradients[2] = {0.5f, -3}, means[2] = {0}, squares[2] = {0};
	struct trainer_weights weights = {2, values, gradients, means, squares};

	(void)state;
	for (int64_t step = 1; step <= 50; step++)
		trainer_adamw(&weights, step, 0.01, 0);
	assert_float_equal(values[0], 0.5, 1e-5);
	assert_float_equal(values[1], -0.5, 1e-5);

	/* Without a gradient only the decay is left. */
	values[0] = 1;
	gradients[0] = means[0] = squares[0] = 0;
	for (int64_t step = 1; step <= 10; step++)
		trainer_adamw(&weights, step, 0.1, 0.5);
	assert_float_equal(values[0], pow(0.95, 10), 1e-6);
}

static void
the_optimiser_finds_a_minimum(void **state)
{
	float value = 5, gradient, mean = 0, square = 0;
	struct trainer_weights weights = {1, &value, &gradient, &mean, &square};

	(void)state;
	for (int64_t step = 1; step <= 2000; step++) {
		gradient = 2 * (value - 3);
		trainer_adamw(&weights, step, trainer_learning_rate(0.05, 0.1, step, 2000), 0);
	}
	assert_float_equal(value, 3, 1e-3);
}

static void
gradients_are_clipped_to_the_norm(void **state)
{
	float values[2] = {0}, gradients[2] = {3, 4};
	struct trainer_weights weights = {2, values, gradients, NULL, NULL};

	(void)state;
	assert_float_equal(trainer_clip(&weights, 10), 5, 1e-9);
	assert_float_equal(gradients[0], 3, 0);
	assert_float_equal(trainer_clip(&weights, 1), 5, 1e-9);
	assert_float_equal(gradients[0], 0.6, 1e-6);
	assert_float_equal(gradients[1], 0.8, 1e-6);
	gradients[1] = NAN;
	assert_true(isnan(trainer_clip(&weights, 1)));
	assert_float_equal(gradients[0], 0.6, 1e-6);
}

static void
log_probabilities_and_their_gradients_agree(void **state)
{
	const float logits[5] = {1, -2, 0.5f, 80, 79};
	float row[5];
	bool is_highest;
	double at;

	(void)state;
	memcpy(row, logits, sizeof(row));
	at = trainer_log_probability(row, 5, 4, 0, &is_highest);
	assert_memory_equal(row, logits, sizeof(row));
	assert_false(is_highest);
	assert_float_equal(at, -log(1 + exp(1)), 1e-6);

	memcpy(row, logits, sizeof(row));
	(void)trainer_log_probability(row, 5, 4, 2, &is_highest);
	for (int i = 0; i < 5; i++) {
		float moved[5];
		double up, down;

		memcpy(moved, logits, sizeof(moved));
		moved[i] += 0.03125f;
		up = trainer_log_probability(moved, 5, 4, 0, &is_highest);
		moved[i] -= 0.0625f;
		down = trainer_log_probability(moved, 5, 4, 0, &is_highest);
		assert_true(fabs(row[i] + 2 * (up - down) / 0.0625) < 1e-3);
	}
	(void)trainer_log_probability(row, 5, 3, 0, &is_highest);
}

static void
pairs_are_rated_by_their_margin(void **state)
{
	const struct trainer_pair even = {-5, -7, -5, -7};
	double margin, slope, up, down, unused;
	struct trainer_pair pair = {-3, -9, -4, -6};

	(void)state;
	assert_float_equal(trainer_pair_loss(&even, 0.1, &margin, &slope), log(2), 1e-12);
	assert_float_equal(margin, 0, 1e-12);
	assert_float_equal(slope, -0.05, 1e-12);
	(void)trainer_pair_loss(&pair, 0.5, &margin, &slope);
	assert_float_equal(margin, 2, 1e-12);
	pair.preferred += 1e-4;
	up = trainer_pair_loss(&pair, 0.5, &unused, &unused);
	pair.preferred -= 2e-4;
	down = trainer_pair_loss(&pair, 0.5, &unused, &unused);
	assert_true(fabs(slope - (up - down) / 2e-4) < 1e-6);
	pair.rejected = 1e6;
	assert_true(isfinite(trainer_pair_loss(&pair, 0.5, &margin, &slope)));
	pair.rejected = -1e6;
	assert_true(isfinite(trainer_pair_loss(&pair, 0.5, &margin, &slope)));
}

static int
parse(const char *text, struct trainer_job *out)
{
	int rc = trainer_job_parse(text, strlen(text), out);

	if (rc < 0)
		trainer_job_close(out);
	return rc;
}

#define PATHS "\"model\":\"/m\",\"training\":\"/t\",\"folder\":\"/f\""

static void
a_job_is_read_whole_or_refused_by_the_members_name(void **state)
{
	static const struct {
		const char *text, *field;
	} wrong[] = {
		{"{\"training\":\"/t\",\"folder\":\"/f\"}", "model"},
		{"{" PATHS ",\"rank\":0}", "rank"},
		{"{" PATHS ",\"epochs\":51}", "epochs"},
		{"{" PATHS ",\"method\":\"rft\"}", "method"},
		{"{" PATHS ",\"target_modules\":[\"q\",\"q\"]}", "target_modules"},
		{"{" PATHS ",\"target_modules\":[\"x\"]}", "target_modules"},
		{"{" PATHS ",\"learning_rate\":\"auto\"}", "learning_rate"},
		{"{" PATHS ",\"other\":1}", "other"},
		{"{\"model\":\"/m\",\"training\":\"/t\",\"folder\":\"f\"}", "folder"},
	};
	struct trainer_job job, other;
	char digest[65], again[65];

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		int rc = parse(wrong[i].text, &job);

		assert_true(rc < 0);
		assert_string_equal(bh_error_field(rc), wrong[i].field);
	}
	assert_true(parse("[", &job) < 0);
	assert_int_equal(parse("{" PATHS
						   ",\"target_modules\":[\"q\",\"v\"],\"method\":\"dpo\",\"seed\":5}",
						 &job),
		0);
	assert_int_equal(job.targets, TRAINER_Q | TRAINER_V);
	assert_int_equal(job.method, TRAINER_DPO);
	assert_int_equal(job.rank, 8);

	/* What is measured or kept does not make another job of it; what the losses depend on does. */
	assert_int_equal(parse("{" PATHS ",\"target_modules\":[\"q\",\"v\"],\"method\":\"dpo\","
						   "\"seed\":5,\"samples\":3}",
						 &other),
		0);
	trainer_job_digest(&job, digest);
	trainer_job_digest(&other, again);
	assert_string_equal(digest, again);
	other.seed = 6;
	trainer_job_digest(&other, again);
	assert_string_not_equal(digest, again);
	trainer_job_close(&other);
	trainer_job_close(&job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_holds_each_once_and_is_the_seeds),
		cmocka_unit_test(random_numbers_are_even),
		cmocka_unit_test(the_learning_rate_rises_and_falls),
		cmocka_unit_test(the_optimiser_takes_the_steps_of_its_closed_form),
		cmocka_unit_test(the_optimiser_finds_a_minimum),
		cmocka_unit_test(gradients_are_clipped_to_the_norm),
		cmocka_unit_test(log_probabilities_and_their_gradients_agree),
		cmocka_unit_test(pairs_are_rated_by_their_margin),
		cmocka_unit_test(a_job_is_read_whole_or_refused_by_the_members_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
