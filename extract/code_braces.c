/* SPDX-License-Identifier: Apache-2.0 */
/* code_braces.c: languages whose functions stand between braces. */
#include <ctype.h>
#include <string.h>

#include "code.h"

/* A declaration: from its comments to where it ends. */
struct item {
	size_t from, to;
	size_t head;        /* its first byte that is no comment */
	size_t open, close; /* its first braces; open is 0 if it has none */
	bool parens;        /* before the braces, or around them */
	bool comment;       /* nothing but comments */
};

struct walk {
	const struct extract_code *code;
	size_t to;
	struct item item;
	size_t at, braces, parens;
	char last; /* the last byte that is no blank and no comment */
	bool any;
};

/* Words that begin a declaration on a line of its own, where no semicolon ends the one before. */
static bool
begins_declaration(const struct extract_code *code, size_t at)
{
	static const char *const words[] = {"func", "type", "var", "const", "function", "class",
		"export", "async", "let", "import", "interface", "enum", "abstract", "declare",
		"namespace"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (extract_code_is_word(code, at, words[i]))
			return true;
	return false;
}

/* Whether the declaration ends with the line whose end we are at. */
static bool
ends_here(const struct walk *walk)
{
	const struct extract_code *code = walk->code;
	size_t next = walk->at + 1;

	if (walk->braces > 0)
		return false;
	if (extract_code_is_blank_line(code, next) && (walk->parens == 0 || next >= code->len))
		return true;
	if (walk->parens > 0 || !walk->any)
		return false;
	if (walk->last == ';' || walk->last == '}')
		return true;
	return code->language->line_ends && strchr(",=+-*/&|<(.?:", walk->last) == NULL &&
		begins_declaration(code, next + strspn(code->text + next, " \t"));
}

static void
take_byte(struct walk *walk, char byte)
{
	struct item *item = &walk->item;

	if (!walk->any)
		item->head = walk->at;
	walk->any = true;
	walk->last = byte;
	switch (byte) {
	case '(':
	case '[':
		walk->parens++;
		item->parens = item->parens || (item->open == 0 && byte == '(');
		break;
	case ')':
	case ']':
		walk->parens -= walk->parens > 0;
		break;
	case '{':
		if (walk->braces++ == 0 && item->open == 0)
			item->open = walk->at;
		break;
	case '}':
		/* Branches of a preprocessor may open more than they close: a brace at the left closes all. */
		if (walk->code->language->directives &&
			(walk->at == 0 || walk->code->text[walk->at - 1] == '\n'))
			walk->braces = walk->parens = 0;
		else
			walk->braces -= walk->braces > 0;
		if (walk->braces == 0 && item->close == 0)
			item->close = walk->at;
		break;
	default:
		break;
	}
}

/* Finds the declaration that begins at this line. */
static struct item
next_item(const struct extract_code *code, size_t from, size_t to)
{
	struct walk walk = {.code = code, .to = to, .at = from, .item = {.from = from, .head = from}};

	while (walk.at < to) {
		size_t end;
		enum extract_code_span span = extract_code_span_at(code, walk.at, &end);

		if (span == EXTRACT_CODE_DIRECTIVE) {
			walk.at = end;
			if (!walk.any && walk.braces == 0)
				break; /* a line by itself */
			continue;
		}
		if (span != EXTRACT_CODE_NONE) {
			if (span == EXTRACT_CODE_STRING) {
				if (!walk.any)
					walk.item.head = walk.at;
				walk.any = true;
				walk.last = '"';
			}
			walk.at = end;
			continue;
		}
		if (code->text[walk.at] == '\n') {
			if (ends_here(&walk)) {
				walk.at++;
				break;
			}
		} else if (!isspace((unsigned char)code->text[walk.at])) {
			take_byte(&walk, code->text[walk.at]);
		}
		walk.at++;
	}
	walk.item.to = walk.at < to ? walk.at : to;
	walk.item.comment = !walk.any;
	return walk.item;
}

/* A word of the head that says that what is between the braces are declarations. */
static bool
is_container(const struct extract_code *code, const struct item *item)
{
	static const char *const words[] = {"class", "struct", "interface", "trait", "union", "object",
		"record", "protocol", "extension"};
	static const char *const always[] = {"impl", "namespace", "mod"};

	size_t depth = 0;

	if (item->open == 0 || item->close <= item->open)
		return false;
	for (size_t at = item->head; at < item->open; at++) {
		depth += code->text[at] == '(';
		depth -= depth > 0 && code->text[at] == ')';
		for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
			if (depth == 0 && extract_code_is_word(code, at, always[i]))
				return true;
		/* A function may return a struct, or take one. */
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (depth == 0 && extract_code_is_word(code, at, words[i]))
				return memchr(code->text + at, '(', item->open - at) == NULL &&
					memchr(code->text + at, '=', item->open - at) == NULL;
	}
	return false;
}

static int
cut_range(struct extract_code *code, size_t from, size_t to, int level)
{
	int rc = 0;

	while (from < to && rc == 0) {
		struct item item;

		if (extract_code_is_blank_line(code, from)) {
			from = extract_code_line_end(code, from);
			continue;
		}
		item = next_item(code, from, to);
		from = item.to > from ? item.to : to;
		if (is_container(code, &item) && item.to - item.from > EXTRACT_CODE_SMALL_BYTES &&
			level < EXTRACT_CODE_LEVELS) {
			rc = extract_code_heading(code, item.head, item.open, level);
			if (rc == 0)
				rc = extract_code_piece(code, item.from, item.open + 1, 0, 0, level + 1);
			if (rc == 0)
				rc = cut_range(code, item.open + 1, item.close, level + 1);
			extract_code_extend(code, item.to);
		} else {
			bool function = item.open > 0 && item.parens;

			rc = extract_code_piece(code, item.from, item.to, item.head,
				function ? item.open : item.head, level);
		}
	}
	return rc;
}

int
extract_code_braces(struct extract_code *code)
{
	return cut_range(code, 0, code->len, 1);
}
