/* SPDX-License-Identifier: Apache-2.0 */
/* test_s3_sign.c: signatures against Amazon's published examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "object/s3_sign.h"

#define NOON_MS INT64_C(1369353600000) /* 2013-05-24T00:00:00Z */

static const struct s3_signer signer = {.id = "AKIAIOSFODNN7EXAMPLE",
	.secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	.region = "us-east-1",
	.service = "s3"};

static void
signs(const struct s3_signing *signing, const char *signature)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	s3_sign(signing, &text);
	assert_non_null(strstr(bh_buf_string(&text),
		"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/"
		"20130524/us-east-1/s3/aws4_request,"));
	assert_string_equal(strstr(bh_buf_string(&text), "Signature=") + 10, signature);
}

static void
a_get_with_a_range_is_signed_as_published(void **state)
{
	const struct s3_pair headers[] = {{"host", "examplebucket.s3.amazonaws.com"},
		{"range", "bytes=0-9"}, {"x-amz-content-sha256", S3_EMPTY_HASH},
		{"x-amz-date", "20130524T000000Z"}};

	(void)state;
	signs(&(struct s3_signing){&signer, NOON_MS, "GET", "/test.txt", NULL, 0, BH_LIST(headers),
			  S3_EMPTY_HASH},
		"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

static void
a_listing_is_signed_as_published(void **state)
{
	const struct s3_pair params[] = {{"max-keys", "2"}, {"prefix", "J"}};
	const struct s3_pair headers[] = {{"host", "examplebucket.s3.amazonaws.com"},
		{"x-amz-content-sha256", S3_EMPTY_HASH}, {"x-amz-date", "20130524T000000Z"}};

	(void)state;
	signs(&(struct s3_signing){&signer, NOON_MS, "GET", "/", BH_LIST(params), BH_LIST(headers),
			  S3_EMPTY_HASH},
		"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void
a_url_is_signed_as_published(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct s3_pair headers[] = {{"host", "examplebucket.s3.amazonaws.com"}};

	(void)state;
	s3_sign_url(&(struct s3_signing){&signer, NOON_MS, "GET", "/test.txt", NULL, 0,
					BH_LIST(headers), NULL},
		86400, &text);
	assert_string_equal(bh_buf_string(&text),
		"X-Amz-Algorithm=AWS4-HMAC-SHA256"
		"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
		"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

static void
a_query_is_escaped(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct s3_pair params[] = {{"a b", "c/d+e"}, {"uploads", ""}};

	(void)state;
	s3_query(&text, BH_LIST(params));
	assert_string_equal(bh_buf_string(&text), "a%20b=c%2Fd%2Be&uploads=");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_get_with_a_range_is_signed_as_published),
		cmocka_unit_test(a_listing_is_signed_as_published),
		cmocka_unit_test(a_url_is_signed_as_published),
		cmocka_unit_test(a_query_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
