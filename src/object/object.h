/* SPDX-License-Identifier: Apache-2.0 */
/* object.h: the object store: whole objects by tenant and id, behind a table of drivers.
 *
 * fs keeps {tenant}/{id} beneath one folder, resolved with openat2(RESOLVE_BENEATH). s3 keeps the same
 * names in a bucket, and reaches those of a tenant only with a session that the store itself limits to
 * that tenant's prefix (docs/objects.md). An object never changes: it is published once, read, removed.
 *
 * What lies there is sealed under a key of the tenant (sealed.h, keys.h); callers read and write the content. Once the
 * key is destroyed, nobody opens the tenant's objects any more, wherever copies of them are. */
#ifndef BH_OBJECT_OBJECT_H
#define BH_OBJECT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "conf/conf.h"
#include "http/range.h"
#include "sec/digest.h"

struct bh_object_opening;
struct bh_object_sealing;
struct bh_object_store;

/* ---- settings ---- */

/* [object]. Text is borrowed and outlives the store. */
struct bh_object_conf {
	const char *driver, *previous; /* "fs", "s3"; previous also "" */
	const char *folder;            /* fs: "" for the service's own */
	const char *s3_endpoint, *s3_sts_endpoint, *s3_download_endpoint;
	const char *s3_region, *s3_bucket, *s3_role, *s3_key_file, *s3_ca_file;
	int64_t s3_session_s, s3_part_mib, s3_timeout_ms, s3_download_s;
	bool seal;
};
extern const struct bh_setting bh_object_settings[];
extern const size_t bh_n_object_settings;

/* Checks them together. BH_E_CONFIG names the setting at fault. */
BH_MUST_CHECK int bh_object_conf_check(const struct bh_object_conf *conf);
/* Whether one of the two drivers is s3, so that its key is needed. */
bool bh_object_conf_uses_s3(const struct bh_object_conf *conf);

/* The key by which the platform assumes the role. No log format takes it. */
#define BH_OBJECT_KEY_ID_MAX 128u
#define BH_OBJECT_KEY_SECRET_MAX 256u
struct bh_object_key {
	char id[BH_OBJECT_KEY_ID_MAX + 1];
	char secret[BH_OBJECT_KEY_SECRET_MAX + 1];
};
/* Reads s3_key_file: the id on the first line, the secret on the second. BH_E_CONFIG, also for a file
 * that others may read. */
BH_MUST_CHECK int bh_object_key_read(const char *path, struct bh_object_key *out);
/* From two texts. BH_E_CONFIG when one is empty, too long or not printable ASCII. */
BH_MUST_CHECK int bh_object_key_set(struct bh_object_key *key, const char *id, size_t id_len,
	const char *secret, size_t secret_len);
void bh_object_key_close(struct bh_object_key *key);

/* ---- the store ---- */

/* Where a store is opened. */
struct bh_object_place {
	const char *folder; /* fs: its root; made if it is missing */
	const char
		*spool_dir; /* for unnamed files while an object is under way; fs: NULL for its root */
	const struct bh_object_key *key; /* s3; borrowed until the store is open */
	/* What tenants' keys are sealed under; borrowed until the store is open. NULL: nothing is or was sealed. */
	const struct bh_secret *secret;
};

/* place.secret, of the key for data at rest of the service that keeps objects. */
void bh_object_secret(const struct bh_secret *data, struct bh_secret *out);

/* Opens conf->driver and, during a move, conf->previous behind it: what is not found is read there, and
 * removals go to both. Nothing is asked of an S3 store yet. */
BH_MUST_CHECK int bh_object_store_open(const struct bh_object_conf *conf,
	const struct bh_object_place *place, struct bh_object_store **out);
/* Opens one driver by its name, for copying. */
BH_MUST_CHECK int bh_object_store_open_driver(const char *driver, const struct bh_object_conf *conf,
	const struct bh_object_place *place, struct bh_object_store **out);
void bh_object_store_close(struct bh_object_store *store); /* safe on NULL */

/* Whether an object under way also takes space in spool_dir, as much as it has bytes. */
bool bh_object_store_spools(const struct bh_object_store *store);

