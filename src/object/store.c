/* SPDX-License-Identifier: Apache-2.0 */
/* store.c: finds the driver of a store, and the previous store while a platform moves to another; objects are sealed
 * and opened on their way. */
#include "object/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "object/driver.h"
#include "object/keys.h"
#include "object/sealed.h"

enum { FORGOTTEN_AT_ONCE = 100, FOREVER_S = 1000000000 };

static const struct bh_object_driver *const drivers[] = {&bh_object_fs, &bh_object_s3};

int
bh_object_io_error(const char *what)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return bh_error(BH_E_NO_ROOM, "object store: %s: %m", what);
	return bh_error(BH_E_IO, "object store: %s: %m", what);
}

void
bh_object_secret(const struct bh_secret *data, struct bh_secret *out)
{
	bh_secret_derive(data, "object.keys", out);
}

static void
set_up(struct bh_object_store *store, const struct bh_object_driver *driver,
	const struct bh_object_conf *conf, const struct bh_object_place *place)
{
	store->driver = driver;
	store->seals = conf->seal && place->secret != NULL;
	if (place->secret != NULL)
		store->keys = bh_object_keys_new(place->secret);
	store->spool_dir = strdup(place->spool_dir != NULL ? place->spool_dir : place->folder);
	BH_ASSERT(store->spool_dir != NULL);
}

