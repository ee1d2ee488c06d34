/* SPDX-License-Identifier: Apache-2.0 */
/* test_readers.c: one reader alone or many beside each other, and which were short of memory. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/readers.h"

enum { LONG_MS = 20000 };

static void
one_is_alone_or_many_are_beside_each_other(void **state)
{
	struct rag_readers readers;

	(void)state;
	rag_readers_init(&readers);
	assert_int_equal(rag_readers_enter(&readers, false, 0), 0);
	assert_int_equal(rag_readers_enter(&readers, false, 0), 0);
	assert_int_equal(rag_readers_enter(&readers, true, 0), BH_E_BUSY);
	rag_readers_leave(&readers);
	assert_int_equal(rag_readers_enter(&readers, true, 0), BH_E_BUSY);
	rag_readers_leave(&readers);
	assert_int_equal(rag_readers_enter(&readers, true, 0), 0);
	assert_int_equal(rag_readers_enter(&readers, false, 0), BH_E_BUSY);
	assert_int_equal(rag_readers_enter(&readers, true, 0), BH_E_BUSY);
	rag_readers_leave(&readers);
	assert_int_equal(rag_readers_enter(&readers, false, 0), 0);
	rag_readers_leave(&readers);
}

struct waiter {
	struct rag_readers *readers;
	bool alone;
	int rc;
};

static void *
wait_long(void *arg)
{
	struct waiter *waiter = arg;

	waiter->rc = rag_readers_enter(waiter->readers, waiter->alone, LONG_MS);
	if (waiter->rc == 0)
		rag_readers_leave(waiter->readers);
	return NULL;
}

static void
until_waiting(struct rag_readers *readers)
{
	bool waits = false;

	while (!waits) {
		pthread_mutex_lock(&readers->lock);
		waits = readers->waiting_alone > 0;
		pthread_mutex_unlock(&readers->lock);
	}
}

static void
who_wants_to_be_alone_comes_before_those_behind_it(void **state)
{
	struct rag_readers readers;
	struct waiter alone = {&readers, true, -1}, other = {&readers, false, -1};
	pthread_t threads[2];

	(void)state;
	rag_readers_init(&readers);
	assert_int_equal(rag_readers_enter(&readers, false, 0), 0);
	assert_int_equal(pthread_create(&threads[0], NULL, wait_long, &alone), 0);
	until_waiting(&readers);
	assert_int_equal(rag_readers_enter(&readers, false, 0), BH_E_BUSY);
	assert_int_equal(pthread_create(&threads[1], NULL, wait_long, &other), 0);
	rag_readers_leave(&readers);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_int_equal(alone.rc, 0);
	assert_int_equal(other.rc, 0);
}

static void
a_few_are_remembered(void **state)
{
	struct rag_readers readers;
	struct bh_uuid first = bh_uuid_new(), last = {0};

	(void)state;
	rag_readers_init(&readers);
	assert_false(rag_readers_was_short(&readers, &first));
	rag_readers_note(&readers, &first);
	rag_readers_note(&readers, &first);
	assert_true(rag_readers_was_short(&readers, &first));
	rag_readers_forget(&readers, &first);
	assert_false(rag_readers_was_short(&readers, &first));
	rag_readers_note(&readers, &first);
	for (int i = 0; i < RAG_SHORT_MOST; i++) {
		last = bh_uuid_new();
		rag_readers_note(&readers, &last);
	}
	assert_false(rag_readers_was_short(&readers, &first));
	assert_true(rag_readers_was_short(&readers, &last));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_is_alone_or_many_are_beside_each_other),
		cmocka_unit_test(who_wants_to_be_alone_comes_before_those_behind_it),
		cmocka_unit_test(a_few_are_remembered),
	};

	return cmocka_run_group_tests_name("rag_readers", tests, NULL, NULL);
}
