/* SPDX-License-Identifier: Apache-2.0 */
/* backup.h: backups of a whole platform, made while it serves: create, list, prove, restore.
 *
 * A folder of backups has one folder for each, named by its time (2026-11-29T22-45-12Z):
 *
 *     database.tar      a base backup of the embedded server, with the WAL that makes it consistent
 *     database.dump     instead, of an operator's own database: an archive of pg_dump
 *     objects/T/O       every object that a row names, T and O being 32 hex digits, sealed under its tenant's key
 *     master.key        without it what is sealed in the database cannot be read
 *     bulkhead.conf     where there is one
 *     PLAINSUMS         of all these as they are before they are encrypted; only where they are
 *     SHA256SUMS        of all these files, in sha256sum's form
 *     manifest.json     format, versions, counts, the WAL position, the SHA-256 of SHA256SUMS
 *     manifest.hmac     HMAC-SHA256 of manifest.json under a key derived from the master key
 *
 * The keys of tenants are not among them: they lie beside the backups, once for all of a folder (keys.h), where a
 * deletion reaches them.
 *
 * Encrypted (crypt.h), all but the last three have another name, database.tar.age or database.tar.gpg.
 *
 * It is consistent with itself because an object is published before a row names it, and removed only after no
 * row does: objects are copied first, then the database, then the objects that rows name since. It is made as
 * .NAME.part and appears whole, by a rename. An object never changes, so what the backup before already holds
 * becomes a hard link. */
#ifndef BH_BACKUP_BACKUP_H
#define BH_BACKUP_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "supervisor/instance.h"

#define BACKUP_FORMAT 3 /* 2: objects are not sealed; 1: the same, never encrypted */
#define BACKUP_TAR "database.tar"
#define BACKUP_DUMP "database.dump"
#define BACKUP_NAME_TEXT 21 /* 2026-11-29T22-45-12Z and the NUL */

/* What a backup says of itself. Text lies in the arena of whoever reads it. */
struct backup_manifest {
	int64_t format;
	const char *version; /* of the platform */
	int64_t created_ms;
	int64_t server_version;   /* PostgreSQL's, as 180006 */
	const char *wal_position; /* everything that was committed before it is in the backup */
	const char *currency;
	int64_t objects, object_bytes;
	int64_t damaged;        /* objects that the store could not give as the database has them */
	const char *sums;       /* SHA-256 of SHA256SUMS, in hex */
	const char *encryption; /* none, age, gpg */
	const char *recipient;  /* "": none */
	const char *database;   /* its file: BACKUP_TAR, BACKUP_DUMP */
};

/* ---- create ---- */

struct backup_create_conf {
	const char *folder;    /* made if it is missing */
	int64_t keep;          /* how many backups stay, this one included; 0: all */
	const char *recipient; /* as backup.recipient; "": not encrypted */
	const char *currency;
};

struct backup_created {
	const char *name; /* in the instance's arena */
	int64_t objects, copied, linked, gone, damaged, object_bytes, database_bytes;
	int64_t removed;   /* older backups */
	int64_t forgotten; /* keys of tenants that were deleted */
};

/* BH_E_EXISTS: another backup is made there; BH_E_IO, BH_E_NO_ROOM,
 * BH_E_DB_DOWN (the platform does not run), BH_E_UNAVAILABLE (the object store). */
BH_MUST_CHECK int backup_create(struct supervisor_instance *instance,
	const struct backup_create_conf *conf, struct backup_created *out);

/* ---- forget ---- */

/* Destroys the keys of deleted tenants beside the backups of a folder, as each create does. BH_E_NOT_FOUND: no such
 * folder; BH_E_EXISTS: a backup is made there; BH_E_DB_DOWN. */
BH_MUST_CHECK int backup_forget(struct supervisor_instance *instance, const char *folder,
	int64_t *out_n);

/* ---- list ---- */

/* Names of complete backups, oldest first, in the arena. BH_E_NOT_FOUND: no such folder. */
BH_MUST_CHECK int backup_list(struct bh_arena *arena, const char *folder, const char ***out,
	size_t *out_n);
