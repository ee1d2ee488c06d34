/* SPDX-License-Identifier: Apache-2.0 */
/* tools.c: the tables of tools, and what they do not say. */
#include "agent/tools.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { STORES_MAX = 10, RESULTS_MAX = 50, RESULTS_PRESET = 20, NAME_MAX = 64 };

#define OPTIONAL BH_NULLABLE
#define AT(member) offsetof(struct agent_tool, member)

static const struct bh_field text_row = {"", BH_FIELD_TEXT};

/* rag checks what is in them. A rerank model's name is a ranker as well. */
static const struct bh_field ranking_fields[] = {
	{"ranker", BH_FIELD_TEXT, AT(ranker), OPTIONAL | BH_OMIT, 1, 256},
	{"score_threshold", BH_FIELD_ANY, AT(score_threshold), OPTIONAL | BH_OMIT},
	{"hybrid_search", BH_FIELD_ANY, AT(hybrid_search), OPTIONAL | BH_OMIT},
};

static const struct bh_field file_search_fields[] = {
	{"type", BH_FIELD_TEXT, AT(type)},
	{"vector_store_ids", BH_FIELD_ARRAY, AT(stores), BH_REQUIRED, 1, STORES_MAX,
		BH_ELEMENTS(struct agent_tool, stores, n_stores, &text_row)},
	{"filters", BH_FIELD_OBJECT, AT(filters), OPTIONAL},
	{"max_num_results", BH_FIELD_INT, AT(results_max), OPTIONAL, 1, RESULTS_MAX},
	{"ranking_options", BH_FIELD_OBJECT, 0, OPTIONAL | BH_OMIT,
		.set = BH_SET(struct agent_tool, has_ranking), BH_FIELDS(ranking_fields)},
};

static const struct bh_field function_fields[] = {
	{"type", BH_FIELD_TEXT, AT(type)},
	{"name", BH_FIELD_TEXT, AT(name), BH_REQUIRED, 1, NAME_MAX},
	{"description", BH_FIELD_TEXT, AT(description), OPTIONAL, 0, 65536},
	{"parameters", BH_FIELD_OBJECT, AT(parameters), OPTIONAL},
	{"strict", BH_FIELD_JSON, AT(strict)},
	{"output_schema", BH_FIELD_IGNORED},
	{"defer_loading", BH_FIELD_IGNORED},
	{"allowed_callers", BH_FIELD_IGNORED},
};

#undef AT

static const struct bh_shape types[] = {
	BH_SHAPE("file_search", struct agent_tool, file_search_fields),
	BH_SHAPE("function", struct agent_tool, function_fields),
};

const struct bh_field agent_tools_row = {"", BH_FIELD_UNION, 0, BH_PARTIAL, BH_VARIANTS(types)};

static bool
is_type(const struct agent_tool *tool, const char *type)
{
	return strcmp(tool->type, type) == 0;
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

static int
function_check(struct agent_tool *tool, const char *at)
{
	char param[64];

	/* Absent means true in this API; the description demands the member in the answer. */
	if (tool->strict == NULL)
		tool->strict = "true";
	snprintf(param, sizeof(param), "%s.strict", at);
	if (!bh_text_has_word("true false null", tool->strict))
		return bh_error_param(BH_E_TYPE, param, "'%s' must be true or false.", param);
	snprintf(param, sizeof(param), "%s.name", at);
	if (tool->name[strspn(tool->name,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] != '\0')
		return bh_error_param(BH_E_INVALID, param,
			"The name of a function must contain only letters, digits, '_' and '-'.");
	return 0;
}

static int
file_search_check(struct agent_tool *tool, const char *at)
{
	char param[64];

	if (tool->results_max == 0)
		tool->results_max = RESULTS_PRESET;
	snprintf(param, sizeof(param), "%s.filters", at);
	return filter_check(tool->filters, param);
}

int
agent_tools_check(struct agent_tool *tools, size_t n, const struct agent_tool **out_file_search)
{
	const struct agent_tool *file_search = NULL;
	char at[32];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		snprintf(at, sizeof(at), "tools.%zu", i);
		if (is_type(&tools[i], "function")) {
			rc = function_check(&tools[i], at);
			continue;
		}
		if (file_search != NULL)
			return bh_error_param(BH_E_INVALID, at,
				"Only one file_search tool is allowed; it can search several vector stores.");
		file_search = &tools[i];
		rc = file_search_check(&tools[i], at);
	}
	if (rc == 0)
		*out_file_search = file_search;
	return rc;
}

static int
find_chosen(const struct agent_choice *choice, const struct agent_tool *tools, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_type(&tools[i], choice->kind) &&
			(is_type(&tools[i], "file_search") ||
				(choice->name != NULL && strcmp(choice->name, tools[i].name) == 0)))
			return 0;
	}
	return bh_error_param(BH_E_INVALID, "tool_choice",
		"'tool_choice' names a tool that is not in 'tools'.");
}

int
agent_tools_choice(const struct bh_json *value, const struct agent_tool *tools, size_t n,
	struct agent_choice *out)
{
	const char *word = bh_json_string(value);
	struct agent_choice choice = {value == NULL ? "auto" : word, NULL};
	const struct bh_shape *type = bh_shape_find(BH_LIST(types), value);
	int rc;

	if (type != NULL)
		choice = (struct agent_choice){type->name, bh_json_string(bh_json_get(value, "name"))};
	else if (choice.kind == NULL || strchr(choice.kind, ' ') != NULL ||
		!bh_text_has_word("none auto required", choice.kind))
		return bh_error_param(BH_E_UNSUPPORTED, "tool_choice",
			"'tool_choice' must be none, auto, required, or an object of type function or "
			"file_search.");
	if (strcmp(choice.kind, "required") == 0 && n == 0)
		return bh_error_param(BH_E_INVALID, "tool_choice",
			"'tool_choice' must not be required if 'tools' is empty.");
	rc = type != NULL ? find_chosen(&choice, tools, n) : 0;
	if (rc == 0)
		*out = choice;
	return rc;
}

void
agent_tools_search(const struct agent_tool *tool, struct bh_write *write)
{
	/* All but the type. */
	bh_fields_write_members(write, file_search_fields + 1, BH_COUNT(file_search_fields) - 1, tool);
}
