/* SPDX-License-Identifier: Apache-2.0 */
/* database.c: initdb, peer authentication, migrations. */
#include "supervisor/database.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "db/address.h"
#include "db/distribute.h"
#include "db/migrate.h"
#include "db/roles.h"
#include "supervisor/external.h"
#include "supervisor/file.h"
#include "supervisor/instance.h"
#include "supervisor/launch.h"

#define SETUP_ROLE "bulkhead_setup"

/* The builtin locale: collation does not change with the system's libraries. */
static int
make_cluster(struct supervisor_instance *instance, const char *folder)
{
	struct bh_arena *arena = &instance->arena;
	const char *const argv[] = {
		bh_arena_printf(arena, "%s/initdb", instance->manifest.postgres_bin),
		bh_arena_printf(arena, "--pgdata=%s", folder),
		"--username=" SETUP_ROLE,
		"--auth=peer",
		"--encoding=UTF8",
		"--locale-provider=builtin",
		"--builtin-locale=C.UTF-8",
		"--no-instructions",
		NULL,
	};

	return supervisor_launch_tool(argv, environ);
}

static int
write_access(struct bh_arena *arena, const char *folder, const char *ident)
{
	static const char access_text[] = "# Written at every start. Only the users of this platform "
									  "may connect, each with its own role.\n"
									  "local all all peer map=bulkhead\n"
									  "local replication bulkhead_setup peer map=bulkhead\n";
	const char *hba = bh_arena_printf(arena, "%s/pg_hba.conf", folder);
	const char *map = bh_arena_printf(arena, "%s/pg_ident.conf", folder);
	int rc = supervisor_file_write(hba, access_text, strlen(access_text), 0600);

	return rc < 0 ? rc : supervisor_file_write(map, ident, strlen(ident), 0600);
}

/* Which system user may connect as which role. One ordinary user is all of them. */
static int
write_ident(struct supervisor_instance *instance, const char *folder)
{
	struct bh_arena *arena = &instance->arena;
	BH_AUTO(bh_buf_close) struct bh_buf ident = {0};
	bool own_users = getuid() != 0 && getpwnam("bulkhead-db") != NULL &&
		getpwnam("bulkhead-db")->pw_uid == getuid();
	const struct passwd *user = getpwuid(getuid());

	bh_buf_text(&ident, "# Written at every start.\n");
	if (user == NULL)
		return bh_error(BH_E_CONFIG, "the user %u has no name, but PostgreSQL needs one",
			(unsigned)getuid());
	if (own_users) {
		bh_buf_text(&ident, "bulkhead root all\n");
		for (size_t i = 0; i < instance->n_services; i++)
			bh_buf_printf(&ident, "bulkhead bulkhead-%s bulkhead_%s\n", instance->services[i]->name,
				instance->services[i]->name);
	} else {
		bh_buf_printf(&ident, "bulkhead \"%s\" all\n", user->pw_name);
	}
	return write_access(arena, folder, bh_buf_string(&ident));
}

int
supervisor_database_setup(struct supervisor_instance *instance)
{
	struct bh_arena *arena = &instance->arena;
	const char *folder = bh_arena_printf(arena, "%s/db/data", instance->place.home);
	const char *part = bh_arena_printf(arena, "%s/db/data.part", instance->place.home);
	int rc = supervisor_manifest_read(arena, instance->place.programs, instance->place.home,
		instance->settings.engine.chat_model, &instance->manifest);

	if (rc < 0)
		return rc;
	if (access(bh_arena_printf(arena, "%s/PG_VERSION", folder), F_OK) < 0) {
		rc = supervisor_file_remove_tree(part);
		if (rc == 0)
			rc = make_cluster(instance, part);
		if (rc == 0 && rename(part, folder) < 0)
			rc = bh_error(BH_E_IO, "move the cluster into place: %m");
	}
	return rc < 0 ? rc : write_ident(instance, folder);
}

/* ---- the schema ---- */

/* The embedded server knows its users by their system users; there is no password to hand over. */
static size_t
collect_services(struct supervisor_instance *instance, struct bh_migrate_service *out)
{
	struct bh_arena *arena = &instance->arena;
	size_t n = 0;

	for (; n < instance->n_services; n++) {
		const char *name = instance->services[n]->name;

		out[n].role = bh_arena_printf(arena, "bulkhead_%s", name);
		out[n].conninfo = bh_platform_conninfo(&instance->settings.platform, arena, name);
	}
	return n;
}

static int
migrate(struct supervisor_instance *instance, struct bh_migrate_conf *conf, FILE *out)
{
	struct bh_migrate_service services[BH_SERVICES_MAX];
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	conf->directory = supervisor_place_share(&instance->arena, &instance->place, "db");
	conf->services = services;
	conf->n_services = collect_services(instance, services);
	if (conf->directory == NULL)
		return bh_error(BH_E_CONFIG,
			"the migrations (share/db) were not found next to the executable");
	bh_services_write(instance->services, &text);
	conf->services_json = bh_buf_string(&text);
	return bh_migrate(conf, out);
}

int
supervisor_database_migrate(struct supervisor_instance *instance, bool print_roles, FILE *out)
{
	struct bh_migrate_conf conf = {
		.conninfo = supervisor_external_setup(&instance->arena, &instance->settings.platform),
		.print_roles = print_roles,
		.citus = bh_platform_is_citus(&instance->settings.platform),
		.checkpoint = !supervisor_external_is_used(&instance->settings.platform),
	};

	return migrate(instance, &conf, out);
}

int
supervisor_database_prepare(struct supervisor_instance *instance, const char *conninfo)
{
	struct bh_migrate_conf conf = {.conninfo = conninfo, .prepare = true};
	FILE *nowhere = fopen("/dev/null", "we");
	int rc;

	if (nowhere == NULL)
		return bh_error(BH_E_IO, "open /dev/null: %m");
	rc = migrate(instance, &conf, nowhere);
	fclose(nowhere);
	return rc;
}

int
supervisor_database_distribute(struct supervisor_instance *instance, bool check, FILE *out)
{
	return bh_distribute(supervisor_external_setup(&instance->arena, &instance->settings.platform),
		check, out);
}

/* Peer authentication goes by the system user, and as root we are not the service's. */
static bool
can_stand_in(struct bh_arena *arena, const struct supervisor_instance *instance)
{
	const char *host = "";

	if (!instance->place.as_root)
		return true;
	return bh_address_word(arena, instance->settings.platform.database_url, "host", &host) == 0 &&
		host[0] != '\0' && host[0] != '/';
}

int
supervisor_database_step(struct supervisor_instance *instance, FILE *out)
{
	struct bh_migrate_service services[BH_SERVICES_MAX];
	size_t n = collect_services(instance, services);
	bool external = supervisor_external_is_used(&instance->settings.platform);
	int rc = external ? supervisor_external_wait(&instance->settings.platform, out) : 0;

	if (rc == 0)
		rc = supervisor_database_migrate(instance, false, out);
	if (rc == 0 && external && can_stand_in(&instance->arena, instance))
		rc = bh_roles_sign_in(services, n);
	if (rc == 0 && bh_platform_is_citus(&instance->settings.platform))
		rc = bh_roles_owner_is_shut_out(
			bh_platform_conninfo(&instance->settings.platform, &instance->arena, "owner"));
	return rc;
}
