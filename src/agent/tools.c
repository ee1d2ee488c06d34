/* SPDX-License-Identifier: Apache-2.0 */
/* tools.c: reading, repeating and passing on the tools of a request. */
#include "agent/tools.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { STORES_MAX = 10, RESULTS_MAX = 50, RESULTS_PRESET = 20, NAME_MAX_BYTES = 64 };

#define OPTIONAL BH_NULLABLE

struct file_search {
	const struct bh_json *vector_store_ids, *filters, *ranking_options;
	int64_t max_num_results;
};

static const struct bh_field file_search_fields[] = {
	{"type", BH_FIELD_IGNORED, 0, BH_REQUIRED},
	{"vector_store_ids", BH_FIELD_ARRAY, offsetof(struct file_search, vector_store_ids),
		BH_REQUIRED, 1, STORES_MAX},
	{"max_num_results", BH_FIELD_INT, offsetof(struct file_search, max_num_results), OPTIONAL, 1,
		RESULTS_MAX},
	{"filters", BH_FIELD_OBJECT, offsetof(struct file_search, filters), OPTIONAL},
	{"ranking_options", BH_FIELD_OBJECT, offsetof(struct file_search, ranking_options), OPTIONAL},
};

struct function {
	const char *name, *description;
	const struct bh_json *parameters;
	bool strict;
};

static const struct bh_field function_fields[] = {
	{"type", BH_FIELD_IGNORED, 0, BH_REQUIRED},
	{"name", BH_FIELD_TEXT, offsetof(struct function, name), BH_REQUIRED, 1, NAME_MAX_BYTES},
	{"description", BH_FIELD_TEXT, offsetof(struct function, description), OPTIONAL, 0, 65536},
	{"parameters", BH_FIELD_OBJECT, offsetof(struct function, parameters), OPTIONAL},
	{"strict", BH_FIELD_BOOL, offsetof(struct function, strict), OPTIONAL},
	{"output_schema", BH_FIELD_IGNORED},
	{"defer_loading", BH_FIELD_IGNORED},
	{"allowed_callers", BH_FIELD_IGNORED},
};

static bool
is_type(const struct bh_json *tool, const char *type)
{
	const char *is = bh_json_string(bh_json_get(tool, "type"));

	return is != NULL && strcmp(is, type) == 0;
}

/* rag checks the rest; this it allows itself, and the description of a Response does not. */
static int
filter_check(const struct bh_json *filter, const char *at)
{
	const struct bh_json *filters = bh_json_get(filter, "filters");
	const struct bh_json *list = bh_json_get(filter, "value");
	char below[160];
	int rc = 0;

	for (size_t i = 0; bh_json_kind(list) == BH_JSON_ARRAY && i < bh_json_count(list); i++) {
		double number;

		snprintf(below, sizeof(below), "%.140s.value", at);
		if (bh_json_kind(bh_json_at(list, i)) != BH_JSON_STRING &&
			!bh_json_number(bh_json_at(list, i), &number))
			return bh_error_param(BH_E_TYPE, below,
				"Elements of 'value' must be strings or numbers.");
	}
	for (size_t i = 0;
		 rc == 0 && bh_json_kind(filters) == BH_JSON_ARRAY && i < bh_json_count(filters); i++) {
		snprintf(below, sizeof(below), "%.120s.filters.%zu", at, i);
		rc = filter_check(bh_json_at(filters, i), below);
	}
	return rc;
}

/* As above: a search by itself knows more rankers. */
static int
ranker_check(const struct bh_json *options, const char *at)
{
	const char *ranker = bh_json_string(bh_json_get(options, "ranker"));
	char param[96];

	if (ranker == NULL || strcmp(ranker, "auto") == 0 || strcmp(ranker, "default-2024-11-15") == 0)
		return 0;
	snprintf(param, sizeof(param), "%s.ranking_options.ranker", at);
	return bh_error_param(BH_E_INVALID, param, "'ranker' must be auto or default-2024-11-15.");
}

static int
file_search_check(const struct bh_json *tool, const char *at)
{
	struct file_search read = {0};
	char param[96];
	int rc;

	rc = bh_fields_read(NULL, tool, BH_LIST(file_search_fields), at, &read);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < bh_json_count(read.vector_store_ids); i++) {
		snprintf(param, sizeof(param), "%s.vector_store_ids.%zu", at, i);
		if (bh_json_kind(bh_json_at(read.vector_store_ids, i)) != BH_JSON_STRING)
			return bh_error_param(BH_E_TYPE, param, "The id of a vector store must be a string.");
	}
	rc = ranker_check(read.ranking_options, at);
	if (rc < 0)
		return rc;
	snprintf(param, sizeof(param), "%s.filters", at);
	return filter_check(read.filters, param);
}

