/* SPDX-License-Identifier: Apache-2.0 */
/* test_patterns.c: what is taken for a secret or for data of a person, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "finetune/patterns.h"

static const struct {
	const char *text;
	unsigned found;
} rows[] = {
	{"", 0},
	{"Nothing of that kind, 1234 5678, @home, a@b", 0},
	{"write to jane.doe+x@example.org.", FINETUNE_EMAIL},
	{"a @ b.example", 0},
	{"jane@example. Next", 0},
	{"pay with 4111 1111 1111 1111 today", FINETUNE_CARD},
	{"4111-1111-1111-1112", 0},
	{"order 12345678901234567890123", 0},
	{"to DE89 3704 0044 0532 0130 00", FINETUNE_IBAN},
	{"to DE88 3704 0044 0532 0130 00", 0},
	{"-----BEGIN RSA PRIVATE KEY-----\nMII", FINETUNE_PRIVATE_KEY},
	{"-----BEGIN CERTIFICATE-----\nMII", 0},
	{"key=sk-abcdefghijklmnopqrstuvwx", FINETUNE_TOKEN},
	{"ask-abcdefghijklmnopqrstuvwxyz", 0},
	{"AKIAIOSFODNN7EXAMPLE", FINETUNE_TOKEN},
};

static void
each_text_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		if (finetune_patterns(rows[i].text, strlen(rows[i].text)) != rows[i].found)
			print_message("%s\n", rows[i].text);
		assert_int_equal(finetune_patterns(rows[i].text, strlen(rows[i].text)), rows[i].found);
	}
}

static void
a_long_text_takes_one_pass(void **state)
{
	static char text[1 << 20];

	(void)state;
	memset(text, '1', sizeof(text));
	assert_int_equal(finetune_patterns(text, sizeof(text)), 0);
	memset(text, '@', sizeof(text));
	assert_int_equal(finetune_patterns(text, sizeof(text)), 0);
}

static void
each_has_a_name(void **state)
{
	(void)state;
	for (unsigned bit = 1; bit <= FINETUNE_IBAN; bit <<= 1)
		assert_true(finetune_pattern_name((enum finetune_pattern)bit)[0] != '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_text_is_judged),
		cmocka_unit_test(a_long_text_takes_one_pass),
		cmocka_unit_test(each_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
