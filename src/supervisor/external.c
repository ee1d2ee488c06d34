/* SPDX-License-Identifier: Apache-2.0 */
/* external.c: the addresses of an operator's database: checked, described, tried. */
#include "supervisor/external.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/address.h"
#include "service/platform.h"
#include "service/service.h"

#define WAIT_PAUSE_MS 500
#define WAIT_WITHIN_MS 540000 /* the step itself may take ten minutes */

bool
supervisor_external_is_used(const struct bh_platform_conf *conf)
{
	return conf->database_url[0] != '\0';
}

const char *
supervisor_external_setup(struct bh_arena *arena, const struct bh_platform_conf *conf)
{
	struct bh_platform_conf setup = *conf;

	if (conf->database_setup_url[0] != '\0')
		setup.database_url = conf->database_setup_url;
	return bh_platform_conninfo(&setup, arena, "setup");
}

/* A password in a file that others read is none. As root the start sets the file's rights itself, and a
 * service's user reads it as one of a group. */
static int
check_rights(struct bh_arena *arena, const struct bh_platform_conf *conf, const char *path)
{
	const char *password = "";
	const char *setup_password = "";
	const char *replica_password = "";
	struct stat stat_of;
	int rc = 0;

	if (getenv("BULKHEAD_DATABASE_URL") == NULL)
		rc = bh_address_word(arena, conf->database_url, "password", &password);
	if (rc == 0 && getenv("BULKHEAD_DATABASE_SETUP_URL") == NULL)
		rc = bh_address_word(arena, conf->database_setup_url, "password", &setup_password);
	if (rc == 0 && conf->database_replica_url != NULL &&
		getenv("BULKHEAD_DATABASE_REPLICA_URL") == NULL)
		rc = bh_address_word(arena, conf->database_replica_url, "password", &replica_password);
	if (rc < 0 || geteuid() == 0 ||
		(password[0] == '\0' && setup_password[0] == '\0' && replica_password[0] == '\0'))
		return rc;
	if (stat(path, &stat_of) == 0 && stat_of.st_uid == geteuid() && (stat_of.st_mode & 077) != 0)
		return bh_error(BH_E_CONFIG,
			"%s contains a database password but can be read by others; run: chmod 600 %s", path,
			path);
	return 0;
}

static int
check_of_service(struct bh_arena *arena, const char *setting, const char *conninfo,
	const char *service)
{
	const char *wanted = bh_arena_printf(arena, "bulkhead_%s", service);
	const char *user = "";
	const char *database = "";
	int rc = bh_address_word(arena, conninfo, "user", &user);

	if (rc == 0)
		rc = bh_address_word(arena, conninfo, "dbname", &database);
	if (rc == 0 && strcmp(user, wanted) != 0)
		rc = bh_error(BH_E_CONFIG,
			"%s must use the user bulkhead_{service}, such as "
			"postgresql://bulkhead_{service}@host/database, because each service has its own role",
			setting);
	if (rc == 0 && database[0] == '\0')
		rc = bh_error(BH_E_CONFIG, "%s does not name a database", setting);
	return rc;
}

int
supervisor_external_check(struct bh_arena *arena, const struct bh_platform_conf *conf,
	const char *conf_path, const struct bh_service *const *services)
{
	const char *replica = conf->database_replica_url;
	int rc = 0;

	if (conf->database_engine != NULL && strcmp(conf->database_engine, "postgresql") != 0 &&
		!bh_platform_is_citus(conf))
		return bh_error(BH_E_CONFIG, "database.engine must be postgresql or citus");
	if (conf->database_url[0] == '\0' && bh_platform_is_citus(conf))
		return bh_error(BH_E_CONFIG, "database.engine is citus, but database.url is not set");
	if (conf->database_url[0] == '\0' && conf->database_setup_url[0] != '\0')
		return bh_error(BH_E_CONFIG, "database.setup_url is set, but database.url is not");
	if (conf->database_url[0] == '\0' && replica != NULL && replica[0] != '\0')
		return bh_error(BH_E_CONFIG, "database.replica_url is set, but database.url is not");
	if (conf->database_url[0] == '\0')
		return 0;
	for (; rc == 0 && *services != NULL; services++) {
		const char *name = (*services)->name;
		const char *copy = bh_platform_replica(conf, arena, name);

		rc = check_of_service(arena, "database.url", bh_platform_conninfo(conf, arena, name), name);
		if (rc == 0 && copy != NULL)
			rc = check_of_service(arena, "database.replica_url", copy, name);
	}
	if (rc == 0 && conf->database_setup_url[0] != '\0') {
		const char *user = "";

		rc = bh_address_word(arena, supervisor_external_setup(arena, conf), "user", &user);
		if (rc == 0 && user[0] == '\0')
			rc = bh_error(BH_E_CONFIG, "database.setup_url does not name a user");
	}
	return rc < 0 ? rc : check_rights(arena, conf, conf_path);
}

const char *
supervisor_external_name(struct bh_arena *arena, const struct bh_platform_conf *conf)
{
	const char *text = "";

	/* It was checked when the settings were loaded. */
	if (bh_address_describe(arena, conf->database_url, &text) < 0)
		return "";
	return text;
}

int
supervisor_external_try(const struct bh_platform_conf *conf)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};

	return bh_address_try(supervisor_external_setup(&arena, conf));
}

void
supervisor_external_announce(const struct bh_platform_conf *conf, FILE *out)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	int rc;

	if (!supervisor_external_is_used(conf) || out == NULL)
		return;
	fprintf(out, "external database: %s\n", supervisor_external_name(&arena, conf));
	rc = supervisor_external_try(conf);
	if (rc < 0)
		fprintf(out, "waiting for the database: %s\n", bh_error_detail(rc));
	fflush(out);
}

int
supervisor_external_wait(const struct bh_platform_conf *conf, FILE *out)
{
	static const struct timespec pause = {.tv_nsec = WAIT_PAUSE_MS * 1000000L};
	int64_t until_ms = bh_clock_steady_ms() + WAIT_WITHIN_MS;
	char told[512] = "";
	int rc;

	while (
		(rc = supervisor_external_try(conf)) == BH_E_DB_DOWN && bh_clock_steady_ms() < until_ms) {
		if (strcmp(told, bh_error_detail(rc)) != 0) {
			snprintf(told, sizeof(told), "%s", bh_error_detail(rc));
			fprintf(out, "waiting for the database: %s\n", told);
			fflush(out);
		}
		nanosleep(&pause, NULL);
	}
	return rc;
}
