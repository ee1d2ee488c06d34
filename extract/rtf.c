/* SPDX-License-Identifier: Apache-2.0 */
/* rtf.c: Rich Text Format: a walk over its groups and control words that keeps what a reader sees. */
#include <ctype.h>
#include <string.h>

#include "decode.h"
#include "protocol.h"
#include "rtf_reading.h"

/* A backslash and letters, perhaps with a number; a blank behind them belongs to them. */
static int
read_word(struct extract_rtf_reading *reading)
{
	char name[WORD_BYTES_MAX];
	size_t used = 0;
	bool minus = false, has_number = false, star = reading->star;
	long number = 0;

	for (; reading->at < reading->len && isalpha((unsigned char)reading->data[reading->at]);
		 reading->at++)
		if (used + 1 < sizeof(name))
			name[used++] = reading->data[reading->at];
	name[used] = '\0';
	if (reading->at < reading->len && reading->data[reading->at] == '-') {
		minus = true;
		reading->at++;
	}
	for (; reading->at < reading->len && isdigit((unsigned char)reading->data[reading->at]);
		 reading->at++) {
		has_number = true;
		if (number < 100000000)
			number = number * 10 + (reading->data[reading->at] - '0');
	}
	if (reading->at < reading->len && reading->data[reading->at] == ' ')
		reading->at++;
	reading->star = false;
	return extract_rtf_word(reading, name, star, has_number, minus ? -number : number);
}

static int
hex(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* A backslash and one other character. */
static int
read_symbol(struct extract_rtf_reading *reading)
{
	char symbol = reading->data[reading->at++];

	switch (symbol) {
	case '\'':
		if (reading->len - reading->at >= 2 && hex(reading->data[reading->at]) >= 0 &&
			hex(reading->data[reading->at + 1]) >= 0) {
			int byte = hex(reading->data[reading->at]) << 4 | hex(reading->data[reading->at + 1]);

			reading->at += 2;
			extract_rtf_add_byte(reading, (unsigned char)byte);
		}
		return 0;
	case '*':
		reading->star = true;
		return 0;
	case '~':
		extract_rtf_add_point(reading, 0xa0);
		return 0;
	case '_':
		extract_rtf_add_point(reading, '-');
		return 0;
	case '\\':
	case '{':
	case '}':
		extract_rtf_add_byte(reading, (unsigned char)symbol);
		return 0;
	case '\n':
	case '\r':
		return extract_rtf_group(reading)->target == TARGET_SKIPPED
			? 0
			: extract_rtf_end_paragraph(reading);
	default:
		return 0; /* a place where a word may be parted, and others that show nothing */
	}
}

static int
walk(struct extract_rtf_reading *reading)
{
	int rc = 0;

	while (reading->at < reading->len && rc == 0) {
		char byte = reading->data[reading->at++];

		if (byte == '{')
			rc = extract_rtf_open_group(reading);
		else if (byte == '}')
			extract_rtf_close_group(reading);
		else if (byte == '\\' && reading->at < reading->len)
			rc = isalpha((unsigned char)reading->data[reading->at]) ? read_word(reading)
																	: read_symbol(reading);
		else if (byte != '\r' && byte != '\n' && byte != '\0')
			extract_rtf_add_byte(reading, (unsigned char)byte);
	}
	return rc;
}

/* The title stands before the text, and is needed before its first block. */
static void
find_title(const struct extract_input *input, struct extract_buffer *out)
{
	size_t head = input->len < 64 * 1024 ? input->len : 64 * 1024;
	const char *at = memmem(input->data, head, "{\\title ", 8), *end;

	if (at == NULL)
		return;
	at += 8;
	for (end = at; end < input->data + head && *end != '}' && *end != '\\' && *end != '{'; end++)
		continue;
	if (end < input->data + head && *end == '}' &&
		!extract_decode_text(at, (size_t)(end - at), "windows-1252", out))
		extract_buffer_truncate(out, 0);
}

int
extract_rtf_read(const struct extract_input *input, struct extract_sink *sink)
{
	struct extract_rtf_reading reading = {.data = input->data, .len = input->len, .sink = sink};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer title = {0};
	int rc;

	find_title(input, &title);
	rc = extract_sink_document(sink, EXTRACT_FORMAT_RTF, extract_buffer_string(&title), 0);
	reading.groups = extract_memory_resize(NULL, DEPTH_MAX, sizeof(*reading.groups));
	reading.groups[0] = (struct extract_rtf_group_state){.skipped = 1};
	reading.tables.page = 1252;
	if (rc == 0)
		rc = walk(&reading);
	if (rc == 0) {
		reading.inner = reading.in_table = false;
		rc = extract_rtf_end_paragraph(&reading);
	}
	extract_memory_free(reading.groups);
	extract_rtf_tables_close(&reading.tables);
	extract_rtf_text_close(&reading.text);
	extract_buffer_close(&reading.saved);
	extract_buffer_close(&reading.notes);
	extract_buffer_close(&reading.cell);
	extract_table_close(&reading.table);
	return rc;
}
