/* SPDX-License-Identifier: Apache-2.0 */
/* test_events.c: what an event stream gives out, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "service/events.h"

static struct bh_events
events_of(const char *id)
{
	struct bh_request req = {.request_id = id};
	struct bh_events events;

	bh_events_init(&events, &req);
	return events;
}

static void
what_is_pending_is_given_in_pieces(void **state)
{
	struct bh_events events = events_of("0123456789abcdef0123456789abcdef");
	char out[4];

	(void)state;
	assert_string_equal(events.request_id, "0123456789abcdef0123456789abcdef");
	bh_buf_text(&events.pending, "abcdef");
	assert_int_equal(bh_events_give(&events, 0, out, sizeof(out)), 4);
	assert_memory_equal(out, "abcd", 4);
	/* What was written before a failure still goes out. */
	assert_int_equal(bh_events_give(&events, BH_E_STOPPING, out, sizeof(out)), 2);
	assert_memory_equal(out, "ef", 2);
	assert_int_equal(bh_events_give(&events, BH_E_STOPPING, out, sizeof(out)), -1);
	assert_int_equal(bh_events_give(&events, 0, out, sizeof(out)), 0);
	bh_events_close(&events);
}

static void
a_sign_of_life_comes_only_after_a_long_silence(void **state)
{
	struct bh_events events = events_of("");

	(void)state;
	bh_events_stay(&events);
	assert_int_equal(events.pending.len, 0);
	events.sent_ms -= 15000;
	bh_events_stay(&events);
	assert_string_equal(bh_buf_string(&events.pending), ": keep-alive\n\n");
	bh_events_close(&events);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_pending_is_given_in_pieces),
		cmocka_unit_test(a_sign_of_life_comes_only_after_a_long_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
