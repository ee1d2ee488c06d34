/* SPDX-License-Identifier: Apache-2.0 */
/* data.c: lines, findings and duplicates; check.c has the rules of one example. */
#include "finetune/data.h"

#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "finetune/check.h"
#include "finetune/seen.h"

const struct finetune_limits finetune_limits_default = {
	.line_bytes_max = BH_MIB,
	.examples_min = 10,
	.examples_max = 1000000,
	.findings_max = 100,
};

void
finetune_data_init(struct finetune_data *data, enum finetune_form form,
	const struct finetune_limits *limits)
{
	*data = (struct finetune_data){.form = form, .limits = *limits};
	data->findings = bh_arena_array(&data->arena, limits->findings_max + 1,
		sizeof(*data->findings));
	/* Two hashes an example: as it is, and with case and blanks levelled. */
	data->seen = finetune_seen_new(2 * limits->examples_max);
}

void
finetune_data_close(struct finetune_data *data)
{
	finetune_seen_free(data->seen);
	bh_arena_close(&data->arena);
	*data = (struct finetune_data){0};
}

void
finetune_example_close(struct finetune_example *example)
{
	bh_json_close(&example->doc);
	*example = (struct finetune_example){0};
}

static struct finetune_finding *
add(struct finetune_data *data, enum finetune_level level, int64_t line)
{
	if (level == FINETUNE_ERROR)
		data->errors++;
	else
		data->warnings++;
	if (data->n_findings >= data->limits.findings_max)
		return NULL;
	data->findings[data->n_findings] = (struct finetune_finding){.level = level, .line = line};
	return &data->findings[data->n_findings++];
}

void
finetune_data_find(struct finetune_data *data, enum finetune_level level, int64_t line,
	const char *code, const char *field, const char *format, ...)
{
	struct finetune_finding *finding = add(data, level, line);
	va_list args;

	if (finding == NULL)
		return;
	finding->code = bh_arena_strdup(&data->arena, code);
	finding->field = bh_arena_strdup(&data->arena, field);
	va_start(args, format);
	finding->message = bh_arena_vprintf(&data->arena, format, args);
	va_end(args);
}

/* `words` end before the number of the other line. */
static void
find_same(struct finetune_data *data, enum finetune_level level, int64_t line, int64_t other,
	const char *code, const char *words)
{
	struct finetune_finding *finding = add(data, level, line);

	if (finding != NULL)
		*finding = (struct finetune_finding){level, line, other, code, "",
			bh_arena_printf(&data->arena, "%s %lld", words, (long long)other)};
}

/* What differs only in the case of ASCII letters and in blanks is the same. */
static void
level_text(struct bh_buf *text)
{
	size_t len = 0;
	bool blank = false;

	for (size_t i = 0; i < text->len; i++) {
		char c = text->data[i];

		/* In JSON, blanks other than the space are written \n, \t and \r. */
		if (c == '\\' && i + 1 < text->len) {
			char next = text->data[++i];

			if (strchr("ntr", next) != NULL) {
				c = ' ';
			} else {
				text->data[len++] = c;
				c = next;
			}
		}
		if (c == ' ' && blank)
			continue;
		blank = c == ' ';
		text->data[len++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	text->len = len;
}

static void
look_for_same(struct finetune_data *data, const struct finetune_example *example)
{
	struct bh_buf text = {0};
	uint64_t exact, levelled;
	int64_t other;

	bh_json_append(&text, example->doc.root);
	exact = finetune_seen_hash(text.data, text.len);
	level_text(&text);
	/* Its own kind of hash: an example that is level already has both. */
	bh_buf_char(&text, '~');
	levelled = finetune_seen_hash(text.data, text.len);
	bh_buf_close(&text);

	if (data->against != NULL) {
		other = finetune_seen_find(data->against->seen, exact);
		if (other != 0)
			find_same(data, FINETUNE_ERROR, example->line, other, "leak",
				"the same example is in the training data, line");
		else if ((other = finetune_seen_find(data->against->seen, levelled)) != 0)
			find_same(data, FINETUNE_ERROR, example->line, other, "leak",
				"the training data has it with other case or blanks, line");
	}
	other = finetune_seen_find(data->seen, exact);
	if (other != 0)
		find_same(data, FINETUNE_WARNING, example->line, other, "duplicate",
			"the same example is in line");
	else if ((other = finetune_seen_find(data->seen, levelled)) != 0)
		find_same(data, FINETUNE_WARNING, example->line, other, "duplicate",
			"but for case and blanks, the same example is in line");
	if (other == 0)
		data->distinct++;
	finetune_seen_add(data->seen, exact, example->line);
	finetune_seen_add(data->seen, levelled, example->line);
}

static bool
is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
			return false;
	return true;
}

/* The parser's detail, without its own line, which is always 1 here. */
static const char *
json_detail(void)
{
	const char *detail = bh_error_detail(BH_E_JSON);

	return detail[0] != '\0' ? detail : "not valid JSON";
}

bool
finetune_data_line(struct finetune_data *data, const char *text, size_t len,
	struct finetune_example *out)
{
	struct finetune_example example = {0};
	int64_t leaks;

	*out = (struct finetune_example){0};
	data->lines++;
	if (len > data->limits.line_bytes_max) {
		finetune_data_find(data, FINETUNE_ERROR, data->lines, "size", "", "longer than %zu bytes",
			data->limits.line_bytes_max);
		return false;
	}
	/* The mark that some editors put in front. */
	if (data->lines == 1 && len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (is_blank(text, len))
		return false;
	example.line = data->lines;
	if (bh_json_parse(text, len, &example.doc) < 0) {
		finetune_data_find(data, FINETUNE_ERROR, data->lines, "json", "", "%s", json_detail());
		return false;
	}
	if (finetune_check(data, example.doc.root, &example) > 0) {
		finetune_example_close(&example);
		return false;
	}
	leaks = data->errors;
	look_for_same(data, &example);
	if (data->errors > leaks) {
		finetune_example_close(&example);
		return false;
	}
	data->examples++;
	*out = example;
	return true;
}

void
finetune_data_end(struct finetune_data *data)
{
	size_t examples = (size_t)data->examples;

	if (examples == 0 && data->errors == 0)
		finetune_data_find(data, FINETUNE_ERROR, 0, "count", "", "the file has no example");
	else if (examples < data->limits.examples_min)
		finetune_data_find(data, FINETUNE_ERROR, 0, "count", "",
			"%zu examples without errors; at least %zu are needed", examples,
			data->limits.examples_min);
	if (examples > data->limits.examples_max)
		finetune_data_find(data, FINETUNE_ERROR, 0, "count", "",
			"%zu examples; at most %zu are read", examples, data->limits.examples_max);
	if (examples > 1 && data->distinct == 1)
		finetune_data_find(data, FINETUNE_ERROR, 0, "duplicate", "", "all examples are the same");
}

bool
finetune_message_is_learned(const struct bh_json *message)
{
	const char *role = bh_json_get_string(message, "role");

	return role != NULL && strcmp(role, "assistant") == 0 &&
		bh_json_get_int(message, "weight", 1) != 0;
}
