/* SPDX-License-Identifier: Apache-2.0 */
/* tokens.cpp: llama.cpp's tokenizer, its reader of Jinja templates, and its inference. */
#include "trainer/tokens.h"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "jinja/lexer.h"
#include "jinja/parser.h"
#include "jinja/runtime.h"
#include "json.h"
#include "llama.h"

/* These two headers are C's. */
extern "C" {
#include "base/error.h"
}

static void
say_nothing(enum ggml_log_level level, const char *text, void *)
{
	if (level == GGML_LOG_LEVEL_ERROR)
		fputs(text, stderr);
}

struct trainer_tokenizer {
	llama_model *model;
	const llama_vocab *vocab;
	std::string source;
	jinja::program program;
	std::string bos, eos;
};

static std::string
piece(const llama_vocab *vocab, llama_token token)
{
	char text[512];
	int len = token < 0 ? 0 : llama_token_to_piece(vocab, token, text, sizeof(text), 0, true);

	return std::string(text, len > 0 ? static_cast<size_t>(len) : 0);
}

static int
read_template(trainer_tokenizer *tokenizer, const char *text)
{
	jinja::lexer lexer;

	if (text == nullptr)
		text = llama_model_chat_template(tokenizer->model, nullptr);
	if (text == nullptr)
		return bh_error(BH_E_UNSUPPORTED, "the model has no chat template");
	tokenizer->source = text;
	tokenizer->program = jinja::parse_from_tokens(lexer.tokenize(tokenizer->source));
	return 0;
}

int
trainer_tokenizer_open(const char *model, const char *template_text, struct trainer_tokenizer **out)
{
	std::unique_ptr<trainer_tokenizer> tokenizer(new trainer_tokenizer{});
	llama_model_params params = llama_model_default_params();
	int rc;

	llama_log_set(say_nothing, nullptr);
	params.vocab_only = true;
	try {
		tokenizer->model = llama_model_load_from_file(model, params);
		if (tokenizer->model == nullptr)
			return bh_error(BH_E_UNSUPPORTED, "the model's tokenizer cannot be read");
		tokenizer->vocab = llama_model_get_vocab(tokenizer->model);
		tokenizer->bos = piece(tokenizer->vocab, llama_vocab_bos(tokenizer->vocab));
		tokenizer->eos = piece(tokenizer->vocab, llama_vocab_eos(tokenizer->vocab));
		rc = read_template(tokenizer.get(), template_text);
	} catch (const std::exception &error) {
		rc = bh_error(BH_E_UNSUPPORTED, "the chat template cannot be read: %.200s", error.what());
	}
	if (rc < 0) {
		trainer_tokenizer_close(tokenizer.release());
		return rc;
	}
	*out = tokenizer.release();
	return 0;
}

void
trainer_tokenizer_close(struct trainer_tokenizer *tokenizer)
{
	if (tokenizer == nullptr)
		return;
	if (tokenizer->model != nullptr)
		llama_model_free(tokenizer->model);
	delete tokenizer;
}

/* The first `count` messages, as the engine that serves the model writes them. */
static std::string
render(trainer_tokenizer *tokenizer, const common_json &messages, const common_json *tools, size_t count,
	bool with_prompt)
{
	jinja::context context(tokenizer->source);
	common_json input = common_json::parse("{\"messages\":[]}");

	for (size_t i = 0; i < count; i++)
		input["messages"].push_back(messages[static_cast<int>(i)]);
	input["bos_token"] = tokenizer->bos;
	input["eos_token"] = tokenizer->eos;
	input["enable_thinking"] = true;
	if (tools != nullptr)
		input["tools"] = *tools;
	if (with_prompt)
		input["add_generation_prompt"] = true;
	jinja::global_from_json(context, input, false);
	jinja::runtime runtime(context);
	return jinja::runtime::gather_string_parts(runtime.execute(tokenizer->program))->as_string().str();
}

/* What is asked for. */
struct chat {
	const common_json &messages;
	const common_json *tools; /* nullptr: none */
	const uint8_t *learned;   /* of each message */
	size_t context;           /* in tokens */
	const trainer_tick *tick;
};

struct piece_of_chat {
	size_t end; /* in bytes of the whole text */
	bool is_learned;
};

static bool
begins(const std::string &text, const std::string &with)
{
	return text.compare(0, with.size(), with) == 0;
}

