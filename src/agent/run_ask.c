/* SPDX-License-Identifier: Apache-2.0 */
/* run_ask.c: the request to the model, a chat completion. */
#include "agent/run.h"

#include <string.h>

#include "agent/fit.h"

/* All of it but the messages. Text and values are borrowed from the run. */
struct ask {
	const char *model;
	int64_t output_tokens;
	double temperature, top_p;
	bool has_output_tokens, has_temperature, has_top_p, has_format, has_functions, has_chosen,
		parallel, running;
	struct agent_format format;
	struct agent_tool *functions;
	size_t n_functions;
	const char *choice;       /* a word, or NULL */
	struct agent_tool chosen; /* the function to call */
};

#define AT(member) offsetof(struct agent_format, member)

static const struct bh_field schema_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name)},
	{"description", BH_FIELD_TEXT, AT(description), BH_OMIT},
	{"schema", BH_FIELD_OBJECT, AT(schema)},
	{"strict", BH_FIELD_BOOL, AT(strict), BH_OMIT, .set = BH_SET(struct agent_format, has_strict)},
};

static const struct bh_field object_format_fields[] = {
	{"type", BH_FIELD_TEXT, AT(type)},
};

static const struct bh_field schema_format_fields[] = {
	{"type", BH_FIELD_TEXT, AT(type)},
	{"json_schema", BH_FIELD_OBJECT, BH_FIELDS(schema_fields)},
};

static const struct bh_shape formats[] = {
	BH_SHAPE("json_object", struct agent_format, object_format_fields),
	BH_SHAPE("json_schema", struct agent_format, schema_format_fields),
};

#undef AT
#define AT(member) offsetof(struct agent_tool, member)

static const char *
strict_of(const void *row)
{
	const char *strict = ((const struct agent_tool *)row)->strict;

	return strict == NULL || strcmp(strict, "null") == 0 ? NULL : strict;
}

static const struct bh_field function_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name)},
	{"description", BH_FIELD_TEXT, AT(description), BH_OMIT},
	{"parameters", BH_FIELD_OBJECT, AT(parameters), BH_OMIT},
	{"strict", BH_FIELD_JSON, .flags = BH_OMIT, .text_of = strict_of},
};

static const struct bh_field tool_fields[] = {
	{"type", BH_FIELD_CONST, .words = "function"},
	{"function", BH_FIELD_OBJECT, BH_FIELDS(function_fields)},
};

static const struct bh_field tool_row = {"", BH_FIELD_OBJECT, BH_FIELDS(tool_fields)};

#undef AT
#define AT(member) offsetof(struct ask, member)
#define SET(member) BH_SET(struct ask, member)

static int64_t
yes(const void *row)
{
	(void)row;
	return 1;
}

static const struct bh_field stream_fields[] = {
	{"include_usage", BH_FIELD_BOOL, .number_of = yes},
	{"continuous_usage_stats", BH_FIELD_BOOL, AT(running), BH_OMIT,
		.set = BH_SET(struct ask, running)},
};

static const struct bh_field ask_fields[] = {
	{"model", BH_FIELD_TEXT, AT(model)},
	{"max_completion_tokens", BH_FIELD_INT, AT(output_tokens), BH_OMIT,
		.set = SET(has_output_tokens)},
	{"temperature", BH_FIELD_DOUBLE, AT(temperature), BH_OMIT, .set = SET(has_temperature)},
	{"top_p", BH_FIELD_DOUBLE, AT(top_p), BH_OMIT, .set = SET(has_top_p)},
	{"response_format", BH_FIELD_UNION, AT(format), BH_OMIT, .set = SET(has_format),
		BH_VARIANTS(formats)},
	{"tools", BH_FIELD_ARRAY, AT(functions), BH_OMIT, .set = SET(has_functions),
		BH_ELEMENTS(struct ask, functions, n_functions, &tool_row)},
	{"tool_choice", BH_FIELD_TEXT, AT(choice), BH_OMIT},
	{"tool_choice", BH_FIELD_OBJECT, AT(chosen), BH_OMIT, .set = SET(has_chosen),
		BH_FIELDS(tool_fields)},
	{"parallel_tool_calls", BH_FIELD_BOOL, AT(parallel), BH_OMIT, .set = SET(has_functions)},
	{"stream", BH_FIELD_BOOL, .number_of = yes},
	{"stream_options", BH_FIELD_OBJECT, BH_FIELDS(stream_fields)},
};

/* The functions among the tools, and the choice among them. A search has already met a demand for some
 * tool. */
static void
add_functions(struct bh_arena *arena, const struct agent_request *request, bool searched,
	struct ask *ask)
{
	const char *kind = request->choice.kind;

	ask->functions = bh_arena_array(arena, request->n_tools + 1, sizeof(*ask->functions));
	for (size_t i = 0; i < request->n_tools; i++) {
		if (strcmp(request->tools[i].type, "function") == 0)
			ask->functions[ask->n_functions++] = request->tools[i];
	}
	ask->has_functions = ask->n_functions > 0;
	if (!ask->has_functions)
		return;
	ask->has_chosen = strcmp(kind, "function") == 0;
	if (ask->has_chosen)
		ask->chosen.name = request->choice.name;
	else if (strcmp(kind, "file_search") == 0 || (searched && strcmp(kind, "required") == 0))
		ask->choice = "auto";
	else
		ask->choice = kind;
}

/* What is answered from documents is copied from them, not invented: the likeliest word, where the
 * client asks for nothing else. Only of the embedded engine: some models allow no choice. */
static struct ask
ask_of(const struct agent_run *run, const struct agent_model *model, const struct agent_fit *fit)
{
	const struct agent_request *request = &run->request;
	bool exact = run->searched && model->managed;
	struct ask ask = {
		.model = run->response.model,
		.output_tokens = fit->output_tokens,
		.has_output_tokens = fit->output_tokens > 0,
		.temperature = request->has_temperature ? request->temperature : 0,
		.has_temperature = request->has_temperature || exact,
		.top_p = request->top_p,
		.has_top_p = request->has_top_p,
		.format = request->format,
		.has_format = strcmp(request->format.type, "text") != 0,
		.parallel = request->parallel_tool_calls,
		/* It may be stopped in the middle. */
		.running = agent_run_is_grounded(run),
	};

	add_functions(run->arena, request, run->searched, &ask);
	return ask;
}

int
agent_run_ask(struct agent_run *run, struct bh_buf *out)
{
	struct bh_write write = {.out = out};
	struct agent_model model;
	struct agent_fit fit;
	struct ask ask;
	int rc;

	rc = agent_peer_model(&run->peer, run->response.model, &model);
	if (rc == 0)
		rc = agent_fit(&run->peer, &run->agent->conf, &run->request, &model, run->items,
			run->n_items, run->searched ? &run->passages : NULL, &fit);
	if (rc < 0)
		return rc;
	ask = ask_of(run, &model, &fit);
	bh_write_object(&write);
	agent_prompt_write(&fit.prompt, run->searched ? &fit.excerpts : NULL, &write);
	bh_fields_write_members(&write, BH_LIST(ask_fields), &ask);
	bh_write_end(&write);
	return 0;
}
