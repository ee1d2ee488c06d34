/* SPDX-License-Identifier: Apache-2.0 */
/* adapters.c: who waits for adapters, and the folder of their copies. */
#include "model/adapters.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "model/engine.h"
#include "model/store_adapter.h"
#include "service/erase.h"
#include "service/request.h"

enum {
	POLL_MS = 200,
	LOOK_MS = 1000,    /* how often a waiter looks whether it has failed */
	TOUCH_MS = 600000, /* how often a copy's time is set at most */
	RETRY_MS = 5000,   /* what a client waits that was told to come again */
	COPIES_MOST = 4096
};

int
model_adapters_can(const struct model *model, const struct model_entry *base)
{
	char stem[MODEL_ADAPTER_STEM];

	if (base->kind != MODEL_CHAT || !base->managed ||
		!bh_uuid_equal(&base->tenant, &bh_platform_tenant))
		return bh_error_param(BH_E_MODEL_NOT_FOUND, "base",
			"Only a chat model that the platform runs itself can have adapters, unlike '%s'.",
			base->name);
	if (model->adapters->folder[0] == '\0' || !bh_text_starts(base->url, "unix:"))
		return bh_error_param(BH_E_MODEL_NOT_FOUND, "base",
			"The engine of '%s' runs apart from the platform's processes and cannot be given "
			"adapters.",
			base->name);
	return model_adapter_stem(&base->tenant, &base->id, base->upstream_name, stem);
}

/* ---- begin and end ---- */

int
model_adapters_open(struct model *model, struct model_adapters **out)
{
	struct model_adapters *adapters = calloc(1, sizeof(*adapters));

	if (adapters == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&adapters->lock, NULL);
	snprintf(adapters->folder, sizeof(adapters->folder), "%s/adapters",
		bh_runtime_conf(model->runtime)->home);
	if (access(adapters->folder, W_OK | X_OK) < 0)
		adapters->folder[0] = '\0';
	*out = adapters;
	return 0;
}

void
model_adapters_close(struct model_adapters *adapters)
{
	if (adapters == NULL)
		return;
	pthread_mutex_destroy(&adapters->lock);
	free(adapters);
}

/* ---- who is waited for ---- */

static size_t
place_of(const struct model_adapters *adapters, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	for (size_t i = 0; i < adapters->n_wants; i++) {
		if (bh_uuid_equal(&adapters->wants[i].id, id) &&
			bh_uuid_equal(&adapters->wants[i].tenant, tenant))
			return i;
	}
	return adapters->n_wants;
}

/* A tenant waits for no more than it may have, and whoever finds no room asks again. */
void
model_adapters_want(struct model *model, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct model_adapters *adapters = model->adapters;
	int64_t own = 0;
	bool added = false;

	pthread_mutex_lock(&adapters->lock);
	for (size_t i = 0; i < adapters->n_wants; i++)
		own += bh_uuid_equal(&adapters->wants[i].tenant, tenant);
	if (place_of(adapters, tenant, id) == adapters->n_wants &&
		adapters->n_wants < MODEL_ADAPTERS_WANTED && own < model->conf.adapters_max) {
		adapters->wants[adapters->n_wants++] = (struct model_adapter_want){*tenant, *id, false};
		added = true;
	}
	pthread_mutex_unlock(&adapters->lock);
	if (added)
		bh_runtime_wake(model->runtime, "load-adapters");
}

/* How many of the tenant's are among those. */
static size_t
count_of(const struct model_adapter_want *list, size_t n, const struct bh_uuid *tenant)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += bh_uuid_equal(&list[i].tenant, tenant);
	return count;
}

bool
model_adapters_are_wanted(struct model_adapters *adapters)
{
	bool wanted = false;

	pthread_mutex_lock(&adapters->lock);
	for (size_t i = 0; i < adapters->n_wants; i++)
		wanted = wanted || !adapters->wants[i].taken;
	pthread_mutex_unlock(&adapters->lock);
	return wanted;
}

