/* SPDX-License-Identifier: Apache-2.0 */
/* mail_header.c: see the header. */
#include "mail_header.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode.h"
#include "reader.h"
#include "unicode.h"

enum {
	CHARSET_BYTES_MAX = 64,
	PARTS_MAX = 100, /* of a parameter */
	SNIFF_BYTES = 16 * 1024,
};

/* The line at the front: its length without its end; *next is where the next one begins. */
static size_t
line_at(const char *data, size_t len, size_t *next)
{
	const char *end = memchr(data, '\n', len);
	size_t line = end == NULL ? len : (size_t)(end - data);

	*next = line + (end != NULL);
	return line > 0 && data[line - 1] == '\r' ? line - 1 : line;
}

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static void
add_header(struct extract_mail_head *head, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t name;

	if (colon == NULL || head->count >= EXTRACT_MAIL_HEADERS_MAX)
		return;
	for (name = (size_t)(colon - line); name > 0 && is_blank(line[name - 1]); name--)
		continue;
	for (size_t i = 0; i < name; i++)
		extract_buffer_byte(&head->text, (char)tolower((unsigned char)line[i]));
	extract_buffer_byte(&head->text, '\0');
	for (colon++; colon < line + len && is_blank(*colon); colon++)
		continue;
	for (; colon < line + len; colon++)
		if (*colon != '\0')
			extract_buffer_byte(&head->text, *colon);
	extract_buffer_byte(&head->text, '\0');
	head->count++;
}

void
extract_mail_head_open(struct extract_mail_head *out, const char *data, size_t len)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer line = {0};
	size_t at = 0, next;

	*out = (struct extract_mail_head){0};
	while (at < len) {
		size_t bytes = line_at(data + at, len - at, &next);

		if (bytes > 0 && !is_blank(data[at])) {
			add_header(out, extract_buffer_string(&line), line.len);
			extract_buffer_truncate(&line, 0);
		}
		if (bytes == 0) {
			at += next;
			break;
		}
		/* A folded line goes on with its white space. */
		if (line.len + bytes <= EXTRACT_MAIL_VALUE_BYTES_MAX)
			extract_buffer_append(&line, data + at, bytes);
		at += next;
	}
	add_header(out, extract_buffer_string(&line), line.len);
	out->body = at;
}

const char *
extract_mail_head_find(const struct extract_mail_head *head, const char *name)
{
	const char *at = extract_buffer_string(&head->text);

	for (size_t i = 0; i < head->count; i++) {
		const char *value = at + strlen(at) + 1;

		if (strcmp(at, name) == 0)
			return value;
		at = value + strlen(value) + 1;
	}
	return "";
}

void
extract_mail_head_close(struct extract_mail_head *head)
{
	extract_buffer_close(&head->text);
	*head = (struct extract_mail_head){0};
}

static int
hex(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Appends bytes of a charset as UTF-8; of an unknown one, as they seem to be. */
static void
add_decoded(const char *charset, const struct extract_buffer *bytes, struct extract_buffer *out)
{
	const char *data = extract_buffer_string(bytes);

	if (!extract_decode_charset(charset, data, bytes->len, out) &&
		!extract_decode_text(data, bytes->len, NULL, out))
		extract_buffer_text(out, "\xef\xbf\xbd");
}

static void
add_base64(const char *data, size_t len, struct extract_buffer *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0;
	int held = 0;

	for (size_t i = 0; i < len && data[i] != '='; i++) {
		const char *digit = data[i] == '\0' ? NULL : strchr(digits, data[i]);

		if (digit == NULL)
			continue;
		bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			extract_buffer_byte(out, (char)(bits >> held & 0xff));
		}
	}
}

/* In a header an underscore is a blank; in a body "=" at a line's end joins it with the next. */
static void
add_quoted(const char *data, size_t len, bool header, struct extract_buffer *out)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '_' && header) {
			extract_buffer_byte(out, ' ');
		} else if (data[i] != '=') {
			extract_buffer_byte(out, data[i]);
		} else if (i + 2 < len && hex(data[i + 1]) >= 0 && hex(data[i + 2]) >= 0) {
			extract_buffer_byte(out, (char)(hex(data[i + 1]) << 4 | hex(data[i + 2])));
			i += 2;
		} else {
			size_t next = i + 1;

			while (next < len && (is_blank(data[next]) || data[next] == '\r'))
				next++;
			if (next < len && data[next] == '\n')
				i = next;
			else if (next < len)
				extract_buffer_byte(out, '=');
			else
				break;
		}
	}
}

