/* SPDX-License-Identifier: Apache-2.0 */
/* quickstart.c: after every start: the managed engines' models, a first tenant, its key, a sample document. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/api.h"
#include "cli/banner.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/link.h"
#include "cli/public.h"
#include "supervisor/file.h"

#define TENANT_NAME "Acme"
#define KEY_NAME "quickstart"
#define STORE_NAME "Staff handbook"
#define SAMPLE_NAME "sample.md"
#define SAMPLE_BYTES_MAX BH_MIB
#define ADMIN_EMAIL "admin@bulkhead.local"
#define INGEST_WITHIN_MS 180000
#define BOUNDARY "bulkhead-sample-7d1f2c9b4e"

/* ---- the managed engines' models ---- */

static void
write_model(struct cli *cli, const struct supervisor_model *model, const char *engine,
	const char *kind, int64_t context, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "name", model->name);
	bh_write_pair_text(&write, "url",
		cli_api_path(cli, "unix:" BH_SOCKET, cli->instance.place.run, engine));
	bh_write_pair_text(&write, "kind", kind);
	bh_write_pair_int(&write, "context", context);
	if (model->dimensions > 0)
		bh_write_pair_int(&write, "dimensions", model->dimensions);
	bh_write_pair_text(&write, "price_in", "0");
	bh_write_pair_text(&write, "price_out", "0");
	bh_write_pair_bool(&write, "managed", true);
	/* The supervisor has seen it answer. */
	bh_write_pair_bool(&write, "probe", false);
	bh_write_end(&write);
}

/* Whether the list holds the model, at the engine's address of today and with its context. */
static bool
is_known(struct cli *cli, const struct bh_json *list, const char *name, const char *engine,
	int64_t context, bool *out_other)
{
	const char *wanted = cli_api_path(cli, "unix:" BH_SOCKET, cli->instance.place.run, engine);

	*out_other = false;
	for (size_t i = 0; i < bh_json_count(list); i++) {
		const struct bh_json *row = bh_json_at(list, i);
		const char *found = bh_json_get_string(row, "name");
		const char *url = bh_json_get_string(row, "url");
		int64_t now = 0;

		if (found == NULL || strcmp(found, name) != 0)
			continue;
		bh_json_int(bh_json_get(row, "context"), &now);
		*out_other = url == NULL || strcmp(url, wanted) != 0 || now != context;
		return !*out_other;
	}
	return false;
}

static int
set_default(struct cli *cli, const char *tenant, const char *name, const char *kind)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", name);
	bh_write_pair_text(&write, "kind", kind);
	bh_write_end(&write);
	return cli_api_control(cli, "PUT",
		cli_api_path(cli, "/api/model/api/tenants/%s/default-model", tenant), &body, NULL);
}

/* Adds the model unless it is there; one with an old address or context is brought up to date. A default
 * that the operator has chosen since stays. */
static int
add_model(struct cli *cli, const struct bh_json *list, const struct supervisor_model *model,
	const char *engine, const char *kind, int64_t context)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char tenant[BH_UUID_TEXT];
	bool other;
	int status;

	if (is_known(cli, list, model->name, engine, context, &other))
		return CLI_OK;
	bh_uuid_format(&bh_platform_tenant, tenant);
	write_model(cli, model, engine, kind, context, &body);
	status = cli_api_control(cli, "POST",
		cli_api_path(cli, "/api/model/api/tenants/%s/models", tenant), &body, NULL);
	if (status == CLI_OK && !other)
		status = set_default(cli, tenant, model->name, kind);
	return status;
}

