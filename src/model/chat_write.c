/* SPDX-License-Identifier: Apache-2.0 */
/* chat_write.c: the engine's request, written anew from what was read and checked. */
#include <string.h>

#include "model/chat.h"
#include "model/engine.h"
#include "model/http.h"

/* What control marks begin with in the templates of local models: Qwen, Phi, Llama, Granite; DeepSeek; Gemma; Llama 2
 * and Mistral. */
static const char *const marks[] = {"<|", "<\xef\xbd\x9c", "<start_of_turn>", "<end_of_turn>",
	"<start_of_image>", "<bos>", "<eos>", "<s>", "</s>", "<<SYS>>", "<</SYS>>", "<unk>", "<pad>",
	"<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>",
	"[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]",
	"[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]"};

static bool
is_mark(const char *at, const char *end)
{
	for (size_t i = 0; i < BH_COUNT(marks); i++) {
		size_t len = strlen(marks[i]);

		if ((size_t)(end - at) >= len && memcmp(at, marks[i], len) == 0)
			return true;
	}
	return false;
}

/* The embedded engine reads its template's control marks out of any text, so that a passage or a
 * user could end the turn and speak as the system. A zero-width space breaks the mark. */
static void
write_content_text(struct bh_write *write, const char *text, size_t len, bool managed)
{
	BH_AUTO(bh_buf_close) struct bh_buf safe = {0};
	const char *end = text + len, *kept = text;

	for (const char *at = text; managed && at < end; at++) {
		if ((*at != '<' && *at != '[') || !is_mark(at, end))
			continue;
		bh_buf_add(&safe, kept, (size_t)(at + 1 - kept));
		bh_buf_text(&safe, "\xe2\x80\x8b");
		kept = at + 1;
	}
	if (kept == text) {
		bh_write_bytes(write, text, len);
		return;
	}
	bh_buf_add(&safe, kept, (size_t)(end - kept));
	bh_write_bytes(write, safe.data, safe.len);
}

/* Where messages are written, and which pictures come next. */
struct writing {
	struct bh_write *write;
	bool managed;
	const struct model_pictures *pictures; /* NULL: none */
	size_t next;
};

static bool
has_image(const struct bh_json *content)
{
	for (size_t i = 0; i < bh_json_count(content); i++) {
		if (model_picture_part(bh_json_at(content, i)) != NULL)
			return true;
	}
	return false;
}

const struct bh_json *
model_chat_part_text(const struct bh_json *part)
{
	return bh_json_get(part, bh_json_string(bh_json_get(part, "type")));
}

static void
write_picture(struct bh_write *write, const struct model_picture *picture)
{
	bh_write_pair_text(write, "type", "image_url");
	bh_write_name(write, "image_url");
	bh_write_object(write);
	bh_write_name(write, "url");
	bh_write_bytes(write, bh_buf_string(&picture->text), picture->text.len);
	if (picture->detail != NULL)
		bh_write_pair_text(write, "detail", picture->detail);
	bh_write_end(write);
}

