/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_chat.c: any JSON as a chat request, as an engine's whole answer and as an event of its stream; what
 * goes on to an engine or a client is JSON again. */
#include <stdint.h>
#include <stdlib.h>

#include "model/chat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_parse(struct bh_buf *text)
{
	struct bh_json_doc doc = {0};

	if (bh_json_parse(bh_buf_string(text), text->len, &doc) < 0)
		abort();
	bh_json_close(&doc);
	bh_buf_close(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct model_entry entry = {.name = "m", .url = "", .upstream_name = "u"};
	struct bh_json_doc doc = {0};
	struct bh_buf text = {0};
	struct model_chat chat = {0};
	struct model_usage usage = {0};
	struct model_chunk_head head;
	struct model_chunk chunk = {0};

	if (bh_json_parse((const char *)data, size, &doc) < 0)
		return 0;
	if (model_chat_read(doc.root, &chat) == 0) {
		if (chat.prompt_estimate < 0 || chat.output_cap < 0)
			abort();
		model_chat_write(&chat, &entry, chat.output_cap, false, &text);
		must_parse(&text);
	}
	model_usage_read(bh_json_get(doc.root, "usage"), &usage);
	if (model_chat_answer(doc.root, "id", "m", 0, &usage, &text) == 0)
		must_parse(&text);
	bh_buf_close(&text);
	model_chunk_head_init(&head, "id", "m", 0);
	if (model_chat_chunk(doc.root, &head, &text, &chunk) == 0 && !chunk.empty && !chunk.error)
		must_parse(&text);
	bh_buf_close(&text);
	bh_buf_close(&head.text);
	bh_json_close(&doc);
	return 0;
}
