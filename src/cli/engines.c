/* SPDX-License-Identifier: Apache-2.0 */
/* engines.c: tells the model service which models the managed engines serve. */
#include <string.h>

#include "base/error.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "supervisor/image.h"
#include "supervisor/table.h"

struct engine {
	const char *name, *url, *kind, *excerpts;
	int64_t context, dimensions;
	bool has_dimensions, managed, probe;
};

#define AT(member) offsetof(struct engine, member)
static const struct bh_field model_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name)},
	{"url", BH_FIELD_TEXT, AT(url)},
	{"kind", BH_FIELD_TEXT, AT(kind)},
	{"context", BH_FIELD_INT, AT(context)},
	{"dimensions", BH_FIELD_INT, AT(dimensions), BH_OMIT,
		.set = BH_SET(struct engine, has_dimensions)},
	{"excerpts", BH_FIELD_TEXT, AT(excerpts)},
	{"price_in", BH_FIELD_CONST, .words = "0"},
	{"price_out", BH_FIELD_CONST, .words = "0"},
	{"managed", BH_FIELD_BOOL, AT(managed)},
	{"probe", BH_FIELD_BOOL, AT(probe)},
};
static const struct bh_field default_fields[] = {
	{"model", BH_FIELD_TEXT, AT(name)},
	{"kind", BH_FIELD_TEXT, AT(kind)},
};
#undef AT

static int
set_default(struct cli *cli, const char *tenant, const struct engine *row)
{
	return cli_api_send(cli, "PUT", cli_api_of(cli, "model", tenant, "default-model"),
		BH_LIST(default_fields), row, NULL);
}

/* Removes the chat or image models that the engine served before: it would answer to their names with this one. The
 * platform's default is not removed: this one takes its place first. */
static int
retire_others(struct cli *cli, const char *tenant, const struct bh_json *list,
	const struct engine *row)
{
	const struct bh_json *data = bh_json_get(list, "data");
	int status = CLI_OK;

	if (strcmp(row->kind, "chat") != 0 && strcmp(row->kind, "image") != 0)
		return CLI_OK;
	for (size_t i = 0; i < bh_json_count(data) && status == CLI_OK; i++) {
		const struct bh_json *other = bh_json_at(data, i);
		const char *name = bh_json_get_string(other, "name");
		const char *kind = bh_json_get_string(other, "kind");
		bool managed = false, is_default = false;

		bh_json_bool(bh_json_get(other, "managed"), &managed);
		bh_json_bool(bh_json_get(other, "is_default"), &is_default);
		if (!managed || name == NULL || kind == NULL || strcmp(kind, row->kind) != 0 ||
			strcmp(name, row->name) == 0)
			continue;
		if (is_default)
			status = set_default(cli, tenant, row);
		if (status == CLI_OK)
			status = cli_api_control(cli, "DELETE",
				cli_api_path(cli, "%s/%s", cli_api_of(cli, "model", tenant, "models"),
					cli_api_escape(cli, name)),
				NULL, NULL);
	}
	return status;
}

/* Adds the model unless it is there; one with an old address or context is brought up to date. A default
 * that the operator has chosen since stays. */
static int
add_model(struct cli *cli, const char *tenant, const struct bh_json *list,
	const struct supervisor_model *model, const char *url_of, const char *kind, int64_t context)
{
	const struct engine row = {
		.name = model->name,
		.url = url_of,
		.kind = kind,
		.context = context,
		.excerpts = model->excerpts,
		.dimensions = model->dimensions,
		.has_dimensions = model->dimensions > 0,
		.managed = true,
		.probe = false, /* whoever started it has seen it answer */
	};
	const struct bh_json *known = cli_api_row(list, "name", model->name);
	const char *url = bh_json_get_string(known, "url");
	const char *excerpts = bh_json_get_string(known, "excerpts");
	int status;

	if (url != NULL && strcmp(url, row.url) == 0 &&
		bh_json_get_int(known, "context", 0) == context && excerpts != NULL &&
		strcmp(excerpts, row.excerpts) == 0)
		return retire_others(cli, tenant, list, &row);
	status = cli_api_send(cli, "POST", cli_api_of(cli, "model", tenant, "models"),
		BH_LIST(model_fields), &row, NULL);
	if (status == CLI_OK && known == NULL)
		status = set_default(cli, tenant, &row);
	return status != CLI_OK ? status : retire_others(cli, tenant, list, &row);
}

/* Those that hear and speak, where they run. */
static int
add_speech(struct cli *cli)
{
	const struct supervisor_manifest *manifest = &cli->instance.manifest;
	const char *run = cli->instance.place.run;
	BH_AUTO(bh_json_close) struct bh_json_doc list = {0};
	char tenant[BH_UUID_TEXT];
	int status;

	if (!supervisor_table_speaks(&cli->instance))
		return CLI_OK;
	bh_uuid_format(&bh_platform_tenant, tenant);
	status = cli_api_control(cli, "GET", cli_api_of(cli, "model", tenant, "models"), NULL, &list);
	if (status == CLI_OK)
		status = add_model(cli, tenant, list.root, &manifest->transcription,
			cli_api_path(cli, "unix:" BH_SOCKET, run, SUPERVISOR_TRANSCRIPTION), "transcription",
			0);
	if (status == CLI_OK)
		status = add_model(cli, tenant, list.root, &manifest->speech,
			cli_api_path(cli, "unix:" BH_SOCKET, run, SUPERVISOR_SPEECH), "speech", 0);
	return status;
}