int
bh_object_spool_open(const struct bh_object_store *store, int *out_fd)
{
	int fd = open(store->spool_dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return bh_object_io_error("create a spool file");
	*out_fd = fd;
	return 0;
}

int
bh_object_store_open_driver(const char *driver, const struct bh_object_conf *conf,
	const struct bh_object_place *place, struct bh_object_store **out)
{
	for (size_t i = 0; i < BH_COUNT(drivers); i++) {
		int rc;

		if (strcmp(drivers[i]->name, driver) != 0)
			continue;
		rc = drivers[i]->open(conf, place, out);
		if (rc == 0)
			set_up(*out, drivers[i], conf, place);
		return rc;
	}
	return bh_error(BH_E_CONFIG, "the object store has no driver %.32s", driver);
}

int
bh_object_store_open(const struct bh_object_conf *conf, const struct bh_object_place *place,
	struct bh_object_store **out)
{
	struct bh_object_store *store, *previous = NULL;
	int rc = bh_object_conf_check(conf);

	if (rc == 0)
		rc = bh_object_store_open_driver(conf->driver, conf, place, &store);
	if (rc < 0)
		return rc;
	if (conf->previous[0] != '\0')
		rc = bh_object_store_open_driver(conf->previous, conf, place, &previous);
	if (rc < 0) {
		bh_object_store_close(store);
		return rc;
	}
	store->previous = previous;
	*out = store;
	return 0;
}

void
bh_object_store_close(struct bh_object_store *store)
{
	if (store == NULL)
		return;
	bh_object_store_close(store->previous);
	bh_object_keys_free(store->keys);
	free(store->spool_dir);
	store->driver->close(store);
}

bool
bh_object_store_spools(const struct bh_object_store *store)
{
	return store->driver->spools || (store->previous != NULL && store->previous->driver->spools);
}

/* ---- writing ---- */

static int
create(struct bh_object_writer writer, bool seals, struct bh_object_writer *out)
{
	int rc = writer.store->driver->create(&writer);

	if (rc == 0 && seals)
		rc = bh_object_sealing_begin(writer.store, &writer.tenant, &writer.id, writer.fd,
			&writer.sealing);
	else if (rc < 0)
		return rc;
	if (rc == 0)
		*out = writer;
	else
		bh_object_writer_close(&writer);
	return rc;
}

int
bh_object_create(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_object_writer *out)
{
	return create((struct bh_object_writer){.store = store, .tenant = *tenant, .id = *id},
		store->seals, out);
}

int
bh_object_create_sealed(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_object_writer *out)
{
	if (store->keys == NULL)
		return bh_error(BH_E_CONFIG, "the object store was opened without its secret");
	return create((struct bh_object_writer){.store = store,
					  .tenant = *tenant,
					  .id = *id,
					  .as_is = true},
		false, out);
}

static int
write_as_is(struct bh_object_writer *writer, const char *at, size_t len)
{
	while (len > 0) {
		ssize_t count = write(writer->fd, at, len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return bh_object_io_error("write an object");
		at += count;
		len -= (size_t)count;
		writer->lying += count;
	}
	return 0;
}

int
bh_object_write(struct bh_object_writer *writer, const void *bytes, size_t len)
{
	int rc = writer->sealing != NULL ? bh_object_sealing_add(writer->sealing, bytes, len)
									 : write_as_is(writer, bytes, len);

	writer->bytes += rc == 0 ? (int64_t)len : 0;
	return rc;
}

/* A file's bytes, which are still in the page cache. */
struct map {
	void *bytes;
	size_t len; /* 0: nothing is mapped */
};

static int
map_file(int fd, int64_t bytes, struct map *out)
{
	static char empty[1];
	void *found;

	if (bytes == 0) {
		*out = (struct map){empty, 0};
		return 0;
	}
	found = mmap(NULL, (size_t)bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (found == MAP_FAILED)
		return bh_object_io_error("map an object");
	*out = (struct map){found, (size_t)bytes};
	return 0;
}

static void
map_close(struct map *map)
{
	if (map->len > 0)
		munmap(map->bytes, map->len);
}

int
bh_object_hash_file(int fd, int64_t bytes, struct bh_digest *out)
{
	BH_AUTO(map_close) struct map map = {0};
	int rc = map_file(fd, bytes, &map);

	if (rc == 0)
		bh_digest_sha256(map.bytes, map.len, out);
	return rc;
}

/* What claims to be sealed must be for this store to open. */
static int
check_sealed(const struct bh_object_writer *writer, const struct map *map)
{
	struct bh_object_head head;
	int rc;

	if (map->len < BH_OBJECT_HEAD)
		return bh_error(BH_E_DAMAGED, "object store: an object has no header");
	rc = bh_object_head_open(writer->store, &writer->tenant, &writer->id, map->bytes, &head);
	if (rc == 0 && bh_object_sealed_bytes(head.content.bytes) != (int64_t)map->len)
		rc = bh_error(BH_E_DAMAGED, "object store: an object is shorter than its header says");
	bh_object_head_close(&head);
	return rc;
}

int
bh_object_publish(struct bh_object_writer *writer, struct bh_digest *out_hash)
{
	BH_AUTO(map_close) struct map map = {0};
	struct bh_digest content, lying;
	int rc = 0;

	if (writer->sealing != NULL)
		rc = bh_object_sealing_end(writer->sealing, &content, &writer->lying);
	if (rc == 0)
		rc = map_file(writer->fd, writer->lying, &map);
	if (rc == 0 && writer->as_is)
		rc = check_sealed(writer, &map);
	if (rc < 0)
		return rc;
	/* Of what was sealed here, only a store far away needs the hash. */
	if (writer->sealing == NULL || writer->store->driver->spools)
		bh_digest_sha256(map.bytes, map.len, &lying);
	rc = writer->store->driver->publish(writer, map.bytes, &lying);
	if (rc < 0)
		return rc;
	*out_hash = writer->sealing != NULL ? content : lying;
	bh_object_writer_close(writer);
	return 0;
}

void
bh_object_writer_close(struct bh_object_writer *writer)
{
	bh_object_sealing_free(writer->sealing);
	if (writer->fd > 0) {
		if (writer->store->driver->abandon != NULL)
			writer->store->driver->abandon(writer);
		close(writer->fd);
	}
	*writer = (struct bh_object_writer){0};
}

/* ---- streams, links, removing ---- */

static int
open_driver_stream(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content,
	const struct bh_http_range *part, int watch_fd, struct bh_object_stream *out)
{
	void *impl;
	int rc = store->driver->stream_open(store, tenant, id, content, part, watch_fd, &impl);

	if (rc == 0)
		*out = (struct bh_object_stream){.store = store, .impl = impl};
	return rc;
}

static int
open_sealed_stream(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content,
	const struct bh_http_range *part, int watch_fd, struct bh_object_stream *out)
{
	struct bh_object_opening *opening = NULL;
	int rc = bh_object_opening_new(store, tenant, id, content, part, watch_fd, &opening);

	if (rc == 0)
		*out = (struct bh_object_stream){.store = store, .opening = opening};
	return rc;
}

/* What is tried first is what most objects are. An unsealed one that has another length is reported as damaged. */
static int
open_stream(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, const struct bh_http_range *part, int watch_fd,
	struct bh_object_stream *out)
{
	const bool local = store->driver->stream_open == NULL;
	char detail[256];
	int rc = BH_E_UNSUPPORTED;

	if (store->keys != NULL && (store->seals || local))
		rc = open_sealed_stream(store, tenant, id, content, part, watch_fd, out);
	if (rc != BH_E_UNSUPPORTED || local)
		return rc;
	rc = open_driver_stream(store, tenant, id, content, part, watch_fd, out);
	if (rc != BH_E_DAMAGED)
		return rc;
	snprintf(detail, sizeof(detail), "%s", bh_error_detail(rc));
	rc = BH_E_UNSUPPORTED;
	if (store->keys != NULL && !store->seals)
		rc = open_sealed_stream(store, tenant, id, content, part, watch_fd, out);
	return rc == BH_E_UNSUPPORTED ? bh_error(BH_E_UNAVAILABLE, "%s", detail) : rc;
}

int
bh_object_stream_open(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content,
	const struct bh_http_range *part, int watch_fd, struct bh_object_stream *out)
{
	int rc = content->bytes == 0 ? BH_E_UNSUPPORTED
								 : open_stream(store, tenant, id, content, part, watch_fd, out);

	if (rc == BH_E_NOT_FOUND && store->previous != NULL)
		rc = bh_object_stream_open(store->previous, tenant, id, content, part, watch_fd, out);
	return rc;
}

ssize_t
bh_object_stream_next(struct bh_object_stream *stream, char *out, size_t size)
{
	return stream->opening != NULL ? bh_object_opening_next(stream->opening, out, size)
								   : stream->store->driver->stream_next(stream->impl, out, size);
}

void
bh_object_stream_close(struct bh_object_stream *stream)
{
	bh_object_opening_free(stream->opening);
	if (stream->impl != NULL)
		stream->store->driver->stream_close(stream->impl);
	*stream = (struct bh_object_stream){0};
}

/* From the previous store first. A copy looks at that one again after it has written: either it finds the
 * object gone, or the removal from here comes later. */
int
bh_object_remove(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	int rc = 0;

	if (store->previous != NULL)
		rc = bh_object_remove(store->previous, tenant, id);
	return rc < 0 ? rc : store->driver->remove(store, tenant, id);
}

int
bh_object_url(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t seconds, const char *content_type, const char *disposition, struct bh_buf *out)
{
	uint8_t head[BH_OBJECT_HEAD];
	bool has_head = false;
	int64_t bytes;
	int rc = 0;

	if (store->driver->url == NULL || store->previous != NULL || store->seals)
		return BH_E_UNSUPPORTED;
	/* Of before sealing was turned off. One that was uploaded with such a beginning is sent by us, too. */
	if (store->keys != NULL)
		rc = bh_object_peek(store, tenant, id, head, &has_head, &bytes);
	if (rc < 0 || has_head)
		return rc < 0 ? rc : BH_E_UNSUPPORTED;
	return store->driver->url(store, tenant, id, seconds, content_type, disposition, out);
}

/* ---- what is there, and what nobody names ---- */

int
bh_object_sweep(struct bh_object_store *store, int64_t age_s)
{
	return store->driver->sweep(store, age_s);
}

/* Whatever their time: clocks may differ. */
static int
remove_some(struct bh_object_store *store, const struct bh_uuid *tenant, size_t *out_n)
{
	BH_AUTO(bh_object_walk_close) struct bh_object_walk walk = {0};
	struct bh_object_name names[FORGOTTEN_AT_ONCE];
	int rc = bh_object_walk_open(store, tenant, &walk);

	*out_n = 0;
	if (rc == 0)
		rc = bh_object_walk_next(&walk, -FOREVER_S, names, FORGOTTEN_AT_ONCE, out_n);
	for (size_t i = 0; rc == 0 && i < *out_n; i++)
		rc = store->driver->remove(store, tenant, &names[i].id);
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

int
bh_object_forget(struct bh_object_store *store, const struct bh_uuid *tenant, size_t *out_n)
{
	size_t n = 0;
	int rc = 0;

	if (store->previous != NULL)
		rc = bh_object_forget(store->previous, tenant, &n);
	if (rc == 0 && n == 0)
		rc = remove_some(store, tenant, &n);
	if (rc == 0 && n == 0)
		rc = store->driver->forget(store, tenant);
	if (rc == 0)
		*out_n = n;
	return rc;
}

int
bh_object_walk_open(struct bh_object_store *store, const struct bh_uuid *tenant,
	struct bh_object_walk *out)
{
	void *impl;
	int rc = store->driver->walk_open(store, tenant, &impl);

	if (rc == 0)
		*out = (struct bh_object_walk){store, impl};
	return rc;
}

int
bh_object_walk_next(struct bh_object_walk *walk, int64_t age_s, struct bh_object_name *out,
	size_t room, size_t *out_n)
{
	return walk->store->driver->walk_next(walk->impl, age_s, out, room, out_n);
}

void
bh_object_walk_close(struct bh_object_walk *walk)
{
	if (walk->impl != NULL)
		walk->store->driver->walk_close(walk->impl);
	*walk = (struct bh_object_walk){0};
}

int
bh_object_condemn(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t age_s, bool *out_due)
{
	return store->driver->condemn(store, tenant, id, age_s, out_due);
}

int
bh_object_acquit(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	return store->driver->acquit(store, tenant, id);
}