/* Errors of all that follows: BH_E_UNAVAILABLE with the reason for an S3 store that is away, too slow or
 * refuses; BH_E_IO with the reason for the file system; BH_E_NO_ROOM for a full disk or store; BH_E_DAMAGED for a
 * sealed object that does not open; BH_E_CONFIG for a key that was sealed under another master key. */

/* An object being written: bytes go to a temporary file; it appears under its name only when published.
 * Zeroed means none. */
struct bh_object_writer {
	struct bh_object_store *store; /* borrowed */
	struct bh_uuid tenant, id;
	int fd;        /* owned; 0 or less: closed */
	int dir_fd;    /* fs: owned */
	char part[64]; /* fs: its name there; "" once it is published */
	int64_t bytes; /* that were written */
	int64_t lying; /* that the file has: more than these where they are sealed */
	struct bh_object_sealing *sealing; /* owned; NULL: they are written as they are */
	bool as_is;                        /* they are sealed already */
};

BH_MUST_CHECK int bh_object_create(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_object_writer *out);
BH_MUST_CHECK int bh_object_write(struct bh_object_writer *writer, const void *bytes, size_t len);
/* The same for bytes that bh_object_read_sealed has given, of the same tenant and object. To be published, they must
 * have a header that a key of the store opens (BH_E_DAMAGED); *out_hash is theirs then, as sealed. */
BH_MUST_CHECK int bh_object_create_sealed(struct bh_object_store *store,
	const struct bh_uuid *tenant, const struct bh_uuid *id, struct bh_object_writer *out);
/* On failure the object may be there all the same, whole: remove it, or leave it to the sweep. */
BH_MUST_CHECK int bh_object_publish(struct bh_object_writer *writer, struct bh_digest *out_hash);
/* Removes what was not published. Safe on a zeroed writer, and twice. */
void bh_object_writer_close(struct bh_object_writer *writer);

/* What an object must hold, as whoever published it has noted. */
struct bh_object_content {
	int64_t bytes;
	struct bh_digest hash;
};

/* An open read-only descriptor, owned by the caller; never one of a part. `content` may be NULL; with it,
 * an object of another length is an error, and so is one of another hash if it came over a network.
 * BH_E_NOT_FOUND. */
BH_MUST_CHECK int bh_object_read(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content, int *out_fd,
	int64_t *out_bytes);
/* The object as sealed, which it is for that where the store has it unsealed: a descriptor and its length. All of it was
 * opened to see that it is this content. BH_E_NOT_FOUND, BH_E_DAMAGED. */
BH_MUST_CHECK int bh_object_read_sealed(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content, int *out_fd,
	int64_t *out_bytes);

/* An object on its way to a client, whose socket is watched. Zeroed means none. */
struct bh_object_stream {
	struct bh_object_store *store;     /* borrowed */
	void *impl;                        /* owned */
	struct bh_object_opening *opening; /* owned; of a sealed object, instead of impl */
};
/* `part` NULL: all of it. BH_E_NOT_FOUND. BH_E_UNSUPPORTED: use bh_object_read, which costs this store no copy, or finds the object in
 * the previous one. */
BH_MUST_CHECK int bh_object_stream_open(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content,
	const struct bh_http_range *part, int watch_fd, struct bh_object_stream *out);
/* More bytes: their number, 0 at the end, or an error. Of a sealed object, each chunk is proved before it is given. Of
 * others, the piece that completes the object is given only when all of them together have its hash; of a part of it,
 * only the length is known. BH_E_GONE when the client has left. */
ssize_t bh_object_stream_next(struct bh_object_stream *stream, char *out, size_t size);
void bh_object_stream_close(struct bh_object_stream *stream); /* safe on a zeroed one, and twice */

