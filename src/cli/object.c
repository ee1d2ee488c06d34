/* SPDX-License-Identifier: Apache-2.0 */
/* object.c: bulkhead object copy: fills one object store from another while the platform runs. */
#include "cli/object.h"

#include <grp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/commands.h"
#include "json/fields.h"
#include "object/copy.h"
#include "supervisor/user.h"

#define AT_ONCE 4 /* objects under way: a store far away answers slowly, not rarely */
#define NAMES_AT_ONCE 200
#define FAILURES_SAID 20

/* One run. Written by all threads. */
struct copying {
	struct bh_object_store *from, *to; /* owned */
	atomic_llong copied, kept, gone, failed, bytes;
};

/* Objects of one tenant that the threads take one by one. */
struct batch {
	struct copying *copying;
	const struct bh_uuid *tenant;
	const struct bh_object_name *names;
	size_t n;
	atomic_size_t next;
};

static const struct bh_service *
find_keeper(const struct bh_service *const *services)
{
	while (*services != NULL && !(*services)->keeps_objects)
		services++;
	return *services;
}

/* The key is the supervisor's to read. Objects, and the space for those under way, are the service's: what
 * root made there, the service could not remove. */
static int
become_keeper(const struct cli *cli, const struct bh_service *keeper)
{
	struct supervisor_user user;
	int rc;

	if (!cli->instance.place.as_root)
		return 0;
	rc = supervisor_user_find(keeper->name, &user);
	if (rc < 0)
		return rc;
	if (setgroups(0, NULL) < 0 || setgid(user.gid) < 0 || setuid(user.uid) < 0)
		return bh_error(BH_E_IO, "become the service's user: %m");
	return 0;
}

static int
open_store(struct cli *cli, const struct bh_service *keeper, const struct bh_object_conf *conf,
	const char *driver, const struct bh_object_key *key, const struct bh_secret *secret,
	struct bh_object_store **out)
{
	struct bh_arena *arena = &cli->instance.arena;
	const struct bh_object_place place = {
		.folder = bh_platform_object_folder(&cli->instance.settings.platform, arena, keeper->name),
		.spool_dir = bh_arena_printf(arena, "%s/tmp/%s", cli->instance.place.home, keeper->name),
		.key = key,
		.secret = secret,
	};

	return bh_object_store_open_driver(driver, conf, &place, out);
}

static void
copying_close(struct copying *copying)
{
	bh_object_store_close(copying->from);
	bh_object_store_close(copying->to);
}

static int
copying_open(struct cli *cli, const char *from, const char *to, struct copying *out)
{
	const struct bh_service *keeper = find_keeper(cli->services);
	struct bh_object_conf conf = cli->instance.settings.platform.object;
	struct bh_object_key key = {0};
	struct bh_secret secret = {{0}};
	int rc;

	if (keeper == NULL)
		return bh_error(BH_E_CONFIG, "no service keeps objects");
	conf.driver = to;
	conf.previous = from;
	rc = bh_object_conf_check(&conf);
	if (rc == 0)
		rc = bh_object_key_read(conf.s3_key_file, &key);
	if (rc == 0)
		rc = supervisor_instance_object_secret(&cli->instance, keeper->name, &secret);
	if (rc == 0)
		rc = become_keeper(cli, keeper);
	if (rc == 0)
		rc = open_store(cli, keeper, &conf, from, &key, &secret, &out->from);
	if (rc == 0)
		rc = open_store(cli, keeper, &conf, to, &key, &secret, &out->to);
	bh_object_key_close(&key);
	bh_secret_close(&secret);
	return rc;
}

/* ---- the objects ---- */

static void
count(struct batch *batch, const struct bh_uuid *id)
{
	struct copying *copying = batch->copying;
	enum bh_object_copied what = BH_OBJECT_GONE;
	int64_t bytes = 0;
	int rc = bh_object_copy(copying->from, copying->to, batch->tenant, id, &what, &bytes);

	if (rc < 0) {
		char text[BH_UUID_HEX];

		bh_uuid_hex(id, text);
		if (atomic_fetch_add(&copying->failed, 1) < FAILURES_SAID)
			cli_say("object %s could not be copied: %s", text, bh_error_detail(rc));
		return;
	}
	atomic_fetch_add(what == BH_OBJECT_COPIED ? &copying->copied
			: what == BH_OBJECT_KEPT          ? &copying->kept
											  : &copying->gone,
		1);
	if (what == BH_OBJECT_COPIED)
		atomic_fetch_add(&copying->bytes, bytes);
}

