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
	out->template = text(arena, json, "template");
	out->licence = text(arena, json, "licence");
	out->source = text(arena, json, "source");
	out->sha256 = text(arena, json, "sha256");
	out->excerpts = text(arena, json, "excerpts");
	if (out->excerpts == NULL)
		out->excerpts = "passages";
	out->context = bh_json_get_int(json, "context", 0);
	out->engine_context = bh_json_get_int(json, "engine_context", out->context);
	out->slots = bh_json_get_int(json, "slots", 1);
	out->dimensions = bh_json_get_int(json, "dimensions", 0);
}

static void
read_engine(struct bh_arena *arena, const struct bh_json *json, struct supervisor_manifest *out)
{
	const char *name = bh_json_get_string(json, "name");
	const char *version = bh_json_get_string(json, "version");

	out->engine_runner = text(arena, json, "runner");
	out->engine_server = text(arena, json, "server");
	out->engine_name = bh_arena_printf(arena, "%s %s", name != NULL ? name : "the package's",
		version != NULL ? version : "");
}

static void
read_speech(struct bh_arena *arena, const struct bh_json *json, struct supervisor_manifest *out)
{
	out->speech_runner = text(arena, json, "runner");
	if (out->speech_runner == NULL)
		return;
	read_model(arena, bh_json_get(json, "transcription"), &out->transcription);
	read_model(arena, bh_json_get(json, "speech"), &out->speech);
}

