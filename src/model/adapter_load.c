/* SPDX-License-Identifier: Apache-2.0 */
/* adapter_load.c: fetches, checks and places adapters, and waits for the engine that holds them. */
#include "model/adapter_load.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "model/adapters.h"
#include "model/engine.h"
#include "model/lora.h"
#include "model/store_adapter.h"
#include "service/peer.h"
#include "service/runtime.h"

enum {
	BATCH = 32, /* adapters that share a restart of the engine */
	PIECE_BYTES = 64 * 1024,
	HASH_BYTES = 1024 * 1024,
	FETCH_MS = 60000,
	REFUSAL_BYTES = 16 * 1024,
	POLL_MS = 200,
	GATHER_MS = 1000, /* after the first that is wanted */
	/* An engine may read its model for five minutes, and another one may be ending before it. */
	SERVES_WITHIN_MS = 400000,
	/* Of a copy that was there already: the supervisor restarts nothing for it, so that either the engine that holds it
	 * is about to serve, or none ever will. */
	HELD_WITHIN_MS = 20000,
	FORGIVEN_WITHIN_MS = 10000,
	FAILED_BYTES = 64 * 1024
};

/* One adapter on its way. */
struct loading {
	struct model_adapter_want want;
	struct model_adapter row; /* its text is the arena's */
	struct model_entry base;
	char stem[MODEL_ADAPTER_STEM];
	bool was_there;
	bool done;
};

/* What a turn of the worker loads. */
struct batch {
	struct bh_runtime *runtime;
	struct model *model;
	struct bh_arena arena; /* owned */
	struct loading list[BATCH];
	size_t n;
};

static struct bh_db
db_of(struct batch *batch, const struct bh_uuid *tenant)
{
	return (struct bh_db){
		.pool = bh_runtime_db(batch->runtime),
		.arena = &batch->arena,
		.context = *tenant,
	};
}

/* ---- the bytes ---- */

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n <= 0)
			return bh_error(BH_E_NO_ROOM, "write an adapter: %m");
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Not one byte more than was registered, and those that were. */
static int
receive(struct bh_http_reply *reply, const struct model_adapter *row, int fd)
{
	char bytes[PIECE_BYTES];
	struct bh_hash hash = {0};
	struct bh_digest digest;
	int64_t left = row->bytes;
	ssize_t n;
	int rc = 0;

	bh_hash_begin(&hash);
	while (rc == 0 && (n = bh_http_reply_read(reply, bytes, sizeof(bytes))) != 0) {
		if (n < 0) {
			rc = (int)n;
		} else if (n > left) {
			left = -1;
			break;
		} else {
			bh_hash_add(&hash, bytes, (size_t)n);
			left -= n;
			rc = write_all(fd, bytes, (size_t)n);
		}
	}
	bh_hash_end(&hash, &digest);
	if (rc < 0)
		return rc;
	if (left != 0 || row->sha256.len != sizeof(digest.bytes) ||
		memcmp(digest.bytes, row->sha256.data, sizeof(digest.bytes)) != 0)
		return bh_error(BH_E_INVALID, "The file is not the one that was registered.");
	return 0;
}

static int
fetch(struct batch *batch, const struct loading *loading, int fd)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc refusal = {0};
	char hex[BH_UUID_HEX], path[96];
	const struct bh_peer peer = {
		.runtime = batch->runtime,
		.onward = {.tenant = loading->want.tenant, .request_id = "", .traceparent = ""},
		.arena = &batch->arena,
		.watch_fd = -1,
		.cancel = bh_runtime_stop_flag(batch->runtime),
	};
	const struct bh_peer_call call = {
		.service = "rag",
		.path = path,
		.first_byte_ms = FETCH_MS,
		.answer_max = REFUSAL_BYTES,
	};
	int rc;

	bh_uuid_hex(&loading->row.file_id, hex);
	snprintf(path, sizeof(path), "/internal/files/file-%s/content", hex);
	rc = bh_peer_open(&peer, &call, &reply);
	if (rc == 0 && reply.status != 200) {
		rc = bh_peer_read(&call, &reply, &refusal);
		return rc == BH_E_NOT_FOUND ? bh_error(BH_E_INVALID, "The file was deleted.") : rc;
	}
	return rc < 0 ? rc : receive(&reply, &loading->row, fd);
}