static std::vector<llama_token>
tokenize(const llama_vocab *vocab, const std::string &text, bool is_first)
{
	std::vector<llama_token> tokens(text.size() + 8);
	int count = llama_tokenize(vocab, text.data(), static_cast<int32_t>(text.size()), tokens.data(),
		static_cast<int32_t>(tokens.size()), is_first, true);

	tokens.resize(count > 0 ? static_cast<size_t>(count) : 0);
	return tokens;
}

/* Where in the text learned answers begin and end. Behind the context nothing is learned; a token has a byte at least. */
static int
cut(trainer_tokenizer *tokenizer, const chat &from, const std::string &whole, std::vector<piece_of_chat> &out)
{
	for (size_t i = 0; i < from.messages.size(); i++) {
		std::string prompt, answer;

		if (!from.learned[i])
			continue;
		if (from.tick->function(from.tick->context))
			return bh_error(BH_E_BUSY, "stopped");
		prompt = render(tokenizer, from.messages, from.tools, i, true);
		if (prompt.size() >= from.context && tokenize(tokenizer->vocab, prompt, true).size() >= from.context)
			break;
		answer = render(tokenizer, from.messages, from.tools, i + 1, false);
		if (!begins(answer, prompt) || !begins(whole, answer))
			return bh_error(BH_E_INVALID,
				"the chat template writes message %zu in another way than it is generated", i);
		out.push_back({prompt.size(), false});
		out.push_back({answer.size(), true});
	}
	out.push_back({whole.size(), false});
	return 0;
}

static void
add_tokens(const llama_vocab *vocab, const std::vector<llama_token> &tokens, bool is_learned,
	std::vector<int32_t> &out, std::vector<uint8_t> &out_learned)
{
	size_t end = tokens.size();

	/* What the template writes behind the end of a turn is nothing that a model generates. */
	if (is_learned)
		for (size_t i = tokens.size(); i-- > 0;)
			if (llama_vocab_is_eog(vocab, tokens[i])) {
				end = i + 1;
				break;
			}
	for (size_t i = 0; i < tokens.size(); i++) {
		out_learned.push_back(is_learned && i < end && !out.empty());
		out.push_back(tokens[i]);
	}
}

static int
keep(const std::vector<int32_t> &tokens, const std::vector<uint8_t> &learned, trainer_sequence *out)
{
	trainer_sequence sequence = {};

	sequence.tokens = static_cast<int32_t *>(malloc(tokens.size() * sizeof(int32_t) + 1));
	sequence.learned = static_cast<uint8_t *>(malloc(tokens.size() + 1));
	if (sequence.tokens == nullptr || sequence.learned == nullptr) {
		trainer_sequence_close(&sequence);
		return bh_error(BH_E_INTERNAL, "out of memory");
	}
	sequence.count = static_cast<int32_t>(tokens.size());
	for (size_t i = 0; i < tokens.size(); i++) {
		sequence.tokens[i] = tokens[i];
		sequence.learned[i] = learned[i];
		sequence.n_learned += learned[i];
	}
	*out = sequence;
	return 0;
}

int
trainer_tokenizer_chat(struct trainer_tokenizer *tokenizer, const char *messages_text,
	const char *tools_text, const uint8_t *learned, int64_t context, const struct trainer_tick *tick,
	struct trainer_sequence *out)
{
	try {
		common_json messages = common_json::parse(messages_text);
		common_json tools = common_json::parse(tools_text == nullptr ? "[]" : tools_text);
		const common_json *given = tools.size() > 0 ? &tools : nullptr;
		std::string whole = render(tokenizer, messages, given, messages.size(), false);
		std::vector<piece_of_chat> pieces;
		std::vector<int32_t> tokens;
		std::vector<uint8_t> marks;
		size_t at = 0;
		int rc = cut(tokenizer, {messages, given, learned, static_cast<size_t>(context), tick}, whole, pieces);

		if (rc < 0)
			return rc;
		for (const piece_of_chat &each : pieces) {
			add_tokens(tokenizer->vocab,
				tokenize(tokenizer->vocab, whole.substr(at, each.end - at), at == 0),
				each.is_learned, tokens, marks);
			at = each.end;
		}
		return keep(tokens, marks, out);
	} catch (const std::exception &error) {
		return bh_error(BH_E_INVALID, "the chat template refuses it: %.200s", error.what());
	}
}

