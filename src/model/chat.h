/* SPDX-License-Identifier: Apache-2.0 */
/* chat.h: a chat completion request, read from the client and rewritten for the engine. */
#ifndef BH_MODEL_CHAT_H
#define BH_MODEL_CHAT_H

#include "base/buf.h"
#include "json/fields.h"
#include "model/model.h"
#include "model/normal.h"
#include "model/picture.h"
#include "model/usage.h"

struct model_engine;

/* What the service itself needs of the request; the rest goes through model_chat_write. */
struct model_chat {
	const char *model;
	const struct bh_json *messages;
	const struct bh_json *response_format, *tools, *tool_choice, *stop, *logit_bias;
	const struct bh_json *stream_options, *modalities;
	double temperature, top_p, frequency_penalty, presence_penalty;
	bool has_temperature, has_top_p, has_frequency_penalty, has_presence_penalty;
	int64_t max_tokens, max_completion_tokens, n, seed, top_logprobs;
	bool has_max_tokens, has_max_completion_tokens, has_seed, has_logprobs, has_top_logprobs;
	bool stream, logprobs, parallel_tool_calls, has_parallel_tool_calls;
	bool include_usage;
	bool running_usage; /* the caller asks for it in each chunk */
	bool asks_running;  /* and the upstream is asked, for it is not known to refuse that */
	int64_t output_cap; /* the smaller of the declared caps; 0: none */
	bool is_cap_new;    /* its name for the engine is max_completion_tokens, as the client's was */
	int64_t prompt_estimate; /* tokens, from bytes */
	size_t n_pictures;
	size_t picture_bytes;                  /* of what names them, which is no part of the prompt */
	const struct model_engine *engine;     /* borrowed: which adapters it holds; NULL: none */
	const struct model_pictures *pictures; /* borrowed, as they were read; NULL: there are none */
};

/* The text of a content part that is no picture, as the engine is sent it: the member that its type names. */
const struct bh_json *model_chat_part_text(const struct bh_json *part);

/* chat_fields.c: the rows by which the request is read, and what of it is passed on is written. */
extern const struct bh_field model_chat_message_row;

/* Reads and checks everything. Errors name the field. */
BH_MUST_CHECK int model_chat_read(const struct bh_json *body, struct model_chat *out);

/* Writes the engine's request: nothing is in it because the client sent it, everything because it is
 * known here. output_cap as admitted (0: none). */
void model_chat_write(const struct model_chat *chat, const struct model_entry *entry,
	int64_t output_cap, bool share_prompt_cache, struct bh_buf *out);

/* Reads the figures that an event or an answer reports, as `usage` or, while llama-server writes, as `timings`.
 * Untouched where it has none, or one beyond all reason. */
void model_usage_read(const struct bh_json *told, struct model_usage *out);

/* The same for an event with `bytes` of output. *is_behind: output has passed since the figures were told. */
void model_usage_follow(const struct bh_json *event, int64_t bytes, struct model_usage *usage,
	bool *is_behind);

/* A call of a whole answer, and the one choice that it has. All text is borrowed. */
struct model_answer_call {
	const char *id, *name, *arguments;
};
struct model_choice {
	int64_t index;
	const char *content, *refusal; /* NULL: null */
	const struct model_answer_call *calls;
	size_t n_calls;
	bool has_calls;
	const char *logprobs; /* JSON object; NULL: null */
	const char *finish;
	const void *const *annotations; /* there are none */
	size_t n_annotations;
};

/* What an answer begins with. Text is borrowed. */
struct model_answer_head {
	const char *id, *name;
	int64_t created_s;
	bool in_words; /* its model was told in words what is in the pictures, and the answer says so */
};

/* Writes a whole answer. */
void model_chat_answer(const struct model_choice *choice, const struct model_answer_head *head,
	const struct model_usage *usage, struct bh_buf *out);

/* Appends the entries of an upstream's logprobs, joined by commas; nothing where there are none. */
void model_chat_logprobs(const struct bh_json *logprobs, struct bh_buf *out);

/* What all chunks of a stream begin with. */
struct model_chunk_head {
	struct bh_buf text; /* owned */
	struct bh_write write;
};
void model_chunk_head_init(struct model_chunk_head *head, const struct model_answer_head *answer);

/* Writes a piece that is not empty as a chunk's JSON. `usage`: what was used so far; NULL: not told. */
void model_chat_chunk(const struct model_piece *piece, const struct model_usage *usage,
	const struct model_chunk_head *head, struct bh_buf *out);
/* The chunk with the usage, as the client asked for it. */
void model_chat_usage_chunk(const struct model_usage *usage, const struct model_chunk_head *head,
	struct bh_buf *out);

/* The usage object as our answers have it, member included: `"usage":{…}`. */
void model_usage_write(struct bh_write *write, const struct model_usage *usage);

#endif