/* ---- the base ---- */

static int
hash_file(int fd, struct bh_arena *arena, struct bh_digest *out)
{
	char *bytes = bh_arena_alloc(arena, HASH_BYTES);
	struct bh_hash hash = {0};
	off_t at = 0;
	ssize_t n;

	bh_hash_begin(&hash);
	while ((n = pread(fd, bytes, HASH_BYTES, at)) > 0) {
		bh_hash_add(&hash, bytes, (size_t)n);
		at += n;
	}
	bh_hash_end(&hash, out);
	return n < 0 ? bh_error(BH_E_IO, "read the base model: %m") : 0;
}

/* A file that was read before, and has not changed since, is not read again. */
static int
hash_base(struct batch *batch, int fd, struct bh_digest *out)
{
	struct model_adapters *adapters = batch->model->adapters;
	struct bh_digest hash;
	struct stat stat;
	int rc;

	if (fstat(fd, &stat) < 0)
		return bh_error(BH_E_IO, "the base model's file: %m");
	if (!adapters->base.known || adapters->base.stat.st_dev != stat.st_dev ||
		adapters->base.stat.st_ino != stat.st_ino || adapters->base.stat.st_size != stat.st_size ||
		memcmp(&adapters->base.stat.st_mtim, &stat.st_mtim, sizeof(stat.st_mtim)) != 0) {
		rc = hash_file(fd, &batch->arena, &hash);
		if (rc < 0)
			return rc;
		adapters->base.hash = hash;
		adapters->base.stat = stat;
		adapters->base.known = true;
	}
	*out = adapters->base.hash;
	return 0;
}

/* What was registered, and what the file says itself; either may be silent. */
static int
check_base(struct batch *batch, const struct loading *loading, const struct model_lora_head *head,
	int fd)
{
	const struct bh_bytes *registered = &loading->row.base_sha256;
	struct bh_digest hash;
	char hex[2 * sizeof(hash.bytes) + 1];
	int rc = hash_base(batch, fd, &hash);

	if (rc < 0)
		return rc;
	bh_text_hex(hash.bytes, sizeof(hash.bytes), hex);
	if ((registered->len > 0 &&
			(registered->len != sizeof(hash.bytes) ||
				memcmp(hash.bytes, registered->data, sizeof(hash.bytes)) != 0)) ||
		(head->base_sha256[0] != '\0' && strcmp(head->base_sha256, hex) != 0))
		return bh_error(BH_E_INVALID,
			"The adapter was trained on another file than the '%s' that is served here.",
			loading->row.base);
	return 0;
}

static void
fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int
check(struct batch *batch, const struct loading *loading, int fd)
{
	BH_AUTO(model_lora_close) struct model_lora_head adapter = {0};
	BH_AUTO(model_lora_close) struct model_lora_head base = {0};
	BH_AUTO(fd_close) int base_fd = -1;
	int64_t bytes = 0, base_bytes = 0, rank = 0;
	const char *path = NULL;
	int rc = model_lora_read_file(fd, &adapter, &bytes);

	if (rc == 0)
		rc = model_engine_file(batch->model, &loading->base, &batch->arena, &path);
	if (rc < 0)
		return rc;
	base_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (base_fd < 0)
		return bh_error(BH_E_IO, "open the base model %s: %m", path);
	rc = check_base(batch, loading, &adapter, base_fd);
	if (rc < 0)
		return rc;
	rc = model_lora_read_file(base_fd, &base, &base_bytes);
	if (rc < 0) /* not the adapter's fault */
		return bh_error(BH_E_IO, "the base model %s cannot be read: %s", path,
			bh_arena_strdup(&batch->arena, bh_error_detail(rc)));
	return model_lora_check(&adapter, bytes, &base, &rank);
}

/* ---- room ---- */

static int64_t
count_of(const struct model_adapter_copy *list, size_t n, const struct bh_uuid *tenant)
{
	int64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += bh_uuid_equal(&list[i].tenant, tenant);
	return count;
}

