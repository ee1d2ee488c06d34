/* SPDX-License-Identifier: Apache-2.0 */
/* test_terms.c: what a picture is found by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "multimodal/store_picture.h"
#include "multimodal/terms.h"

static struct bh_arena arena;

static size_t
terms_of(const struct bh_uuid *tenant, const char *text, const int64_t **out)
{
	const char *const texts[] = {NULL, text};
	size_t n = 0;

	assert_int_equal(multimodal_terms_of(&arena, tenant, texts, BH_COUNT(texts), out, &n), 0);
	return n;
}

/* How many words of the query a text has. */
static size_t
matches(const struct bh_uuid *tenant, const char *query, const char *text)
{
	struct multimodal_wanted_terms wanted;
	const int64_t *terms;
	size_t n = terms_of(tenant, text, &terms), found = 0;
	int64_t last = 0;

	assert_int_equal(multimodal_terms_of_query(&arena, tenant, query, &wanted), 0);
	for (size_t i = 0; i < wanted.n; i++)
		for (size_t j = 0; j < n; j++)
			if (terms[j] == wanted.terms[i] && wanted.groups[i] != last) {
				last = wanted.groups[i];
				found++;
			}
	assert_true(found <= wanted.n_groups);
	return found;
}

static void
words_are_found_in_other_forms(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	assert_int_equal(matches(&tenant, "Foxes", "a fox runs"), 1);
	assert_int_equal(matches(&tenant, "running foxes", "a fox runs"), 2);
	assert_int_equal(matches(&tenant, "INVOICE", "Invoice no. PPR-9087"), 1);
	assert_int_equal(matches(&tenant, "ppr-9087", "Invoice no. PPR-9087"), 1);
	assert_int_equal(matches(&tenant, "9087", "Invoice no. PPR-9087"), 1);
	assert_int_equal(matches(&tenant, "Rechnungen", "Rechnungen"), 1);
	assert_int_equal(matches(&tenant, "whale", "a fox runs"), 0);
	/* Function words are looked for where there is nothing else. */
	assert_int_equal(matches(&tenant, "a whale", "a fox runs"), 0);
	assert_int_equal(matches(&tenant, "a", "a fox runs"), 1);
}

static void
a_tenant_s_terms_are_nobody_else_s(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), other = bh_uuid_new();
	const int64_t *ours, *theirs;
	size_t n = terms_of(&tenant, "fox snow roof", &ours),
		   m = terms_of(&other, "fox snow roof", &theirs);

	(void)state;
	assert_true(n > 0 && n == m);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			assert_true(ours[i] != theirs[j]);
}

static void
each_is_there_once_and_no_more_than_the_most(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const int64_t *terms;
	size_t n;

	(void)state;
	for (int i = 0; i < 30000; i++)
		bh_buf_printf(&text, "w%d ", i % 50);
	n = terms_of(&tenant, bh_buf_string(&text), &terms);
	assert_in_range(n, 50, 150);
	for (size_t i = 1; i < n; i++)
		assert_true(terms[i - 1] < terms[i]);
	for (int i = 0; i < 3 * MULTIMODAL_TERMS_MAX; i++)
		bh_buf_printf(&text, "word%dx ", i);
	assert_int_equal(terms_of(&tenant, bh_buf_string(&text), &terms), MULTIMODAL_TERMS_MAX);
}

static void
a_query_without_words_looks_for_nothing(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct multimodal_wanted_terms wanted;

	(void)state;
	assert_int_equal(multimodal_terms_of_query(&arena, &tenant, "", &wanted), 0);
	assert_int_equal(wanted.n, 0);
	assert_int_equal(multimodal_terms_of_query(&arena, &tenant, " ?! ", &wanted), 0);
	assert_int_equal(wanted.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_found_in_other_forms),
		cmocka_unit_test(a_tenant_s_terms_are_nobody_else_s),
		cmocka_unit_test(each_is_there_once_and_no_more_than_the_most),
		cmocka_unit_test(a_query_without_words_looks_for_nothing),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	bh_arena_close(&arena);
	return failed;
}
