/* SPDX-License-Identifier: Apache-2.0 */
/* code_lines.c: languages whose pieces begin with a line: Python by its indentation, the shell's
 * functions, and statements of SQL. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "code.h"

enum { ABOVE_MAX = 100 }; /* lines of comments and decorators above a definition */

/* ---- Python ---- */

/* A line that begins a statement, with the lines that go on with it. */
struct line {
	size_t at;     /* where the line begins */
	size_t indent; /* blanks at its front */
	bool comment;
};

struct lines {
	struct line *list; /* owned */
	size_t count;
};

static void
lines_close(struct lines *lines)
{
	extract_memory_free(lines->list);
	*lines = (struct lines){0};
}

/* Finds where statements begin: not inside brackets or strings. */
static void
lines_open(struct lines *out, const struct extract_code *code)
{
	size_t depth = 0, size = 0, start = 0, end;

	*out = (struct lines){0};
	for (size_t at = 0; at < code->len;) {
		if (at == start && depth == 0 && !extract_code_is_blank_line(code, at)) {
			size_t indent = strspn(code->text + at, " \t");

			if (out->count == size) {
				size = size == 0 ? 256 : size * 2;
				out->list = extract_memory_resize(out->list, size, sizeof(*out->list));
			}
			out->list[out->count++] = (struct line){at, indent, code->text[at + indent] == '#'};
		}
		if (extract_code_span_at(code, at, &end) == EXTRACT_CODE_NONE) {
			char byte = code->text[at];

			depth += byte == '(' || byte == '[' || byte == '{';
			depth -= depth > 0 && (byte == ')' || byte == ']' || byte == '}');
			if (byte == '\n' && (at == 0 || code->text[at - 1] != '\\'))
				start = at + 1;
		}
		at = end;
	}
}

static bool
begins(const struct extract_code *code, const struct line *line, const char *word)
{
	return extract_code_is_word(code, line->at + line->indent, word);
}

static bool
is_definition(const struct extract_code *code, const struct line *line)
{
	size_t at = line->at + line->indent;

	return begins(code, line, "def") || begins(code, line, "class") ||
		(begins(code, line, "async") && extract_code_is_word(code, at + 6, "def"));
}

/* The first line of what begins here: decorators and comments right above belong to it. Returns the
 * line of the definition itself; end if there is none. */
static size_t
definition_at(const struct extract_code *code, const struct lines *lines, size_t i, size_t end)
{
	size_t indent = lines->list[i].indent, last = end - i > ABOVE_MAX ? i + ABOVE_MAX : end;

	for (; i < last && lines->list[i].indent == indent; i++) {
		const struct line *line = &lines->list[i];

		if (is_definition(code, line))
			return i;
		if (!line->comment && code->text[line->at + indent] != '@')
			break;
		/* An empty line parts a comment from what follows. */
		if (i + 1 < end && extract_code_is_blank_line(code, extract_code_line_end(code, line->at)))
			break;
	}
	return end;
}

static size_t
start_of(const struct extract_code *code, const struct lines *lines, size_t i)
{
	return i < lines->count ? lines->list[i].at : code->len;
}

static int cut_lines(struct extract_code *code, const struct lines *lines, size_t from, size_t end,
	int level);

/* A definition: its first line, the line with its name, and the first line behind it. */
static int
cut_definition(struct extract_code *code, const struct lines *lines, size_t first, size_t named,
	size_t end, int level)
{
	size_t from = start_of(code, lines, first), to = start_of(code, lines, end);
	size_t head = lines->list[named].at + lines->list[named].indent;
	size_t head_end = start_of(code, lines, named + 1);
	int rc;

	if (head_end > to)
		head_end = to;
	/* A body on the same line, or a text below it, is no part of the signature. */
	if (head_end > head && named + 1 >= end)
		head_end = extract_code_line_end(code, head);
	if (!begins(code, &lines->list[named], "class") || to - from <= EXTRACT_CODE_SMALL_BYTES ||
		level >= EXTRACT_CODE_LEVELS || named + 1 >= end)
		return extract_code_piece(code, from, to, head, head_end, level);
	rc = extract_code_heading(code, head, head_end, level);
	if (rc == 0)
		rc = extract_code_piece(code, from, head_end, 0, 0, level + 1);
	return rc < 0 ? rc : cut_lines(code, lines, named + 1, end, level + 1);
}

static int
cut_lines(struct extract_code *code, const struct lines *lines, size_t from, size_t end, int level)
{
	size_t indent = from < end ? lines->list[from].indent : 0;
	int rc = 0;

	while (from < end && rc == 0) {
		size_t named = definition_at(code, lines, from, end), next;

		for (next = (named < end ? named : from) + 1;
			 next < end && lines->list[next].indent > indent; next++)
			continue;
		rc = named < end ? cut_definition(code, lines, from, named, next, level)
						 : extract_code_piece(code, start_of(code, lines, from),
							   start_of(code, lines, next), 0, 0, level);
		from = next;
	}
	return rc;
}

int
extract_code_indented(struct extract_code *code)
{
	EXTRACT_AUTO(lines_close) struct lines lines = {0};

	lines_open(&lines, code);
	return cut_lines(code, &lines, 0, lines.count, 1);
}

