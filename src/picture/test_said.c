/* SPDX-License-Identifier: Apache-2.0 */
/* test_said.c: lines of bulkhead-picture, right ones and those that it would only write once it was taken over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/error.h"
#include "picture/said.h"

#define BEGUN "{\"type\":\"begun\",\"protocol\":1}\n"
#define HEAD \
	"{\"type\":\"head\",\"format\":\"png\",\"mime\":\"image/png\",\"bytes\":70,\"width\":2," \
	"\"height\":3,\"frames\":1,\"bits\":8,\"colour\":\"rgb\",\"alpha\":false,\"orientation\":6," \
	"\"profile\":true}\n"
#define PICTURE(offset, bytes) \
	"{\"type\":\"picture\",\"offset\":" offset ",\"bytes\":" bytes \
	",\"format\":\"jpeg\",\"mime\":\"image/jpeg\",\"width\":3,\"height\":2,\"variant\":0," \
	"\"partial\":0,\"truncated\":false,\"test_backend\":false}\n"
#define WORD(text, line, block) \
	"{\"type\":\"word\",\"text\":\"" text "\",\"confidence\":90,\"box\":[1,2,3,4],\"line\":" line \
	",\"block\":" block "}\n"

struct fixture {
	struct bh_arena arena;
	struct bh_picture_said said;
};

static int
take(struct fixture *fix, const char *lines)
{
	fix->said.arena = &fix->arena;
	bh_buf_text(&fix->said.line, lines);
	return bh_picture_said_take(&fix->said, 0);
}

static void
end(struct fixture *fix)
{
	bh_picture_said_close(&fix->said);
	bh_arena_close(&fix->arena);
}

static void
what_it_says_is_read(void **state)
{
	struct fixture fix = {0};
	const struct bh_picture_said *said = &fix.said;
	struct bh_buf text = {0};

	(void)state;
	assert_int_equal(
		take(&fix,
			BEGUN HEAD "{\"type\":\"exif\",\"taken\":\"2026-05-01T12:30:00\",\"camera\":null,"
					   "\"lens\":null,\"exposure\":\"1/250\",\"aperture\":2.8,\"iso\":null,"
					   "\"focal_length\":null}\n"
					   "{\"type\":\"colours\",\"colours\":[{\"rgb\":\"ff0000\",\"share\":0.75}]}\n"
					   "{\"type\":\"hashes\",\"hashes\":[\"0123456789abcdef\",\"0\"]}\n"),
		BH_E_PROTOCOL);
	end(&fix);
	fix = (struct fixture){0};
	assert_int_equal(
		take(&fix,
			BEGUN HEAD "{\"type\":\"colours\",\"colours\":[{\"rgb\":\"ff0000\",\"share\":0.75}]}\n"
					   "{\"type\":\"blur\",\"sharpness\":0.5}\n" WORD("One", "0", "0") WORD("two",
						   "0", "0") WORD("three", "1", "0") WORD("four", "2",
						   "1") "{\"type\":\"text\",\"words\":4,\"confidence\":90,\"turned\":1.5,"
								"\"complete\":true}\n" PICTURE("0", "10")
									PICTURE("10", "5") "{\"type\":\"end\"}\n"),
		0);
	assert_true(said->ended);
	assert_string_equal(said->heads[0].mime, "image/png");
	assert_int_equal(said->heads[0].orientation, 6);
	assert_string_equal(said->colours[0].rgb, "ff0000");
	assert_int_equal(said->n_made, 2);
	assert_int_equal(said->output_bytes, 15);
	bh_picture_said_text(said, 100, &text);
	assert_string_equal(bh_buf_string(&text), "One two\nthree\n\nfour");
	bh_buf_reset(&text);
	bh_picture_said_text(said, 8, &text);
	assert_string_equal(bh_buf_string(&text), "One two");
	bh_buf_close(&text);
	end(&fix);
}

static void
a_refusal_names_its_input(void **state)
{
	struct fixture fix = {0};

	(void)state;
	assert_int_equal(take(&fix,
						 BEGUN "{\"type\":\"error\",\"code\":\"mask\",\"message\":\"Another "
							   "size.\",\"input\":2}\n"),
		0);
	assert_true(fix.said.refused);
	assert_string_equal(fix.said.failure_code, PICTURE_CODE_MASK);
	assert_int_equal(fix.said.failure_input, 2);
	end(&fix);
}

static void
what_it_would_not_say_is_refused(void **state)
{
	static const char *const wrong[] = {
		HEAD,
		BEGUN BEGUN,
		"{\"type\":\"begun\",\"protocol\":2}\n",
		BEGUN "no JSON\n",
		BEGUN "{\"type\":\"other\"}\n",
		BEGUN "{\"type\":\"end\"}\n{\"type\":\"end\"}\n",
		BEGUN PICTURE("1", "10"),
		BEGUN PICTURE("0", "0"),
		BEGUN PICTURE("0", "10") PICTURE("5", "10"),
		BEGUN PICTURE("0", "9223372036854775807") PICTURE("9223372036854775807", "1"),
		BEGUN "{\"type\":\"hashes\",\"hashes\":[\"0123456789abcdef\"]}\n",
		BEGUN "{\"type\":\"colours\",\"colours\":[{\"rgb\":\"FF0000\",\"share\":0.75}]}\n",
		BEGUN "{\"type\":\"blur\",\"sharpness\":1.5}\n",
		BEGUN "{\"type\":\"codes\",\"count\":1}\n",
		BEGUN "{\"type\":\"text\",\"words\":1,\"confidence\":1,\"turned\":0,\"complete\":true}\n",
		BEGUN "{\"type\":\"error\",\"code\":\"other\",\"message\":\"It.\"}\n",
		BEGUN "{\"type\":\"error\",\"code\":\"mask\",\"message\":\"It.\",\"input\":17}\n",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		struct fixture fix = {0};

		assert_int_equal(take(&fix, wrong[i]), BH_E_PROTOCOL);
		end(&fix);
	}
}

static void
it_makes_no_more_pictures_and_heads_than_can_be_asked_for(void **state)
{
	struct fixture fix = {0};
	char picture[512];
	int rc;

	(void)state;
	assert_int_equal(take(&fix, BEGUN), 0);
	for (int i = 0; i < BH_PICTURE_HEADS_MAX; i++)
		assert_int_equal(take(&fix, HEAD), 0);
	rc = take(&fix, HEAD);
	assert_int_equal(rc, BH_E_PROTOCOL);
	end(&fix);
	fix = (struct fixture){0};
	assert_int_equal(take(&fix, BEGUN), 0);
	for (int i = 0; i <= BH_PICTURE_MADE_MAX; i++) {
		snprintf(picture, sizeof(picture),
			"{\"type\":\"picture\",\"offset\":%d,\"bytes\":1,\"format\":\"png\",\"mime\":\"image/"
			"png\",\"width\":3,\"height\":2,\"variant\":0,\"partial\":0,\"truncated\":false,"
			"\"test_backend\":true}\n",
			i);
		rc = take(&fix, picture);
		assert_int_equal(rc, i < BH_PICTURE_MADE_MAX ? 0 : BH_E_PROTOCOL);
	}
	end(&fix);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_says_is_read),
		cmocka_unit_test(a_refusal_names_its_input),
		cmocka_unit_test(what_it_would_not_say_is_refused),
		cmocka_unit_test(it_makes_no_more_pictures_and_heads_than_can_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
