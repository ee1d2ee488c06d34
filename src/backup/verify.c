/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c: every byte against the list, and the list against what the database names. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "backup/backup.h"
#include "backup/folder.h"
#include "backup/objects.h"
#include "backup/rows.h"
#include "backup/server.h"
#include "backup/source.h"
#include "base/error.h"
#include "base/text.h"
#include "supervisor/instance.h"

#define DEPTH_MAX 3

bool
backup_proof_is_good(const struct backup_proof *proof)
{
	return proof->changed == 0 && proof->missing == 0 && proof->strange == 0 &&
		proof->unfound == 0 && proof->keyless == 0 && proof->mismatches == 0 &&
		proof->manifest.damaged == 0;
}

static int
check_files(const struct backup_source *source, struct backup_proof *proof)
{
	for (size_t i = 0; i < source->files.n; i++) {
		const struct backup_sum *sum = &source->files.list[i];
		struct bh_digest hash;
		int64_t bytes;
		int rc = backup_folder_hash(bh_arena_printf(source->arena, "%s/%s", source->folder,
										sum->path),
			&hash, &bytes);

		if (rc < 0 && rc != BH_E_NOT_FOUND)
			return rc;
		if (rc == BH_E_NOT_FOUND) {
			proof->missing++;
		} else if (!bh_digest_equal(&hash, &sum->hash)) {
			proof->changed++;
		} else {
			proof->files++;
			proof->bytes += bytes;
		}
	}
	return 0;
}

/* What is in one encrypted file, against the hash from before it was encrypted. */
static int
check_content(const struct backup_source *source, const struct backup_sum *sum,
	struct backup_proof *proof)
{
	BH_AUTO(backup_reading_close) struct backup_reading reading = BACKUP_READING_NONE;
	const char *path = backup_source_path(source, sum->path);
	struct bh_digest hash;
	int64_t bytes;
	int rc = backup_crypt_read(&source->crypt, path, &reading);

	if (rc == 0)
		rc = backup_folder_pass(reading.fd, -1, path, &hash, &bytes);
	if (rc == 0)
		rc = backup_crypt_read_end(&reading, path);
	if (rc == 0 || rc == BH_E_INVALID)
		proof->changed += rc < 0 || !bh_digest_equal(&hash, &sum->hash);
	return rc == BH_E_INVALID ? 0 : rc;
}

/* An encrypted file that has not changed could still have been encrypted from something else. */
static int
check_contents(const struct backup_source *source, struct backup_proof *proof)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < source->plain.n; i++) {
		/* Sealed ones are opened for the rows that name them. */
		if (!backup_source_seals(source) || !bh_text_starts(source->plain.list[i].path, "objects/"))
			rc = check_content(source, &source->plain.list[i], proof);
	}
	return rc;
}

static bool
is_own(const char *path)
{
	return strcmp(path, "SHA256SUMS") == 0 || strcmp(path, "manifest.json") == 0 ||
		strcmp(path, "manifest.hmac") == 0;
}

/* Counts files that no list names. `below`: the path from the backup's folder, "" at its top. */
static int
look_around(struct bh_arena *arena, const char *backup, const char *below, int depth,
	const struct backup_sums *sums, struct backup_proof *proof)
{
	const char *folder = bh_arena_printf(arena, "%s/%s", backup, below);
	DIR *dir = depth < DEPTH_MAX ? opendir(folder) : NULL;
	struct dirent *entry;
	int rc = 0;

	if (dir == NULL)
		return bh_error(BH_E_IO, "open the folder %s: %m", folder);
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		const char *path = bh_arena_printf(arena, "%s%s%s", below, below[0] != '\0' ? "/" : "",
			entry->d_name);
		struct stat stat;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
			rc = bh_error(BH_E_IO, "%s/%s: %m", backup, path);
		else if (S_ISDIR(stat.st_mode) && depth + 1 < DEPTH_MAX)
			rc = look_around(arena, backup, path, depth + 1, sums, proof);
		else if (!is_own(path) && backup_sums_find(sums, path) == NULL)
			proof->strange++;
	}
	closedir(dir);
	return rc;
}

/* ---- the database ---- */

/* What opens objects. */
struct opener {
	const struct backup_source *source;
	struct backup_keys keys;
	struct bh_secret secret;          /* wiped at the end */
	struct backup_tenant_keys tenant; /* of the tenant that was asked for last */
};

static int
opener_init(struct supervisor_instance *instance, const struct backup_source *source,
	struct opener *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_secret master;
	int rc;

	*out = (struct opener){.source = source};
	if (!backup_source_seals(source))
		return 0;
	out->keys = backup_keys_of(source->arena, source->folder, &source->crypt,
		source->manifest.recipient);
	rc = backup_source_read(source, "master.key", sizeof(master.bytes), &text);
	if (rc == 0 && text.len != sizeof(master.bytes))
		rc = bh_error(BH_E_INVALID, "%s has no master key", source->folder);
	if (rc < 0)
		return rc;
	memcpy(master.bytes, text.data, sizeof(master.bytes));
	bh_wipe(text.data, text.len);
	supervisor_instance_object_secret_of(&master, backup_objects_service(instance), &out->secret);
	bh_secret_close(&master);
	return 0;
}

/* The object behind a row, in the clear: what it is. BH_E_DAMAGED. */
static int
open_object(struct opener *opener, const struct backup_object *object, const char *path,
	struct bh_object_content *out)
{
	BH_AUTO(backup_reading_close) struct backup_reading reading = BACKUP_READING_NONE;
	const char *file = backup_source_path(opener->source, path);
	int rc = backup_crypt_read(&opener->source->crypt, file, &reading);

