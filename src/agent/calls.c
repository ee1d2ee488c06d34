/* calls.c: holds the function calls of a conversation against their outputs. */
#include "agent/calls.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "json/json.h"

static const char *
text_of(const struct bh_json *object, const char *name)
{
	return bh_json_string(bh_json_get(object, name));
}

static bool
is_type(const struct bh_json *item, const char *type)
{
	const char *is = text_of(item, "type");

	return is != NULL && strcmp(is, type) == 0;
}

/* A call's id with its terminating NUL, which parts the list of ids: no id holds one. */
static bool
has_call(const struct bh_buf *calls, const char *id)
{
	for (size_t at = 0; at < calls->len; at += strlen(calls->data + at) + 1) {
		if (strcmp(calls->data + at, id) == 0)
			return true;
	}
	return false;
}

/* Collects the call ids of one list and, for the client's own items, checks the outputs. */
static int
match_list(const struct agent_item *items, size_t n, bool check, struct bh_buf *calls)
{
	for (size_t i = 0; i < n; i++) {
		struct bh_json_doc doc = {0};
		bool missing = false;
		const char *id;
		char param[48];
		int rc;

		rc = bh_json_parse(items[i].json, strlen(items[i].json), &doc);
		if (rc < 0)
			return rc;
		id = text_of(doc.root, "call_id");
		if (is_type(doc.root, "function_call"))
			bh_buf_add(calls, id, strlen(id) + 1);
		else if (is_type(doc.root, "function_call_output"))
			missing = !has_call(calls, id);
		bh_json_close(&doc);
		if (check && missing) {
			snprintf(param, sizeof(param), "input.%zu.call_id", items[i].index);
			return bh_error_param(BH_E_INVALID, param,
				"No function_call with this call_id comes before its output.");
		}
	}
	return 0;
}

int
agent_calls_match(const struct agent_item *before, size_t n_before, const struct agent_item *items,
	size_t n)
{
	struct bh_buf calls = {0};
	int rc;

	rc = match_list(before, n_before, false, &calls);
	if (rc == 0)
		rc = match_list(items, n, true, &calls);
	bh_buf_close(&calls);
	return rc;
}