/* No engine serves it any more; behind it is the backend for tests. */
static int
remove_images(struct cli *cli, const char *tenant, const struct bh_json *list)
{
	const struct bh_json *data = bh_json_get(list, "data");
	int status = CLI_OK;

	for (size_t i = 0; i < bh_json_count(data) && status == CLI_OK; i++) {
		const struct bh_json *row = bh_json_at(data, i);
		const char *name = bh_json_get_string(row, "name");
		const char *kind = bh_json_get_string(row, "kind");
		bool managed = false;

		bh_json_bool(bh_json_get(row, "managed"), &managed);
		if (managed && name != NULL && kind != NULL && strcmp(kind, "image") == 0)
			status = cli_api_control(cli, "DELETE",
				cli_api_path(cli, "%s/%s", cli_api_of(cli, "model", tenant, "models"),
					cli_api_escape(cli, name)),
				NULL, NULL);
	}
	return status;
}

int
cli_image_register(struct cli *cli)
{
	struct supervisor_instance *instance = &cli->instance;
	const char *weights = instance->settings.image.weights;
	BH_AUTO(bh_json_close) struct bh_json_doc list = {0};
	char tenant[BH_UUID_TEXT];
	int rc = supervisor_manifest_read(&instance->arena, instance->place.programs,
		instance->place.home, instance->settings.engine.chat_model, &instance->manifest);
	int status;

	if (rc < 0)
		return cli_fail(rc);
	bh_uuid_format(&bh_platform_tenant, tenant);
	status = cli_api_control(cli, "GET", cli_api_of(cli, "model", tenant, "models"), NULL, &list);
	if (status != CLI_OK)
		return status;
	if (!supervisor_image_runs(instance))
		return remove_images(cli, tenant, list.root);
	return add_model(cli, tenant, list.root,
		&(struct supervisor_model){.name = supervisor_image_model(&instance->arena, weights),
			.excerpts = "passages"},
		cli_api_path(cli, "unix:" BH_SOCKET, instance->place.run, SUPERVISOR_IMAGE), "image", 0);
}

/* Both models, where their engines are. */
static int
add_both(struct cli *cli, const struct supervisor_model *chat, const char *chat_url,
	const struct supervisor_model *embedding, const char *embedding_url)
{
	BH_AUTO(bh_json_close) struct bh_json_doc list = {0};
	int64_t context = cli->instance.settings.engine.chat_context;
	char tenant[BH_UUID_TEXT];
	int status;

	bh_uuid_format(&bh_platform_tenant, tenant);
	status = cli_api_control(cli, "GET", cli_api_of(cli, "model", tenant, "models"), NULL, &list);
	if (status == CLI_OK)
		status = add_model(cli, tenant, list.root, chat, chat_url, "chat",
			context > 0 ? context : chat->context);
	if (status == CLI_OK)
		status = add_model(cli, tenant, list.root, embedding, embedding_url, "embedding",
			embedding->context);
	return status;
}

int
cli_engines_register(struct cli *cli)
{
	const struct supervisor_manifest *manifest = &cli->instance.manifest;
	const char *run = cli->instance.place.run;
	int rc = supervisor_manifest_read(&cli->instance.arena, cli->instance.place.programs,
		cli->instance.place.home, cli->instance.settings.engine.chat_model,
		&cli->instance.manifest);

	if (rc < 0)
		return cli_fail(rc);
	rc = add_both(cli, &manifest->chat, cli_api_path(cli, "unix:" BH_SOCKET, run, "chat"),
		&manifest->embedding, cli_api_path(cli, "unix:" BH_SOCKET, run, "embed"));
	return rc == CLI_OK ? add_speech(cli) : rc;
}

int
cli_engine_register(struct cli *cli)
{
	struct bh_arena *arena = &cli->instance.arena;
	const struct supervisor_engine_conf *conf = &cli->instance.settings.engine;
	const char *pinned = supervisor_place_share(arena, &cli->instance.place, "lock.json");
	struct supervisor_model chat, embedding;
	int rc, status;

	if (conf->chat_url[0] == '\0' || conf->embedding_url[0] == '\0')
		return cli_refuse(CLI_USAGE, "engine.chat_url and engine.embedding_url must be set");
	rc = pinned == NULL
		? bh_error(BH_E_CONFIG, "share/lock.json, which describes the models, is not there")
		: supervisor_manifest_pinned(arena, pinned, conf->chat_model, &chat, &embedding);
	if (rc < 0)
		return cli_fail(rc);
	status = add_both(cli, &chat, conf->chat_url, &embedding, conf->embedding_url);
	if (status == CLI_OK)
		cli_say("%s answers at %s, %s at %s", chat.name, conf->chat_url, embedding.name,
			conf->embedding_url);
	return status;
}
