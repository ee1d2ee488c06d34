/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_request.c: any JSON as the body of POST /v1/responses; what is accepted can be repeated and kept. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/items.h"
#include "agent/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_parse(const char *json, size_t len)
{
	struct bh_json_doc doc = {0};

	if (bh_json_parse(json, len, &doc) < 0)
		abort();
	bh_json_close(&doc);
}

static void
must_be_read_again(const char *json, size_t len)
{
	struct agent_request request;
	struct bh_json_doc doc = {0};

	if (bh_json_parse(json, len, &doc) < 0 ||
		agent_request_again(&doc.arena, doc.root, &request) < 0)
		abort();
	bh_json_close(&doc);
}

static void
keep(const struct agent_request *request)
{
	struct bh_arena arena = {0};
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	struct agent_item *items = NULL;
	size_t n = 0;

	bh_fields_write(&write, BH_OF(agent_request_echo), request);
	must_be_read_again(text.data, text.len);
	if (agent_items_read(&arena, request->input, &items, &n) < 0)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		must_parse(items[i].json, strlen(items[i].json));
		bh_buf_close(&text);
		agent_items_show(items[i].json, i % 2 == 0, &text);
		must_parse(text.data, text.len);
	}
	bh_buf_close(&text);
	bh_arena_close(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct agent_request request = {0};
	struct bh_json_doc doc = {0};

	if (bh_json_parse((const char *)data, size, &doc) == 0 &&
		agent_request_read(&doc.arena, doc.root, &request) == 0)
		keep(&request);
	bh_json_close(&doc);
	return 0;
}
