/* SPDX-License-Identifier: Apache-2.0 */
/* tenant.c: one tenant of a backup into the platform that it was made of. */
#include <stdio.h>
#include <string.h>

#include "backup/backup.h"
#include "backup/objects.h"
#include "backup/rows.h"
#include "backup/server.h"
#include "backup/source.h"
#include "base/error.h"
#include "db/transplant.h"
#include "object/object.h"
#include "service/audit.h"
#include "supervisor/external.h"
#include "supervisor/file.h"

#define AUDIT_SERVICE "auth" /* whose file is read into the database */

struct restoring {
	struct supervisor_instance *instance;
	const struct backup_tenant_conf *conf;
	backup_prove_fn *prove;
	struct backup_source source;   /* owned */
	struct backup_server server;   /* owned */
	struct bh_object_store *store; /* owned */
	struct backup_keeper keeper;
	struct backup_tenant_restored done;
};

static void
restoring_close(struct restoring *restoring)
{
	bh_object_store_close(restoring->store);
	backup_server_close(&restoring->server);
	backup_source_close(&restoring->source);
}

/* What is sealed with another key could not be read here, nor would the tenant's other ids mean the same. */
static int
check_platform(const struct restoring *restoring)
{
	BH_AUTO(bh_buf_close) struct bh_buf theirs = {0};
	BH_AUTO(bh_buf_close) struct bh_buf ours = {0};
	const struct supervisor_instance *instance = restoring->instance;
	char path[4096];
	int rc = backup_source_read(&restoring->source, "master.key", sizeof(struct bh_secret),
		&theirs);

	snprintf(path, sizeof(path), "%s/master.key", instance->place.home);
	if (rc == 0)
		rc = supervisor_file_read(path, sizeof(struct bh_secret), &ours);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(BH_E_CONFIG, "there is no platform in %s", instance->place.home);
	if (rc == 0 && (ours.len != theirs.len || !bh_bytes_equal(ours.data, theirs.data, ours.len)))
		rc = bh_error(BH_E_INVALID,
			"%s is of another platform, with another master key: restore it whole, elsewhere",
			restoring->source.folder);
	if (theirs.data != NULL)
		bh_wipe(theirs.data, theirs.len);
	if (ours.data != NULL)
		bh_wipe(ours.data, ours.len);
	return rc;
}

static int
open_all(struct restoring *restoring)
{
	struct supervisor_instance *instance = restoring->instance;
	const struct backup_tenant_conf *conf = restoring->conf;
	int rc = supervisor_manifest_postgres(&instance->arena, instance->place.programs,
		&instance->manifest);

	if (rc == 0)
		rc = backup_source_open(&instance->arena, conf->backup, conf->identity,
			instance->place.home, &restoring->source);
	if (rc == 0 && !backup_source_can_open(&restoring->source))
		rc = bh_error(BH_E_INVALID, "%s is encrypted: --identity FILE opens it", conf->backup);
	if (rc == 0)
		rc = check_platform(restoring);
	if (rc == 0)
		rc = backup_source_check(&restoring->source, restoring->source.manifest.database);
	if (rc == 0)
		rc = backup_objects_keeper(instance, &restoring->keeper);
	if (rc == 0)
		rc = backup_objects_open(instance, &restoring->store);
	return rc < 0
		? rc
		: backup_server_open(instance, &restoring->source, conf->scratch, &restoring->server);
}

/* ---- before anybody sees it ---- */

/* On the throw-away server, whose rows are by now the same: proving also posts what was used until then. */
static int
prove_books(void *ctx)
{
	struct restoring *restoring = ctx;
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {
		.pool = restoring->server.pool,
		.arena = &arena,
		.context = restoring->done.tenant,
	};
	int64_t wrong = 0;
	int rc = restoring->prove(&db, &restoring->done.tenant, restoring->source.manifest.currency,
		&wrong);

	if (rc == 0 && wrong > 0)
		rc = bh_error(BH_E_INVALID, "%lld sums of the tenant's books differ in the backup",
			(long long)wrong);
	return rc;
}

