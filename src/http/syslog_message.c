/* SPDX-License-Identifier: Apache-2.0 */
/* syslog_message.c: writes messages of syslog. */
#include "http/syslog_message.h"

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum { LOG_AUDIT = 13, HOST_MOST = 255, ID_MOST = 32 };

/* A field of the header: PRINTUSASCII, "-" for nothing. */
static void
add_word(struct bh_buf *out, const char *text, size_t most)
{
	size_t len = strnlen(text, most);

	if (len == 0)
		bh_buf_char(out, '-');
	for (size_t i = 0; i < len; i++)
		bh_buf_char(out, text[i] > ' ' && text[i] <= '~' ? text[i] : '_');
}

/* RFC 5424, 6.3.3. Control characters could end a line of a receiver that keeps them. */
static void
add_value(struct bh_buf *out, const char *text)
{
	if (!bh_text_is_utf8(text, strlen(text)))
		text = "";
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\' || *c == ']')
			bh_buf_char(out, '\\');
		bh_buf_char(out, (unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c);
	}
}

static void
add_structured(struct bh_buf *out, const struct bh_syslog_message *message)
{
	bh_buf_text(out, "[origin software=\"bulkhead\" swVersion=\"");
	add_value(out, BH_VERSION);
	bh_buf_text(out, "\"]");
	if (message->enterprise <= 0)
		return;
	bh_buf_printf(out, "[bulkhead@%lld", (long long)message->enterprise);
	for (size_t i = 0; i < message->n_params; i++) {
		bh_buf_printf(out, " %s=\"", message->params[i].name);
		add_value(out, message->params[i].value);
		bh_buf_char(out, '"');
	}
	bh_buf_char(out, ']');
}

/* How many bytes the code point has that begins there; 0 where none does. */
static size_t
point_bytes(const char *at, size_t left)
{
	unsigned char lead = (unsigned char)*at;
	size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

	return lead >= 0xc0 && n <= left && bh_text_is_utf8(at, n) ? n : 0;
}

static uint32_t
point(const char *at, size_t n)
{
	static const unsigned char masks[] = {0, 0, 0x1f, 0x0f, 0x07};
	uint32_t value = (unsigned char)at[0] & masks[n];

	for (size_t i = 1; i < n; i++)
		value = value << 6 | ((unsigned char)at[i] & 0x3fu);
	return value;
}

static void
add_escaped(struct bh_buf *out, uint32_t value)
{
	if (value > 0xffff) {
		bh_buf_printf(out, "\\u%04x", (unsigned)(0xd800 + ((value - 0x10000) >> 10)));
		value = 0xdc00 + ((value - 0x10000) & 0x3ff);
	}
	bh_buf_printf(out, "\\u%04x", (unsigned)value);
}

/* In JSON, what is not ASCII stands in strings only. */
static void
add_json(struct bh_buf *out, const char *json, size_t len)
{
	size_t plain = 0; /* from here on nothing was added yet */

	for (size_t i = 0, n; i < len; i += n) {
		n = 1;
		if (json[i] >= ' ' && json[i] <= '~')
			continue;
		bh_buf_add(out, json + plain, i - plain);
		if (json[i] >= 0 && json[i] < ' ') {
			bh_buf_char(out, ' '); /* between values, where JSON allows it */
		} else if (json[i] == 0x7f) {
			add_escaped(out, 0x7f);
		} else {
			n = point_bytes(json + i, len - i);
			add_escaped(out, n > 0 ? point(json + i, n) : 0xfffd);
			n = n > 0 ? n : 1;
		}
		plain = i + n;
	}
	bh_buf_add(out, json + plain, len - plain);
}

void
bh_syslog_frame(const struct bh_syslog_message *message, struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	char time[BH_TIME_TEXT];

	bh_clock_format(message->time_ms, time);
	bh_buf_printf(&text, "<%d>1 %s ", LOG_AUDIT * 8 + (int)message->severity, time);
	add_word(&text, message->host, HOST_MOST);
	bh_buf_text(&text, " bulkhead - ");
	add_word(&text, message->id, ID_MOST);
	bh_buf_char(&text, ' ');
	add_structured(&text, message);
	bh_buf_char(&text, ' ');
	add_json(&text, message->json, message->json_len);
	bh_buf_printf(out, "%zu ", text.len);
	bh_buf_add(out, text.data, text.len);
}