static int
function_check(const struct bh_json *tool, const char *at)
{
	struct function read = {0};
	char param[64];
	int rc;

	rc = bh_fields_read(NULL, tool, BH_LIST(function_fields), at, &read);
	if (rc < 0)
		return rc;
	snprintf(param, sizeof(param), "%s.name", at);
	if (read.name[strspn(read.name,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] != '\0')
		return bh_error_param(BH_E_INVALID, param,
			"The name of a function must contain only letters, digits, '_' and '-'.");
	return 0;
}

int
agent_tools_check(const struct bh_json *tools, const struct bh_json **out_file_search)
{
	const struct bh_json *file_search = NULL;
	char at[32], param[40];

	for (size_t i = 0; i < bh_json_count(tools); i++) {
		const struct bh_json *tool = bh_json_at(tools, i);
		int rc;

		snprintf(at, sizeof(at), "tools.%zu", i);
		snprintf(param, sizeof(param), "%s.type", at);
		if (bh_json_kind(tool) != BH_JSON_OBJECT)
			return bh_error_param(BH_E_TYPE, at, "A tool must be an object.");
		if (bh_json_string(bh_json_get(tool, "type")) == NULL)
			return bh_error_param(BH_E_MISSING, param, "The 'type' of a tool is required.");
		if (is_type(tool, "function")) {
			rc = function_check(tool, at);
		} else if (is_type(tool, "file_search")) {
			if (file_search != NULL)
				return bh_error_param(BH_E_INVALID, at,
					"Only one file_search tool is allowed; it can search several vector stores.");
			file_search = tool;
			rc = file_search_check(tool, at);
		} else {
			return bh_error_param(BH_E_UNSUPPORTED, param,
				"The 'type' of a tool must be file_search or function.");
		}
		if (rc < 0)
			return rc;
	}
	*out_file_search = file_search;
	return 0;
}

int
agent_tools_choice_check(const struct bh_json *choice, const struct bh_json *tools)
{
	static const char *const words[] = {"none", "auto", "required"};
	const char *word = bh_json_string(choice);
	const char *name = bh_json_string(bh_json_get(choice, "name"));

	if (choice == NULL)
		return 0;
	for (size_t i = 0; word != NULL && i < BH_COUNT(words); i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		if (strcmp(word, "required") == 0 && bh_json_count(tools) == 0)
			return bh_error_param(BH_E_INVALID, "tool_choice",
				"'tool_choice' must not be required if 'tools' is empty.");
		return 0;
	}
	if (bh_json_kind(choice) != BH_JSON_OBJECT ||
		(!is_type(choice, "function") && !is_type(choice, "file_search")))
		return bh_error_param(BH_E_UNSUPPORTED, "tool_choice",
			"'tool_choice' must be none, auto, required, or an object of type function or "
			"file_search.");
	for (size_t i = 0; i < bh_json_count(tools); i++) {
		const struct bh_json *tool = bh_json_at(tools, i);
		const char *is = bh_json_string(bh_json_get(tool, "name"));

		if (is_type(choice, "file_search") && is_type(tool, "file_search"))
			return 0;
		if (is_type(choice, "function") && is_type(tool, "function") && name != NULL &&
			strcmp(name, is) == 0)
			return 0;
	}
	return bh_error_param(BH_E_INVALID, "tool_choice",
		"'tool_choice' names a tool that is not in 'tools'.");
}

static void
write_or_null(struct bh_write *write, const char *name, const struct bh_json *value)
{
	bh_write_pair_json(write, name, bh_json_kind(value) == BH_JSON_NULL ? NULL : value);
}

static void
write_function(struct bh_write *write, const struct bh_json *tool)
{
	const struct bh_json *strict = bh_json_get(tool, "strict");

	bh_write_object(write);
	bh_write_pair_text(write, "type", "function");
	bh_write_pair_json(write, "name", bh_json_get(tool, "name"));
	write_or_null(write, "description", bh_json_get(tool, "description"));
	write_or_null(write, "parameters", bh_json_get(tool, "parameters"));
	/* Absent means true in this API; the description demands the member in the answer. */
	if (strict == NULL)
		bh_write_pair_bool(write, "strict", true);
	else
		write_or_null(write, "strict", strict);
	bh_write_end(write);
}

/* A client that dumps its own objects sends nulls, which an answer may not have here. */
static void
write_ranking(struct bh_write *write, const struct bh_json *ranking)
{
	static const char *const members[] = {"ranker", "score_threshold", "hybrid_search"};

	bh_write_name(write, "ranking_options");
	bh_write_object(write);
	for (size_t i = 0; i < BH_COUNT(members); i++) {
		const struct bh_json *value = bh_json_get(ranking, members[i]);

		if (value != NULL && bh_json_kind(value) != BH_JSON_NULL)
			bh_write_pair_json(write, members[i], value);
	}
	bh_write_end(write);
}

static void
write_file_search(struct bh_write *write, const struct bh_json *tool)
{
	const struct bh_json *results = bh_json_get(tool, "max_num_results");
	const struct bh_json *ranking = bh_json_get(tool, "ranking_options");

	bh_write_object(write);
	bh_write_pair_text(write, "type", "file_search");
	bh_write_pair_json(write, "vector_store_ids", bh_json_get(tool, "vector_store_ids"));
	write_or_null(write, "filters", bh_json_get(tool, "filters"));
	if (bh_json_kind(results) == BH_JSON_INT)
		bh_write_pair_json(write, "max_num_results", results);
	else
		bh_write_pair_int(write, "max_num_results", RESULTS_PRESET);
	if (bh_json_kind(ranking) == BH_JSON_OBJECT)
		write_ranking(write, ranking);
	bh_write_end(write);
}

void
agent_tools_echo(const struct bh_json *tools, const struct bh_json *choice, struct bh_write *write)
{
	bh_write_name(write, "tool_choice");
	if (choice != NULL)
		bh_write_json(write, choice);
	else
		bh_write_text(write, "auto");
	bh_write_name(write, "tools");
	bh_write_array(write);
	for (size_t i = 0; i < bh_json_count(tools); i++) {
		const struct bh_json *tool = bh_json_at(tools, i);

		if (is_type(tool, "function"))
			write_function(write, tool);
		else
			write_file_search(write, tool);
	}
	bh_write_end(write);
}

static void
write_chat_function(struct bh_write *write, const struct bh_json *tool)
{
	static const char *const members[] = {"name", "description", "parameters", "strict"};

	bh_write_object(write);
	bh_write_pair_text(write, "type", "function");
	bh_write_name(write, "function");
	bh_write_object(write);
	for (size_t i = 0; i < BH_COUNT(members); i++) {
		const struct bh_json *value = bh_json_get(tool, members[i]);

		if (value != NULL && bh_json_kind(value) != BH_JSON_NULL)
			bh_write_pair_json(write, members[i], value);
	}
	bh_write_end(write);
	bh_write_end(write);
}

static void
write_chat_choice(struct bh_write *write, const struct bh_json *choice, bool searched)
{
	const char *word = bh_json_string(choice);

	bh_write_name(write, "tool_choice");
	if (is_type(choice, "function")) {
		bh_write_object(write);
		bh_write_pair_text(write, "type", "function");
		bh_write_name(write, "function");
		bh_write_object(write);
		bh_write_pair_json(write, "name", bh_json_get(choice, "name"));
		bh_write_end(write);
		bh_write_end(write);
	} else if (word == NULL || (searched && strcmp(word, "required") == 0)) {
		bh_write_text(write, "auto");
	} else {
		bh_write_text(write, word);
	}
}

void
agent_tools_chat(const struct bh_json *echo, bool searched, struct bh_write *write)
{
	const struct bh_json *tools = bh_json_get(echo, "tools");
	const struct bh_json *parallel = bh_json_get(echo, "parallel_tool_calls");
	size_t functions = 0;

	for (size_t i = 0; i < bh_json_count(tools); i++)
		functions += is_type(bh_json_at(tools, i), "function");
	if (functions == 0)
		return;
	bh_write_name(write, "tools");
	bh_write_array(write);
	for (size_t i = 0; i < bh_json_count(tools); i++) {
		if (is_type(bh_json_at(tools, i), "function"))
			write_chat_function(write, bh_json_at(tools, i));
	}
	bh_write_end(write);
	write_chat_choice(write, bh_json_get(echo, "tool_choice"), searched);
	bh_write_pair_json(write, "parallel_tool_calls", parallel);
}
