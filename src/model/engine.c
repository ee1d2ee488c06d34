/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c: follows the link, and keeps what a process said of its adapters: it never changes. */
#include "model/engine.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "http/client.h"
#include "json/json.h"
#include "model/clients.h"
#include "service/request.h"

#define UNIX "unix:"

enum {
	ENGINES = 8, /* processes that are remembered */
	ASK_MS = 60000,
	ANSWER_MAX = 1024 * 1024,
	POLL_MS = 50,
	LINK_BYTES = 64
};

/* What a process has said. */
struct known {
	char url[MODEL_ENGINE_URL]; /* "": the place is free */
	int64_t used_ms;
	size_t n;
	int64_t ids[MODEL_ENGINE_ADAPTERS];
	char stems[MODEL_ENGINE_ADAPTERS][MODEL_ADAPTER_STEM];
};

struct model_engines {
	pthread_mutex_t lock;
	struct known list[ENGINES];
};

int
model_engines_open(struct model_engines **out)
{
	struct model_engines *engines = calloc(1, sizeof(*engines));

	if (engines == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&engines->lock, NULL);
	*out = engines;
	return 0;
}

void
model_engines_close(struct model_engines *engines)
{
	if (engines == NULL)
		return;
	pthread_mutex_destroy(&engines->lock);
	free(engines);
}

/* ---- where it listens ---- */

/* The address of the process that the entry's address leads to; "" where that is no link. */
static int
follow(const struct model_entry *entry, char out[MODEL_ENGINE_URL])
{
	const char *path = entry->url + strlen(UNIX);
	const char *slash;
	char name[LINK_BYTES];
	ssize_t len;
	int n;

	out[0] = '\0';
	if (!entry->managed || entry->kind != MODEL_CHAT || !bh_text_starts(entry->url, UNIX))
		return 0;
	len = readlink(path, name, sizeof(name) - 1);
	if (len < 0)
		return errno == ENOENT ? BH_E_UNAVAILABLE : 0;
	name[len] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL || strchr(name, '/') != NULL)
		return 0;
	n = snprintf(out, MODEL_ENGINE_URL, UNIX "%.*s/%s", (int)(slash - path), path, name);
	if (n < 0 || n >= MODEL_ENGINE_URL)
		out[0] = '\0';
	return 0;
}

bool
model_engine_has_moved(const struct model_entry *entry, const struct model_engine *engine)
{
	char url[MODEL_ENGINE_URL];

	return follow(entry, url) < 0 || strcmp(url, engine->url) != 0;
}

/* ---- what it says ---- */

static int
ask(struct model *model, const struct model_entry *entry, const char *url, const char *path,
	struct bh_json_doc *out)
{
	const struct bh_http_call call = {
		.method = "GET",
		.path = path,
		.first_byte_ms = ASK_MS,
		.idle_ms = ASK_MS,
		.repeatable = true,
	};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct model_entry at = *entry;
	struct bh_http_client *client;
	int rc;

	at.url = url;
	rc = model_clients_get(model->clients, &at, bh_clock_steady_ms(), &client);
	if (rc < 0)
		return rc;
	rc = bh_http_call(client, &call, &reply);
	bh_http_client_close(client);
	if (rc == 0)
		rc = reply.status == 200 ? bh_http_reply_body(&reply, ANSWER_MAX, &body) : BH_E_UNAVAILABLE;
	if (rc == 0)
		rc = bh_json_parse(bh_buf_string(&body), body.len, out);
	return rc < 0 ? bh_error(BH_E_UNAVAILABLE,
						"The engine of model '%s' is temporarily unavailable.", entry->name)
				  : 0;
}

/* The file's name without folder and end; false where that is none of ours. */
static bool
stem_of(const char *path, char out[MODEL_ADAPTER_STEM])
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	const char *end = strrchr(name, '.');
	struct bh_uuid tenant, id;

	if (end == NULL || (size_t)(end - name) >= MODEL_ADAPTER_STEM)
		return false;
	memcpy(out, name, (size_t)(end - name));
	out[end - name] = '\0';
	return model_adapter_stem_read(out, &tenant, &id);
}

/* All that it lists are told again in each request, at scale 0 where they are not meant: also those that we do not know. */
static int
read_list(const struct bh_json *list, struct known *known)
{
	size_t n = bh_json_count(list);

	if (bh_json_kind(list) != BH_JSON_ARRAY || n > MODEL_ENGINE_ADAPTERS)
		return bh_error(BH_E_UNAVAILABLE, "the engine's list of adapters cannot be used");
	for (size_t i = 0; i < n; i++) {
		const struct bh_json *row = bh_json_at(list, i);
		const char *path = bh_json_get_string(row, "path");

		if (path == NULL || !bh_json_int(bh_json_get(row, "id"), &known->ids[i]))
			return bh_error(BH_E_UNAVAILABLE, "the engine's list of adapters cannot be used");
		if (!stem_of(path, known->stems[i]))
			known->stems[i][0] = '\0';
	}
	known->n = n;
	return 0;
}

