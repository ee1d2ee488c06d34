/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_chat.c: any JSON as a chat request, as an engine's whole answer and as the events of its stream, and any bytes as a
 * data URL; what
 * goes on to an engine or a client is JSON again. */
#include <stdint.h>
#include <stdlib.h>

#include "model/gather.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct model_answer_head answer = {"id", "m", 0, true};

static void
must_parse(struct bh_buf *text)
{
	struct bh_json_doc doc = {0};

	if (bh_json_parse(bh_buf_string(text), text->len, &doc) < 0)
		abort();
	bh_json_close(&doc);
	bh_buf_close(text);
}

/* An array is a stream: its elements are the events of one answer. */
static void
stream(const struct bh_json_doc *doc)
{
	bool is_list = bh_json_kind(doc->root) == BH_JSON_ARRAY;
	struct model_normal normal = {0};
	struct model_gather gather = {0};
	struct model_usage usage = {0};
	struct model_chunk_head head;
	struct bh_buf text = {0};

	model_chunk_head_init(&head, &answer);
	for (size_t i = 0; i < (is_list ? bh_json_count(doc->root) : 1); i++) {
		const struct bh_json *event = is_list ? bh_json_at(doc->root, i) : doc->root;
		struct model_piece piece = {0};

		if (model_normal_event(&normal, event, &piece) < 0 || piece.error != NULL)
			break;
		if (!piece.is_empty) {
			model_chat_chunk(&piece, NULL, &head, &text);
			must_parse(&text);
		}
		if (model_gather_add(&gather, event) < 0)
			abort();
	}
	if (model_gather_end(&gather) < 0)
		abort();
	model_gather_write(&gather, &answer, &usage, &text);
	must_parse(&text);
	model_normal_close(&normal);
	model_gather_close(&gather);
	bh_buf_close(&head.text);
}

/* Its pictures, had they been read. */
static void
write_request(struct model_chat *chat)
{
	static const struct model_entry entry = {.name = "m", .url = "", .upstream_name = "u"};
	struct model_picture *list = calloc(chat->n_pictures + 1, sizeof(*list));
	struct model_pictures pictures = {.list = list, .n = chat->n_pictures};
	struct bh_buf text = {0};

	if (list == NULL)
		abort();
	for (size_t i = 0; i < 3; i++) {
		chat->pictures = i == 0 ? NULL : &pictures;
		pictures.in_words = i == 2;
		model_chat_write(chat, &entry, chat->output_cap, false, &text);
		must_parse(&text);
	}
	free(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_json_doc doc = {0};
	struct bh_buf text = {0};
	struct model_chat chat = {0};
	struct model_usage usage = {0};
	struct model_gather gather = {0};

	(void)model_picture_data((const char *)data, size, &text);
	bh_buf_close(&text);
	if (bh_json_parse((const char *)data, size, &doc) < 0)
		return 0;
	if (model_chat_read(doc.root, &chat) == 0) {
		if (chat.prompt_estimate < 0 || chat.output_cap < 0)
			abort();
		write_request(&chat);
	}
	model_usage_read(doc.root, &usage);
	if (model_gather_whole(&gather, doc.root) == 0) {
		model_gather_write(&gather, &answer, &usage, &text);
		must_parse(&text);
	}
	model_gather_close(&gather);
	stream(&doc);
	bh_json_close(&doc);
	return 0;
}
