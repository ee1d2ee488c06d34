/* SPDX-License-Identifier: Apache-2.0 */
/* test_long_reading.c: documents that take long to read leave workers to those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rag/long_reading.h"

enum { TURN = RAG_READING_TURN_MS };

static void
a_short_reading_needs_no_place(void **state)
{
	struct rag_long_readings all = {0};
	struct rag_long_reading readings[4];

	(void)state;
	rag_long_reading_init(&all);
	for (int i = 0; i < 4; i++) {
		rag_long_reading_begin(&all, &readings[i], 0);
		assert_true(rag_long_reading_keeps(&all, &readings[i], TURN - 1));
		rag_long_reading_end(&all, &readings[i]);
	}
	assert_int_equal(all.n, 0);
}

static void
beyond_a_turn_two_keep_their_places_and_a_third_has_none(void **state)
{
	struct rag_long_readings all = {0};
	struct rag_long_reading readings[3];

	(void)state;
	rag_long_reading_init(&all);
	for (int i = 0; i < 3; i++)
		rag_long_reading_begin(&all, &readings[i], 0);
	for (int at = TURN; at < 3 * TURN; at += TURN) {
		assert_true(rag_long_reading_keeps(&all, &readings[0], at));
		assert_true(rag_long_reading_keeps(&all, &readings[1], at));
		assert_false(rag_long_reading_keeps(&all, &readings[2], at));
	}
	/* One that ends leaves its place, and one without a place leaves none. */
	rag_long_reading_end(&all, &readings[0]);
	assert_true(rag_long_reading_keeps(&all, &readings[2], 3 * TURN));
	rag_long_reading_end(&all, &readings[2]);
	rag_long_reading_end(&all, &readings[1]);
	assert_int_equal(all.n, 0);
}

static void
what_is_not_being_read_takes_no_place(void **state)
{
	struct rag_long_readings all = {0};
	struct rag_long_reading reading = {0};

	(void)state;
	rag_long_reading_init(&all);
	assert_true(rag_long_reading_keeps(&all, &reading, 10 * TURN));
	rag_long_reading_begin(&all, &reading, 0);
	rag_long_reading_end(&all, &reading);
	assert_true(rag_long_reading_keeps(&all, &reading, 10 * TURN));
	assert_int_equal(all.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_reading_needs_no_place),
		cmocka_unit_test(beyond_a_turn_two_keep_their_places_and_a_third_has_none),
		cmocka_unit_test(what_is_not_being_read_takes_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
