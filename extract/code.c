/* SPDX-License-Identifier: Apache-2.0 */
/* code.c: which language a file is in, and the pieces that it is cut into. */
#include "code.h"

#include <string.h>
#include <strings.h>

#include "protocol.h"
#include "reader.h"
#include "sink.h"
#include "table.h"
#include "unicode.h"

enum { JOINED_BYTES_MAX = 1200 };

static const struct extract_code_language languages[] = {
	{.extensions = "c h", .directives = true},
	{.extensions = "cc cpp cxx c++ hh hpp hxx h++ ipp inl cu cuh m mm",
		.directives = true,
		.raw_strings = true},
	{.extensions = "java cs kt kts scala swift", .text_blocks = true},
	{.extensions = "js mjs cjs jsx ts mts cts tsx",
		.line_ends = true,
		.templates = true,
		.patterns = true},
	{.extensions = "go", .line_ends = true, .templates = true},
	{.extensions = "rs", .lifetimes = true},
	{.extensions = "py pyi pyw", .family = EXTRACT_CODE_INDENTED},
	{.extensions = "sh bash zsh ksh", .family = EXTRACT_CODE_SHELL},
	{.extensions = "sql ddl", .family = EXTRACT_CODE_SQL},
};

/* The language whose extensions hold this word; NULL if there is none. */
static const struct extract_code_language *
find_language(const char *extension)
{
	size_t len = strlen(extension);

	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		for (const char *at = languages[i].extensions; len > 0 && *at != '\0';) {
			size_t word = strcspn(at, " ");

			if (word == len && strncasecmp(at, extension, len) == 0)
				return &languages[i];
			at += word + strspn(at + word, " ");
		}
	return NULL;
}

static const struct extract_code_language *
language_of_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot == NULL ? NULL : find_language(dot + 1);
}

bool
extract_code_is_named(const char *name)
{
	return language_of_name(name) != NULL;
}

static const struct extract_code_language *
language_of_script(const struct extract_input *input)
{
	static const struct {
		const char *interpreter, *extension;
	} scripts[] = {{"python", "py"}, {"node", "js"}, {"bash", "sh"}, {"/sh", "sh"}, {"dash", "sh"},
		{"zsh", "sh"}, {"ksh", "sh"}};
	const char *end;
	size_t len;

	if (input->len < 3 || memcmp(input->data, "#!", 2) != 0)
		return NULL;
	end = memchr(input->data, '\n', input->len);
	len = end == NULL ? input->len : (size_t)(end - input->data);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (memmem(input->data, len, scripts[i].interpreter, strlen(scripts[i].interpreter)))
			return find_language(scripts[i].extension);
	return NULL;
}

bool
extract_code_is_script(const struct extract_input *input)
{
	return language_of_script(input) != NULL;
}

/* Blanks at the front stay: they show how deep a line is. */
static void
trim(const struct extract_code *code, size_t *from, size_t *to)
{
	while (*to > *from && strchr(" \t\n", code->text[*to - 1]) != NULL)
		--*to;
	while (*from < *to && extract_code_is_blank_line(code, *from))
		*from = extract_code_line_end(code, *from);
}

static int
flush(struct extract_code *code)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer signature = {0};
	struct extract_block block = {.kind = EXTRACT_CODE, .level = code->level};

	if (!code->waiting)
		return 0;
	code->waiting = false;
	trim(code, &code->from, &code->to);
	extract_buffer_append(&signature, code->text + code->signature,
		code->signature_end - code->signature);
	if (signature.len > 0)
		block.header = signature.data;
	block.text = code->text + code->from;
	block.len = code->to - code->from;
	return extract_sink_block(code->sink, &block);
}

int
extract_code_piece(struct extract_code *code, size_t from, size_t to, size_t signature,
	size_t signature_end, int level)
{
	int rc;

	trim(code, &from, &to);
	if (from >= to)
		return 0;
	if (code->waiting && signature_end <= signature && code->signature_end <= code->signature &&
		code->level == level && to - code->from <= JOINED_BYTES_MAX) {
		code->to = to;
		return 0;
	}
	rc = flush(code);
	code->waiting = true;
	code->from = from;
	code->to = to;
	code->signature = signature;
	code->signature_end = signature_end > signature ? signature_end : signature;
	while (code->signature_end > code->signature &&
		strchr(" \t\n:{", code->text[code->signature_end - 1]) != NULL)
		code->signature_end--;
	code->level = level;
	return rc;
}

void
extract_code_extend(struct extract_code *code, size_t to)
{
	if (code->waiting && to > code->to)
		code->to = to;
}

int
extract_code_heading(struct extract_code *code, size_t from, size_t to, int level)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer line = {0};
	struct extract_block block = {.kind = EXTRACT_HEADING, .level = level};
	int rc = flush(code);

	while (to > from && strchr(" \t\n:{", code->text[to - 1]) != NULL)
		to--;
	extract_table_squeeze(code->text + from, to - from, &line);
	block.text = extract_buffer_string(&line);
	block.len = line.len;
	return rc < 0 ? rc : extract_sink_block(code->sink, &block);
}

static int
cut(struct extract_code *code)
{
	switch (code->language->family) {
	case EXTRACT_CODE_INDENTED:
		return extract_code_indented(code);
	case EXTRACT_CODE_SHELL:
		return extract_code_shell(code);
	case EXTRACT_CODE_SQL:
		return extract_code_sql(code);
	default:
		return extract_code_braces(code);
	}
}

int
extract_code_read(const struct extract_input *input, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer decoded = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = {0};
	struct extract_code code = {.sink = sink, .language = language_of_name(input->name)};
	int rc = extract_text_decode(input, NULL, sink, &decoded);

	if (rc < 0)
		return rc;
	if (code.language == NULL)
		code.language = language_of_script(input);
	if (code.language == NULL)
		return EXTRACT_E_UNSUPPORTED;
	extract_unicode_clean(extract_buffer_string(&decoded), decoded.len, &text);
	rc = extract_sink_document(sink, EXTRACT_FORMAT_CODE, NULL, 0);
	code.text = extract_buffer_string(&text);
	code.len = text.len;
	if (rc == 0)
		rc = cut(&code);
	return rc < 0 ? rc : flush(&code);
}
