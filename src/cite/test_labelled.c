/* SPDX-License-Identifier: Apache-2.0 */
/* test_labelled.c: the labelled sentences are judged no worse than they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "cite/testing_labelled.h"

/* What words alone reach, rounded down: raise it when the decision gets better. */
static const struct {
	const char *language;
	double precision, recall;
} reached[] = {
	{"en", 0.88, 0.92},
	{"de", 0.89, 0.69},
};

static void
precision_and_recall_are_what_they_were(void **state)
{
	struct bh_arena arena = {0};
	size_t n;
	struct labelled *list = labelled_read(&arena, LABELLED_FILE, &n);

	(void)state;
	for (size_t i = 0; i < BH_COUNT(reached); i++) {
		size_t right = 0, cited = 0, supported = 0;
		double precision, recall;

		for (size_t j = 0; j < n; j++) {
			bool cites = list[j].support.verdict == BH_SUPPORTED;

			if (strcmp(list[j].language, reached[i].language) != 0)
				continue;
			right += cites && list[j].supported;
			cited += cites;
			supported += list[j].supported;
		}
		precision = (double)right / (double)cited;
		recall = (double)right / (double)supported;
		if (precision < reached[i].precision || recall < reached[i].recall)
			print_error("%s: precision %.3f, recall %.3f\n", reached[i].language, precision,
				recall);
		assert_true(precision >= reached[i].precision && recall >= reached[i].recall);
	}
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(precision_and_recall_are_what_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
