/* SPDX-License-Identifier: Apache-2.0 */
/* test_wire.c: binary values that a server should never send are refused, not read past. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/wire.h"

static struct bh_arena arena;

static int
group_close(void **state)
{
	(void)state;
	bh_arena_close(&arena);
	return 0;
}

/* Decodes bytes that lie at the end of their own allocation, so that ASan sees a read past them. */
static int
decode(enum bh_column_type type, void *out, unsigned oid, const char *bytes, size_t len)
{
	struct bh_buf exact = {0};
	int rc;

	bh_buf_add(&exact, bytes, len);
	rc = bh_wire_decode(type, oid, "c", exact.data != NULL ? exact.data : "", len, &arena, out);
	bh_buf_close(&exact);
	return rc;
}

static void
lengths_that_do_not_fit_are_refused(void **state)
{
	struct bh_uuid id;
	int64_t number;
	bool yes;
	double real;

	(void)state;
	assert_int_equal(decode(BH_COLUMN_UUID, &id, BH_OID_UUID, "123", 3), BH_E_DB);
	assert_int_equal(decode(BH_COLUMN_INT, &number, BH_OID_INT8, "123", 3), BH_E_DB);
	assert_int_equal(decode(BH_COLUMN_BOOL, &yes, BH_OID_BOOL, "", 0), BH_E_DB);
	assert_int_equal(decode(BH_COLUMN_DOUBLE, &real, BH_OID_FLOAT8, "12", 2), BH_E_DB);
	assert_int_equal(decode(BH_COLUMN_INT, &number, BH_OID_TIMESTAMPTZ, "1234", 4), BH_E_DB);
}

static void
jsonb_of_an_unknown_version_is_refused(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(decode(BH_COLUMN_TEXT, &text, BH_OID_JSONB, "\x02{}", 3), BH_E_DB);
	assert_int_equal(decode(BH_COLUMN_TEXT, &text, BH_OID_JSONB, "", 0), BH_E_DB);
	assert_int_equal(decode(BH_COLUMN_TEXT, &text, BH_OID_JSONB, "\x01{}", 3), 0);
	assert_string_equal(text, "{}");
}

static void
vectors_of_the_wrong_length_are_refused(void **state)
{
	struct bh_floats floats;
	const unsigned vector = BH_OID_FIRST_USER + 1;

	(void)state;
	assert_int_equal(decode(BH_COLUMN_FLOATS, &floats, vector, "\0\1\0", 3), BH_E_DB);
	assert_int_equal(decode(BH_COLUMN_FLOATS, &floats, vector, "\0\2\0\0abcd", 8), BH_E_DB);
	assert_int_equal(decode(BH_COLUMN_FLOATS, &floats, vector, "\0\1\0\1abcd", 8), BH_E_DB);
	assert_int_equal(decode(BH_COLUMN_FLOATS, &floats, vector, "\0\1\0\0\x3f\x80\0\0", 8), 0);
	assert_int_equal(floats.count, 1);
	assert_true(floats.data[0] == 1.0f);
}

static void
arrays_that_lie_about_their_length_are_refused(void **state)
{
	static const char one[] = "\0\0\0\1\0\0\0\0\0\0\2\xbc\0\0\0\1\0\0\0\1\0\0\0\4\x3f\x80\0\0";
	char bytes[sizeof(one) - 1];
	struct bh_floats floats;

	(void)state;
	assert_int_equal(decode(BH_COLUMN_FLOATS, &floats, BH_OID_FLOAT4_ARRAY, one, sizeof(bytes)), 0);
	for (size_t cut = 0; cut < sizeof(bytes); cut++)
		assert_int_equal(decode(BH_COLUMN_FLOATS, &floats, BH_OID_FLOAT4_ARRAY, one, cut), BH_E_DB);
	memcpy(bytes, one, sizeof(bytes));
	memset(bytes + 12, 0xff, 4); /* four billion elements */
	assert_int_equal(decode(BH_COLUMN_FLOATS, &floats, BH_OID_FLOAT4_ARRAY, bytes, sizeof(bytes)),
		BH_E_DB);
}

static void
times_round_down_on_both_sides_of_2000(void **state)
{
	int64_t time;

	(void)state;
	assert_int_equal(decode(BH_COLUMN_INT, &time, BH_OID_TIMESTAMPTZ,
						 "\xff\xff\xff\xff\xff\xff\xff\xff", 8),
		0);
	assert_int_equal(time, INT64_C(946684799999));
	assert_int_equal(decode(BH_COLUMN_INT, &time, BH_OID_TIMESTAMPTZ, "\0\0\0\0\0\0\3\xe9", 8), 0);
	assert_int_equal(time, INT64_C(946684800001));
}

static void
parameters_past_a_gigabyte_are_refused(void **state)
{
	struct bh_buf scratch = {0};
	struct bh_wire_params wire;
	const struct bh_param params[] = {bh_bytes_param("", 2000000000)};

	(void)state;
	assert_int_equal(bh_wire_encode(BH_LIST(params), &scratch, &wire), BH_E_TOO_LARGE);
	bh_buf_close(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_that_do_not_fit_are_refused),
		cmocka_unit_test(jsonb_of_an_unknown_version_is_refused),
		cmocka_unit_test(vectors_of_the_wrong_length_are_refused),
		cmocka_unit_test(arrays_that_lie_about_their_length_are_refused),
		cmocka_unit_test(times_round_down_on_both_sides_of_2000),
		cmocka_unit_test(parameters_past_a_gigabyte_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, group_close);
}
