/* SPDX-License-Identifier: Apache-2.0 */
/* data.h: training data in OpenAI's form: JSON lines, each a chat or a pair of answers of which one is preferred.
 * All findings are collected, each with its line and field. Used by the service's validation and by the trainer.
 *
 * Source of the forms: OpenAI's OpenAPI description 2.3.0, FineTuneChatRequestInput and FineTunePreferenceRequestInput.
 */
#ifndef FINETUNE_DATA_H
#define FINETUNE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "json/json.h"

enum finetune_form {
	FINETUNE_CHAT, /* {"messages":[…],"tools":[…]} */
	FINETUNE_PREFERENCE /* {"input":{"messages":[…]},"preferred_output":[…],"non_preferred_output":[…]} */
};

enum finetune_level { FINETUNE_WARNING, FINETUNE_ERROR };

/* One finding. Strings are owned by the data's arena or static. */
struct finetune_finding {
	enum finetune_level level;
	int64_t line;       /* from 1; 0: the file as a whole */
	int64_t other_line; /* of a duplicate: where it was first; else 0 */
	const char
		*code; /* stable: json, type, missing, value, order, duplicate, leak, unused, size, count */
	const char *field; /* "messages[2].role", or "" */
	const char *message;
};

struct finetune_limits {
	size_t line_bytes_max;
	size_t examples_min;
	size_t examples_max; /* at most 2^24: the memory of duplicates is 32 to 64 bytes an example */
	size_t findings_max; /* kept; all are counted */
};

/* 1 MiB a line, 10 to 1,000,000 examples, 100 findings. */
extern const struct finetune_limits finetune_limits_default;

struct finetune_seen; /* which examples there were, by hash */

/* What is known of a file, line after line. Zeroed is empty and may be closed. */
struct finetune_data {
	enum finetune_form form;
	struct finetune_limits limits;
	const struct finetune_data
		*against; /* borrowed: training data, if this is the held-out part. NULL: none */
	int64_t lines;
	int64_t examples; /* without errors */
	int64_t errors, warnings;
	int64_t distinct;
	struct finetune_finding *findings; /* the first findings_max of them, in the order of lines */
	size_t n_findings;
	struct finetune_seen *seen; /* owned */
	struct bh_arena arena;      /* owned: of findings */
};

/* An example without errors. Owner of the values. Zeroed means none. */
struct finetune_example {
	struct bh_json_doc doc;
	int64_t line;
	const struct bh_json *messages; /* of the chat, or of the preference's input */
	const struct bh_json *tools;    /* NULL: none */
	const struct bh_json
		*preferred; /* NULL in a chat; else the answer's messages, as is the next */
	const struct bh_json *rejected;
};

void finetune_data_init(struct finetune_data *data, enum finetune_form form,
	const struct finetune_limits *limits);

/* The next line, without its line feed. True with an example that the caller closes; false if it is blank (allowed
 * at the end), has errors, which are among the findings, or is beyond limits.examples_max, which finetune_data_end
 * tells. Never more than limits.line_bytes_max are looked at. */
bool finetune_data_line(struct finetune_data *data, const char *text, size_t len,
	struct finetune_example *out);

/* After the last line: what can be said of the whole file. */
void finetune_data_end(struct finetune_data *data);

/* Adds a finding of the caller's own, such as an example longer than the context. */
void finetune_data_find(struct finetune_data *data, enum finetune_level level, int64_t line,
	const char *code, const char *field, const char *format, ...) BH_PRINTF(6, 7);

/* Adds one that names another line, whose number follows `words`. */
void finetune_data_find_same(struct finetune_data *data, enum finetune_level level, int64_t line,
	int64_t other, const char *code, const char *words);

void finetune_data_close(struct finetune_data *data);
void finetune_example_close(struct finetune_example *example);

/* Messages as chat templates read them, as a JSON array: content is a string, developer is system, a call's arguments
 * are an object. `answer` (may be NULL) follows `messages`. */
void finetune_messages_write(struct bh_buf *out, const struct bh_json *messages,
	const struct bh_json *answer);

/* Whether an assistant's message is to be learned: its weight is not 0. */
bool finetune_message_is_learned(const struct bh_json *message);

#endif
