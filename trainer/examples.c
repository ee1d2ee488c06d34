/* SPDX-License-Identifier: Apache-2.0 */
/* examples.c: a line at a time, so that a file never lies in memory as a whole. */
#include "trainer/examples.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "finetune/data.h"
#include "sec/digest.h"
#include "trainer/order.h"
#include "trainer/tokens.h"

enum { TEMPLATE_BYTES_MAX = 1024 * 1024, BLOCK_BYTES = 65536 };

struct reading {
	const struct trainer_job *job;
	struct trainer_line *line;
	struct trainer_tokenizer *tokenizer;
	struct finetune_data data;
	struct trainer_set *set;
	size_t size; /* of set->examples */
	int64_t context;
	struct bh_hash *hash;
};

static void
close_set(struct trainer_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		trainer_sequence_close(&set->examples[i].sequence);
		trainer_sequence_close(&set->examples[i].rejected);
	}
	free(set->examples);
	*set = (struct trainer_set){0};
}

void
trainer_examples_close(struct trainer_examples *examples)
{
	close_set(&examples->training);
	close_set(&examples->held_out);
}

/* Tokens of a chat, or of an answer to it: of a preference nothing but the answer is learned. */
static int
tokenize(struct reading *reading, const struct finetune_example *example,
	const struct bh_json *answer, struct trainer_sequence *out)
{
	size_t before = bh_json_count(example->messages);
	size_t count = before + bh_json_count(answer);
	uint8_t *learned = calloc(count + 1, 1);
	const struct trainer_tick tick = {trainer_line_tick, reading->line};
	struct bh_buf messages = {0}, tools = {0};
	int rc;

	if (learned == NULL)
		return bh_error(BH_E_INTERNAL, "out of memory");
	for (size_t i = 0; i < count; i++)
		learned[i] = answer == NULL ? finetune_message_is_learned(bh_json_at(example->messages, i))
									: i >= before;
	finetune_messages_write(&messages, example->messages, answer);
	if (example->tools != NULL)
		bh_json_append(&tools, example->tools);
	rc = trainer_tokenizer_chat(reading->tokenizer, messages.data,
		example->tools == NULL ? NULL : bh_buf_string(&tools), learned, reading->context, &tick,
		out);
	bh_buf_close(&tools);
	bh_buf_close(&messages);
	free(learned);
	return rc;
}

/* What is longer than the context loses its end. True: something that is learned is left. */
static bool
fit(struct trainer_sequence *sequence, int64_t context, bool *out_cut)
{
	if (sequence->count > context) {
		sequence->count = (int32_t)context;
		sequence->n_learned = 0;
		for (int64_t i = 0; i < context; i++)
			sequence->n_learned += sequence->learned[i];
		*out_cut = true;
	}
	return sequence->n_learned > 0;
}

static void
add_example(struct reading *reading, const struct trainer_example *example, bool was_cut)
{
	struct trainer_set *set = reading->set;

	if (set->count == reading->size) {
		reading->size = reading->size == 0 ? 256 : 2 * reading->size;
		set->examples = realloc(set->examples, reading->size * sizeof(*set->examples));
		if (set->examples == NULL)
			abort();
	}
	set->examples[set->count++] = *example;
	set->cut += was_cut;
}

static void
take_example(struct reading *reading, const struct finetune_example *found)
{
	struct finetune_data *data = &reading->data;
	struct trainer_example example = {0};
	bool was_cut = false, fits;
	int rc = tokenize(reading, found, found->preferred, &example.sequence);

	if (rc == 0 && found->rejected != NULL)
		rc = tokenize(reading, found, found->rejected, &example.rejected);
	/* Whoever stops finds nothing: the reader sees it behind the line. */
	if (rc < 0 && rc != BH_E_BUSY) {
		finetune_data_find(data, FINETUNE_ERROR, found->line, "template", "", "%s",
			bh_error_detail(rc));
	} else if (rc == 0) {
		fits = fit(&example.sequence, reading->context, &was_cut);
		if (found->rejected != NULL)
			fits = fit(&example.rejected, reading->context, &was_cut) && fits;
		if (fits) {
			if (was_cut)
				finetune_data_find(data, FINETUNE_WARNING, found->line, "size", "",
					"longer than the context of %lld tokens; the end is cut off",
					(long long)reading->context);
			add_example(reading, &example, was_cut);
			return;
		}
		finetune_data_find(data, FINETUNE_WARNING, found->line, "size", "",
			"left out: within the context of %lld tokens there is nothing to learn",
			(long long)reading->context);
	}
	trainer_sequence_close(&example.sequence);
	trainer_sequence_close(&example.rejected);
}

static int
take_line(struct reading *reading, struct bh_buf *text)
{
	struct finetune_example example;

	if (finetune_data_line(&reading->data, bh_buf_string(text), text->len, &example))
		take_example(reading, &example);
	finetune_example_close(&example);
	bh_buf_reset(text);
	return trainer_line_tick(reading->line) ? bh_error(BH_E_BUSY, "stopped") : 0;
}

/* Of a line that is too long, as much is kept as shows that it is. */
static int
read_lines(struct reading *reading, int fd)
{
	const size_t most = reading->data.limits.line_bytes_max + 1;
	struct bh_buf text = {0};
	char block[BLOCK_BYTES];
	ssize_t got = 0;
	int rc = 0;

	while (rc == 0 && (got = read(fd, block, sizeof(block))) > 0) {
		const char *at = block, *end = block + got;

		bh_hash_add(reading->hash, block, (size_t)got);
		while (rc == 0 && at < end) {
			const char *feed = memchr(at, '\n', (size_t)(end - at));
			size_t len = (size_t)((feed == NULL ? end : feed) - at);

			bh_buf_add(&text, at, len < most - text.len ? len : most - text.len);
			at += len + (feed != NULL);
			if (feed == NULL)
				break;
			rc = take_line(reading, &text);
		}
	}
	if (rc == 0 && got < 0)
		rc = bh_error(BH_E_NOT_FOUND, "the data cannot be read: %m");
	if (rc == 0 && text.len > 0)
		rc = take_line(reading, &text);
	bh_buf_close(&text);
	return rc;
}

