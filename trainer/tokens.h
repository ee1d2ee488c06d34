/* SPDX-License-Identifier: Apache-2.0 */
/* tokens.h: chats as the base model's tokens, by the chat template that serves it, and answers by an adapter. The
 * only part that knows llama.cpp's C++; no exception leaves it. */
#ifndef TRAINER_TOKENS_H
#define TRAINER_TOKENS_H

#include "trainer/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

struct trainer_tokenizer;
struct trainer_sampler;

/* Template: its text, or NULL for the model's own. BH_E_UNSUPPORTED: there is none, or it is none that can be read. */
BH_MUST_CHECK int trainer_tokenizer_open(const char *model, const char *template_text,
	struct trainer_tokenizer **out);
void trainer_tokenizer_close(struct trainer_tokenizer *tokenizer);

/* `messages` is a JSON array as finetune_messages_write makes it, `tools` another or NULL, and `learned` says of each
 * message whether it is. Of such a message the tokens from behind the generation prompt to the end of the turn are
 * learned; answers that begin behind the first `context` tokens are not looked for. out's arrays are the caller's, by
 * trainer_sequence_close. BH_E_INVALID: the template refuses it, or does not let an answer follow its prompt. BH_E_BUSY:
 * stopped by the tick, which is asked before each answer: a long chat is written once for every prefix of it. */
BH_MUST_CHECK int trainer_tokenizer_chat(struct trainer_tokenizer *tokenizer, const char *messages,
	const char *tools, const uint8_t *learned, int64_t context, const struct trainer_tick *tick,
	struct trainer_sequence *out);
void trainer_sequence_close(struct trainer_sequence *sequence);

/* The model as it is served, with the adapter of that file, or without (NULL). */
BH_MUST_CHECK int trainer_sampler_open(const char *model, const char *adapter, int threads,
	int context, const struct trainer_tick *tick, struct trainer_sampler **out);
void trainer_sampler_close(struct trainer_sampler *sampler);

/* The likeliest continuation, at most so many tokens. *out is the caller's to free. BH_E_BUSY: stopped. */
BH_MUST_CHECK int trainer_sampler_answer(struct trainer_sampler *sampler, const int32_t *prompt,
	int prompt_count, int most, char **out, int *out_count);

#ifdef __cplusplus
}
#endif

#endif
