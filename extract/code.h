/* SPDX-License-Identifier: Apache-2.0 */
/* code.h: source code, cut between its functions: a block for each, with the classes around them as
 * headings. It is told apart by brackets, quotes and indentation, not parsed: code that is unusual is
 * cut elsewhere, but none of it is lost. */
#ifndef EXTRACT_CODE_H
#define EXTRACT_CODE_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

struct extract_input;
struct extract_sink;

enum {
	EXTRACT_CODE_LEVELS = 6,
	EXTRACT_CODE_SMALL_BYTES = 1000, /* a class under this stays in one piece */
};

enum extract_code_family {
	EXTRACT_CODE_BRACES,
	EXTRACT_CODE_INDENTED,
	EXTRACT_CODE_SHELL,
	EXTRACT_CODE_SQL,
};

/* What of a language tells where its pieces end. */
struct extract_code_language {
	const char *extensions; /* "c h": parted by blanks */
	enum extract_code_family family;
	bool directives;  /* lines that begin with # are for a preprocessor */
	bool line_ends;   /* a statement needs no semicolon */
	bool templates;   /* `text` in back quotes */
	bool patterns;    /* regular expressions between slashes */
	bool lifetimes;   /* 'a is no character; r#"text"# and nested comments */
	bool raw_strings; /* R"x(text)x" */
	bool text_blocks; /* """ over several lines */
};

/* A text and where its pieces go. */
struct extract_code {
	const struct extract_code_language *language; /* borrowed */
	const char *text;                             /* borrowed; UTF-8 without control characters */
	size_t len;
	struct extract_sink *sink;
	/* The piece that is not written yet: statements gather, and a closing bracket joins it. */
	bool waiting;
	size_t from, to, signature, signature_end;
	int level;
};

bool extract_code_is_named(const char *name);

/* True for a script that names its interpreter in the first line. */
bool extract_code_is_script(const struct extract_input *input);

/* Adds a piece below headings up to level - 1. One without a signature (of no length) may be joined
 * with its neighbours. */
EXTRACT_MUST_CHECK int extract_code_piece(struct extract_code *code, size_t from, size_t to,
	size_t signature, size_t signature_end, int level);

/* The bytes up to there belong to the piece before. */
void extract_code_extend(struct extract_code *code, size_t to);

/* Adds a class or the like. */
EXTRACT_MUST_CHECK int extract_code_heading(struct extract_code *code, size_t from, size_t to,
	int level);

/* Cut the whole text into pieces. */
EXTRACT_MUST_CHECK int extract_code_braces(struct extract_code *code);
EXTRACT_MUST_CHECK int extract_code_indented(struct extract_code *code);
EXTRACT_MUST_CHECK int extract_code_shell(struct extract_code *code);
EXTRACT_MUST_CHECK int extract_code_sql(struct extract_code *code);

/* ---- scanning ---- */

enum extract_code_span {
	EXTRACT_CODE_NONE,
	EXTRACT_CODE_COMMENT,
	EXTRACT_CODE_STRING,
	EXTRACT_CODE_DIRECTIVE,
};

/* What begins at this byte; *end is behind it. One that never ends goes to the end of its line, or of
 * the text if it may hold line ends. */
enum extract_code_span extract_code_span_at(const struct extract_code *code, size_t at,
	size_t *end);

/* Where the line after the byte's begins. */
size_t extract_code_line_end(const struct extract_code *code, size_t at);

/* True if the line at its start holds nothing but blanks, or is past the end. */
bool extract_code_is_blank_line(const struct extract_code *code, size_t at);

/* True if the word stands there and ends there. */
bool extract_code_is_word(const struct extract_code *code, size_t at, const char *word);

#endif
