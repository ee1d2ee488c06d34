/* SPDX-License-Identifier: Apache-2.0 */
/* test_credential.c: proves that credentials round-trip and that nothing else is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "sec/credential.h"

static void
a_credential_names_its_tenant_and_row(void **state)
{
	const struct bh_uuid tenant = bh_uuid_new(), row = bh_uuid_new();

	(void)state;
	for (int kind = BH_CREDENTIAL_KEY; kind <= BH_CREDENTIAL_CONSOLE; kind++) {
		char text[BH_CREDENTIAL_TEXT];
		struct bh_digest hash;
		struct bh_credential found;

		bh_credential_make((enum bh_credential_kind)kind, &tenant, &row, text, &hash);
		assert_int_equal(strlen(text), BH_CREDENTIAL_TEXT - 1);
		assert_int_equal(bh_credential_parse(text, &found), 0);
		assert_int_equal(found.kind, kind);
		assert_true(bh_uuid_equal(&found.tenant, &tenant));
		assert_true(bh_uuid_equal(&found.row, &row));
		assert_true(bh_digest_equal(&found.hash, &hash));
	}
}

static void
the_extreme_ids_round_trip(void **state)
{
	struct bh_uuid zero = {0}, full;
	char text[BH_CREDENTIAL_TEXT];
	struct bh_digest hash;
	struct bh_credential found;

	(void)state;
	memset(&full, 0xff, sizeof(full));
	bh_credential_make(BH_CREDENTIAL_KEY, &zero, &full, text, &hash);
	assert_int_equal(bh_credential_parse(text, &found), 0);
	assert_true(bh_uuid_is_zero(&found.tenant));
	assert_true(bh_uuid_equal(&found.row, &full));
}

static void
two_credentials_of_a_row_differ(void **state)
{
	const struct bh_uuid tenant = bh_uuid_new(), row = bh_uuid_new();
	char a[BH_CREDENTIAL_TEXT], b[BH_CREDENTIAL_TEXT];
	struct bh_digest hash;

	(void)state;
	bh_credential_make(BH_CREDENTIAL_KEY, &tenant, &row, a, &hash);
	bh_credential_make(BH_CREDENTIAL_KEY, &tenant, &row, b, &hash);
	assert_string_not_equal(a, b);
}

static void
every_changed_character_is_noticed(void **state)
{
	const struct bh_uuid tenant = bh_uuid_new(), row = bh_uuid_new();
	char text[BH_CREDENTIAL_TEXT];
	struct bh_digest hash;
	struct bh_credential found;

	(void)state;
	bh_credential_make(BH_CREDENTIAL_KEY, &tenant, &row, text, &hash);
	for (size_t i = 0; i < BH_CREDENTIAL_TEXT - 1; i++) {
		char kept = text[i];

		text[i] = kept == 'x' ? 'y' : 'x';
		assert_int_equal(bh_credential_parse(text, &found), BH_E_UNAUTHENTICATED);
		text[i] = kept;
	}
	assert_int_equal(bh_credential_parse(text, &found), 0);
}

static void
other_lengths_are_refused(void **state)
{
	const struct bh_uuid tenant = bh_uuid_new(), row = bh_uuid_new();
	char text[BH_CREDENTIAL_TEXT + 1] = "";
	struct bh_digest hash;
	struct bh_credential found;

	(void)state;
	assert_int_equal(bh_credential_parse("", &found), BH_E_UNAUTHENTICATED);
	assert_int_equal(bh_credential_parse("bh_sk_", &found), BH_E_UNAUTHENTICATED);
	bh_credential_make(BH_CREDENTIAL_KEY, &tenant, &row, text, &hash);
	strcat(text, "0");
	assert_int_equal(bh_credential_parse(text, &found), BH_E_UNAUTHENTICATED);
}

static void
what_is_shown_starts_the_row_part(void **state)
{
	const struct bh_uuid tenant = bh_uuid_new(), row = bh_uuid_new();
	char text[BH_CREDENTIAL_TEXT], shown[BH_CREDENTIAL_SHOWN];
	struct bh_digest hash;

	(void)state;
	bh_credential_make(BH_CREDENTIAL_KEY, &tenant, &row, text, &hash);
	bh_credential_shown(&row, BH_CREDENTIAL_KEY, shown);
	assert_int_equal(strlen(shown), 16);
	assert_memory_equal(shown, "bh_sk_", 6);
	assert_memory_equal(shown + 6, text + 6 + 22, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_credential_names_its_tenant_and_row),
		cmocka_unit_test(the_extreme_ids_round_trip),
		cmocka_unit_test(two_credentials_of_a_row_differ),
		cmocka_unit_test(every_changed_character_is_noticed),
		cmocka_unit_test(other_lengths_are_refused),
		cmocka_unit_test(what_is_shown_starts_the_row_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