/* Of the tenant that has most, the new one counted, goes what was not used for the longest time. */
static int
make_room(struct batch *batch, const struct loading *loading)
{
	struct model_adapters *adapters = batch->model->adapters;
	const struct model_adapter_copy *victim = NULL;
	struct model_adapter_copy *list;
	int64_t most = 0;
	size_t n = 0;
	int rc = model_adapters_list(adapters, &batch->arena, &list, &n);

	if (rc < 0 || (int64_t)n < batch->model->conf.adapters_loaded)
		return rc;
	for (size_t i = 0; i < n; i++) {
		int64_t count = count_of(list, n, &list[i].tenant) +
			bh_uuid_equal(&list[i].tenant, &loading->want.tenant);

		if (list[i].is_new || count < most)
			continue;
		if (count > most || victim == NULL || list[i].used_ms < victim->used_ms)
			victim = &list[i];
		most = count;
	}
	if (victim == NULL)
		return bh_error(BH_E_BUSY,
			"the engine's adapters are all new: another one is loaded later");
	bh_log(BH_LOG_INFO, "adapter %s makes room for another one", victim->stem);
	model_adapters_unlink(adapters, victim->stem);
	return 0;
}

/* ---- one adapter ---- */

static bool
is_there(const struct model_adapters *adapters, const char *stem, bool *out_new)
{
	char path[MODEL_ADAPTERS_PATH];

	*out_new = access(model_adapters_path(adapters, stem, MODEL_ADAPTER_NEW, path), F_OK) == 0;
	return *out_new ||
		access(model_adapters_path(adapters, stem, MODEL_ADAPTER_TRIED, path), F_OK) == 0;
}

/* Written aside, and whole before it bears its name. */
static int
place(struct batch *batch, const struct loading *loading)
{
	const struct model_adapters *adapters = batch->model->adapters;
	char part[MODEL_ADAPTERS_PATH], path[MODEL_ADAPTERS_PATH];
	BH_AUTO(fd_close) int fd = -1;
	int rc;

	/* Of whoever has the folder's lock: what a killed one has left goes with the next one. */
	model_adapters_path(adapters, ".part", "", part);
	unlink(part);
	fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return bh_error(BH_E_IO, "create %s: %m", part);
	rc = fetch(batch, loading, fd);
	if (rc == 0)
		rc = check(batch, loading, fd);
	if (rc == 0)
		rc = make_room(batch, loading);
	if (rc == 0 && (fchmod(fd, 0640) < 0 || fsync(fd) < 0))
		rc = bh_error(BH_E_IO, "keep an adapter: %m");
	if (rc == 0 &&
		rename(part, model_adapters_path(adapters, loading->stem, MODEL_ADAPTER_NEW, path)) < 0)
		rc = bh_error(BH_E_IO, "name an adapter: %m");
	if (rc < 0)
		unlink(part);
	return rc;
}

/* Its row, its base, its copy. BH_E_EMPTY: there is nothing to do. */
static int
prepare(struct batch *batch, struct loading *loading)
{
	struct bh_db db = db_of(batch, &loading->want.tenant);
	bool is_new;
	int rc = model_store_adapter_get(&db, &loading->want.tenant, &loading->want.id, &loading->row);

	if (rc == BH_E_NOT_FOUND || (rc == 0 && strcmp(loading->row.state, "failed") == 0))
		return BH_E_EMPTY;
	if (rc == 0)
		rc = model_adapter_base(&db, loading->row.base, &loading->base);
	if (rc == BH_E_NOT_FOUND)
		return bh_error(BH_E_MODEL_NOT_FOUND, "the base model '%s' is not served here",
			loading->row.base);
	if (rc == 0)
		rc = model_adapters_can(batch->model, &loading->base);
	if (rc == 0)
		rc = model_adapter_stem(&loading->want.tenant, &loading->want.id,
			loading->base.upstream_name, loading->stem);
	if (rc < 0)
		return rc;
	loading->was_there = is_there(batch->model->adapters, loading->stem, &is_new) && !is_new;
	return loading->was_there || is_new ? 0 : place(batch, loading);
}

static void
fail(struct batch *batch, const struct bh_uuid *tenant, const struct bh_uuid *id, const char *error)
{
	struct bh_db db = db_of(batch, tenant);
	int rc = model_store_adapter_fail(&db, tenant, id, error);

	if (rc < 0 && rc != BH_E_NOT_FOUND)
		bh_log_failure("note that an adapter failed", rc);
}