static void *
copy_some(void *ctx)
{
	struct batch *batch = ctx;
	size_t at;

	while ((at = atomic_fetch_add(&batch->next, 1)) < batch->n)
		count(batch, &batch->names[at].id);
	return NULL;
}

/* This thread takes part, so that objects are copied even where no other can be started. */
static void
copy_batch(struct batch *batch)
{
	pthread_t threads[AT_ONCE - 1];
	size_t n = 0;

	while (n < BH_COUNT(threads) && pthread_create(&threads[n], NULL, copy_some, batch) == 0)
		n++;
	copy_some(batch);
	while (n > 0)
		pthread_join(threads[--n], NULL);
}

static int
copy_tenant(struct copying *copying, const struct bh_uuid *tenant)
{
	BH_AUTO(bh_object_walk_close) struct bh_object_walk walk = {0};
	struct bh_object_name names[NAMES_AT_ONCE];
	size_t n = 1;
	int rc = bh_object_walk_open(copying->from, tenant, &walk);

	if (rc == BH_E_NOT_FOUND)
		return 0;
	while (rc == 0 && n > 0) {
		struct batch batch = {.copying = copying, .tenant = tenant, .names = names};

		rc = bh_object_walk_next(&walk, 0, names, NAMES_AT_ONCE, &n);
		batch.n = n;
		if (rc == 0)
			copy_batch(&batch);
	}
	return rc;
}

static int
copy_all(struct copying *copying)
{
	BH_AUTO(bh_object_walk_close) struct bh_object_walk walk = {0};
	struct bh_object_name tenants[NAMES_AT_ONCE];
	size_t n = 1;
	int rc = bh_object_walk_open(copying->from, NULL, &walk);

	while (rc == 0 && n > 0) {
		rc = bh_object_walk_next(&walk, 0, tenants, NAMES_AT_ONCE, &n);
		for (size_t i = 0; rc == 0 && i < n; i++)
			rc = copy_tenant(copying, &tenants[i].id);
	}
	return rc;
}

/* ---- the command ---- */

static void
print(const struct cli *cli, struct copying *copying)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	if (!cli->options.json) {
		printf("%lld objects copied (%lld bytes), %lld were there already, %lld were deleted "
			   "during "
			   "the copy, %lld failed\n",
			copying->copied, copying->bytes, copying->kept, copying->gone, copying->failed);
		return;
	}
	bh_write_object(&write);
	bh_write_pair_int(&write, "copied", copying->copied);
	bh_write_pair_int(&write, "bytes", copying->bytes);
	bh_write_pair_int(&write, "present", copying->kept);
	bh_write_pair_int(&write, "deleted", copying->gone);
	bh_write_pair_int(&write, "failed", copying->failed);
	bh_write_end(&write);
	puts(bh_buf_string(&text));
}

int
cli_object_copy(struct cli *cli)
{
	BH_AUTO(copying_close) struct copying copying = {0};
	int rc;

	if (cli->options.from == NULL || cli->options.to == NULL) {
		cli_say("--from and --to are required: fs or s3");
		return CLI_USAGE;
	}
	rc = copying_open(cli, cli->options.from, cli->options.to, &copying);
	if (rc == 0)
		rc = copy_all(&copying);
	if (rc < 0)
		return cli_fail(rc);
	print(cli, &copying);
	if (copying.failed > 0)
		cli_say("%lld objects could not be copied; run the command again", copying.failed);
	return copying.failed > 0 ? CLI_FAILED : CLI_OK;
}

int
cli_object_try(struct cli *cli)
{
	BH_AUTO(bh_object_walk_close) struct bh_object_walk walk = {0};
	const struct bh_object_conf *conf = &cli->instance.settings.platform.object;
	const struct bh_service *keeper = find_keeper(cli->services);
	struct bh_object_store *store = NULL;
	struct bh_object_key key = {0};
	struct bh_object_name name;
	size_t n;
	int rc;

	if (strcmp(conf->driver, "s3") != 0 || keeper == NULL)
		return 0;
	rc = bh_object_key_read(conf->s3_key_file, &key);
	if (rc == 0)
		rc = open_store(cli, keeper, conf, "s3", &key, NULL, &store);
	if (rc == 0)
		rc = bh_object_walk_open(store, NULL, &walk);
	if (rc == 0)
		rc = bh_object_walk_next(&walk, 0, &name, 1, &n);
	bh_object_walk_close(&walk);
	bh_object_store_close(store);
	bh_object_key_close(&key);
	return rc;
}
