/* SPDX-License-Identifier: Apache-2.0 */
/* objects.h: objects on their way from the store into a backup, and back. */
#ifndef BH_BACKUP_OBJECTS_H
#define BH_BACKUP_OBJECTS_H

#include "backup/crypt.h"
#include "backup/keys.h"
#include "backup/rows.h"
#include "backup/source.h"
#include "backup/sums.h"
#include "supervisor/instance.h"
#include "supervisor/launch.h"

struct bh_object_store;

/* Opens the store that the settings name, as its keeper. */
BH_MUST_CHECK int backup_objects_open(struct supervisor_instance *instance,
	struct bh_object_store **out);

/* The service that keeps them. */
const char *backup_objects_service(const struct supervisor_instance *instance);

/* Who keeps objects, if root started us: what root made in a store, the service could not remove. */
struct backup_keeper {
	bool is_other; /* than we */
	struct supervisor_user user;
};
BH_MUST_CHECK int backup_objects_keeper(const struct supervisor_instance *instance,
	struct backup_keeper *out);

struct backup_objects {
	struct bh_object_store *store; /* borrowed */
	struct backup_keeper keeper;
	const char *backup, *before;       /* folders; `before` NULL: there is none to link from */
	const struct backup_sums *earlier; /* borrowed: its files */
	const struct backup_crypt *crypt;  /* borrowed */
	struct bh_buf *sums, *plain;       /* borrowed: get a line for each */
	int64_t n, bytes, copied, linked;
	int64_t gone;    /* removed before they were copied, because no row named them any more */
	int64_t damaged; /* not what the database says; left out */
};

/* Puts one object into the backup, sealed under a key of its tenant, unless it is there. */
BH_MUST_CHECK int backup_objects_take(struct backup_objects *objects,
	const struct backup_object *object);

/* The tenant and the object of a path of a backup. BH_E_INVALID. */
BH_MUST_CHECK int backup_objects_name(const char *path, struct bh_uuid *out_tenant,
	struct bh_uuid *out_id);

/* Puts a tenant's keys into the store, as the keeper. */
BH_MUST_CHECK int backup_objects_give_keys(struct bh_object_store *store,
	const struct backup_keeper *keeper, const struct backup_tenant_keys *keys);

/* Publishes one object of a backup, as the keeper, under its own name; checks its hash. Its tenant's keys must be there
 * before, unless the backup is of format 2 or less. BH_E_INVALID. */
BH_MUST_CHECK int backup_objects_give(struct bh_object_store *store,
	const struct backup_keeper *keeper, const struct backup_source *source, const char *name,
	int64_t *out_bytes);

/* The same, unless the store has it; *out_given tells. */
BH_MUST_CHECK int backup_objects_give_missing(struct bh_object_store *store,
	const struct backup_keeper *keeper, const struct backup_source *source,
	const struct backup_object *object, bool *out_given);

#endif