static int
read_file(struct reading *reading, const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return bh_error(BH_E_NOT_FOUND, "the %s data cannot be opened: %m", name);
	rc = read_lines(reading, fd);
	close(fd);
	if (rc < 0)
		return rc;
	finetune_data_end(&reading->data);
	for (size_t i = 0; i < reading->data.n_findings; i++)
		trainer_say_finding(reading->line, name, &reading->data.findings[i]);
	if (reading->data.errors > 0)
		return bh_error(BH_E_INVALID, "the %s data has %lld errors", name,
			(long long)reading->data.errors);
	if (reading->set->count == 0)
		return bh_error(BH_E_INVALID, "the %s data has nothing to learn within the context", name);
	return 0;
}

/* A part of the training data, drawn by the seed, becomes the held-out part; both keep the file's order. */
static int
split(const struct trainer_job *job, struct trainer_examples *examples)
{
	struct trainer_set *from = &examples->training, *to = &examples->held_out;
	size_t count = (size_t)((double)from->count * job->held_out);
	uint32_t *order = malloc(from->count * sizeof(*order));
	uint8_t *is_held_out = calloc(from->count, 1);
	size_t left = 0;

	to->examples = calloc(count + 1, sizeof(*to->examples));
	if (order == NULL || is_held_out == NULL || to->examples == NULL) {
		free(order);
		free(is_held_out);
		return bh_error(BH_E_INTERNAL, "out of memory");
	}
	trainer_order((uint64_t)job->seed, TRAINER_STREAM_SPLIT, from->count, order);
	for (size_t i = 0; i < count; i++)
		is_held_out[order[i]] = 1;
	for (size_t i = 0; i < from->count; i++)
		if (is_held_out[i])
			to->examples[to->count++] = from->examples[i];
		else
			from->examples[left++] = from->examples[i];
	from->count = left;
	free(order);
	free(is_held_out);
	return 0;
}

static void
count_tokens(struct trainer_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct trainer_example *example = &set->examples[i];
		int64_t longer = example->sequence.count > example->rejected.count
			? example->sequence.count
			: example->rejected.count;

		set->tokens += example->sequence.count + example->rejected.count;
		set->learned += example->sequence.n_learned + example->rejected.n_learned;
		set->longest = longer > set->longest ? longer : set->longest;
	}
}

static int
read_template(const char *path, struct bh_buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, bh_buf_room(out, TEMPLATE_BYTES_MAX), TEMPLATE_BYTES_MAX);

	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return bh_error(BH_E_UNSUPPORTED, "the chat template cannot be read: %m");
	out->len += (size_t)got;
	bh_buf_char(out, '\0');
	return 0;
}

static void
begin(struct reading *reading, struct trainer_set *set, const struct finetune_data *against)
{
	const struct trainer_job *job = reading->job;
	struct finetune_limits limits = finetune_limits_default;

	limits.examples_min = against != NULL ? 1 : (size_t)job->examples_min;
	finetune_data_init(&reading->data,
		job->method == TRAINER_DPO ? FINETUNE_PREFERENCE : FINETUNE_CHAT, &limits);
	reading->data.against = job->leaks_allowed ? NULL : against;
	reading->set = set;
	reading->size = 0;
}

static int
read_both(struct reading *reading, struct trainer_examples *out)
{
	const struct trainer_job *job = reading->job;
	struct finetune_data training;
	int rc;

	begin(reading, &out->training, NULL);
	rc = read_file(reading, job->training, "training");
	training = reading->data;
	if (rc == 0 && job->validation != NULL) {
		begin(reading, &out->held_out, &training);
		rc = read_file(reading, job->validation, "validation");
		finetune_data_close(&reading->data);
	} else if (rc == 0)
		rc = split(job, out);
	finetune_data_close(&training);
	if (rc == 0 && out->training.count == 0)
		rc = bh_error(BH_E_INVALID, "nothing is left to train on");
	return rc;
}

int
trainer_examples_open(const struct trainer_job *job, int64_t context, struct trainer_line *line,
	struct trainer_examples *out)
{
	struct trainer_examples examples = {0};
	struct reading reading = {.job = job, .line = line, .context = job->context};
	struct bh_buf template = {0};
	struct bh_hash hash;
	struct bh_digest digest;
	char job_digest[65];
	int rc = job->chat_template == NULL ? 0 : read_template(job->chat_template, &template);

	if (reading.context > context)
		reading.context = context;
	bh_hash_begin(&hash);
	reading.hash = &hash;
	trainer_job_digest(job, job_digest);
	bh_hash_add(&hash, job_digest, sizeof(job_digest));
	bh_hash_add(&hash, bh_buf_string(&template), template.len);
	if (rc == 0)
		rc = trainer_tokenizer_open(job->model, job->chat_template == NULL ? NULL : template.data,
			&reading.tokenizer);
	if (rc == 0) {
		rc = read_both(&reading, &examples);
		trainer_tokenizer_close(reading.tokenizer);
	}
	bh_hash_end(&hash, &digest);
	bh_buf_close(&template);
	if (rc < 0) {
		trainer_examples_close(&examples);
		return rc;
	}
	count_tokens(&examples.training);
	count_tokens(&examples.held_out);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), examples.digest);
	*out = examples;
	return 0;
}