static int
add_models(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct supervisor_manifest *manifest = &cli->instance.manifest;
	int64_t context = cli->instance.settings.engine.chat_context;
	const struct bh_json *list;
	char tenant[BH_UUID_TEXT];
	int status;
	int rc = supervisor_manifest_read(&cli->instance.arena, cli->instance.place.programs,
		&cli->instance.manifest);

	if (rc < 0)
		return cli_fail(rc);
	bh_uuid_format(&bh_platform_tenant, tenant);
	status = cli_api_control(cli, "GET",
		cli_api_path(cli, "/api/model/api/tenants/%s/models", tenant), NULL, &doc);
	list = bh_json_get(doc.root, "data");
	if (status == CLI_OK)
		status = add_model(cli, list, &manifest->chat, "chat", "chat",
			context > 0 ? context : manifest->chat.context);
	if (status == CLI_OK)
		status = add_model(cli, list, &manifest->embedding, "embed", "embedding",
			manifest->embedding.context);
	return status;
}

/* ---- tenant, administrator, key ---- */

static int
find_or_make_tenant(struct cli *cli, char out[BH_UUID_TEXT])
{
	BH_AUTO(bh_json_close) struct bh_json_doc found = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc made = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	const char *id;
	int status = cli_api_control(cli, "GET", "/api/auth/api/tenants?name=" TENANT_NAME, NULL,
		&found);

	id = bh_json_get_string(bh_json_at(bh_json_get(found.root, "data"), 0), "id");
	if (status == CLI_OK && id == NULL) {
		bh_write_object(&write);
		bh_write_pair_text(&write, "name", TENANT_NAME);
		bh_write_end(&write);
		status = cli_api_control(cli, "POST", "/api/auth/api/tenants", &body, &made);
		id = bh_json_get_string(made.root, "id");
	}
	if (status == CLI_OK && id == NULL)
		status = CLI_FAILED;
	if (status == CLI_OK)
		snprintf(out, BH_UUID_TEXT, "%s", id);
	return status;
}

/* The platform's first superuser; *out_user and whether a password is set. */
static int
find_or_make_admin(struct cli *cli, const char *tenant, const char **out_user, bool *out_password)
{
	BH_AUTO(bh_json_close) struct bh_json_doc users = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc made = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	const char *path = cli_api_path(cli, "/api/auth/api/tenants/%s/users", tenant);
	const struct bh_json *user = NULL;
	const struct bh_json *data;
	int status = cli_api_list(cli, path, &users);

	data = bh_json_get(users.root, "data");
	for (size_t i = 0; i < bh_json_count(data); i++) {
		const char *email = bh_json_get_string(bh_json_at(data, i), "email");

		if (email != NULL && strcmp(email, ADMIN_EMAIL) == 0)
			user = bh_json_at(data, i);
	}
	if (status == CLI_OK && user == NULL) {
		bh_write_object(&write);
		bh_write_pair_text(&write, "email", ADMIN_EMAIL);
		bh_write_pair_text(&write, "role", "superuser");
		bh_write_end(&write);
		status = cli_api_control(cli, "POST", path, &body, &made);
		user = made.root;
	}
	if (status != CLI_OK)
		return status;
	*out_password = false;
	bh_json_bool(bh_json_get(user, "has_password"), out_password);
	*out_user = cli_api_path(cli, "%s", bh_json_get_string(user, "id"));
	return CLI_OK;
}

/* Keys that an interrupted start made and nobody knows any more. */
static int
revoke_lost_keys(struct cli *cli, const char *tenant)
{
	BH_AUTO(bh_json_close) struct bh_json_doc keys = {0};
	const char *path = cli_api_path(cli, "/api/auth/api/tenants/%s/keys", tenant);
	const struct bh_json *data;
	int status = cli_api_list(cli, path, &keys);

	data = bh_json_get(keys.root, "data");
	for (size_t i = 0; status == CLI_OK && i < bh_json_count(data); i++) {
		const struct bh_json *key = bh_json_at(data, i);
		const char *name = bh_json_get_string(key, "name");
		bool revoked = bh_json_kind(bh_json_get(key, "revoked_at")) != BH_JSON_NULL;

		if (name == NULL || strcmp(name, KEY_NAME) != 0 || revoked)
			continue;
		status = cli_api_control(cli, "DELETE",
			cli_api_path(cli, "%s/%s", path, bh_json_get_string(key, "id")), NULL, NULL);
	}
	return status;
}