/* An encoded word: "=?charset?B?text?=". */
struct word {
	char charset[CHARSET_BYTES_MAX];
	char coding;
	const char *text;
	size_t len;
	const char *end; /* behind it */
};

static bool
read_word(const char *at, struct word *out)
{
	size_t charset;
	const char *end;

	if (strncmp(at, "=?", 2) != 0)
		return false;
	at += 2;
	charset = strcspn(at, "?* ");
	if (charset == 0 || charset >= CHARSET_BYTES_MAX)
		return false;
	memcpy(out->charset, at, charset);
	out->charset[charset] = '\0';
	at += charset;
	if (*at == '*') /* a language follows */
		at += strcspn(at, "? ");
	if (at[0] != '?' || strchr("bBqQ", at[1]) == NULL || at[1] == '\0' || at[2] != '?')
		return false;
	out->coding = (char)tolower((unsigned char)at[1]);
	out->text = at + 3;
	end = strstr(out->text, "?=");
	if (end == NULL)
		return false;
	out->len = (size_t)(end - out->text);
	out->end = end + 2;
	return true;
}

void
extract_mail_add_words(const char *value, struct extract_buffer *out)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer bytes = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer plain = {0};
	struct word word;

	while (*value != '\0') {
		size_t blanks = strspn(value, " \t");

		if (bytes.len > 0 && blanks > 0 && read_word(value + blanks, &word))
			value += blanks; /* blanks between two words only part them */
		if (!read_word(value, &word)) {
			size_t len = 1 + strcspn(value + 1, "= \t");

			extract_buffer_truncate(&bytes, 0);
			extract_buffer_append(&plain, value, len);
			value += len;
			continue;
		}
		/* A header may hold bytes that no word encodes. */
		if (plain.len > 0)
			add_decoded("UTF-8", &plain, out);
		extract_buffer_truncate(&plain, 0);
		/* A letter may be torn between two words of the same charset, so they are taken together. */
		extract_buffer_truncate(&bytes, 0);
		for (;;) {
			char charset[CHARSET_BYTES_MAX];

			if (word.coding == 'b')
				add_base64(word.text, word.len, &bytes);
			else
				add_quoted(word.text, word.len, true, &bytes);
			value = word.end;
			memcpy(charset, word.charset, sizeof(charset));
			blanks = strspn(value, " \t");
			if (!read_word(value + blanks, &word) || strcasecmp(charset, word.charset) != 0) {
				memcpy(word.charset, charset, sizeof(charset));
				break;
			}
		}
		if (bytes.len > 0)
			add_decoded(word.charset, &bytes, out);
	}
	if (plain.len > 0)
		add_decoded("UTF-8", &plain, out);
}

/* Reads one parameter: its name, and its value without quotes. Returns what follows it; NULL at the
 * end. */
static const char *
next_parameter(const char *at, struct extract_buffer *name, struct extract_buffer *value)
{
	extract_buffer_truncate(name, 0);
	extract_buffer_truncate(value, 0);
	at += strspn(at, "; \t\r\n");
	if (*at == '\0')
		return NULL;
	for (; *at != '\0' && *at != '=' && *at != ';'; at++)
		if (!is_blank(*at))
			extract_buffer_byte(name, (char)tolower((unsigned char)*at));
	if (*at != '=')
		return at;
	at += 1 + strspn(at + 1, " \t");
	if (*at != '"') {
		size_t len = strcspn(at, ";");

		at += len;
		for (const char *from = at - len; len > 0 && from < at; from++)
			extract_buffer_byte(value, *from);
		while (value->len > 0 && is_blank(value->data[value->len - 1]))
			extract_buffer_truncate(value, value->len - 1);
		return at;
	}
	for (at++; *at != '\0' && *at != '"'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		extract_buffer_byte(value, *at);
	}
	return at + (*at == '"');
}

static void
add_percents(const char *text, struct extract_buffer *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '%' && hex(text[1]) >= 0 && hex(text[2]) >= 0) {
			extract_buffer_byte(out, (char)(hex(text[1]) << 4 | hex(text[2])));
			text += 2;
		} else {
			extract_buffer_byte(out, *text);
		}
	}
}