static struct known *
find(struct model_engines *engines, const char *url)
{
	for (size_t i = 0; i < ENGINES; i++) {
		if (strcmp(engines->list[i].url, url) == 0)
			return &engines->list[i];
	}
	return NULL;
}

static void
choose(struct known *known, const char *stem, struct model_engine *out)
{
	known->used_ms = bh_clock_steady_ms();
	memcpy(out->ids, known->ids, known->n * sizeof(*known->ids));
	out->n_adapters = out->chosen = known->n;
	for (size_t i = 0; stem != NULL && i < known->n; i++) {
		if (strcmp(known->stems[i], stem) == 0)
			out->chosen = i;
	}
}

static bool
choose_known(struct model_engines *engines, const char *stem, struct model_engine *out)
{
	struct known *known;

	pthread_mutex_lock(&engines->lock);
	known = find(engines, out->url);
	if (known != NULL)
		choose(known, stem, out);
	pthread_mutex_unlock(&engines->lock);
	return known != NULL;
}

/* In the place of the one that was asked for the longest time ago. */
static void
keep(struct model_engines *engines, const struct known *known)
{
	struct known *oldest = &engines->list[0];

	pthread_mutex_lock(&engines->lock);
	for (size_t i = 0; i < ENGINES; i++) {
		if (engines->list[i].used_ms < oldest->used_ms)
			oldest = &engines->list[i];
	}
	if (find(engines, known->url) == NULL)
		*oldest = *known;
	pthread_mutex_unlock(&engines->lock);
}

static int
learn(struct model *model, const struct model_entry *entry, const char *stem,
	struct model_engine *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct known *known;
	int rc = ask(model, entry, out->url, "/lora-adapters", &doc);

	if (rc < 0)
		return rc;
	known = calloc(1, sizeof(*known));
	if (known == NULL)
		return BH_E_MEMORY;
	rc = read_list(doc.root, known);
	if (rc == 0) {
		memcpy(known->url, out->url, sizeof(known->url));
		choose(known, stem, out);
		keep(model->engines, known);
	}
	free(known);
	return rc;
}

int
model_engine_holds(struct model *model, const struct model_entry *entry, const char *stem,
	struct model_engine *out)
{
	int rc = follow(entry, out->url);

	out->n_adapters = out->chosen = 0;
	if (rc < 0)
		return bh_error(rc, "The engine of model '%s' is being exchanged.", entry->name);
	if (out->url[0] != '\0' && !choose_known(model->engines, stem, out))
		rc = learn(model, entry, stem, out);
	return rc < 0 || stem == NULL || out->chosen < out->n_adapters ? rc : BH_E_NOT_FOUND;
}

int
model_engine_find(struct model *model, const struct model_entry *entry, struct model_engine *out)
{
	char stem[MODEL_ADAPTER_STEM];
	int rc;

	if (entry->base == NULL)
		return model_engine_holds(model, entry, NULL, out);
	rc = model_adapter_stem(&entry->adapter_tenant, &entry->adapter, entry->upstream_name, stem);
	return rc < 0 ? rc : model_engine_holds(model, entry, stem, out);
}

int
model_engine_wait(struct bh_request *req, const struct model_entry *entry, struct model_engine *out)
{
	const struct model *model = req->service;
	int64_t begin_ms = bh_clock_steady_ms();
	char url[MODEL_ENGINE_URL];
	int rc;

	while (follow(entry, url) < 0 && bh_clock_steady_ms() - begin_ms < model->conf.queue_ms) {
		rc = bh_http_wait(-1, bh_http_client_fd(req->http), bh_runtime_stop_flag(req->runtime),
			POLL_MS);
		if (rc != BH_E_UPSTREAM_TIMEOUT)
			return rc == BH_E_CANCELLED ? BH_E_UNAVAILABLE : rc;
	}
	return model_engine_find(req->service, entry, out);
}

int
model_engine_file(struct model *model, const struct model_entry *entry, struct bh_arena *arena,
	const char **out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char url[MODEL_ENGINE_URL];
	const char *path;
	int rc = follow(entry, url);

	if (rc == 0)
		rc = url[0] == '\0' ? BH_E_UNAVAILABLE : ask(model, entry, url, "/props", &doc);
	if (rc < 0)
		return rc;
	path = bh_json_get_string(doc.root, "model_path");
	if (path == NULL)
		return bh_error(BH_E_UNAVAILABLE, "the engine does not say which file it serves");
	*out = bh_arena_strdup(arena, path);
	return 0;
}