static int
make_key(struct cli *cli, const char *tenant, struct cli_env *env)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	const char *key;
	int status = revoke_lost_keys(cli, tenant);

	bh_write_object(&write);
	bh_write_pair_text(&write, "name", KEY_NAME);
	bh_write_end(&write);
	if (status == CLI_OK)
		status = cli_api_control(cli, "POST",
			cli_api_path(cli, "/api/auth/api/tenants/%s/keys", tenant), &body, &doc);
	key = bh_json_get_string(doc.root, "key");
	if (status == CLI_OK && key == NULL)
		status = CLI_FAILED;
	if (status == CLI_OK)
		*env = (struct cli_env){.api_key = bh_arena_strdup(&cli->instance.arena, key)};
	return status;
}

/* True when the key of an earlier start still opens the door. */
static bool
key_works(struct cli *cli, const struct cli_env *env)
{
	const struct cli_public_call call = {.method = "GET",
		.path = "/v1/models",
		.key = env->api_key};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};

	return env->api_key != NULL && cli_public_json(cli, &call, &doc) != 401;
}

/* ---- the sample document ---- */

static int
post(struct cli *cli, const struct cli_env *env, const char *path, const char *type,
	const struct bh_buf *body, const char **out_id)
{
	const struct cli_public_call call = {
		.method = "POST",
		.path = path,
		.type = type,
		.body = body->data,
		.len = body->len,
		.key = env->api_key,
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_public_json(cli, &call, &doc);
	const char *message = bh_json_get_string(bh_json_get(doc.root, "error"), "message");
	const char *id = bh_json_get_string(doc.root, "id");

	if (status < 0)
		return cli_fail(status);
	if (status >= 300 || id == NULL) {
		cli_say("POST %s: %d %s", path, status, message != NULL ? message : "");
		return CLI_FAILED;
	}
	*out_id = bh_arena_strdup(&cli->instance.arena, id);
	return CLI_OK;
}

static int
upload_sample(struct cli *cli, const struct cli_env *env, const char **out_id)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const char *path = supervisor_place_share(&cli->instance.arena, &cli->instance.place,
		SAMPLE_NAME);
	int rc;

	if (path == NULL) {
		cli_say("the sample document " SAMPLE_NAME " was not found next to the executable");
		return CLI_FAILED;
	}
	bh_buf_text(&body,
		"--" BOUNDARY "\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\n"
		"assistants\r\n--" BOUNDARY "\r\ncontent-disposition: form-data; name=\"file\"; filename=\""
		"staff-handbook.md\"\r\ncontent-type: text/markdown\r\n\r\n");
	rc = supervisor_file_read(path, SAMPLE_BYTES_MAX, &body);
	if (rc < 0)
		return cli_fail(rc);
	bh_buf_text(&body, "\r\n--" BOUNDARY "--\r\n");
	return post(cli, env, "/v1/files", "multipart/form-data; boundary=" BOUNDARY, &body, out_id);
}

static int
make_store(struct cli *cli, const struct cli_env *env, const char **out_id)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};

	bh_write_object(&write);
	bh_write_pair_text(&write, "name", STORE_NAME);
	bh_write_end(&write);
	return post(cli, env, "/v1/vector_stores", NULL, &body, out_id);
}

static int
attach(struct cli *cli, const struct cli_env *env, const char *file)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	const char *id = NULL;

	bh_write_object(&write);
	bh_write_pair_text(&write, "file_id", file);
	bh_write_end(&write);
	return post(cli, env, cli_api_path(cli, "/v1/vector_stores/%s/files", env->vector_store), NULL,
		&body, &id);
}