/* Parts as they stand: where a picture is means something. */
static void
write_parts(struct writing *writing, const struct bh_json *content)
{
	struct bh_write *write = writing->write;

	bh_write_array(write);
	for (size_t i = 0; i < bh_json_count(content); i++) {
		const struct bh_json *part = bh_json_at(content, i);
		const struct bh_json *text = model_chat_part_text(part);

		bh_write_object(write);
		if (model_picture_part(part) != NULL) {
			write_picture(write, &writing->pictures->list[writing->next++]);
		} else {
			bh_write_pair_text(write, "type", "text");
			bh_write_name(write, "text");
			write_content_text(write, bh_json_string(text), bh_json_string_len(text),
				writing->managed);
		}
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_content(struct writing *writing, const struct bh_json *content)
{
	struct bh_write *write = writing->write;
	bool managed = writing->managed;
	struct bh_buf text = {0};

	if (bh_json_kind(content) == BH_JSON_STRING) {
		write_content_text(write, bh_json_string(content), bh_json_string_len(content), managed);
		return;
	}
	if (bh_json_kind(content) != BH_JSON_ARRAY) {
		bh_write_null(write);
		return;
	}
	if (writing->pictures != NULL && !writing->pictures->in_words && has_image(content)) {
		write_parts(writing, content);
		return;
	}
	for (size_t i = 0; i < bh_json_count(content); i++) {
		const struct bh_json *part = bh_json_at(content, i);
		const struct bh_json *value = model_chat_part_text(part);

		if (text.len > 0)
			bh_buf_char(&text, '\n');
		if (model_picture_part(part) == NULL) {
			bh_buf_add(&text, bh_json_string(value), bh_json_string_len(value));
		} else if (writing->pictures != NULL) {
			const struct bh_buf *words = &writing->pictures->list[writing->next++].text;

			bh_buf_add(&text, words->data, words->len);
		}
	}
	write_content_text(write, bh_buf_string(&text), text.len, managed);
	bh_buf_close(&text);
}

static void
write_messages(struct bh_write *write, const struct model_chat *chat, bool managed)
{
	struct writing writing = {.write = write, .managed = managed, .pictures = chat->pictures};
	const struct bh_json *messages = chat->messages;

	bh_write_name(write, "messages");
	bh_write_array(write);
	for (size_t i = 0; i < bh_json_count(messages); i++) {
		const struct bh_json *message = bh_json_at(messages, i);
		const char *role = bh_json_string(bh_json_get(message, "role"));

		bh_write_object(write);
		/* Few engines know "developer"; all know what it replaced. */
		bh_write_pair_text(write, "role", strcmp(role, "developer") == 0 ? "system" : role);
		bh_write_name(write, "content");
		write_content(&writing, bh_json_get(message, "content"));
		bh_fields_pick_members(write, model_chat_message_row.fields,
			model_chat_message_row.n_fields, message);
		bh_write_end(write);
	}
	bh_write_end(write);
}

/* The embedded engine's template shows the tools whatever the choice is, and the engine knows no choice of one
 * function: it gets no tools for `none`, and for a function only this one, which it has to call. Text and values
 * are in `out_doc`. */
static void
choose_tools(struct model_chat *chat, struct bh_json_doc *out_doc)
{
	const char *word = bh_json_string(chat->tool_choice);
	const char *name = bh_json_text(bh_json_get(chat->tool_choice, "function"), "name");
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	if (word != NULL && strcmp(word, "none") == 0) {
		chat->tools = chat->tool_choice = NULL;
		chat->has_parallel_tool_calls = false;
	}
	for (size_t i = 0; name != NULL && i < bh_json_count(chat->tools); i++) {
		const struct bh_json *tool = bh_json_at(chat->tools, i);
		const char *other = bh_json_text(bh_json_get(tool, "function"), "name");

		if (other == NULL || strcmp(other, name) != 0)
			continue;
		bh_buf_text(&text, "{\"choice\":\"required\",\"tools\":[");
		bh_json_append(&text, tool);
		bh_buf_text(&text, "]}");
		if (bh_json_parse(bh_buf_string(&text), text.len, out_doc) < 0)
			return;
		chat->tools = bh_json_get(out_doc->root, "tools");
		chat->tool_choice = bh_json_get(out_doc->root, "choice");
		return;
	}
}

/* The engine's grammar lets the model talk before a call that it has to make, and the template does not see the
 * choice: ours ask for the call in words (scripts/models), others ignore this. */
static void
write_must_call(struct bh_write *write, const struct model_chat *chat)
{
	const char *word = bh_json_string(chat->tool_choice);

	if (word == NULL || strcmp(word, "required") != 0)
		return;
	bh_write_name(write, "chat_template_kwargs");
	bh_write_object(write);
	bh_write_pair_bool(write, "must_call", true);
	bh_write_end(write);
}

/* Every adapter that the engine holds, at scale 0 but for the one that is meant. */
static void
write_adapters(struct bh_write *write, const struct model_engine *engine)
{
	if (engine == NULL || engine->n_adapters == 0)
		return;
	bh_write_name(write, "lora");
	bh_write_array(write);
	for (size_t i = 0; i < engine->n_adapters; i++) {
		bh_write_object(write);
		bh_write_pair_int(write, "id", engine->ids[i]);
		bh_write_pair_int(write, "scale", i == engine->chosen);
		bh_write_end(write);
	}
	bh_write_end(write);
}

void
model_chat_write(const struct model_chat *chat, const struct model_entry *entry, int64_t output_cap,
	bool share_prompt_cache, struct bh_buf *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_write write = {.out = out};
	struct model_chat with = *chat;

	if (entry->managed)
		choose_tools(&with, &doc);
	bh_write_object(&write);
	bh_write_pair_text(&write, "model", entry->upstream_name);
	write_messages(&write, chat, entry->managed);
	bh_fields_write_members(&write, model_chat_create.fields, model_chat_create.n_fields, &with);
	/* Some models refuse the old name, some servers do not know the new one: the client knows which. */
	if (output_cap > 0)
		bh_write_pair_int(&write,
			chat->is_cap_new && !entry->managed ? "max_completion_tokens" : "max_tokens",
			output_cap);
	/* The embedded engine notices a client that left only while it writes, so it always streams,
	 * and tells its progress through the prompt. What it has used it tells in each event, so that a call
	 * that is cut off is settled by its own figures. */
	if (chat->stream || entry->managed) {
		bh_write_pair_bool(&write, "stream", true);
		bh_write_name(&write, "stream_options");
		bh_write_object(&write);
		bh_write_pair_bool(&write, "include_usage", true);
		if (chat->asks_running)
			bh_write_pair_bool(&write, "continuous_usage_stats", true);
		bh_write_end(&write);
	}
	if (entry->managed) {
		write_must_call(&write, &with);
		bh_write_pair_bool(&write, "return_progress", true);
		bh_write_pair_bool(&write, "timings_per_token", true);
		/* What it keeps of a prompt it does not keep by adapter. */
		bh_write_pair_bool(&write, "cache_prompt",
			share_prompt_cache && (chat->engine == NULL || chat->engine->n_adapters == 0));
		write_adapters(&write, chat->engine);
	}
	bh_write_end(&write);
}
