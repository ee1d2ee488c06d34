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
#include "cli/call.h"
#include "supervisor/file.h"

#define TENANT_NAME "Acme"
#define KEY_NAME "quickstart"
#define STORE_NAME "Staff handbook"
#define SAMPLE_NAME "sample.md"
#define SAMPLE_BYTES_MAX BH_MIB
#define ADMIN_EMAIL "admin@bulkhead.local"
#define INGEST_WITHIN_MS 180000
#define BOUNDARY "bulkhead-sample-7d1f2c9b4e"

/* ---- tenant, administrator, key ---- */

/* Little of what is made varies. */
static const struct bh_field tenant_body[] = {{"name", BH_FIELD_CONST, .words = TENANT_NAME}};
static const struct bh_field key_body[] = {{"name", BH_FIELD_CONST, .words = KEY_NAME}};
static const struct bh_field store_body[] = {{"name", BH_FIELD_CONST, .words = STORE_NAME}};
static const struct bh_field file_body[] = {{"file_id", BH_FIELD_TEXT}};
static const struct bh_field admin_body[] = {
	{"email", BH_FIELD_CONST, .words = ADMIN_EMAIL},
	{"role", BH_FIELD_CONST, .words = "superuser"},
};

static int
find_or_make_tenant(struct cli *cli, char out[BH_UUID_TEXT])
{
	BH_AUTO(bh_json_close) struct bh_json_doc found = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc made = {0};
	int status = cli_api_control(cli, "GET", "/api/auth/api/tenants?name=" TENANT_NAME, NULL,
		&found);
	const char *id = bh_json_get_string(bh_json_at(bh_json_get(found.root, "data"), 0), "id");

	if (status == CLI_OK && id == NULL) {
		status = cli_api_send(cli, "POST", "/api/auth/api/tenants", BH_LIST(tenant_body), "",
			&made);
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
	const char *path = cli_api_of(cli, "auth", tenant, "users");
	int status = cli_api_list(cli, path, &users);
	const struct bh_json *user = cli_api_row(users.root, "email", ADMIN_EMAIL);

	if (status == CLI_OK && user == NULL) {
		status = cli_api_send(cli, "POST", path, BH_LIST(admin_body), "", &made);
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
	const char *path = cli_api_of(cli, "auth", tenant, "keys");
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
	const char *key;
	int status = revoke_lost_keys(cli, tenant);

	if (status == CLI_OK)
		status = cli_api_send(cli, "POST", cli_api_of(cli, "auth", tenant, "keys"),
			BH_LIST(key_body), "", &doc);
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
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};

	return env->api_key != NULL &&
		cli_call_get(cli->instance.local, env->api_key, "/v1/models", &doc) != 401;
}

/* ---- the sample document ---- */

static int
post(struct cli *cli, const struct cli_env *env, const char *path, const char *type,
	const struct bh_buf *body, const char **out_id)
{
	const struct cli_call call = {
		.url = cli->instance.local,
		.method = "POST",
		.path = path,
		.type = type,
		.body = body,
		.key = env->api_key,
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_call_json(&call, &doc);
	const char *message = bh_json_get_string(bh_json_get(doc.root, "error"), "message");
	const char *id = bh_json_get_string(doc.root, "id");

	if (status < 0)
		return cli_fail(status);
	if (status >= 300 || id == NULL)
		return cli_refuse(CLI_FAILED, "POST %s: %d %s", path, status,
			message != NULL ? message : "");
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

	if (path == NULL)
		return cli_refuse(CLI_FAILED,
			"the sample document " SAMPLE_NAME " was not found next to the executable");
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
post_row(struct cli *cli, const struct cli_env *env, const char *path,
	const struct bh_field *fields, size_t n_fields, const void *row, const char **out_id)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};

	bh_fields_write(&(struct bh_write){.out = &body}, fields, n_fields, row);
	return post(cli, env, path, NULL, &body, out_id);
}

/* How many files of the store are done, failed and under way; false when it does not exist. */
static bool
count_files(struct cli *cli, const struct cli_env *env, int64_t *out_done, int64_t *out_busy)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *path = cli_api_path(cli, "/v1/vector_stores/%s", env->vector_store);
	const struct bh_json *counts;

	if (cli_call_get(cli->instance.local, env->api_key, path, &doc) != 200)
		return false;
	counts = bh_json_get(doc.root, "file_counts");
	*out_done = bh_json_get_int(counts, "completed", 0);
	*out_busy = bh_json_get_int(counts, "in_progress", 0);
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
	return cli_refuse(CLI_FAILED, "the sample document was not indexed; see `bulkhead logs rag`");
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
		status = post_row(cli, env, "/v1/vector_stores", BH_LIST(store_body), "",
			&env->vector_store);
		rc = status == CLI_OK ? cli_env_write(cli, env) : 0;
		if (rc < 0)
			return cli_fail(rc);
	}
	if (status == CLI_OK && done == 0 && busy == 0) {
		status = upload_sample(cli, env, &file);
		if (status == CLI_OK)
			status = post_row(cli, env,
				cli_api_path(cli, "/v1/vector_stores/%s/files", env->vector_store),
				BH_LIST(file_body), &file, &file);
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
	struct cli_env env = {0};
	char platform[BH_UUID_TEXT];
	char tenant[BH_UUID_TEXT];
	const char *admin = NULL, *link = NULL;
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
		status = cli_link_make(cli, platform, admin, &link);
	if (status != CLI_OK)
		return status;
	cli_banner_print(cli, TENANT_NAME, ADMIN_EMAIL, link);
	return CLI_OK;
}

int
cli_quickstart(struct cli *cli)
{
	int status = CLI_OK;

	if (cli->instance.settings.engine.enabled)
		status = cli_engines_register(cli);
	if (status == CLI_OK)
		status = cli_image_register(cli);
	if (status == CLI_OK && cli->instance.settings.own.quickstart &&
		cli->instance.settings.engine.enabled)
		return quickstart(cli);
	if (status == CLI_OK)
		printf("Bulkhead is running at %s\n", cli->instance.url);
	return status;
}
