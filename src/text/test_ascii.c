/* SPDX-License-Identifier: Apache-2.0 */
/* test_ascii.c: characters read as the rest of text/ spells them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "text/ascii.h"
#include "text/clean.h"
#include "text/fold.h"

/* Letters that are no ASCII are one wherever several stand together. */
static void
add(struct bh_buf *out, char c)
{
	if (c != BH_ASCII_OTHER || out->len == 0 || out->data[out->len - 1] != BH_ASCII_OTHER)
		bh_buf_char(out, c);
}

static const char *
read(const char *text, size_t len)
{
	static struct bh_buf out;

	bh_buf_reset(&out);
	for (size_t at = 0; at < len;) {
		const char *piece = NULL;
		size_t n = 0, before = at;

		assert_int_equal(bh_ascii_next(text, len, &at, &piece, &n), 0);
		assert_true(at > before && at <= len);
		for (size_t i = 0; i < n; i++)
			add(&out, piece[i]);
	}
	return bh_buf_string(&out);
}

static void
case_accents_marks_and_forms_are_no_difference(void **state)
{
	static const char *const pairs[][2] = {
		{"Kill", "kill"},
		{"K\xc3\xac"
		 "LL",
			"kill"},
		{"ki\xcc\x80ll", "kill"},
		{"k\xc2\xadi\xe2\x80\x8bll", "kill"},
		{"\xef\xbd\x8b\xef\xbd\x89\xef\xbd\x8c\xef\xbd\x8c", "kill"},
		{"\xf0\x9d\x90\xa4\xf0\x9d\x91\x96ll", "kill"},
		{"i'll,\tgo", "i ll  go"},
		{"Stra\xc3\x9f"
		 "e 7",
			"strasse 7"},
		{"\xd9\xa3\xe2\x91\xa0", "31"},
		{"a\xe5\xad\x97\xe5\xad\x97z", "a\x7fz"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		assert_string_equal(read(pairs[i][0], strlen(pairs[i][0])), pairs[i][1]);
}

static size_t
encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3f));
	out[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

static const char *
spelled(const char *text, size_t len)
{
	static struct bh_buf out;
	struct bh_buf folded = {0}, bare = {0};
	struct bh_arena arena = {0};
	struct bh_clean clean = {0};

	bh_buf_reset(&out);
	assert_int_equal(bh_clean_text(&arena, text, len, &clean), 0);
	assert_int_equal(bh_clean_fold(clean.points, clean.n, &folded), 0);
	assert_int_equal(bh_fold(BH_FOLD_BARE, bh_buf_string(&folded), folded.len, &bare), 0);
	for (size_t i = 0; i < bare.len; i++) {
		unsigned char c = (unsigned char)bare.data[i];

		if (c >= 0x80)
			add(&out, BH_ASCII_OTHER);
		else
			add(&out, (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? (char)c : ' ');
	}
	bh_buf_close(&folded);
	bh_buf_close(&bare);
	bh_arena_close(&arena);
	return bh_buf_string(&out);
}

static void
every_character_reads_as_it_is_spelled_alone(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0xffff; c++) {
		char text[4];
		size_t len;

		/* Between the Roman numerals and the ligatures little becomes ASCII; surrogates are no characters. */
		if (c == 0x3400)
			c = 0xf900;
		len = encode(c, text);
		assert_string_equal(read(text, len), spelled(text, len));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_accents_marks_and_forms_are_no_difference),
		cmocka_unit_test(every_character_reads_as_it_is_spelled_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
