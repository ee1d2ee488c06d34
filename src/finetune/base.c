/* SPDX-License-Identifier: Apache-2.0 */
/* base.c: reads what set-up and the operator installed. It is their word: files that are trusted, and read within bounds. */
#include "finetune/base.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "json/json.h"

enum { MANIFEST_BYTES_MAX = 1024 * 1024, HEAD_BYTES = 64 * 1024, ADDED_MOST = 256 };

struct looking {
	struct bh_arena *arena;
	const char *name; /* which one is wanted */
	struct finetune_base *out;
	bool is_found, is_trainable;
	struct bh_buf usable; /* owned: names of those that can be trained */
};

static int
read_file(const char *path, size_t most, struct bh_buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = 0;

	if (fd < 0)
		return BH_E_NOT_FOUND;
	while (
		out->len < most && (got = read(fd, bh_buf_room(out, most - out->len), most - out->len)) > 0)
		out->len += (size_t)got;
	close(fd);
	return got < 0 ? bh_error(BH_E_IO, "read %s: %m", path) : 0;
}

static bool
is_trainable(const char *path)
{
	BH_AUTO(bh_buf_close) struct bh_buf head = {0};
	char architecture[32] = "";

	return read_file(path, HEAD_BYTES, &head) == 0 &&
		finetune_base_text((const unsigned char *)head.data, head.len, "general.architecture",
			architecture, sizeof(architecture)) == 0 &&
		bh_text_has_word(FINETUNE_ARCHITECTURES, architecture);
}

static const char *
text_or(struct bh_arena *arena, const struct bh_json *json, const char *name, const char *preset)
{
	const char *text = bh_json_get_string(json, name);

	return text != NULL ? bh_arena_strdup(arena, text) : preset;
}

static void
look_at(struct looking *looking, const struct bh_json *model)
{
	const char *name = bh_json_get_string(model, "name");
	const char *path = bh_json_get_string(model, "path");
	bool trainable;

	if (name == NULL || path == NULL)
		return;
	trainable = is_trainable(path);
	if (trainable)
		bh_buf_printf(&looking->usable, "%s%s", looking->usable.len > 0 ? ", " : "", name);
	if (looking->is_found || strcmp(name, looking->name) != 0)
		return;
	looking->is_found = true;
	looking->is_trainable = trainable;
	*looking->out = (struct finetune_base){
		.name = bh_arena_strdup(looking->arena, name),
		.path = bh_arena_strdup(looking->arena, path),
		.sha256 = text_or(looking->arena, model, "sha256", ""),
		.licence = text_or(looking->arena, model, "licence", ""),
		.chat_template = text_or(looking->arena, model, "template", NULL),
		.context = bh_json_get_int(model, "context", 0),
	};
}

static void
look_through(struct looking *looking, const char *path, const char *list)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *models;

	if (read_file(path, MANIFEST_BYTES_MAX, &text) < 0 ||
		bh_json_parse(bh_buf_string(&text), text.len, &doc) < 0)
		return;
	if (list == NULL) {
		look_at(looking, doc.root);
		return;
	}
	models = bh_json_get(doc.root, list);
	for (size_t i = 0; i < bh_json_count(models); i++)
		look_at(looking, bh_json_at(models, i));
}

static void
look_added(struct looking *looking, const char *home)
{
	const char *path = bh_arena_printf(looking->arena, "%s/models", home);
	DIR *folder = opendir(path);
	const struct dirent *entry;

	for (int i = 0; folder != NULL && i < ADDED_MOST && (entry = readdir(folder)) != NULL; i++)
		if (bh_text_ends(entry->d_name, ".json"))
			look_through(looking, bh_arena_printf(looking->arena, "%s/%s", path, entry->d_name),
				NULL);
	if (folder != NULL)
		closedir(folder);
}

int
finetune_base_find(struct bh_arena *arena, const char *programs, const char *home, const char *name,
	struct finetune_base *out)
{
	struct looking looking = {.arena = arena, .name = name, .out = out};
	int rc = 0;

	look_through(&looking, bh_arena_printf(arena, "%s/manifest.json", programs), "chat_models");
	look_added(&looking, home);
	if (!looking.is_found)
		rc = bh_error_param(BH_E_MODEL_NOT_FOUND, "model",
			"The model '%s' is not one that can be trained here. Those that can: %s.", name,
			looking.usable.len > 0 ? bh_buf_string(&looking.usable) : "none");
	else if (!looking.is_trainable)
		rc = bh_error_param(BH_E_INVALID, "model",
			"The model '%s' cannot be trained: its architecture is none of llama and qwen2. Those "
			"that can: %s.",
			name, looking.usable.len > 0 ? bh_buf_string(&looking.usable) : "none");
	bh_buf_close(&looking.usable);
	return rc;
}
