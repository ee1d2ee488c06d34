/* SPDX-License-Identifier: Apache-2.0 */
/* reader.c: no more of a line is kept than may be looked at. */
#include "finetune/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "finetune/patterns.h"

enum { PIECE = 256 * 1024 };

void
finetune_count_close(struct finetune_count *count)
{
	for (size_t i = 0; i < count->n_samples; i++)
		bh_buf_close(&count->samples[i]);
	count->n_samples = 0;
}

/* ---- what is in an example ---- */

static void
look_for_patterns(struct finetune_data *data, int64_t line, const char *field, size_t index,
	const char *text, size_t len)
{
	unsigned found = finetune_patterns(text, len);
	char name[64];

	snprintf(name, sizeof(name), "%s[%zu].content", field, index);
	for (unsigned bit = 1; bit <= FINETUNE_IBAN; bit <<= 1)
		if ((found & bit) != 0)
			finetune_data_find(data, FINETUNE_WARNING, line, "private", name, "looks like %s",
				finetune_pattern_name((enum finetune_pattern)bit));
}

static void
look_at_message(struct finetune_data *data, int64_t line, const char *field, size_t index,
	const struct bh_json *message)
{
	const struct bh_json *content = bh_json_get(message, "content");

	if (bh_json_kind(content) == BH_JSON_STRING) {
		look_for_patterns(data, line, field, index, bh_json_string(content),
			bh_json_string_len(content));
		return;
	}
	for (size_t i = 0; i < bh_json_count(content); i++) {
		const struct bh_json *text = bh_json_get(bh_json_at(content, i), "text");

		if (bh_json_kind(text) == BH_JSON_STRING)
			look_for_patterns(data, line, field, index, bh_json_string(text),
				bh_json_string_len(text));
	}
}

static void
look_at_messages(struct finetune_data *data, struct finetune_count *count, int64_t line,
	const char *field, const struct bh_json *messages)
{
	size_t n = bh_json_count(messages);

	count->messages += (int64_t)n;
	for (size_t i = 0; i < n; i++)
		look_at_message(data, line, field, i, bh_json_at(messages, i));
}

static void
take_sample(struct finetune_count *count, const struct finetune_example *example, int64_t bytes)
{
	struct bh_buf *sample = &count->samples[count->n_samples];

	if (count->n_samples == FINETUNE_SAMPLES || bytes > FINETUNE_SAMPLE_BYTES)
		return;
	finetune_messages_write(sample, example->messages, example->preferred);
	count->sample_bytes += (int64_t)sample->len;
	count->n_samples++;
}

static void
count_example(struct finetune_data *data, struct finetune_count *count,
	const struct finetune_example *example)
{
	int64_t bytes = (int64_t)bh_json_text_bytes(example->doc.root);

	count->text_bytes += bytes;
	if (bytes > count->longest_bytes) {
		count->longest_bytes = bytes;
		count->longest_line = example->line;
	}
	take_sample(count, example, bytes);
	look_at_messages(data, count, example->line,
		example->preferred == NULL ? "messages" : "input.messages", example->messages);
	look_at_messages(data, count, example->line, "preferred_output", example->preferred);
	look_at_messages(data, count, example->line, "non_preferred_output", example->rejected);
}

/* ---- lines ---- */

struct reading {
	struct finetune_data *data;
	struct finetune_count *count;
	struct bh_buf line;
	bool begun; /* there is a line, though it may be empty */
};

static void
end_line(struct reading *reading)
{
	struct finetune_example example;

	if (finetune_data_line(reading->data, bh_buf_string(&reading->line), reading->line.len,
			&example)) {
		count_example(reading->data, reading->count, &example);
		finetune_example_close(&example);
	}
	bh_buf_reset(&reading->line);
	reading->begun = false;
}

static void
add_piece(struct reading *reading, const char *bytes, size_t len)
{
	size_t most = reading->data->limits.line_bytes_max + 1;
	size_t room = reading->line.len < most ? most - reading->line.len : 0;

	reading->begun = true;
	bh_buf_add(&reading->line, bytes, len < room ? len : room);
}

static bool
take_piece(struct reading *reading, const char *bytes, size_t len)
{
	while (len > 0) {
		const char *end = memchr(bytes, '\n', len);
		size_t n = end != NULL ? (size_t)(end - bytes) : len;

		add_piece(reading, bytes, n);
		if (end == NULL)
			return true;
		end_line(reading);
		if (reading->data->errors > FINETUNE_ERRORS_MOST)
			return false;
		bytes += n + 1;
		len -= n + 1;
	}
	return true;
}

static int
read_all(int fd, struct reading *reading, char *piece, int (*stop)(void *ctx), void *ctx)
{
	int rc = 0;

	while (rc == 0) {
		ssize_t n = read(fd, piece, PIECE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_error(BH_E_IO, "read training data: %m");
		if (n == 0)
			break;
		reading->count->bytes += n;
		if (!take_piece(reading, piece, (size_t)n)) {
			reading->count->cut_off = true;
			return 0;
		}
		rc = stop(ctx);
	}
	if (rc == 0 && reading->begun)
		end_line(reading);
	return rc;
}

int
finetune_reader_read(const char *path, struct finetune_data *data, struct finetune_count *count,
	int (*stop)(void *ctx), void *ctx)
{
	struct reading reading = {.data = data, .count = count};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *piece = malloc(PIECE);
	int rc;

	if (fd < 0 || piece == NULL)
		rc = fd < 0 ? bh_error(BH_E_IO, "open %s: %m", path) : BH_E_MEMORY;
	else
		rc = read_all(fd, &reading, piece, stop, ctx);
	free(piece);
	if (fd >= 0)
		close(fd);
	bh_buf_close(&reading.line);
	if (rc == 0 && !count->cut_off)
		finetune_data_end(data);
	return rc;
}