/* What is wrong with the adapter is final, unless it was good once: the base may be another one for a while. For all else
 * it is asked for again. */
static void
give_up(struct batch *batch, const struct loading *loading, int error)
{
	if (error == BH_E_EMPTY)
		return;
	if (error == BH_E_INVALID && strcmp(loading->row.state, "ready") != 0) {
		fail(batch, &loading->want.tenant, &loading->want.id,
			bh_arena_strdup(&batch->arena, bh_error_detail(error)));
		return;
	}
	bh_log_failure("load an adapter (asked for again, it is tried again)", error);
}

/* ---- the engine ---- */

/* It has answered: the copy bears the name of one that was tried. */
static void
confirm(struct batch *batch, struct loading *loading)
{
	const struct model_adapters *adapters = batch->model->adapters;
	struct bh_db db = db_of(batch, &loading->want.tenant);
	char from[MODEL_ADAPTERS_PATH], to[MODEL_ADAPTERS_PATH];
	int rc;

	loading->done = true;
	(void)rename(model_adapters_path(adapters, loading->stem, MODEL_ADAPTER_NEW, from),
		model_adapters_path(adapters, loading->stem, MODEL_ADAPTER_TRIED, to));
	rc = model_store_adapter_ready(&db, &loading->want.tenant, &loading->want.id);
	if (rc == BH_E_NOT_FOUND)
		model_adapters_unlink(adapters, loading->stem); /* deleted meanwhile */
	else if (rc < 0)
		bh_log_failure("note that an adapter is ready", rc);
}

/* The names that an engine has tried in vain, each with a newline. */
static void
read_failed(struct batch *batch, struct bh_buf *out)
{
	BH_AUTO(fd_close) int fd = -1;
	char path[600];
	ssize_t n;

	snprintf(path, sizeof(path), "%.500s/adapters.failed",
		bh_runtime_conf(batch->runtime)->run_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, bh_buf_room(out, FAILED_BYTES), FAILED_BYTES);
	out->len = n > 0 ? (size_t)n : 0;
}