/* Whether the store says that it has the object with this content, without reading it. */
BH_MUST_CHECK int bh_object_holds(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content, bool *out);
/* With its mark. Removing what is not there succeeds. */
BH_MUST_CHECK int bh_object_remove(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

/* A URL by which anyone can download this object, and nothing else, for `seconds`; the response has that
 * type and disposition. BH_E_UNSUPPORTED: the driver has none, a move is in progress, or the object is sealed. */
BH_MUST_CHECK int bh_object_url(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t seconds, const char *content_type, const char *disposition,
	struct bh_buf *out);

/* Seals an object of before; *out: it is sealed now. Not while a move is in progress, whose copies are sealed. Who
 * removes it meanwhile must be asked for afterwards: it may be there again. BH_E_NOT_FOUND; BH_E_DAMAGED: it is not
 * the content. */
BH_MUST_CHECK int bh_object_seal(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content, bool *out);

/* ---- keys ---- */

#define BH_OBJECT_SEALED_KEY 72u
#define BH_OBJECT_KEYS_MOST 16
/* A tenant's key, sealed under place.secret. */
struct bh_object_sealed_key {
	struct bh_uuid id;
	uint8_t bytes[BH_OBJECT_SEALED_KEY];
};
/* All of a tenant's keys in this store (not the previous one), for a backup: one, and more after a race. */
BH_MUST_CHECK int bh_object_keys_list(struct bh_object_store *store, const struct bh_uuid *tenant,
	struct bh_object_sealed_key *out, size_t room, size_t *out_n);
/* Puts one (back) into the store. BH_E_CONFIG: it was sealed under another master key. */
BH_MUST_CHECK int bh_object_keys_give(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_object_sealed_key *key);
/* Reads a sealed object from a stream to its end and opens all of it with one of these keys, which were sealed under
 * `secret`: what the content is. BH_E_DAMAGED: it is not this object, not whole, or sealed under another key. */
BH_MUST_CHECK int bh_object_prove(const struct bh_secret *secret,
	const struct bh_object_sealed_key *keys, size_t n, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int fd, struct bh_object_content *out);
/* The length of an object as sealed. */
int64_t bh_object_sealed_bytes(int64_t content_bytes);
/* Destroys the keys of a tenant that goes, here and in the previous store: *out_n of them. Other processes may hold
 * one for 15 seconds more; what they write with it nobody reads. */
BH_MUST_CHECK int bh_object_keys_destroy(struct bh_object_store *store,
	const struct bh_uuid *tenant, size_t *out_n);

/* Removes what killed writers left and is older than `age_s`. Goes on past a tenant that cannot be
 * read; the error is the last one's. */
BH_MUST_CHECK int bh_object_sweep(struct bh_object_store *store, int64_t age_s);

/* Removes some of what a tenant that has gone has left, here and in the previous store: *out_n objects; when there
 * are none, what writers have not finished, of any age, marks without an object, and the tenant's folder. */
BH_MUST_CHECK int bh_object_forget(struct bh_object_store *store, const struct bh_uuid *tenant,
	size_t *out_n);

/* A walk over names in batches, without any order: the tenants that have objects, or the published
 * objects of one. Names that appear or disappear during the walk may or may not be included. Zeroed
 * means none. */
struct bh_object_walk {
	struct bh_object_store *store; /* borrowed */
	void *impl;                    /* owned */
};
struct bh_object_name {
	struct bh_uuid id; /* of the object, or of the tenant */
	bool marked;       /* of an object: it is condemned */
};
/* `tenant` NULL: the tenants. BH_E_NOT_FOUND: it has none. */
BH_MUST_CHECK int bh_object_walk_open(struct bh_object_store *store, const struct bh_uuid *tenant,
	struct bh_object_walk *out);
/* The next ones that are older than `age_s`, at most `room`; *out_n 0: there are no more. */
BH_MUST_CHECK int bh_object_walk_next(struct bh_object_walk *walk, int64_t age_s,
	struct bh_object_name *out, size_t room, size_t *out_n);
void bh_object_walk_close(struct bh_object_walk *walk); /* safe on a zeroed one, and twice */

/* An object without a database row is not removed immediately: the database may have been restored from
 * an older backup, and a newer one may follow. Marks it with an empty object next to it, whose time is the
 * store's own; *out_due: it was marked more than `age_s` ago, and the mark was not removed since. */
BH_MUST_CHECK int bh_object_condemn(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t age_s, bool *out_due);
/* Takes the mark away, if there is one. */
BH_MUST_CHECK int bh_object_acquit(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

#endif