/* How many files of the store are done, failed and under way; false when it does not exist. */
static bool
count_files(struct cli *cli, const struct cli_env *env, int64_t *out_done, int64_t *out_busy)
{
	const struct cli_public_call call = {
		.method = "GET",
		.key = env->api_key,
		.path = cli_api_path(cli, "/v1/vector_stores/%s", env->vector_store),
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *counts;

	if (cli_public_json(cli, &call, &doc) != 200)
		return false;
	counts = bh_json_get(doc.root, "file_counts");
	*out_done = *out_busy = 0;
	bh_json_int(bh_json_get(counts, "completed"), out_done);
	bh_json_int(bh_json_get(counts, "in_progress"), out_busy);
	return true;
}

static int
wait_for_sample(struct cli *cli, const struct cli_env *env)
{
	static const struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};
	int64_t until_ms = bh_clock_steady_ms() + INGEST_WITHIN_MS;
	int64_t done = 0;
	int64_t busy = 1;

	while (count_files(cli, env, &done, &busy) && done == 0 && busy > 0 &&
		bh_clock_steady_ms() < until_ms)
		nanosleep(&pause, NULL);
	if (done > 0)
		return CLI_OK;
	cli_say("the sample document was not indexed; see `bulkhead logs rag`");
	return CLI_FAILED;
}

/* The store of an earlier start is used when it has the document; else it is filled or made. */
static int
find_or_make_sample(struct cli *cli, struct cli_env *env)
{
	const char *file = NULL;
	int64_t done = 0;
	int64_t busy = 0;
	int status = CLI_OK;
	int rc;

	if (env->vector_store != NULL && !count_files(cli, env, &done, &busy))
		env->vector_store = NULL;
	if (env->vector_store == NULL) {
		status = make_store(cli, env, &env->vector_store);
		rc = status == CLI_OK ? cli_env_write(cli, env) : 0;
		if (rc < 0)
			return cli_fail(rc);
	}
	if (status == CLI_OK && done == 0 && busy == 0) {
		status = upload_sample(cli, env, &file);
		if (status == CLI_OK)
			status = attach(cli, env, file);
	}
	return status == CLI_OK && done == 0 ? wait_for_sample(cli, env) : status;
}

/* ---- all of it ---- */

static int
make_env(struct cli *cli, const char *tenant, struct cli_env *env)
{
	const char *base = cli_api_path(cli, "%s/v1", cli->instance.url);
	struct cli_env before = {0};
	int status = CLI_OK;
	int rc = cli_env_read(cli, &before);

	if (rc < 0 && rc != BH_E_NOT_FOUND)
		return cli_fail(rc);
	*env = before;
	if (!key_works(cli, env))
		status = make_key(cli, tenant, env);
	if (status != CLI_OK)
		return status;
	if (env->model == NULL)
		env->model = "default";
	env->base_url = base;
	if (env->api_key == before.api_key && before.base_url != NULL &&
		strcmp(before.base_url, base) == 0)
		return CLI_OK;
	rc = cli_env_write(cli, env);
	return rc < 0 ? cli_fail(rc) : CLI_OK;
}

static int
quickstart(struct cli *cli)
{
	struct cli_banner banner = {.url = cli->instance.url, .env_path = cli_env_path(cli)};
	struct cli_env env = {0};
	char platform[BH_UUID_TEXT];
	char tenant[BH_UUID_TEXT];
	const char *admin = NULL;
	bool has_password = false;
	int status;

	bh_uuid_format(&bh_platform_tenant, platform);
	status = find_or_make_tenant(cli, tenant);
	if (status == CLI_OK)
		status = find_or_make_admin(cli, platform, &admin, &has_password);
	if (status == CLI_OK)
		status = make_env(cli, tenant, &env);
	if (status == CLI_OK)
		status = find_or_make_sample(cli, &env);
	if (status == CLI_OK && !has_password)
		status = cli_link_make(cli, platform, admin, &banner.link);
	if (status != CLI_OK)
		return status;
	banner.admin = ADMIN_EMAIL;
	banner.tenant = TENANT_NAME;
	cli_banner_print(cli, &banner);
	return CLI_OK;
}

int
cli_quickstart(struct cli *cli)
{
	int status = CLI_OK;

	if (cli->instance.settings.engine.enabled)
		status = add_models(cli);
	if (status == CLI_OK && cli->instance.settings.own.quickstart &&
		cli->instance.settings.engine.enabled)
		return quickstart(cli);
	if (status == CLI_OK)
		printf("Bulkhead is running at %s\n", cli->instance.url);
	return status;
}