static void
read_image(struct bh_arena *arena, const struct bh_json *json, struct supervisor_manifest *out)
{
	const char *name = bh_json_get_string(json, "name");
	const char *version = bh_json_get_string(json, "version");

	out->image_runner = text(arena, json, "runner");
	if (out->image_runner == NULL)
		return;
	out->image_server = text(arena, json, "server");
	out->image_name = bh_arena_printf(arena, "%s %s", name != NULL ? name : "the operator's",
		version != NULL ? version : "");
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

/* A model that the operator added. Its name is a file's: no path. */
static int
read_added(struct bh_arena *arena, const char *home, const char *name, struct supervisor_model *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf content = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *path = bh_arena_printf(arena, "%s/models/%s.json", home, name);

	if (strchr(name, '/') != NULL || supervisor_file_read(path, MANIFEST_BYTES_MAX, &content) < 0)
		return bh_error(BH_E_CONFIG,
			"engine.chat_model: the model %s is not installed; `bulkhead model pull` lists and "
			"fetches models",
			name);
	if (bh_json_parse(bh_buf_string(&content), content.len, &doc) < 0)
		return bh_error(BH_E_CONFIG, "%s is damaged; fetch the model again", path);
	read_model(arena, doc.root, out);
	return 0;
}

static int
read_chat(struct bh_arena *arena, const struct bh_json *models, const char *home, const char *name,
	struct supervisor_model *out)
{
	size_t n = bh_json_count(models);

	for (size_t i = 0; i < n; i++) {
		read_model(arena, bh_json_at(models, i), out);
		if (name[0] == '\0' || (out->name != NULL && strcmp(out->name, name) == 0))
			return 0;
	}
	*out = (struct supervisor_model){0};
	return name[0] == '\0' ? 0 : read_added(arena, home, name, out);
}

static int
parse(struct bh_arena *arena, const char *programs, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf content = {0};
	const char *path = bh_arena_printf(arena, "%s/manifest.json", programs);

	if (supervisor_file_read(path, MANIFEST_BYTES_MAX, &content) < 0)
		return bh_error(BH_E_CONFIG,
			"%s not found; run `make up` to install PostgreSQL, the engine and the models", path);
	if (bh_json_parse(bh_buf_string(&content), content.len, out) < 0)
		return bh_error(BH_E_CONFIG, "%s is damaged; run `make up` again", path);
	return 0;
}

int
supervisor_manifest_postgres(struct bh_arena *arena, const char *programs,
	struct supervisor_manifest *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct supervisor_manifest manifest = {0};
	int rc = parse(arena, programs, &doc);

	if (rc < 0)
		return rc;
	manifest.postgres_bin = text(arena, bh_json_get(doc.root, "postgres"), "bin");
	rc = check(manifest.postgres_bin, "PostgreSQL", programs);
	if (rc == 0)
		*out = manifest;
	return rc;
}

int
supervisor_manifest_read(struct bh_arena *arena, const char *programs, const char *home,
	const char *chat_model, struct supervisor_manifest *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct supervisor_manifest manifest = {0};
	int rc = parse(arena, programs, &doc);

	if (rc < 0)
		return rc;
	manifest.python = text(arena, doc.root, "python");
	manifest.nginx = text(arena, doc.root, "nginx");
	manifest.postgres_bin = text(arena, bh_json_get(doc.root, "postgres"), "bin");
	read_engine(arena, bh_json_get(doc.root, "engine"), &manifest);
	read_model(arena, bh_json_get(doc.root, "embedding_model"), &manifest.embedding);
	read_speech(arena, bh_json_get(doc.root, "speech"), &manifest);
	read_image(arena, bh_json_get(doc.root, "image"), &manifest);
	rc = read_chat(arena, bh_json_get(doc.root, "chat_models"), home, chat_model, &manifest.chat);
	if (rc == 0)
		rc = check(manifest.nginx, "nginx", programs);
	if (rc == 0)
		rc = check(manifest.python, "python", programs);
	if (rc == 0)
		rc = check(manifest.postgres_bin, "PostgreSQL", programs);
	if (rc == 0)
		rc = check(manifest.engine_runner, "the engine", programs);
	if (rc == 0 && manifest.engine_server != NULL)
		rc = check(manifest.engine_server, "the engine that was compiled here", programs);
	if (rc == 0)
		rc = check(manifest.chat.path, "the chat model", programs);
	if (rc == 0)
		rc = check(manifest.embedding.path, "the embedding model", programs);
	if (rc == 0 && manifest.speech_runner != NULL)
		rc = check(manifest.transcription.path, "the model that hears", programs);
	if (rc == 0 && manifest.speech_runner != NULL)
		rc = check(manifest.speech.path, "the voice", programs);
	if (rc == 0 && manifest.image_runner != NULL)
		rc = check(manifest.image_runner, "the image engine", programs);
	if (rc == 0 && manifest.image_runner != NULL)
		rc = check(manifest.image_server, "the image engine's server", programs);
	if (rc == 0)
		*out = manifest;
	return rc;
}

static int
find_pinned(struct bh_arena *arena, const struct bh_json *models, const char *kind,
	const char *name, struct supervisor_model *out)
{
	for (size_t i = 0; i < bh_json_count(models); i++) {
		const struct bh_json *row = bh_json_at(models, i);
		const char *found_kind = bh_json_get_string(row, "kind");
		const char *found = bh_json_get_string(row, "name");

		if (found_kind == NULL || found == NULL || strcmp(found_kind, kind) != 0 ||
			(name != NULL && strcmp(found, name) != 0))
			continue;
		read_model(arena, bh_json_get(row, "settings"), out);
		out->name = bh_arena_strdup(arena, found);
		return 0;
	}
	return BH_E_NOT_FOUND;
}

int
supervisor_manifest_pinned(struct bh_arena *arena, const char *path, const char *chat_model,
	struct supervisor_model *out_chat, struct supervisor_model *out_embedding)
{
	BH_AUTO(bh_buf_close) struct bh_buf content = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct supervisor_model chat = {0}, embedding = {0};
	const struct bh_json *models;
	int rc = supervisor_file_read(path, MANIFEST_BYTES_MAX, &content);

	if (rc == 0)
		rc = bh_json_parse(bh_buf_string(&content), content.len, &doc);
	if (rc < 0)
		return bh_error(BH_E_CONFIG, "%s cannot be read", path);
	models = bh_json_get(doc.root, "models");
	if (find_pinned(arena, models, "chat", chat_model, &chat) < 0)
		return bh_error(BH_E_CONFIG,
			"engine.chat_model must name one of the chat models in %s, not \"%s\"; add others by "
			"`bulkhead model add`",
			path, chat_model);
	if (find_pinned(arena, models, "embedding", NULL, &embedding) < 0)
		return bh_error(BH_E_CONFIG, "%s has no embedding model", path);
	*out_chat = chat;
	*out_embedding = embedding;
	return 0;
}
