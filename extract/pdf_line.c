/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_line.c: see the header. */
#include "pdf_line.h"

#include <string.h>
#include <strings.h>

#include "unicode.h"

size_t
extract_pdf_line_mark(const char *text, size_t len)
{
	static const uint32_t bullets[] = {0x2022, 0x25cf, 0x25cb, 0x25aa, 0x25a0, 0x25b6, 0x2023,
		0x2043, 0x2219, 0xb7, 0xf0b7, 0xf0a7, 0x2013, '-', '*'};
	size_t at = 0, digits = 0, start;
	uint32_t point;

	if (len < 2)
		return 0;
	point = extract_unicode_next(text, len, &at);
	for (size_t i = 0; i < sizeof(bullets) / sizeof(bullets[0]); i++)
		if (point == bullets[i] && (at == len || text[at] == ' '))
			return at;
	start = text[0] == '(';
	for (at = start; at < len && at < start + 3 && text[at] >= '0' && text[at] <= '9'; at++)
		digits++;
	if (digits == 0 && at < len && text[at] >= 'a' && text[at] <= 'z')
		at += text[at] == 'i' || text[at] == 'v' || text[at] == 'x' ? strspn(text + at, "ivx") : 1;
	if (at == start || at >= len || at > start + 5)
		return 0;
	if (text[at] != ')' && (text[at] != '.' || digits == 0))
		return 0;
	return at + 1 == len || text[at + 1] == ' ' ? at + 1 : 0;
}

uint32_t
extract_pdf_line_last(const char *text, size_t len)
{
	size_t at = len;

	if (len == 0)
		return 0;
	do
		at--;
	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80);
	return extract_unicode_next(text, len, &at);
}

void
extract_pdf_line_add(struct extract_buffer *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t dots = 0, end = i;

		while (end < len && (text[end] == '.' || text[end] == ' ')) {
			dots += text[end] == '.';
			end++;
		}
		if (dots >= 6) { /* four may be an ellipsis */
			extract_buffer_byte(out, ' ');
			i = end - 1;
		} else {
			extract_buffer_byte(out, text[i]);
		}
	}
}

void
extract_pdf_line_trim(const char **text, size_t *len)
{
	while (*len > 1 && (*text)[0] == '.' && ((*text)[1] == ' ' || (*text)[1] == '.'))
		(*text)++, (*len)--;
	while (*len > 0 && (*text)[0] == ' ')
		(*text)++, (*len)--;
	while (*len > 2 && (*text)[*len - 1] == '.' && (*text)[*len - 2] == ' ')
		*len -= 2;
}

void
extract_pdf_line_join(struct extract_buffer *text, const char *line, size_t len)
{
	uint32_t last = extract_pdf_line_last(extract_buffer_string(text), text->len), first, before;
	size_t at = 0, hyphen = last < 0x80 ? 1 : last == 0xad ? 2 : 3;

	if (text->len == 0 || len == 0) {
		extract_buffer_append(text, line, len);
		return;
	}
	first = extract_unicode_next(line, len, &at);
	if (last == '-' || last == 0xad || last == 0x2010) {
		before = extract_pdf_line_last(text->data, text->len - hyphen);
		if (last == 0xad ||
			((extract_unicode_is_letter(before) || before == 0xad) &&
				extract_unicode_is_lower(first)))
			extract_buffer_truncate(text, text->len - hyphen);
	} else if (!(extract_unicode_is_unspaced(last) && extract_unicode_is_unspaced(first))) {
		extract_buffer_byte(text, ' ');
	}
	extract_buffer_append(text, line, len);
}

bool
extract_pdf_line_is_caption(const char *text, size_t len)
{
	static const char *const words[] = {"figure ", "fig. ", "table ", "abbildung ", "abb. ",
		"tabelle ", "tab. ", "exhibit "};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t word = strlen(words[i]), end, at;

		if (len <= word || strncasecmp(text, words[i], word) != 0)
			continue;
		/* "Table 1 shows ..." is a sentence of the text. */
		end = word + strspn(text + word, "0123456789.-");
		at = end + 1;
		return end > word &&
			(end + 1 >= len || text[end] != ' ' ||
				!extract_unicode_is_lower(extract_unicode_next(text, len, &at)));
	}
	return false;
}

bool
extract_pdf_line_ends_sentence(const struct extract_buffer *text)
{
	size_t len = text->len;
	uint32_t last = extract_pdf_line_last(extract_buffer_string(text), len);

	/* Closing quotes and brackets stand behind the full stop. */
	while (len > 0 && (last == ')' || last == ']' || last == '"' || last == 0x201d)) {
		len -= last < 0x80 ? 1 : 3;
		last = extract_pdf_line_last(text->data, len);
	}
	return last == ':' || extract_unicode_ends_sentence(last);
}

bool
extract_pdf_line_is_figure(const struct extract_buffer *cell)
{
	size_t digits = 0, letters = 0;

	for (size_t at = 0; at < cell->len;) {
		uint32_t point = extract_unicode_next(cell->data, cell->len, &at);

		digits += extract_unicode_is_digit(point);
		letters += extract_unicode_is_letter(point);
	}
	return digits >= letters && digits > 0 && !(digits == letters && digits == 1);
}
