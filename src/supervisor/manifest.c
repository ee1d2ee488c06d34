/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.c: reads the program folder's manifest and checks that what it names is there. */
#include "supervisor/manifest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "json/fields.h"
#include "supervisor/file.h"

#define MANIFEST_BYTES_MAX (256u * BH_KIB)

static const char *
text(struct bh_arena *arena, const struct bh_json *object, const char *name)
{
	const char *value = bh_json_get_string(object, name);

	return value == NULL ? NULL : bh_arena_strdup(arena, value);
}

static void
read_model(struct bh_arena *arena, const struct bh_json *json, struct supervisor_model *out)
{
	out->name = text(arena, json, "name");
	out->path = text(arena, json, "path");
	out->context = bh_json_get_int(json, "context", 0);
	out->engine_context = bh_json_get_int(json, "engine_context", out->context);
	out->slots = bh_json_get_int(json, "slots", 1);
	out->dimensions = bh_json_get_int(json, "dimensions", 0);
}

static int
check(const char *path, const char *what, const char *programs)
{
	if (path == NULL)
		return bh_error(BH_E_CONFIG, "%s/manifest.json does not contain %s; run `make up` again",
			programs, what);
	if (access(path, R_OK) < 0)
		return bh_error(BH_E_CONFIG, "%s: %s: %m; run `make up` again", what, path);
	return 0;
}

int
supervisor_manifest_read(struct bh_arena *arena, const char *programs,
	struct supervisor_manifest *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf content = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *path = bh_arena_printf(arena, "%s/manifest.json", programs);
	struct supervisor_manifest manifest = {0};
	const struct bh_json *models;
	int rc;

	if (supervisor_file_read(path, MANIFEST_BYTES_MAX, &content) < 0)
		return bh_error(BH_E_CONFIG,
			"%s not found; run `make up` to install PostgreSQL, the engine and the models", path);
	rc = bh_json_parse(bh_buf_string(&content), content.len, &doc);
	if (rc < 0)
		return bh_error(BH_E_CONFIG, "%s is damaged; run `make up` again", path);

	manifest.python = text(arena, doc.root, "python");
	manifest.nginx = text(arena, doc.root, "nginx");
	manifest.postgres_bin = text(arena, bh_json_get(doc.root, "postgres"), "bin");
	manifest.engine_runner = text(arena, bh_json_get(doc.root, "engine"), "runner");
	models = bh_json_get(doc.root, "models");
	read_model(arena, bh_json_get(models, "chat"), &manifest.chat);
	read_model(arena, bh_json_get(models, "embedding"), &manifest.embedding);

	rc = check(manifest.nginx, "nginx", programs);
	if (rc == 0)
		rc = check(manifest.python, "python", programs);
	if (rc == 0)
		rc = check(manifest.postgres_bin, "PostgreSQL", programs);
	if (rc == 0)
		rc = check(manifest.engine_runner, "the engine", programs);
	if (rc == 0)
		rc = check(manifest.chat.path, "the chat model", programs);
	if (rc == 0)
		rc = check(manifest.embedding.path, "the embedding model", programs);
	if (rc == 0)
		*out = manifest;
	return rc;
}