/* ---- the shell ---- */

/* "name() {", "name ()" or "function name" at the left. */
static bool
is_function(const struct extract_code *code, size_t at)
{
	size_t name;

	if (extract_code_is_word(code, at, "function"))
		return true;
	name = strspn(code->text + at,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:.");
	if (name == 0)
		return false;
	at += name + strspn(code->text + at + name, " \t");
	return strncmp(code->text + at, "()", 2) == 0 || strncmp(code->text + at, "( )", 3) == 0;
}

/* Behind the line with the brace that closes the function; of one without, its own line. Where none was
 * found once, there are no more. */
static size_t
function_end(const struct extract_code *code, size_t at, bool *no_more)
{
	size_t first = extract_code_line_end(code, at), line = first;

	/* On one line with its braces. */
	for (size_t i = first; i > at; i--)
		if (code->text[i - 1] == '}')
			return memchr(code->text + at, '{', first - at) != NULL ? first : line;
		else if (!isspace((unsigned char)code->text[i - 1]))
			break;
	for (; line < code->len && !*no_more; line = extract_code_line_end(code, line))
		if (code->text[line] == '}' || (code->text[line] == ')' && line > first))
			return extract_code_line_end(code, line);
	*no_more = true;
	return first;
}

int
extract_code_shell(struct extract_code *code)
{
	size_t from = 0;
	bool no_more = false;
	int rc = 0;

	for (size_t at = 0; at < code->len && rc == 0;) {
		size_t next = extract_code_line_end(code, at);

		if (extract_code_is_blank_line(code, at)) {
			rc = extract_code_piece(code, from, at, 0, 0, 1);
			from = next;
		} else if (is_function(code, at)) {
			size_t above = from;

			/* Comments right above belong to the function. */
			for (size_t line = from; line < at; line = extract_code_line_end(code, line))
				if (code->text[line] != '#')
					above = extract_code_line_end(code, line);
			rc = extract_code_piece(code, from, above, 0, 0, 1);
			next = function_end(code, at, &no_more);
			if (rc == 0)
				rc = extract_code_piece(code, above, next, at, extract_code_line_end(code, at), 1);
			from = next;
		}
		at = next;
	}
	return rc < 0 ? rc : extract_code_piece(code, from, code->len, 0, 0, 1);
}

/* ---- SQL ---- */

static bool
is_word(const struct extract_code *code, size_t at, const char *word)
{
	size_t len = strlen(word);

	return code->len - at >= len && strncasecmp(code->text + at, word, len) == 0 &&
		(at == 0 || !(isalnum((unsigned char)code->text[at - 1]) || code->text[at - 1] == '_')) &&
		(at + len >= code->len ||
			!(isalnum((unsigned char)code->text[at + len]) || code->text[at + len] == '_'));
}

/* A statement that makes a routine may hold others, between BEGIN and END. */
static bool
makes_routine(const struct extract_code *code, size_t from, size_t to)
{
	static const char *const words[] = {"function", "procedure", "trigger", "package"};
	size_t end = to - from > 200 ? from + 200 : to;

	if (!is_word(code, from, "create") && !is_word(code, from, "alter"))
		return false;
	for (size_t at = from; at < end; at++)
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (is_word(code, at, words[i]))
				return true;
	return false;
}

/* How the word at this byte changes the depth of blocks in a routine. */
static int
block_step(const struct extract_code *code, size_t at)
{
	static const char *const others[] = {"if", "loop", "while", "repeat", "for"};
	size_t next;

	if (is_word(code, at, "begin") || is_word(code, at, "case"))
		return at >= 4 && is_word(code, at - 4, "end") ? 0 : 1;
	if (!is_word(code, at, "end"))
		return 0;
	next = at + 3 + strspn(code->text + at + 3, " \t\n");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (next < code->len && is_word(code, next, others[i]))
			return 0;
	return -1;
}

/* Behind the statement that begins at head. */
static size_t
statement_end(const struct extract_code *code, size_t head)
{
	bool routine = makes_routine(code, head, code->len);
	int depth = 0;

	for (size_t at = head, end; at < code->len; at = end) {
		if (extract_code_span_at(code, at, &end) != EXTRACT_CODE_NONE)
			continue;
		if (routine)
			depth += block_step(code, at);
		if (code->text[at] == ';' && depth <= 0)
			return extract_code_is_blank_line(code, at + 1) ? extract_code_line_end(code, at)
															: at + 1;
	}
	return code->len;
}

int
extract_code_sql(struct extract_code *code)
{
	int rc = 0;

	for (size_t from = 0, next; from < code->len && rc == 0; from = next) {
		size_t head = from, end;

		/* Comments above belong to the statement. */
		while (head < code->len) {
			if (isspace((unsigned char)code->text[head]))
				head++;
			else if (extract_code_span_at(code, head, &end) == EXTRACT_CODE_COMMENT)
				head = end;
			else
				break;
		}
		next = head < code->len ? statement_end(code, head) : code->len;
		rc = head < code->len && makes_routine(code, head, next)
			? extract_code_piece(code, from, next, head, extract_code_line_end(code, head), 1)
			: extract_code_piece(code, from, next, 0, 0, 1);
	}
	return rc;
}
