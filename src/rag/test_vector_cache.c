/* SPDX-License-Identifier: Apache-2.0 */
/* test_vector_cache.c: what is kept, for whom, and what gives way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "rag/vector_cache.h"

static const struct bh_uuid acme = {{1}}, other = {{2}};

static void
a_vector_is_found_by_its_own_tenant_model_and_text_only(void **state)
{
	struct bh_arena arena = {0};
	struct rag_vector_cache *cache;
	const float floats[] = {0.25f, 0.5f};
	struct bh_floats found = {0};

	(void)state;
	assert_int_equal(rag_vector_cache_new(64, 1000, &cache), 0);
	rag_vector_cache_keep(cache, &acme, "m", "query", 0, (struct bh_floats){floats, 2});

	assert_true(rag_vector_cache_find(cache, &acme, "m", "query", 5, &arena, &found));
	assert_int_equal(found.count, 2);
	assert_true(found.data[1] > 0.49f && found.data[1] < 0.51f);
	assert_false(rag_vector_cache_find(cache, &other, "m", "query", 5, &arena, &found));
	assert_false(rag_vector_cache_find(cache, &acme, "n", "query", 5, &arena, &found));
	assert_false(rag_vector_cache_find(cache, &acme, "m", "queries", 5, &arena, &found));
	rag_vector_cache_free(cache);
	bh_arena_close(&arena);
}

static void
the_least_recently_used_gives_way(void **state)
{
	struct bh_arena arena = {0};
	struct rag_vector_cache *cache;
	const float floats[] = {1};
	struct bh_floats found = {0};
	char text[16];

	(void)state;
	assert_int_equal(rag_vector_cache_new(8, 1000, &cache), 0);
	for (int i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "q%d", i);
		rag_vector_cache_keep(cache, &acme, "m", text, 0, (struct bh_floats){floats, 1});
	}
	assert_true(rag_vector_cache_find(cache, &acme, "m", "q0", 5, &arena, &found));
	rag_vector_cache_keep(cache, &acme, "m", "new", 0, (struct bh_floats){floats, 1});

	assert_true(rag_vector_cache_find(cache, &acme, "m", "q0", 5, &arena, &found));
	assert_false(rag_vector_cache_find(cache, &acme, "m", "q1", 5, &arena, &found));
	assert_true(rag_vector_cache_find(cache, &acme, "m", "new", 5, &arena, &found));
	rag_vector_cache_free(cache);
	bh_arena_close(&arena);
}

static void
a_flood_of_one_tenant_leaves_the_others_half(void **state)
{
	struct bh_arena arena = {0};
	struct rag_vector_cache *cache;
	const float floats[] = {1};
	struct bh_floats found = {0};
	char text[16];

	(void)state;
	assert_int_equal(rag_vector_cache_new(8, 1000, &cache), 0);
	for (int i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "q%d", i);
		rag_vector_cache_keep(cache, &other, "m", text, 0, (struct bh_floats){floats, 1});
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "q%d", i);
		rag_vector_cache_keep(cache, &acme, "m", text, 0, (struct bh_floats){floats, 1});
	}
	for (int i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "q%d", i);
		assert_true(rag_vector_cache_find(cache, &other, "m", text, 5, &arena, &found));
	}
	rag_vector_cache_free(cache);
	bh_arena_close(&arena);
}

static void
a_vector_is_used_for_its_time(void **state)
{
	struct bh_arena arena = {0};
	struct rag_vector_cache *cache;
	const float floats[] = {1};
	struct bh_floats found = {0};

	(void)state;
	assert_int_equal(rag_vector_cache_new(8, 1000, &cache), 0);
	rag_vector_cache_keep(cache, &acme, "m", "q", 50, (struct bh_floats){floats, 1});
	assert_true(rag_vector_cache_find(cache, &acme, "m", "q", 1049, &arena, &found));
	assert_false(rag_vector_cache_find(cache, &acme, "m", "q", 1050, &arena, &found));
	rag_vector_cache_keep(cache, &acme, "m", "q", 1050, (struct bh_floats){floats, 1});
	assert_true(rag_vector_cache_find(cache, &acme, "m", "q", 1051, &arena, &found));
	rag_vector_cache_free(cache);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vector_is_found_by_its_own_tenant_model_and_text_only),
		cmocka_unit_test(the_least_recently_used_gives_way),
		cmocka_unit_test(a_flood_of_one_tenant_leaves_the_others_half),
		cmocka_unit_test(a_vector_is_used_for_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
