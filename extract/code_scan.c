/* SPDX-License-Identifier: Apache-2.0 */
/* code_scan.c: comments, strings and preprocessor lines, whose brackets do not count. */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "code.h"

enum { DELIMITER_MAX = 16 };

size_t
extract_code_line_end(const struct extract_code *code, size_t at)
{
	const char *end = at < code->len ? memchr(code->text + at, '\n', code->len - at) : NULL;

	return end == NULL ? code->len : (size_t)(end - code->text) + 1;
}

bool
extract_code_is_blank_line(const struct extract_code *code, size_t at)
{
	while (at < code->len && (code->text[at] == ' ' || code->text[at] == '\t'))
		at++;
	return at >= code->len || code->text[at] == '\n';
}

static bool
is_word_byte(char byte)
{
	return isalnum((unsigned char)byte) || byte == '_' || (byte & 0x80) != 0;
}

bool
extract_code_is_word(const struct extract_code *code, size_t at, const char *word)
{
	size_t len = strlen(word);

	return code->len - at >= len && memcmp(code->text + at, word, len) == 0 &&
		(at == 0 || !is_word_byte(code->text[at - 1])) &&
		(at + len >= code->len || !is_word_byte(code->text[at + len]));
}

static bool
starts(const struct extract_code *code, size_t at, const char *with)
{
	size_t len = strlen(with);

	return code->len - at >= len && memcmp(code->text + at, with, len) == 0;
}

/* Behind the next occurrence of a mark, or the end of the text. */
static size_t
behind(const struct extract_code *code, size_t at, const char *mark)
{
	const char *found = at < code->len ? memmem(code->text + at, code->len - at, mark, strlen(mark))
									   : NULL;

	return found == NULL ? code->len : (size_t)(found - code->text) + strlen(mark);
}

/* Behind a string on one line: one that is not closed there was none. */
static size_t
quoted_end(const struct extract_code *code, size_t at)
{
	char quote = code->text[at];

	for (size_t i = at + 1; i < code->len && code->text[i] != '\n'; i++) {
		if (code->text[i] == '\\')
			i++;
		else if (code->text[i] == quote)
			return i + 1;
	}
	return at + 1;
}

static size_t
template_end(const struct extract_code *code, size_t at)
{
	for (size_t i = at + 1; i < code->len; i++) {
		if (code->text[i] == '\\')
			i++;
		else if (code->text[i] == '`')
			return i + 1;
	}
	return code->len;
}

/* Rust's comments may hold comments. */
static size_t
comment_end(const struct extract_code *code, size_t at)
{
	size_t depth = 1;

	if (!code->language->lifetimes)
		return behind(code, at + 2, "*/");
	for (size_t i = at + 2; i + 1 < code->len; i++) {
		if (starts(code, i, "/*"))
			depth++, i++;
		else if (starts(code, i, "*/")) {
			i++;
			if (--depth == 0)
				return i + 1;
		}
	}
	return code->len;
}

/* R"x(...)x" of C++ and r#"..."# of Rust. Returns at if none begins there. */
static size_t
raw_end(const struct extract_code *code, size_t at)
{
	char close[DELIMITER_MAX + 3] = "";
	size_t i = at + 1, used = 0;

	if (at > 0 && is_word_byte(code->text[at - 1]) && code->text[at - 1] != 'u' &&
		code->text[at - 1] != 'L' && code->text[at - 1] != 'b')
		return at;
	if (code->language->raw_strings && starts(code, at, "R\"")) {
		close[used++] = ')';
		for (i = at + 2; i < code->len && used <= DELIMITER_MAX && code->text[i] != '('; i++)
			close[used++] = code->text[i];
		close[used] = '"';
		return i < code->len && code->text[i] == '(' ? behind(code, i, close) : at;
	}
	if (!code->language->lifetimes || code->text[at] != 'r')
		return at;
	close[used++] = '"';
	for (; i < code->len && code->text[i] == '#' && used <= DELIMITER_MAX; i++)
		close[used++] = '#';
	return i < code->len && code->text[i] == '"' ? behind(code, i + 1, close) : at;
}

/* A slash begins a regular expression where a value is expected, else it divides. */
static bool
is_pattern(const struct extract_code *code, size_t at)
{
	size_t before = at;

	while (before > 0 && (code->text[before - 1] == ' ' || code->text[before - 1] == '\t'))
		before--;
	return before == 0 || strchr("(,=:[!&|?{};\n+", code->text[before - 1]) != NULL ||
		(before >= 6 && extract_code_is_word(code, before - 6, "return"));
}

/* In a class of characters a slash closes nothing. */
static size_t
pattern_end(const struct extract_code *code, size_t at)
{
	bool class = false;

	for (size_t i = at + 1; i < code->len && code->text[i] != '\n'; i++) {
		if (code->text[i] == '\\')
			i++;
		else if (code->text[i] == '[')
			class = true;
		else if (code->text[i] == ']')
			class = false;
		else if (code->text[i] == '/' && !class)
			return i + 1;
	}
	return at + 1;
}

