/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c: a line of training data after the other, duplicates, and the file as a whole. */
#include <string.h>

#include "base/error.h"
#include "finetune/check.h"
#include "finetune/data.h"
#include "finetune/seen.h"

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
			finetune_data_find_same(data, FINETUNE_ERROR, example->line, other, "leak",
				"the same example is in the training data, line");
		else if ((other = finetune_seen_find(data->against->seen, levelled)) != 0)
			finetune_data_find_same(data, FINETUNE_ERROR, example->line, other, "leak",
				"the training data has it with other case or blanks, line");
	}
	other = finetune_seen_find(data->seen, exact);
	if (other != 0)
		finetune_data_find_same(data, FINETUNE_WARNING, example->line, other, "duplicate",
			"the same example is in line");
	else if ((other = finetune_seen_find(data->seen, levelled)) != 0)
		finetune_data_find_same(data, FINETUNE_WARNING, example->line, other, "duplicate",
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
	/* They are counted for the finding; whoever keeps examples keeps no more than were allowed for. */
	if ((size_t)data->examples > data->limits.examples_max) {
		finetune_example_close(&example);
		return false;
	}
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
