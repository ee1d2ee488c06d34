/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: proves a backup's lists, and opens its small files. */
#include "backup/source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "backup/folder.h"
#include "backup/manifest.h"
#include "base/error.h"
#include "supervisor/file.h"

#define PIECE (64 * BH_KIB)

bool
backup_source_seals(const struct backup_source *source)
{
	return source->manifest.format >= 3;
}

bool
backup_source_can_open(const struct backup_source *source)
{
	return backup_crypt_can_open(&source->crypt);
}

const char *
backup_source_path(const struct backup_source *source, const char *name)
{
	return bh_arena_printf(source->arena, "%s/%s%s", source->folder, name,
		backup_crypt_suffix(&source->crypt));
}

const struct backup_sums *
backup_source_list(const struct backup_source *source)
{
	return source->crypt.kind == BACKUP_PLAIN ? &source->files : &source->plain;
}

const struct backup_sum *
backup_source_plain(const struct backup_source *source, const char *name)
{
	return backup_sums_find(backup_source_list(source), name);
}

int
backup_source_check(const struct backup_source *source, const char *name)
{
	const char *path = backup_source_path(source, name);
	const struct backup_sum *sum = backup_sums_find(&source->files,
		path + strlen(source->folder) + 1);
	struct bh_digest hash;
	int64_t bytes;
	int rc;

	if (sum == NULL)
		return bh_error(BH_E_INVALID, "%s has no %s", source->folder, name);
	rc = backup_folder_hash(path, &hash, &bytes);
	if (rc == BH_E_NOT_FOUND)
		return bh_error(BH_E_INVALID, "%s is missing", path);
	if (rc == 0 && !bh_digest_equal(&hash, &sum->hash))
		return bh_error(BH_E_INVALID, "%s has changed since the backup was made", path);
	return rc;
}

/* ---- small files ---- */

static int
read_all(int fd, const char *path, size_t bytes_max, struct bh_buf *out)
{
	for (;;) {
		ssize_t count = read(fd, bh_buf_room(out, PIECE), PIECE);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return bh_error(BH_E_IO, "read %s: %m", path);
		if (count == 0)
			return 0;
		out->len += (size_t)count;
		if (out->len > bytes_max)
			return bh_error(BH_E_INVALID, "%s is too large", path);
	}
}

/* In the clear; nothing but the program vouches for it. */
static int
open_file(const struct backup_source *source, const char *name, size_t bytes_max,
	struct bh_buf *out)
{
	BH_AUTO(backup_reading_close) struct backup_reading reading = BACKUP_READING_NONE;
	const char *path = backup_source_path(source, name);
	int rc = backup_crypt_read(&source->crypt, path, &reading);

	if (rc == 0)
		rc = read_all(reading.fd, path, bytes_max, out);
	return rc < 0 ? rc : backup_crypt_read_end(&reading, path);
}

int
backup_source_read(const struct backup_source *source, const char *name, size_t bytes_max,
	struct bh_buf *out)
{
	int rc = backup_source_check(source, name);

	return rc < 0 ? rc : open_file(source, name, bytes_max, out);
}

/* ---- the lists ---- */

static int
keep_key(const struct bh_buf *key, const char *path, struct bh_secret *out)
{
	if (key->len != sizeof(out->bytes))
		return bh_error(BH_E_INVALID, "%s is not a master key", path);
	memcpy(out->bytes, key->data, key->len);
	return 0;
}

/* The master key that must have signed it; BH_E_NOT_FOUND: none is at hand. */
static int
find_master(const struct backup_source *source, const char *home, struct bh_secret *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf key = {0};
	const char *path = bh_arena_printf(source->arena, "%s/master.key", home);
	int rc = BH_E_NOT_FOUND;

	if (source->crypt.kind != BACKUP_PLAIN)
		rc = supervisor_file_read(path, sizeof(out->bytes), &key);
	if (rc == BH_E_NOT_FOUND && backup_source_can_open(source)) {
		path = backup_source_path(source, "master.key");
		rc = open_file(source, "master.key", sizeof(out->bytes), &key);
	}
	if (rc == 0)
		rc = keep_key(&key, path, out);
	if (key.data != NULL)
		bh_wipe(key.data, key.len);
	return rc;
}

static int
read_plain_sums(struct backup_source *source)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = backup_source_read(source, "PLAINSUMS", BACKUP_SUMS_BYTES_MAX, &text);

	return rc < 0 ? rc : backup_sums_parse(text.data, text.len, &source->plain);
}

static int
prove(struct backup_source *source, const char *identity, const char *home)
{
	struct bh_secret master = {{0}};
	int rc = backup_manifest_load(source->arena, source->folder, &source->manifest);

	if (rc == 0)
		rc = backup_crypt_of_word(source->manifest.encryption, identity, &source->crypt);
	/* Whoever expects it encrypted must not be given another that is not. */
	if (rc == 0 && identity != NULL && source->crypt.kind == BACKUP_PLAIN)
		rc = bh_error(BH_E_INVALID, "%s is not encrypted, although --identity is given",
			source->folder);
	if (rc < 0)
		return rc;
	rc = find_master(source, home, &master);
	source->is_signed = rc == 0;
	if (rc == 0 || rc == BH_E_NOT_FOUND)
		rc = backup_manifest_prove(source->arena, source->folder, rc == 0 ? &master : NULL,
			&source->manifest, &source->files);
	bh_secret_close(&master);
	if (rc == 0 && source->crypt.kind != BACKUP_PLAIN && backup_source_can_open(source))
		rc = read_plain_sums(source);
	return rc;
}

int
backup_source_open(struct bh_arena *arena, const char *folder, const char *identity,
	const char *home, struct backup_source *out)
{
	struct backup_source source = {.arena = arena, .folder = folder};
	int rc = prove(&source, identity, home);

	if (rc < 0)
		backup_source_close(&source);
	else
		*out = source;
	return rc;
}

void
backup_source_close(struct backup_source *source)
{
	backup_sums_close(&source->files);
	backup_sums_close(&source->plain);
}
