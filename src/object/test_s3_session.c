/* SPDX-License-Identifier: Apache-2.0 */
/* test_s3_session.c: what a tenant's session may do, and what is accepted as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "json/json.h"
#include "object/s3.h"

static char bucket[] = "a-bucket-whose-name-has-the-longest-form-that-there-can-be-0123";
static char partition[] = "aws-us-gov";
static const struct s3_store store = {.bucket = bucket, .partition = partition};

#define ANSWER(id, secret, token, until) \
	"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>" \
	"<Credentials><AccessKeyId>" id "</AccessKeyId><SecretAccessKey>" secret "</SecretAccessKey>" \
	"<SessionToken>" token "</SessionToken><Expiration>" until "</Expiration></Credentials>" \
	"</AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>" \
	"</AssumeRoleResponse>"

#define ANSWER_WITHOUT_TOKEN \
	"<R><Credentials><AccessKeyId>I</AccessKeyId><SecretAccessKey>S</SecretAccessKey>" \
	"</Credentials></R>"

static void
the_policy_names_the_tenants_prefix_only(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_uuid tenant;
	const char *at;
	size_t named = 0;

	(void)state;
	assert_int_equal(bh_uuid_parse("0190a0b0-c0d0-7e0f-8000-000000000001", &tenant), 0);
	s3_session_policy(&store, &tenant, &text);
	assert_true(text.len <= 2048);
	assert_int_equal(bh_json_parse(text.data, text.len, &doc), 0);
	for (at = bh_buf_string(&text); (at = strstr(at, "0190a0b0c0d07e0f8000000000000001/*")) != NULL;
		 at++)
		named++;
	assert_int_equal(named, 2);
	assert_non_null(strstr(bh_buf_string(&text),
		"\"arn:aws-us-gov:s3:::a-bucket-whose-name-has-the-longest-form-that-there-can-be-0123/"
		"0190a0b0c0d07e0f8000000000000001/*\""));
	assert_null(strstr(bh_buf_string(&text), "s3:*"));
}

static void
the_policy_without_a_tenant_allows_no_object(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};

	(void)state;
	s3_session_policy(&store, NULL, &text);
	assert_int_equal(bh_json_parse(text.data, text.len, &doc), 0);
	assert_null(strstr(bh_buf_string(&text), "Object"));
	assert_null(strstr(bh_buf_string(&text), "/"));
}

static int
parse(const char *text, int64_t now_ms, struct s3_session *out, int64_t *out_life_s)
{
	return s3_session_parse(text, strlen(text), now_ms, out, out_life_s);
}

static void
the_stores_clock_says_how_long_a_session_lasts(void **state)
{
	struct s3_session session = {0};
	int64_t life_s = -1;
	int64_t now_ms = s3_time_http("Sun, 29 Nov 2026 07:41:21 GMT");

	(void)state;
	assert_int_equal(now_ms, INT64_C(1795938081000));
	assert_int_equal(parse(ANSWER("ID", "SECRET", "TOKEN", "2026-11-29T08:41:21.123Z"), now_ms,
						 &session, &life_s),
		0);
	assert_int_equal(life_s, 3600);
	assert_string_equal(session.id, "ID");
	assert_string_equal(session.secret, "SECRET");
	assert_string_equal(session.token, "TOKEN");
	assert_int_equal(parse(ANSWER("ID", "SECRET", "TOKEN", "soon"), now_ms, &session, &life_s), 0);
	assert_int_equal(life_s, 0);
	s3_session_close(&session);
	assert_string_equal(session.secret, "");
}

static void
half_a_session_is_refused(void **state)
{
	static const char *const texts[] = {ANSWER("", "S", "T", ""), ANSWER("I", "", "T", ""),
		ANSWER("I", "S", "", ""), ANSWER("I", "S", "a b", ""), ANSWER("I\n", "S", "T", ""),
		"<AssumeRoleResponse/>", "<Credentials/>", "{}", ANSWER_WITHOUT_TOKEN};
	struct s3_session session = {0};
	int64_t life_s = 7;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		assert_int_equal(parse(texts[i], 0, &session, &life_s), BH_E_PROTOCOL);
	assert_int_equal(life_s, 7);
	assert_string_equal(session.id, "");
}

static void
times_are_read_strictly(void **state)
{
	(void)state;
	assert_int_equal(s3_time_iso("1970-01-02T00:00:00Z"), 86400000);
	assert_int_equal(s3_time_iso("1970-01-02T00:00:00"), 0);
	assert_int_equal(s3_time_iso("1970-01-02T00:00:00+01:00"), 0);
	assert_int_equal(s3_time_iso("x"), 0);
	assert_int_equal(s3_time_http("Sun, 29 Nov 2026 07:41:21 GMTx"), 0);
	assert_int_equal(s3_time_http(""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_policy_names_the_tenants_prefix_only),
		cmocka_unit_test(the_policy_without_a_tenant_allows_no_object),
		cmocka_unit_test(the_stores_clock_says_how_long_a_session_lasts),
		cmocka_unit_test(half_a_session_is_refused),
		cmocka_unit_test(times_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