static bool
is_line(const struct bh_buf *text, const char *line)
{
	const char *at = strstr(bh_buf_string(text), line);

	return at != NULL && (at == text->data || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static size_t
lines_of(const struct bh_buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += text->data[i] == '\n';
	return n;
}

/* Whether one that was refused alone was so before. A machine without memory or time refuses what is good. */
static bool
is_refused_again(struct model_adapters *adapters, const struct bh_uuid *id)
{
	struct bh_uuid *place = &adapters->refused[id->bytes[15] % MODEL_ADAPTERS_REFUSED];
	bool again = bh_uuid_equal(place, id);

	*place = again ? (struct bh_uuid){0} : *id;
	return again;
}

/* Until the supervisor has seen that what failed was taken away: before that it would not try it again. */
static void
await_forgiven(struct batch *batch)
{
	int64_t begin_ms = bh_clock_steady_ms();
	bool waits = true;

	while (waits && !bh_runtime_stopping(batch->runtime) &&
		bh_clock_steady_ms() - begin_ms < FORGIVEN_WITHIN_MS) {
		BH_AUTO(bh_buf_close) struct bh_buf text = {0};

		read_failed(batch, &text);
		waits = text.len > 0;
		if (waits)
			bh_runtime_wait(batch->runtime, "gather-adapters", POLL_MS);
	}
}

/* Whether the copies that are new are just those that an engine has tried in vain. One that was alone, and is so for the
 * second time, has failed; of several it may be any, and each is tried by itself when it is asked for again. */
static bool
judge(struct batch *batch)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct model_adapters *adapters = batch->model->adapters;
	struct model_adapter_copy *list;
	size_t n = 0, n_new = 0;

	read_failed(batch, &text);
	if (text.len == 0 || model_adapters_list(adapters, &batch->arena, &list, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!list[i].is_new)
			continue;
		if (!is_line(&text, list[i].stem))
			return false;
		n_new++;
	}
	if (n_new == 0 || n_new != lines_of(&text))
		return false;
	if (n_new > 1)
		adapters->one_by_one = (int64_t)n_new;
	for (size_t i = 0; i < n; i++) {
		if (!list[i].is_new)
			continue;
		model_adapters_unlink(adapters, list[i].stem);
		if (n_new == 1 && is_refused_again(adapters, &list[i].id))
			fail(batch, &list[i].tenant, &list[i].id,
				"The engine could not load the adapter, or gave no answer with it.");
	}
	await_forgiven(batch);
	return true;
}

static void
await(struct batch *batch)
{
	int64_t begin_ms = bh_clock_steady_ms();
	bool waits = batch->n > 0;

	while (waits && !bh_runtime_stopping(batch->runtime) && !judge(batch)) {
		int64_t waited_ms = bh_clock_steady_ms() - begin_ms;

		waits = false;
		for (size_t i = 0; i < batch->n; i++) {
			struct loading *loading = &batch->list[i];
			struct model_engine engine;
			bool is_new;

			if (loading->done)
				continue;
			if (!is_there(batch->model->adapters, loading->stem, &is_new) ||
				waited_ms > (loading->was_there ? HELD_WITHIN_MS : SERVES_WITHIN_MS))
				loading->done = true;
			else if (model_engine_holds(batch->model, &loading->base, loading->stem, &engine) == 0)
				confirm(batch, loading);
			else
				waits = true;
		}
		if (waits)
			bh_runtime_wait(batch->runtime, "load-adapters", POLL_MS);
	}
}

/* ---- workers ---- */

static int
lock_folder(const struct model_adapters *adapters)
{
	char path[MODEL_ADAPTERS_PATH];
	int fd = open(model_adapters_path(adapters, ".lock", "", path),
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void
model_adapter_load_run(struct bh_runtime *runtime, void *service)
{
	struct model *model = service;
	struct batch batch = {.runtime = runtime, .model = model};
	struct model_adapter_want wants[BATCH];
	BH_AUTO(fd_close) int lock = -1;
	size_t n;

	if (model->adapters->folder[0] == '\0')
		return;
	/* A predecessor of this process may be at work; it ends what it has begun. */
	lock = lock_folder(model->adapters);
	if (lock < 0)
		return;
	if (!model_adapters_are_wanted(model->adapters))
		return;
	bh_runtime_wait(runtime, "gather-adapters", GATHER_MS);
	n = model_adapters_take(model->adapters, wants, model->adapters->one_by_one > 0 ? 1 : BATCH);
	if (n > 0 && model->adapters->one_by_one > 0)
		model->adapters->one_by_one--;
	for (size_t i = 0; i < n; i++) {
		struct loading *loading = &batch.list[batch.n];
		int rc;

		*loading = (struct loading){.want = wants[i]};
		rc = prepare(&batch, loading);
		if (rc == 0)
			batch.n++;
		else
			give_up(&batch, loading, rc);
	}
	await(&batch);
	for (size_t i = 0; i < n; i++)
		model_adapters_done(model->adapters, &wants[i]);
	bh_arena_close(&batch.arena);
}

/* A copy that was not used for long, or whose row another machine's process has deleted. */
void
model_adapter_load_tidy(struct bh_runtime *runtime, void *service)
{
	struct model *model = service;
	struct batch batch = {.runtime = runtime, .model = model};
	int64_t idle_ms = model->conf.adapters_idle_days * 86400000;
	struct model_adapter_copy *list = NULL;
	size_t n = 0;

	if (model->adapters->folder[0] == '\0' ||
		model_adapters_list(model->adapters, &batch.arena, &list, &n) < 0)
		n = 0;
	for (size_t i = 0; i < n && !bh_runtime_stopping(runtime); i++) {
		struct bh_db db = db_of(&batch, &list[i].tenant);
		struct model_adapter row;
		bool is_idle = idle_ms > 0 && bh_clock_wall_ms() - list[i].used_ms > idle_ms;

		if (!is_idle &&
			model_store_adapter_get(&db, &list[i].tenant, &list[i].id, &row) != BH_E_NOT_FOUND)
			continue;
		bh_log(BH_LOG_INFO, "adapter %s is unloaded: %s", list[i].stem,
			is_idle ? "it was not used for long" : "it was deleted");
		model_adapters_unlink(model->adapters, list[i].stem);
	}
	bh_arena_close(&batch.arena);
}
