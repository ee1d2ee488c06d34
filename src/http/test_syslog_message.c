/* SPDX-License-Identifier: Apache-2.0 */
/* test_syslog_message.c: a message as RFC 5424 has it: nothing in it can become another field, or another message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "http/syslog_message.h"

#define ORIGIN "[origin software=\"bulkhead\" swVersion=\"" BH_VERSION "\"]"

static struct bh_buf frame;

static int
empty(void **state)
{
	(void)state;
	bh_buf_close(&frame);
	return 0;
}

/* The message behind the length, which is checked. */
static const char *
write_message(struct bh_syslog_message message, const char *json)
{
	const char *text;
	unsigned long len;
	char *end;

	message.time_ms = 1764421200123;
	message.json = json;
	message.json_len = strlen(json);
	bh_buf_reset(&frame);
	bh_syslog_frame(&message, &frame);
	len = strtoul(frame.data, &end, 10);
	assert_int_equal(*end, ' ');
	assert_int_equal(len, strlen(end + 1));
	text = end + 1;
	for (const char *c = text; *c != '\0'; c++)
		assert_true(*c >= ' ' && *c <= '~');
	return text;
}

static void
a_message_has_the_fields_of_the_rfc(void **state)
{
	const struct bh_syslog_message message = {.severity = BH_SYSLOG_INFO,
		.host = "node-1",
		.id = "file.get"};

	(void)state;
	assert_string_equal(write_message(message, "{\"a\":1}"),
		"<110>1 2025-11-29T13:00:00.123Z node-1 bulkhead - file.get " ORIGIN " {\"a\":1}");
}

static void
the_severity_is_part_of_the_priority(void **state)
{
	struct bh_syslog_message message = {.severity = BH_SYSLOG_ERROR, .host = "h", .id = "i"};

	(void)state;
	assert_memory_equal(write_message(message, "{}"), "<107>1 ", 7);
	message.severity = BH_SYSLOG_WARNING;
	assert_memory_equal(write_message(message, "{}"), "<108>1 ", 7);
}

static void
a_field_of_the_header_cannot_end_it(void **state)
{
	const struct bh_syslog_message message = {.severity = BH_SYSLOG_INFO,
		.host = "a b\n\xc3\xa9",
		.id = "an action]\x7f of more bytes than thirty-two"};

	(void)state;
	assert_non_null(strstr(write_message(message, "{}"),
		"Z a_b___ bulkhead - an_action]__of_more_bytes_than_t"
		" [origin"));
	assert_non_null(strstr(write_message((struct bh_syslog_message){.host = "", .id = ""}, "{}"),
		"Z - bulkhead - - ["));
}

static void
a_host_is_cut_where_the_rfc_says(void **state)
{
	char host[300];
	const struct bh_syslog_message message = {.host = host, .id = "i"};
	const char *at;

	(void)state;
	memset(host, 'h', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	at = strchr(write_message(message, "{}"), 'h');
	assert_non_null(at);
	assert_int_equal(strspn(at, "h"), 255);
}

static void
structured_data_is_of_who_has_a_number(void **state)
{
	const struct bh_syslog_param params[] = {{"tenant", "a\"b\\c]d"}, {"position", "7"}};
	struct bh_syslog_message message = {.host = "h",
		.id = "i",
		.params = params,
		.n_params = BH_COUNT(params)};

	(void)state;
	assert_null(strstr(write_message(message, "{}"), "tenant"));
	message.enterprise = 4711;
	assert_non_null(strstr(write_message(message, "{}"),
		" " ORIGIN "[bulkhead@4711 tenant=\"a\\\"b\\\\c\\]d\" position=\"7\"] {}"));
}

static void
json_is_ascii(void **state)
{
	const struct bh_syslog_message message = {.host = "h", .id = "i"};
	static const struct {
		const char *json, *sent;
	} cases[] = {
		{"{\"a\":\"caf\xc3\xa9\"}", "] {\"a\":\"caf\\u00e9\"}"},
		{"\"\xe2\x82\xac\"", "] \"\\u20ac\""},
		{"\"\xf0\x9f\x98\x80!\"", "] \"\\ud83d\\ude00!\""},
		{"{\t\"a\":\n1}", "] { \"a\": 1}"},
		{"\"\x7f\"", "] \"\\u007f\""},
		/* not UTF-8, cut off, a surrogate */
		{"\"\xff\xc3\"", "] \"\\ufffd\\ufffd\""},
		{"\"\xed\xa0\x80\"", "] \"\\ufffd\\ufffd\\ufffd\""},
		{"\"\xf0\x9f\"", "] \"\\ufffd\\ufffd\""},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++)
		assert_string_equal(strchr(write_message(message, cases[i].json), ']'), cases[i].sent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_message_has_the_fields_of_the_rfc, empty),
		cmocka_unit_test_teardown(the_severity_is_part_of_the_priority, empty),
		cmocka_unit_test_teardown(a_field_of_the_header_cannot_end_it, empty),
		cmocka_unit_test_teardown(a_host_is_cut_where_the_rfc_says, empty),
		cmocka_unit_test_teardown(structured_data_is_of_who_has_a_number, empty),
		cmocka_unit_test_teardown(json_is_ascii, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
