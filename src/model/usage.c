/* SPDX-License-Identifier: Apache-2.0 */
/* usage.c: the rule of usage.h, and nothing else. */
#include "model/usage.h"

enum {
	BYTES_PER_TOKEN = 3,          /* on the safe side for Latin text */
	BYTES_PER_TOKEN_MOST = 32,    /* an average beyond this is no token count */
	PROMPT_HIDDEN_MOST = 65536,   /* a provider's own instructions */
	COMPLETION_HIDDEN_MOST = 4096 /* reasoning that is neither sent nor told apart */
};

int64_t
model_usage_counted(int64_t pieces, int64_t bytes)
{
	int64_t by_bytes = bytes / BYTES_PER_TOKEN + (bytes % BYTES_PER_TOKEN != 0);

	return pieces > by_bytes ? pieces : by_bytes;
}

static bool
is_in_range(int64_t tokens)
{
	return tokens >= 0 && tokens <= MODEL_TOKENS_MOST;
}

bool
model_usage_in_range(const struct model_usage *reported)
{
	return is_in_range(reported->prompt_tokens) && is_in_range(reported->cached_tokens) &&
		is_in_range(reported->completion_tokens) && is_in_range(reported->reasoning_tokens);
}

static bool
is_prompt_credible(const struct model_seen *seen, const struct model_usage *reported)
{
	int64_t most = seen->context;

	if (most <= 0)
		most = PROMPT_HIDDEN_MOST + 4 * seen->prompt_estimate;
	return reported->prompt_tokens > 0 && reported->prompt_tokens <= most &&
		reported->cached_tokens <= reported->prompt_tokens;
}

static bool
is_completion_credible(const struct model_seen *seen, const struct model_usage *reported)
{
	int64_t counted = model_usage_counted(seen->pieces, seen->bytes);
	int64_t passed = seen->pieces + seen->bytes;
	int64_t tokens = reported->completion_tokens;

	if (reported->reasoning_tokens > tokens)
		return false;
	if (tokens == 0)
		return counted == 0;
	if (tokens < seen->bytes / BYTES_PER_TOKEN_MOST)
		return false;
	if (seen->cap > 0 && tokens > seen->cap && tokens > counted)
		return false;
	return tokens <= passed + reported->reasoning_tokens + COMPLETION_HIDDEN_MOST;
}

bool
model_usage_credible(const struct model_seen *seen, const struct model_usage *reported)
{
	return reported->present && model_usage_in_range(reported) &&
		is_prompt_credible(seen, reported) && is_completion_credible(seen, reported);
}

struct model_figures
model_usage_decide(const struct model_seen *seen, const struct model_usage *reported)
{
	int64_t counted = model_usage_counted(seen->pieces, seen->bytes);
	struct model_figures figures = {.prompt_tokens = seen->prompt_estimate};

	if (seen->refused)
		return (struct model_figures){.source = METER_REPORTED};
	if (model_usage_credible(seen, reported))
		return (struct model_figures){reported->prompt_tokens, reported->cached_tokens,
			reported->completion_tokens, METER_REPORTED};
	if (counted > 0) {
		figures.completion_tokens = counted;
		figures.source = METER_COUNTED;
		return figures;
	}
	figures.completion_tokens = seen->unread ? seen->unread_most : 0;
	figures.source = METER_ESTIMATED;
	return figures;
}
