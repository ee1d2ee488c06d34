/* SPDX-License-Identifier: Apache-2.0 */
/* test_busiest.c: the busiest tenants of a minute are told in the next one, and no more than a few. */
#include "service/busiest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE BH_BUSIEST_MS

static struct bh_uuid
tenant(unsigned n)
{
	struct bh_uuid id = {{0}};

	id.bytes[0] = 0x11;
	id.bytes[14] = (uint8_t)(n >> 8);
	id.bytes[15] = (uint8_t)n;
	return id;
}

static void
count(struct bh_busiest *busiest, unsigned n, int64_t us, int64_t at_ms)
{
	struct bh_uuid id = tenant(n);

	bh_busiest_count(busiest, &id, 200, us, at_ms);
}

static size_t
lines(struct bh_busiest *busiest, int64_t at_ms, const char *with)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	size_t n = 0;

	bh_busiest_write(busiest, "hello", at_ms, &out);
	for (const char *at = bh_buf_string(&out); (at = strstr(at, with)) != NULL; at += strlen(with))
		n++;
	return n;
}

static void
a_minute_is_told_when_it_is_over_and_forgotten_after_the_next(void **state)
{
	struct bh_busiest busiest;
	static const char line[] =
		"\nbulkhead_service_tenant_requests{service=\"hello\",tenant=\"11000000-0000-0000-0000-"
		"000000000007\"} 2\n";

	(void)state;
	bh_busiest_init(&busiest);
	count(&busiest, 7, 1000, 10 * MINUTE);
	count(&busiest, 7, 1000, 10 * MINUTE + 5);
	assert_int_equal(lines(&busiest, 10 * MINUTE + 6, "tenant=\""), 0);
	assert_int_equal(lines(&busiest, 11 * MINUTE, line), 1);
	assert_int_equal(lines(&busiest, 12 * MINUTE, "tenant=\""), 0);
	bh_busiest_close(&busiest);
}

static void
however_many_there_are_only_the_busiest_are_told(void **state)
{
	struct bh_busiest busiest;

	(void)state;
	bh_busiest_init(&busiest);
	for (unsigned i = 0; i < 1000; i++)
		count(&busiest, i, 10, MINUTE);
	for (int i = 0; i < 5; i++)
		count(&busiest, 2000, 1000000, MINUTE);
	assert_int_equal(lines(&busiest, 2 * MINUTE, "_tenant_requests{"), BH_BUSIEST_TOLD);
	assert_int_equal(lines(&busiest, 2 * MINUTE, "0000000007d0\""), 3);
	bh_busiest_close(&busiest);
}

static void
failures_are_counted_apart(void **state)
{
	struct bh_busiest busiest;
	struct bh_uuid id = tenant(1);

	(void)state;
	bh_busiest_init(&busiest);
	bh_busiest_count(&busiest, &id, 503, 10, MINUTE);
	bh_busiest_count(&busiest, &id, 404, 10, MINUTE);
	assert_int_equal(lines(&busiest, 2 * MINUTE,
						 "_tenant_requests{service=\"hello\",tenant=\"11000000-0000-0000-0000-"
						 "000000000001\"} 2\n"),
		1);
	assert_int_equal(lines(&busiest, 2 * MINUTE,
						 "_tenant_failures{service=\"hello\",tenant=\"11000000-0000-0000-0000-"
						 "000000000001\"} 1\n"),
		1);
	bh_busiest_close(&busiest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_minute_is_told_when_it_is_over_and_forgotten_after_the_next),
		cmocka_unit_test(however_many_there_are_only_the_busiest_are_told),
		cmocka_unit_test(failures_are_counted_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