size_t
model_adapters_take(struct model_adapters *adapters, struct model_adapter_want *out, size_t most)
{
	size_t n = 0;

	pthread_mutex_lock(&adapters->lock);
	while (n < most) {
		struct model_adapter_want *next = NULL;
		size_t least = SIZE_MAX;

		for (size_t i = 0; i < adapters->n_wants; i++) {
			struct model_adapter_want *want = &adapters->wants[i];
			size_t count = count_of(out, n, &want->tenant);

			if (!want->taken && count < least) {
				next = want;
				least = count;
			}
		}
		if (next == NULL)
			break;
		next->taken = true;
		out[n++] = *next;
	}
	pthread_mutex_unlock(&adapters->lock);
	return n;
}

void
model_adapters_done(struct model_adapters *adapters, const struct model_adapter_want *want)
{
	size_t at;

	pthread_mutex_lock(&adapters->lock);
	at = place_of(adapters, &want->tenant, &want->id);
	if (at < adapters->n_wants) {
		adapters->n_wants--;
		memmove(&adapters->wants[at], &adapters->wants[at + 1],
			(adapters->n_wants - at) * sizeof(*adapters->wants));
	}
	pthread_mutex_unlock(&adapters->lock);
}

/* ---- the folder ---- */

const char *
model_adapters_path(const struct model_adapters *adapters, const char *stem, const char *end,
	char out[MODEL_ADAPTERS_PATH])
{
	int n = snprintf(out, MODEL_ADAPTERS_PATH, "%s/%s%s", adapters->folder, stem, end);

	BH_ASSERT(n > 0 && n < MODEL_ADAPTERS_PATH); /* the folder and a stem are bounded */
	return out;
}