/* The folder of a backup: `path` itself if it is one, else its newest. BH_E_NOT_FOUND. */
BH_MUST_CHECK int backup_find(struct bh_arena *arena, const char *path, const char **out);
/* Reads what the backup says of itself, unproved. BH_E_INVALID. */
BH_MUST_CHECK int backup_manifest_load(struct bh_arena *arena, const char *backup,
	struct backup_manifest *out);

/* ---- verify ---- */

/* Proves a tenant's books in the database of the backup; *out_wrong: how many sums differ. */
typedef int backup_prove_fn(struct bh_db *db, const struct bh_uuid *tenant, const char *currency,
	int64_t *out_wrong);

struct backup_proof {
	struct backup_manifest manifest;
	int64_t files, bytes;              /* whose hash is right */
	int64_t changed, missing, strange; /* files that differ, are not there, are in no list */
	int64_t tenants, named,
		unfound;        /* objects that rows name; of these, not in the backup as named */
	int64_t erased;     /* of these, of tenants whose keys were destroyed: nobody opens them */
	int64_t keyless;    /* the keys of these are missing */
	int64_t mismatches; /* sums of the books that differ */
	bool is_signed;     /* the signature was checked: there is a master key */
	bool is_open; /* what is in the files was looked at: they are not encrypted, or were opened */
};

struct backup_verify_conf {
	const char *backup;
	const char *identity; /* opens an encrypted one; NULL: none */
	const char *scratch;  /* a folder */
};

bool backup_proof_is_good(const struct backup_proof *proof);

/* Reads everything; then, if it can be opened, starts a server made of the backup in a folder below `scratch`, on a
 * socket there, and asks it. 0 with what was found, also where it is not good. BH_E_INVALID: it is not what its
 * platform signed, or the server does not start. */
BH_MUST_CHECK int backup_verify(struct supervisor_instance *instance,
	const struct backup_verify_conf *conf, backup_prove_fn *prove, struct backup_proof *out);

/* ---- restore ---- */

struct backup_restore_conf {
	const char *backup;
	const char *identity; /* opens an encrypted one; NULL: none */
	const char *url_file; /* holds the address that a dump goes to; NULL for a base backup */
};

struct backup_restored {
	int64_t created_ms; /* when the backup was made */
	int64_t objects, object_bytes;
	int64_t erased;   /* objects left out: the keys of their tenants were destroyed */
	int64_t keyless;  /* objects left out: the keys of their tenants are missing */
	bool is_external; /* into a database that settings do not name yet */
};

/* Into the home that the environment names, which must be empty or missing. Checks each file's hash before it is
 * used. BH_E_EXISTS, BH_E_INVALID. */
BH_MUST_CHECK int backup_restore(const struct bh_service *const *services,
	const struct backup_restore_conf *conf, struct backup_restored *out);

/* ---- one tenant ---- */

struct backup_tenant_conf {
	const char *backup;
	const char *identity; /* opens an encrypted one; NULL: none */
	const char *scratch;  /* a folder */
	const char *tenant;   /* name or id */
	bool replace;         /* it may be there, suspended */
};

struct backup_tenant_restored {
	struct bh_uuid tenant;
	const char *name;   /* in the instance's arena */
	int64_t created_ms; /* when the backup was made */
	int64_t tables, rows, objects, object_bytes;
	int64_t objects_given; /* those that were not there */
	bool audit_kept;       /* the running audit log goes on; that of the backup was left out */
};

/* One tenant, from a backup of this same platform into it while it serves the others (db/transplant.h), and its
 * objects. The books are proved before anybody sees them. BH_E_EXISTS, BH_E_STATE: with `out_list`, what is missing or
 * in the way, a line each; BH_E_NOT_FOUND: the backup has no such tenant; BH_E_INVALID. */
BH_MUST_CHECK int backup_restore_tenant(struct supervisor_instance *instance,
	const struct backup_tenant_conf *conf, backup_prove_fn *prove, struct bh_buf *out_list,
	struct backup_tenant_restored *out);

#endif