/* Skips "charset'language'" and keeps the charset. */
static const char *
read_charset(const char *text, char *charset)
{
	const char *first = strchr(text, '\''),
			   *second = first == NULL ? NULL : strchr(first + 1, '\'');

	if (second == NULL || first == text || first - text >= CHARSET_BYTES_MAX)
		return second == NULL ? text : second + 1;
	memcpy(charset, text, (size_t)(first - text));
	charset[first - text] = '\0';
	return second + 1;
}

/* Finds the parameter called name, or one of its parts. */
static bool
find_parameter(const char *value, const char *name, struct extract_buffer *out)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer found = {0};
	const char *at = value + strcspn(value, ";");

	while ((at = next_parameter(at, &found, out)) != NULL)
		if (strcmp(extract_buffer_string(&found), name) == 0)
			return true;
	extract_buffer_truncate(out, 0);
	return false;
}

bool
extract_mail_add_parameter(const char *value, const char *name, struct extract_buffer *out)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer bytes = {0};
	char charset[CHARSET_BYTES_MAX] = "UTF-8", key[64];
	const char *from;

	snprintf(key, sizeof(key), "%s*", name);
	if (find_parameter(value, key, &text)) {
		add_percents(read_charset(extract_buffer_string(&text), charset), &bytes);
		add_decoded(charset, &bytes, out);
		return true;
	}
	if (find_parameter(value, name, &text)) {
		extract_mail_add_words(extract_buffer_string(&text), out);
		return true;
	}
	for (int i = 0; i < PARTS_MAX; i++) {
		snprintf(key, sizeof(key), "%s*%d*", name, i);
		if (find_parameter(value, key, &text)) {
			from = extract_buffer_string(&text);
			add_percents(i == 0 ? read_charset(from, charset) : from, &bytes);
			continue;
		}
		snprintf(key, sizeof(key), "%s*%d", name, i);
		if (!find_parameter(value, key, &text))
			break;
		extract_buffer_append(&bytes, extract_buffer_string(&text), text.len);
	}
	if (bytes.len > 0)
		add_decoded(charset, &bytes, out);
	return bytes.len > 0;
}

void
extract_mail_add_body(const char *data, size_t len, const char *encoding,
	struct extract_buffer *out)
{
	if (strncasecmp(encoding, "base64", 6) == 0)
		add_base64(data, len, out);
	else if (strncasecmp(encoding, "quoted-printable", 16) == 0)
		add_quoted(data, len, false, out);
	else
		extract_buffer_append(out, data, len);
}

/* True if the name or the type of the upload says that it is a mail, or a page saved in the form of one. */
static bool
is_said_to_be_mail(const struct extract_input *input)
{
	static const char *const endings[] = {".eml", ".mht", ".mhtml"};
	const char *dot = strrchr(input->name, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcasecmp(dot, endings[i]) == 0)
			return true;
	return strncasecmp(input->mime, "message/rfc822", 14) == 0;
}

/* The length of the line with which a mailbox separates its mails, if the bytes begin with one. */
static size_t
separator_len(const char *data, size_t len)
{
	const char *end = len > 5 && memcmp(data, "From ", 5) == 0 ? memchr(data, '\n', len) : NULL;

	return end == NULL ? 0 : (size_t)(end - data) + 1;
}

bool
extract_mail_is(const struct extract_input *input)
{
	static const char *const programs[] = {"message-id", "mime-version", "received", "return-path",
		"delivered-to", "dkim-signature", "content-type", "content-transfer-encoding"};
	static const char *const any[] = {"to", "subject", "date"};
	bool said = is_said_to_be_mail(input), found = false;
	size_t len = input->len < SNIFF_BYTES ? input->len : SNIFF_BYTES;
	size_t start = said ? separator_len(input->data, len) : 0, name = start;
	struct extract_mail_head head;

	/* The first line is a header: a name without blanks, and a colon. */
	while (name < len && input->data[name] > ' ' && input->data[name] < 127 &&
		input->data[name] != ':')
		name++;
	if (name == start || name >= len || input->data[name] != ':')
		return false;
	extract_mail_head_open(&head, input->data, len);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		found = found || extract_mail_head_find(&head, programs[i])[0] != '\0';
	for (size_t i = 0; said && i < sizeof(any) / sizeof(any[0]); i++)
		found = found || extract_mail_head_find(&head, any[i])[0] != '\0';
	found = found && extract_mail_head_find(&head, "from")[0] != '\0';
	extract_mail_head_close(&head);
	return found;
}