static void
dir_close(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static bool
read_copy(int folder, const char *name, struct model_adapter_copy *out)
{
	bool is_new = bh_text_ends(name, MODEL_ADAPTER_NEW);
	size_t end = strlen(is_new ? MODEL_ADAPTER_NEW : MODEL_ADAPTER_TRIED);
	struct stat stat;

	if ((!is_new && !bh_text_ends(name, MODEL_ADAPTER_TRIED)) ||
		strlen(name) - end >= MODEL_ADAPTER_STEM)
		return false;
	snprintf(out->stem, sizeof(out->stem), "%.*s", (int)(strlen(name) - end), name);
	if (!model_adapter_stem_read(out->stem, &out->tenant, &out->id) ||
		fstatat(folder, name, &stat, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(stat.st_mode))
		return false;
	out->used_ms = (int64_t)stat.st_mtim.tv_sec * 1000 + stat.st_mtim.tv_nsec / 1000000;
	out->is_new = is_new;
	return true;
}

int
model_adapters_list(const struct model_adapters *adapters, struct bh_arena *arena,
	struct model_adapter_copy **out, size_t *out_n)
{
	BH_AUTO(dir_close) DIR *dir = opendir(adapters->folder);
	struct model_adapter_copy *list = bh_arena_array(arena, COPIES_MOST, sizeof(*list));
	struct dirent *entry;
	size_t n = 0;

	if (dir == NULL)
		return bh_error(BH_E_IO, "open %s: %m", adapters->folder);
	while (n < COPIES_MOST && (entry = readdir(dir)) != NULL)
		n += read_copy(dirfd(dir), entry->d_name, &list[n]);
	*out = list;
	*out_n = n;
	return 0;
}

void
model_adapters_unlink(const struct model_adapters *adapters, const char *stem)
{
	char path[MODEL_ADAPTERS_PATH];

	unlink(model_adapters_path(adapters, stem, MODEL_ADAPTER_NEW, path));
	unlink(model_adapters_path(adapters, stem, MODEL_ADAPTER_TRIED, path));
}

void
model_adapters_drop(struct model *model, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	const struct model_adapters *adapters = model->adapters;
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct model_adapter_copy *list;
	size_t n = 0;

	if (adapters->folder[0] == '\0' || model_adapters_list(adapters, &arena, &list, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		if (bh_uuid_equal(&list[i].id, id) && bh_uuid_equal(&list[i].tenant, tenant))
			model_adapters_unlink(adapters, list[i].stem);
	}
}

int
model_adapters_erase(struct bh_erase *erase)
{
	const struct model *model = erase->state;
	const struct model_adapters *adapters = model->adapters;
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct model_adapter_copy *list;
	int64_t removed = 0;
	size_t n = 0;
	int rc;

	if (adapters->folder[0] == '\0')
		return 0;
	rc = model_adapters_list(adapters, &arena, &list, &n);
	for (size_t i = 0; i < n; i++) {
		if (!bh_uuid_equal(&list[i].tenant, &erase->tenant))
			continue;
		model_adapters_unlink(adapters, list[i].stem);
		removed++;
	}
	return rc < 0 ? rc : bh_erase_count(&erase->db, erase, "adapter.copy", removed);
}

/* ---- use ---- */

/* A copy's time says when it was last used: it goes when that is long ago. */
static void
touch(struct model *model, const struct model_entry *entry)
{
	struct model_adapters *adapters = model->adapters;
	size_t at = entry->adapter.bytes[15] % MODEL_ADAPTERS_TOUCHED;
	int64_t now_ms = bh_clock_steady_ms();
	char stem[MODEL_ADAPTER_STEM], path[MODEL_ADAPTERS_PATH];
	bool due;

	pthread_mutex_lock(&adapters->lock);
	due = !bh_uuid_equal(&adapters->touched[at].id, &entry->adapter) ||
		now_ms - adapters->touched[at].at_ms > TOUCH_MS;
	if (due) {
		adapters->touched[at].id = entry->adapter;
		adapters->touched[at].at_ms = now_ms;
	}
	pthread_mutex_unlock(&adapters->lock);
	if (due &&
		model_adapter_stem(&entry->adapter_tenant, &entry->adapter, entry->upstream_name, stem) ==
			0)
		(void)utimensat(AT_FDCWD, model_adapters_path(adapters, stem, MODEL_ADAPTER_TRIED, path),
			NULL, AT_SYMLINK_NOFOLLOW);
}

static int
failed(const struct model_entry *entry, const char *error)
{
	return bh_error_param(BH_E_STATE, "model", "The adapter of model '%s' could not be loaded: %s",
		entry->name, error != NULL ? error : "");
}

static int
look(struct bh_request *req, const struct model_entry *entry)
{
	struct model_adapter row = {0};
	int rc = model_store_adapter_get(req->db, &req->tenant, &entry->adapter, &row);

	if (rc == BH_E_NOT_FOUND)
		return bh_error_param(BH_E_MODEL_NOT_FOUND, "model", "The model was deleted.");
	return rc == 0 && strcmp(row.state, "failed") == 0 ? failed(entry, row.error) : rc;
}

int
model_adapters_wait(struct bh_request *req, const struct model_entry *entry)
{
	struct model *model = req->service;
	int64_t begin_ms = bh_clock_steady_ms(), looked_ms = begin_ms;
	struct model_engine engine;
	int rc;

	if (entry->base == NULL)
		return 0;
	if (strcmp(entry->adapter_state, "failed") == 0)
		return failed(entry, entry->adapter_error);
	for (;;) {
		int64_t now_ms = bh_clock_steady_ms();

		rc = model_engine_find(model, entry, &engine);
		if (rc == 0)
			touch(model, entry);
		if (rc != BH_E_NOT_FOUND && rc != BH_E_UNAVAILABLE)
			return rc;
		if (rc == BH_E_NOT_FOUND)
			model_adapters_want(model, &req->tenant, &entry->adapter);
		if (now_ms - looked_ms >= LOOK_MS) {
			looked_ms = now_ms;
			rc = look(req, entry);
			if (rc < 0)
				return rc;
		}
		if (now_ms - begin_ms > model->conf.queue_ms)
			break;
		rc = bh_http_wait(-1, bh_http_client_fd(req->http), bh_runtime_stop_flag(req->runtime),
			POLL_MS);
		if (rc != BH_E_UPSTREAM_TIMEOUT)
			return rc == BH_E_CANCELLED ? BH_E_UNAVAILABLE : rc;
	}
	bh_reply_retry_after(req, RETRY_MS);
	return bh_error(BH_E_UNAVAILABLE, "The adapter of model '%s' is still being loaded.",
		entry->name);
}