/* 'x' is a character; 'a before anything else is the name of a lifetime, and 1'000 is a number. */
static size_t
character_end(const struct extract_code *code, size_t at)
{
	size_t end = quoted_end(code, at);

	if (at > 0 && isdigit((unsigned char)code->text[at - 1]))
		return at + 1;
	if (code->language->lifetimes && end - at > 3 && code->text[at + 1] != '\\' &&
		(code->text[at + 1] & 0x80) == 0)
		return at + 1;
	return end;
}

static size_t
directive_end(const struct extract_code *code, size_t at)
{
	size_t end = extract_code_line_end(code, at);

	while (end < code->len && end >= 2 && code->text[end - 2] == '\\')
		end = extract_code_line_end(code, end);
	return end;
}

/* True if nothing but blanks is before the byte in its line. */
static bool
is_first(const struct extract_code *code, size_t at)
{
	while (at > 0 && (code->text[at - 1] == ' ' || code->text[at - 1] == '\t'))
		at--;
	return at == 0 || code->text[at - 1] == '\n';
}

/* Python's and the shell's comments and strings. */
static enum extract_code_span
hash_span_at(const struct extract_code *code, size_t at, size_t *end)
{
	char byte = code->text[at];

	if (byte == '#') {
		*end = extract_code_line_end(code, at);
		*end -= *end > at && code->text[*end - 1] == '\n';
		return EXTRACT_CODE_COMMENT;
	}
	if (byte != '"' && byte != '\'')
		return EXTRACT_CODE_NONE;
	*end = starts(code, at, "\"\"\"") ? behind(code, at + 3, "\"\"\"")
		: starts(code, at, "'''")     ? behind(code, at + 3, "'''")
									  : quoted_end(code, at);
	return EXTRACT_CODE_STRING;
}

/* SQL's: doubled quotes are two strings side by side; $tag$ marks a function's text. */
static enum extract_code_span
sql_span_at(const struct extract_code *code, size_t at, size_t *end)
{
	char byte = code->text[at], quote[2] = {byte, '\0'}, mark[DELIMITER_MAX * 4];
	size_t used = 1;

	if (starts(code, at, "--")) {
		*end = extract_code_line_end(code, at);
		return EXTRACT_CODE_COMMENT;
	}
	if (starts(code, at, "/*")) {
		*end = behind(code, at + 2, "*/");
		return EXTRACT_CODE_COMMENT;
	}
	if (byte == '\'' || byte == '"' || byte == '`') {
		*end = behind(code, at + 1, quote);
		return EXTRACT_CODE_STRING;
	}
	if (byte != '$' || (at > 0 && is_word_byte(code->text[at - 1])))
		return EXTRACT_CODE_NONE;
	mark[0] = '$';
	while (
		at + used < code->len && used + 2 < sizeof(mark) && is_word_byte(code->text[at + used])) {
		mark[used] = code->text[at + used];
		used++;
	}
	if (at + used >= code->len || code->text[at + used] != '$')
		return EXTRACT_CODE_NONE;
	mark[used] = '$';
	mark[used + 1] = '\0';
	*end = behind(code, at + used + 1, mark);
	return EXTRACT_CODE_STRING;
}

enum extract_code_span
extract_code_span_at(const struct extract_code *code, size_t at, size_t *end)
{
	const struct extract_code_language *language = code->language;
	char byte = code->text[at];

	*end = at + 1;
	if (language->family == EXTRACT_CODE_INDENTED || language->family == EXTRACT_CODE_SHELL)
		return hash_span_at(code, at, end);
	if (language->family == EXTRACT_CODE_SQL)
		return sql_span_at(code, at, end);
	if (starts(code, at, "//")) {
		*end = extract_code_line_end(code, at);
		*end -= *end > at && code->text[*end - 1] == '\n';
		return EXTRACT_CODE_COMMENT;
	}
	if (starts(code, at, "/*")) {
		*end = comment_end(code, at);
		return EXTRACT_CODE_COMMENT;
	}
	if (byte == '#' && language->directives && is_first(code, at)) {
		*end = directive_end(code, at);
		return EXTRACT_CODE_DIRECTIVE;
	}
	if ((byte == 'R' || byte == 'r') && raw_end(code, at) > at) {
		*end = raw_end(code, at);
		return EXTRACT_CODE_STRING;
	}
	if (byte == '"')
		*end = language->text_blocks && starts(code, at, "\"\"\"") ? behind(code, at + 3, "\"\"\"")
																   : quoted_end(code, at);
	else if (byte == '\'')
		*end = language->patterns ? quoted_end(code, at) : character_end(code, at);
	else if (byte == '`' && language->templates)
		*end = template_end(code, at);
	else if (byte == '/' && language->patterns && is_pattern(code, at))
		*end = pattern_end(code, at);
	else
		return EXTRACT_CODE_NONE;
	return EXTRACT_CODE_STRING;
}
