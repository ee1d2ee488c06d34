/* SPDX-License-Identifier: Apache-2.0 */
/* driver.h: what a driver of the object store is. Only src/object includes it. */
#ifndef BH_OBJECT_DRIVER_H
#define BH_OBJECT_DRIVER_H

#include <sys/types.h>

#include "object/object.h"

#define BH_OBJECT_HEAD 96 /* bytes of the header of a sealed object (sealed.h) */

/* The functions of object.h, without the store behind it, and with bytes as they lie there. */
struct bh_object_driver {
	const char *name;
	bool spools;
	int (*open)(const struct bh_object_conf *conf, const struct bh_object_place *place,
		struct bh_object_store **out);
	void (*close)(struct bh_object_store *store);
	int (*create)(struct bh_object_writer *writer); /* opens writer->fd */
	int (*publish)(struct bh_object_writer *writer, const void *bytes,
		const struct bh_digest
			*hash); /* `bytes`: all of them, mapped; `hash`: if the driver spools */
	void (*abandon)(struct bh_object_writer *writer); /* may be NULL; fd is still open */
	int (*read)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id, const struct bh_object_content *content, int *out_fd,
		int64_t *out_bytes);
	/* To a client as it comes; NULL where a descriptor is as good. */
	int (*stream_open)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id, const struct bh_object_content *content,
		const struct bh_http_range *part, int watch_fd, void **out);
	ssize_t (*stream_next)(void *stream, char *out, size_t size);
	void (*stream_close)(void *stream);
	int (*holds)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id, const struct bh_object_content *content, bool *out);
	int (*remove)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id);
	int (*url)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id, int64_t seconds, const char *content_type,
		const char *disposition, struct bh_buf *out); /* may be NULL */
	int (*sweep)(struct bh_object_store *store, int64_t age_s);
	int (*forget)(struct bh_object_store *store, const struct bh_uuid *tenant);
	int (*walk_open)(struct bh_object_store *store, const struct bh_uuid *tenant, void **out);
	int (*walk_next)(void *walk, int64_t age_s, struct bh_object_name *out, size_t room,
		size_t *out_n);
	void (*walk_close)(void *walk);
	int (*condemn)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id, int64_t age_s, bool *out_due);
	int (*acquit)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id);
	/* The first bytes of an object, *out_n at most BH_OBJECT_HEAD, and how many it has; NULL where a descriptor is as
	 * good. */
	int (*peek)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id, uint8_t out[BH_OBJECT_HEAD], size_t *out_n, int64_t *out_bytes);
	/* A tenant's keys (keys.h): durable when written; removing what is not there succeeds. */
	int (*key_list)(struct bh_object_store *store, const struct bh_uuid *tenant,
		struct bh_uuid *out, size_t room, size_t *out_n);
	int (*key_get)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id, struct bh_buf *out); /* BH_E_NOT_FOUND */
	int (*key_put)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id, const void *bytes, size_t len);
	int (*key_remove)(struct bh_object_store *store, const struct bh_uuid *tenant,
		const struct bh_uuid *id);
};

extern const struct bh_object_driver bh_object_fs, bh_object_s3;

/* First member of each driver's own struct. */
struct bh_object_store {
	const struct bh_object_driver *driver;
	struct bh_object_store *previous; /* owned; NULL unless a move is in progress */
	struct bh_object_keys *keys;      /* owned; NULL: nothing is or was sealed */
	char *spool_dir;                  /* owned: for what was opened */
	bool seals;                       /* new objects are sealed */
};

/* BH_E_NO_ROOM or BH_E_IO by errno, which the detail names. */
int bh_object_io_error(const char *what);

/* All of a file, piece by piece, to a function, whose error ends it. BH_E_IO, also where it is shorter. */
BH_MUST_CHECK int bh_object_pass(int fd, int64_t bytes,
	int (*put)(void *to, const void *bytes, size_t len), void *to);
/* Such a function: `to` is a struct bh_object_writer. */
BH_MUST_CHECK int bh_object_put(void *to, const void *bytes, size_t len);
/* An unnamed file beside those under way. */
BH_MUST_CHECK int bh_object_spool_open(const struct bh_object_store *store, int *out_fd);
/* SHA-256 of an open file from its start. */
BH_MUST_CHECK int bh_object_hash_file(int fd, int64_t bytes, struct bh_digest *out);

#endif