	if (rc == 0)
		rc = bh_object_prove(&opener->secret, opener->tenant.list, opener->tenant.n,
			&object->tenant, &object->id, reading.fd, out);
	if (rc == 0)
		rc = backup_crypt_read_end(&reading, file);
	return rc == BH_E_INVALID || rc == BH_E_CONFIG ? BH_E_DAMAGED : rc;
}

static int
check_sealed(struct opener *opener, const struct backup_object *object, const char *path,
	struct backup_proof *proof)
{
	struct bh_object_content content;
	int rc = 0;

	if (!bh_uuid_equal(&opener->tenant.tenant, &object->tenant)) {
		rc = backup_keys_load(&opener->keys, &object->tenant, &opener->tenant);
		if (rc == BH_E_NOT_FOUND || rc == BH_E_INVALID) {
			opener->tenant = (struct backup_tenant_keys){.tenant = object->tenant};
			rc = 0;
		}
	}
	if (rc == 0 && opener->tenant.n == 0) {
		proof->erased += opener->tenant.destroyed;
		proof->keyless += !opener->tenant.destroyed;
		return 0;
	}
	if (rc == 0)
		rc = open_object(opener, object, path, &content);
	if (rc == 0)
		proof->unfound += content.bytes != object->bytes ||
			!bh_digest_equal(&content.hash, &object->hash);
	proof->changed += rc == BH_E_DAMAGED;
	return rc == BH_E_DAMAGED ? 0 : rc;
}

static int
check_object(struct opener *opener, const struct backup_object *object, struct backup_proof *proof)
{
	char path[BACKUP_OBJECT_PATH];
	const struct backup_sum *sum;

	backup_object_path(object, path);
	sum = backup_sums_find(backup_source_list(opener->source), path);
	proof->named++;
	if (sum != NULL && backup_source_seals(opener->source))
		return check_sealed(opener, object, path, proof);
	proof->unfound += sum == NULL || !bh_digest_equal(&sum->hash, &object->hash);
	return 0;
}

static int
check_objects(struct bh_db *db, const struct bh_uuid *tenants, size_t n_tenants,
	struct opener *opener, struct backup_proof *proof)
{
	BH_AUTO(backup_rows_close)
	struct backup_rows rows = {.db = *db, .tenants = tenants, .n_tenants = n_tenants};
	struct backup_object object;
	int rc = 0;

	while (rc == 0) {
		rc = backup_rows_next(&rows, &object);
		if (rc == 0)
			rc = check_object(opener, &object, proof);
		else if (rc == BH_E_NOT_FOUND)
			return 0;
	}
	return rc;
}

static int
check_books(struct bh_db *db, const struct bh_uuid *tenants, size_t n_tenants,
	backup_prove_fn *prove, struct backup_proof *proof)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n_tenants; i++) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db own = bh_db_as(db, &tenants[i]);
		int64_t wrong = 0;

		own.arena = &arena;
		rc = prove(&own, &tenants[i], proof->manifest.currency, &wrong);
		proof->mismatches += wrong;
	}
	return rc;
}

static int
check_database(struct supervisor_instance *instance, const struct backup_source *source,
	const char *scratch, backup_prove_fn *prove, struct backup_proof *proof)
{
	BH_AUTO(backup_server_close) struct backup_server server = {0};
	struct bh_db db = {.arena = &instance->arena, .context = bh_platform_tenant};
	struct bh_uuid *tenants = NULL;
	struct opener opener;
	size_t n = 0;
	int rc = opener_init(instance, source, &opener);

	if (rc == 0)
		rc = backup_server_open(instance, source, scratch, &server);
	db.pool = server.pool;
	if (rc == 0)
		rc = backup_rows_tenants(&db, &tenants, &n);
	if (rc == 0)
		rc = check_objects(&db, tenants, n, &opener, proof);
	bh_secret_close(&opener.secret);
	if (rc == 0)
		rc = check_books(&db, tenants, n, prove, proof);
	proof->tenants = (int64_t)n;
	return rc;
}

int
backup_verify(struct supervisor_instance *instance, const struct backup_verify_conf *conf,
	backup_prove_fn *prove, struct backup_proof *out)
{
	BH_AUTO(backup_source_close) struct backup_source source = {0};
	struct backup_proof proof = {0};
	struct bh_arena *arena = &instance->arena;
	int rc = supervisor_manifest_postgres(arena, instance->place.programs, &instance->manifest);

	if (rc == 0)
		rc = backup_source_open(arena, conf->backup, conf->identity, instance->place.home, &source);
	if (rc == 0)
		rc = check_files(&source, &proof);
	if (rc == 0)
		rc = look_around(arena, conf->backup, "", 0, &source.files, &proof);
	if (rc < 0)
		return rc;
	proof.manifest = source.manifest;
	proof.is_signed = source.is_signed;
	proof.is_open = backup_source_can_open(&source);
	/* A file that has changed is told by its count; what is in it could only be told wrong. */
	if (proof.is_open && proof.changed == 0 && proof.missing == 0)
		rc = check_contents(&source, &proof);
	if (rc == 0 && proof.is_open && proof.changed == 0 && proof.missing == 0)
		rc = check_database(instance, &source, conf->scratch, prove, &proof);
	if (rc == 0)
		*out = proof;
	return rc;
}