/* Destroyed keys are not for us to bring back: then there is nothing to be restored. */
static int
give_keys(struct restoring *restoring)
{
	const struct backup_source *source = &restoring->source;
	const struct backup_keys keys = backup_keys_of(source->arena, source->folder, &source->crypt,
		source->manifest.recipient);
	struct backup_tenant_keys found = {0};
	int rc;

	if (!backup_source_seals(source))
		return 0;
	rc = backup_keys_load(&keys, &restoring->done.tenant, &found);
	if (rc == BH_E_NOT_FOUND)
		rc = 0;
	if (rc == 0 && found.n == 0 && found.destroyed)
		rc = bh_error(BH_E_STATE,
			"the keys of this tenant were destroyed with it: its files cannot be restored");
	return rc < 0 ? rc : backup_objects_give_keys(restoring->store, &restoring->keeper, &found);
}

static int
give_objects(void *ctx)
{
	struct restoring *restoring = ctx;
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(backup_rows_close)
	struct backup_rows rows = {
		.db = {.pool = restoring->server.pool, .arena = &arena, .context = bh_platform_tenant},
		.tenants = &restoring->done.tenant,
		.n_tenants = 1,
	};
	struct backup_object object;
	int rc = give_keys(restoring);

	while (rc == 0) {
		bool given = false;

		rc = backup_rows_next(&rows, &object);
		if (rc == BH_E_NOT_FOUND)
			return 0;
		if (rc == 0)
			rc = backup_objects_give_missing(restoring->store, &restoring->keeper,
				&restoring->source, &object, &given);
		restoring->done.objects += rc == 0;
		restoring->done.object_bytes += rc == 0 ? object.bytes : 0;
		restoring->done.objects_given += given;
	}
	return rc;
}

/* ---- the audit log ---- */

static int
note(const struct restoring *restoring, struct bh_audit *audit)
{
	BH_AUTO(bh_buf_close) struct bh_buf line = {0};
	const struct backup_tenant_restored *done = &restoring->done;

	bh_audit_begin(audit, &line, "tenant.restore", &bh_platform_tenant, NULL);
	bh_audit_text(&line, "subject", "supervisor");
	bh_audit_uuid(&line, "target_tenant_id", &done->tenant);
	bh_audit_int(&line, "backup_made_at", done->created_ms / 1000);
	bh_audit_text(&line, "replaced", restoring->conf->replace ? "yes" : "no");
	bh_audit_int(&line, "rows", done->rows);
	bh_audit_int(&line, "objects", done->objects);
	bh_audit_end(audit, &line, false);
	return audit->lost > 0 ? bh_error(BH_E_IO, "the audit line could not be written") : 0;
}

static int
restore(struct restoring *restoring, struct bh_audit *audit, struct bh_buf *out_list)
{
	struct supervisor_instance *instance = restoring->instance;
	BH_AUTO(bh_buf_close) struct bh_buf name = {0};
	struct bh_transplant_conf conf = {
		.from = restoring->server.conninfo,
		.to = supervisor_external_setup(&instance->arena, &instance->settings.platform),
		.replace = restoring->conf->replace,
		.before_rows = give_objects,
		.before_commit = prove_books,
		.ctx = restoring,
	};
	struct bh_transplanted moved;
	int rc = bh_transplant_find(conf.from, restoring->conf->tenant, &conf.tenant, &name);

	if (rc < 0)
		return rc;
	restoring->done.tenant = conf.tenant;
	restoring->done.name = bh_arena_strdup(&instance->arena, bh_buf_string(&name));
	restoring->done.created_ms = restoring->source.manifest.created_ms;
	rc = bh_transplant(&conf, out_list, &moved);
	if (rc < 0)
		return rc;
	restoring->done.tables = moved.tables;
	restoring->done.rows = moved.rows;
	restoring->done.audit_kept = moved.audit_kept;
	return note(restoring, audit);
}

int
backup_restore_tenant(struct supervisor_instance *instance, const struct backup_tenant_conf *conf,
	backup_prove_fn *prove, struct bh_buf *out_list, struct backup_tenant_restored *out)
{
	BH_AUTO(restoring_close)
	struct restoring restoring = {.instance = instance, .conf = conf, .prove = prove};
	struct bh_audit audit;
	int rc = bh_audit_open(&audit, instance->place.logs, AUDIT_SERVICE);

	if (rc < 0)
		return rc;
	rc = open_all(&restoring);
	if (rc == 0)
		rc = restore(&restoring, &audit, out_list);
	bh_audit_close(&audit);
	if (rc == 0)
		*out = restoring.done;
	return rc;
}
