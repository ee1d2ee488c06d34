/* SPDX-License-Identifier: Apache-2.0 */
/* test_page.c: which hits of several queries make a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "rag/page.h"

/* What is left, by the places that the rows had. */
static void
expect(const double *scores, const size_t *queries, size_t n, size_t limit, double threshold,
	const size_t *left, size_t n_left)
{
	struct rag_page_row rows[16] = {0};

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct rag_page_row){i, queries[i], scores[i], false};
	assert_int_equal(rag_page_choose(rows, n, 3, limit, threshold), n_left);
	for (size_t i = 0; i < n_left; i++)
		assert_int_equal(rows[i].at, left[i]);
}

#define EXPECT(limit, threshold, ...) \
	do { \
		static const size_t left[] = {__VA_ARGS__}; \
		expect(scores, queries, BH_COUNT(scores), limit, threshold, BH_LIST(left)); \
	} while (0)

static void
no_query_crowds_out_another_that_has_likely_passages(void **state)
{
	static const double scores[] = {0.99, 0.98, 0.97, 0.96, 0.7, 0.6, 0.55};
	static const size_t queries[] = {0, 0, 0, 0, 1, 1, 2};

	(void)state;
	EXPECT(3, 0, 0, 4, 6);
	EXPECT(4, 0, 0, 1, 4, 6);
	EXPECT(5, 0, 0, 1, 4, 5, 6);
	EXPECT(6, 0, 0, 1, 2, 4, 5, 6);
	EXPECT(7, 0, 0, 1, 2, 3, 4, 5, 6);
	EXPECT(9, 0, 0, 1, 2, 3, 4, 5, 6);
}

static void
an_unlikely_passage_takes_no_turn(void **state)
{
	static const double scores[] = {0.99, 0.98, 0.97, 0.4, 0.3, 0.2};
	static const size_t queries[] = {0, 0, 0, 1, 0, 2};

	(void)state;
	EXPECT(2, 0, 0, 1);
	EXPECT(3, 0, 0, 1, 2);
	EXPECT(4, 0, 0, 1, 2, 3);
	EXPECT(5, 0, 0, 1, 2, 3, 4);
}

static void
what_is_below_the_threshold_goes_first(void **state)
{
	static const double scores[] = {0.9, 0.8, 0.7, 0.6};
	static const size_t queries[] = {0, 0, 0, 1};

	(void)state;
	EXPECT(2, 0, 0, 3);
	EXPECT(2, 0.65, 0, 1);
	EXPECT(3, 0.85, 0);
}

static void
without_hits_the_page_is_empty(void **state)
{
	struct rag_page_row row = {0};

	(void)state;
	assert_int_equal(rag_page_choose(&row, 0, 2, 5, 0), 0);
	row.score = 0.1;
	assert_int_equal(rag_page_choose(&row, 1, 1, 5, 0.2), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_query_crowds_out_another_that_has_likely_passages),
		cmocka_unit_test(an_unlikely_passage_takes_no_turn),
		cmocka_unit_test(what_is_below_the_threshold_goes_first),
		cmocka_unit_test(without_hits_the_page_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