void
trainer_sequence_close(struct trainer_sequence *sequence)
{
	free(sequence->tokens);
	free(sequence->learned);
	*sequence = trainer_sequence{};
}

/* -- answers --------------------------------------------------------------------------------- */

struct trainer_sampler {
	llama_model *model;
	llama_context *context;
	llama_adapter_lora *adapter;
	trainer_tick tick;
};

static int
open_sampler(trainer_sampler *sampler, const char *model, const char *adapter, int threads, int context)
{
	llama_context_params params = llama_context_default_params();
	float scale = 1;

	sampler->model = llama_model_load_from_file(model, llama_model_default_params());
	if (sampler->model == nullptr)
		return bh_error(BH_E_UNSUPPORTED, "the model cannot be loaded to answer");
	params.n_ctx = static_cast<uint32_t>(context);
	/* Small enough that a stop is noticed in between. */
	params.n_batch = params.n_ubatch = 128;
	params.n_threads = params.n_threads_batch = threads;
	params.abort_callback = sampler->tick.function;
	params.abort_callback_data = sampler->tick.context;
	sampler->context = llama_init_from_model(sampler->model, params);
	if (sampler->context == nullptr)
		return bh_error(BH_E_INTERNAL, "no memory to answer with");
	if (adapter == nullptr)
		return 0;
	sampler->adapter = llama_adapter_lora_init(sampler->model, adapter);
	if (sampler->adapter == nullptr ||
		llama_set_adapters_lora(sampler->context, &sampler->adapter, 1, &scale) != 0)
		return bh_error(BH_E_INTERNAL, "the adapter cannot be loaded");
	return 0;
}

int
trainer_sampler_open(const char *model, const char *adapter, int threads, int context,
	const struct trainer_tick *tick, struct trainer_sampler **out)
{
	std::unique_ptr<trainer_sampler> sampler(new trainer_sampler{});
	int rc;

	llama_log_set(say_nothing, nullptr);
	sampler->tick = *tick;
	try {
		rc = open_sampler(sampler.get(), model, adapter, threads, context);
	} catch (const std::exception &error) {
		rc = bh_error(BH_E_INTERNAL, "the adapter cannot be tried: %.200s", error.what());
	}
	if (rc < 0) {
		trainer_sampler_close(sampler.release());
		return rc;
	}
	*out = sampler.release();
	return 0;
}

void
trainer_sampler_close(struct trainer_sampler *sampler)
{
	if (sampler == nullptr)
		return;
	if (sampler->context != nullptr)
		llama_free(sampler->context);
	/* The adapter goes with its model. */
	if (sampler->model != nullptr)
		llama_model_free(sampler->model);
	delete sampler;
}

static int
read_tokens(trainer_sampler *sampler, std::vector<llama_token> &tokens)
{
	for (size_t at = 0; at < tokens.size(); at += 128) {
		size_t n = tokens.size() - at < 128 ? tokens.size() - at : 128;

		if (sampler->tick.function(sampler->tick.context))
			return bh_error(BH_E_BUSY, "stopped");
		if (llama_decode(sampler->context,
				llama_batch_get_one(tokens.data() + at, static_cast<int32_t>(n))) != 0)
			return bh_error(sampler->tick.function(sampler->tick.context) ? BH_E_BUSY : BH_E_INTERNAL,
				"no answer");
	}
	return 0;
}

int
trainer_sampler_answer(struct trainer_sampler *sampler, const int32_t *prompt, int prompt_count,
	int most, char **out, int *out_count)
{
	const llama_vocab *vocab = llama_model_get_vocab(sampler->model);
	const int vocabulary = llama_vocab_n_tokens(vocab);
	std::vector<llama_token> next(prompt, prompt + prompt_count);
	std::string text;
	int count = 0;

	llama_memory_clear(llama_get_memory(sampler->context), true);
	for (; count < most; count++) {
		const float *logits;
		llama_token best = 0;
		int rc = read_tokens(sampler, next);

		if (rc < 0)
			return rc;
		logits = llama_get_logits_ith(sampler->context, -1);
		for (llama_token i = 1; i < vocabulary; i++)
			best = logits[i] > logits[best] ? i : best;
		if (llama_vocab_is_eog(vocab, best))
			break;
		text += piece(vocab, best);
		next.assign(1, best);
	}
	*out = strdup(text.c_str());
	*out_count = count;
	return *out == nullptr ? bh_error(BH_E_INTERNAL, "out of memory") : 0;
}
