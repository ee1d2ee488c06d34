/* SPDX-License-Identifier: Apache-2.0 */
/* test_notice.c: what notices say, how they are signed and when they are tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "billing/notice.h"
#include "service/webhook.h"

static struct bh_arena arena;

static const struct billing_notice crossing = {
	.id.bytes = {[15] = 1},
	.owner.bytes = {[15] = 2},
	.owner_kind = "key",
	.span = "day",
	.percent = 80,
	.limit = 1000000000,
	.spent = 850000000,
	.crossed_ms = 1764421200000,
};

static void
the_body_says_whose_limit_it_is_and_how_much_is_spent(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	const struct bh_uuid tenant = {.bytes = {[15] = 3}};

	(void)state;
	billing_notice_json(&crossing, &tenant, "EUR", &out);
	assert_string_equal(bh_buf_string(&out),
		"{\"type\":\"budget.threshold_crossed\",\"timestamp\":\"2025-11-29T13:00:00.000Z\","
		"\"data\":{"
		"\"id\":\"00000000-0000-0000-0000-000000000001\","
		"\"tenant_id\":\"00000000-0000-0000-0000-000000000003\",\"owner_kind\":\"key\","
		"\"owner_id\":\"00000000-0000-0000-0000-000000000002\",\"span\":\"day\",\"percent\":80,"
		"\"limit\":\"1\",\"spent\":\"0.85\",\"currency\":\"EUR\"}}");
}

static void
people_read_a_sentence(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf subject = {0}, text = {0};

	(void)state;
	billing_notice_subject(&crossing, &subject);
	billing_notice_text(&crossing, "EUR", &text);
	assert_string_equal(bh_buf_string(&subject), "80 % of a daily budget is spent");
	assert_non_null(strstr(bh_buf_string(&text), "0.85 EUR of 1 EUR are spent"));
}

/* Held against HMAC-SHA256 as another library computes it. */
static void
a_signature_is_over_id_time_and_body(void **state)
{
	uint8_t secret[BH_WEBHOOK_SECRET];
	struct bh_buf body = {0};
	BH_AUTO(bh_buf_close) struct bh_buf one = {0};
	char shown[BH_WEBHOOK_SHOWN];
	size_t first;

	(void)state;
	memset(secret, 7, sizeof(secret));
	bh_buf_text(&body, "{\"test\": 2432232314}");
	bh_webhook_show(secret, shown);
	assert_string_equal(shown, "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
	bh_webhook_sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, &body, &one);
	assert_string_equal(bh_buf_string(&one), "v1,YO/ulmd+VFtlnbodv7yLOOsS6RlBZ48h++gXZrGOpZo=");
	first = one.len;
	bh_webhook_sign(secret, "other", 1614265330, &body, &one);
	assert_int_equal(one.data[first], ' ');
	assert_memory_equal(one.data + first + 1, "v1,", 3);
	bh_buf_close(&body);
}

static void
an_address_is_https_without_user_and_fragment(void **state)
{
	static const char *const good[] = {"https://a.example/h?x=1", "https://a.example:8443?x",
		"https://a.example", "HTTPS://A.example/"};
	static const char *const bad[] = {"http://a.example/", "https://", "https://a:b@c.example/",
		"https://a.example/#x", "https://a.example/ b", "https://a.example/\r\nx", "ftp://a", "",
		"https://a.example:99999/", "https:///x"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(good); i++) {
		if (bh_webhook_url_check(&arena, good[i]) < 0)
			fail_msg("%s was refused", good[i]);
	}
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		if (bh_webhook_url_check(&arena, bad[i]) != BH_E_INVALID)
			fail_msg("%s was taken", bad[i]);
	}
}

static void
the_waits_grow_and_fill_three_days(void **state)
{
	int64_t total = 0, last = 0;
	int attempts = 0;

	(void)state;
	while (total < BILLING_NOTICE_MS) {
		int64_t wait = bh_webhook_wait_ms(++attempts);

		assert_true(wait >= last && wait <= 43200000);
		last = wait;
		total += wait;
	}
	assert_in_range(attempts, 10, 16);
	assert_int_equal(bh_webhook_wait_ms(1), 30000);
}

static int
tear_down(void **state)
{
	(void)state;
	bh_arena_close(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_body_says_whose_limit_it_is_and_how_much_is_spent),
		cmocka_unit_test(people_read_a_sentence),
		cmocka_unit_test(a_signature_is_over_id_time_and_body),
		cmocka_unit_test(an_address_is_https_without_user_and_fragment),
		cmocka_unit_test(the_waits_grow_and_fill_three_days),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
