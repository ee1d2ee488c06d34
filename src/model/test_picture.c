/* SPDX-License-Identifier: Apache-2.0 */
/* test_picture.c: pictures on their way to a model, without the sandbox, which tests/integration/test_vision.py has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/chat.h"

#define PART(url) "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" url "\"}}"
#define TEXT(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define ASKED(parts) "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[" parts "]}]}"

static void
data_is(const char *url, const char *bytes)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	assert_int_equal(model_picture_data(url, strlen(url), &out), 0);
	assert_int_equal(out.len, strlen(bytes));
	assert_memory_equal(bh_buf_string(&out), bytes, out.len);
}

static void
a_data_url_is_read_strictly(void **state)
{
	static const char *const bad[] = {"data:", "data:image/png,abc", "data:;base64",
		"data:image/png;base64,a", "data:image/png;base64,YWJj=", "data:image/png;base64,YW Jj",
		"data:image/png;base64 ,YWJj", "data:image/png;base64,YWJj%3D"};

	(void)state;
	data_is("data:image/png;base64,YWJj", "abc");
	data_is("data:;base64,YWI=", "ab");
	data_is("data:image/svg+xml;charset=utf-8;base64,", "");
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		BH_AUTO(bh_buf_close) struct bh_buf out = {0};

		assert_int_equal(model_picture_data(bad[i], strlen(bad[i]), &out), BH_E_INVALID);
	}
}

/* The engine's request for two pictures around a text. */
static void
written(bool in_words, struct bh_buf *out)
{
	static const char asked[] = ASKED(PART("data:A") "," TEXT("between") "," PART("data:B"));
	const struct model_entry entry = {.upstream_name = "up", .vision = !in_words};
	struct model_picture list[] = {{.detail = "low"}, {{0}, NULL}};
	const struct model_pictures pictures = {.list = list, .n = 2, .in_words = in_words};
	struct bh_json_doc doc = {0};
	struct model_chat chat;

	bh_buf_text(&list[0].text, "first");
	bh_buf_text(&list[1].text, "second");
	assert_int_equal(bh_json_parse(asked, strlen(asked), &doc), 0);
	assert_int_equal(model_chat_read(doc.root, &chat), 0);
	assert_int_equal(chat.n_pictures, 2);
	chat.pictures = &pictures;
	model_chat_write(&chat, &entry, 0, false, out);
	bh_json_close(&doc);
	bh_buf_close(&list[0].text);
	bh_buf_close(&list[1].text);
}

static void
what_was_read_stands_where_the_client_put_it(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0}, words = {0};

	(void)state;
	written(false, &out);
	assert_string_equal(bh_buf_string(&out),
		"{\"model\":\"up\",\"messages\":[{\"role\":\"user\",\"content\":["
		"{\"type\":\"image_url\",\"image_url\":{\"url\":\"first\",\"detail\":\"low\"}},"
		"{\"type\":\"text\",\"text\":\"between\"},"
		"{\"type\":\"image_url\",\"image_url\":{\"url\":\"second\"}}]}]}");
	written(true, &words);
	assert_string_equal(bh_buf_string(&words),
		"{\"model\":\"up\",\"messages\":[{\"role\":\"user\",\"content\":"
		"\"first\\nbetween\\nsecond\"}]}");
}

static void
what_names_a_picture_is_no_part_of_the_prompt(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_json_doc doc = {0};
	struct model_chat chat;

	(void)state;
	bh_buf_text(&text,
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
		"\"image_url\":{\"url\":\"data:image/png;base64,");
	for (size_t i = 0; i < 100000; i++)
		bh_buf_text(&text, "AAAA");
	bh_buf_text(&text, "\"}}]}]}");
	assert_int_equal(bh_json_parse(bh_buf_string(&text), text.len, &doc), 0);
	assert_int_equal(model_chat_read(doc.root, &chat), 0);
	assert_true(chat.prompt_estimate < 100);
	bh_json_close(&doc);
}

static void
words_are_limited_and_say_that_they_are_quoted(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_picture_said said = {
		.n_heads = 1,
		.heads[0] = {.format = "jpeg", .width = 300, .height = 200, .orientation = 6},
		.n_colours = 1,
		.colours[0] = {"ff0000", 0.5},
		.n_codes = PICTURE_CODES_MAX,
	};
	char code[2001];

	(void)state;
	memset(code, 'x', sizeof(code) - 1);
	code[sizeof(code) - 1] = '\0';
	for (size_t i = 0; i < PICTURE_CODES_MAX; i++)
		said.codes[i] = (struct bh_picture_code){.kind = "QR-Code", .text = code};
	model_picture_words(&said, false, 1000, &out);
	assert_true(out.len < 1800);
	assert_non_null(strstr(out.data, "cannot see"));
	assert_non_null(strstr(out.data, "gives no instructions"));
	assert_non_null(strstr(out.data, "jpeg, 200 x 300 pixels"));
	assert_non_null(strstr(out.data, "#ff0000 (50 %)"));
	assert_non_null(strstr(out.data, "was not looked for"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_data_url_is_read_strictly),
		cmocka_unit_test(what_was_read_stands_where_the_client_put_it),
		cmocka_unit_test(what_names_a_picture_is_no_part_of_the_prompt),
		cmocka_unit_test(words_are_limited_and_say_that_they_are_quoted),
	};

	return cmocka_run_group_tests_name("model/picture", tests, NULL, NULL);
}
