/* SPDX-License-Identifier: Apache-2.0 */
/* server.c: unpacks, starts and ends a throw-away server. */
#include "backup/server.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "backup/database.h"
#include "backup/dump.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "supervisor/file.h"
#include "supervisor/launch.h"
#include "supervisor/user.h"

#define START_MS 600000
#define PING_MS 500
#define STATEMENT_MS 600000
#define LOG_SAID 400u
#define OPEN_FOLDERS 16

static struct supervisor_user owner; /* nftw takes no argument of ours */

static int
own_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
	(void)stat;
	(void)kind;
	(void)ftw;
	return lchown(path, owner.uid, owner.gid);
}

int
backup_server_own(const char *folder, uid_t uid, gid_t gid)
{
	owner = (struct supervisor_user){.uid = uid, .gid = gid};
	if (nftw(folder, own_one, OPEN_FOLDERS, FTW_PHYS) != 0)
		return bh_error(BH_E_IO, "change the owner of %s: %m", folder);
	return 0;
}

/* Whoever may enter the folder may connect: that is we alone. */
static int
write_access(struct bh_arena *arena, const char *folder)
{
	static const char hba[] = "local all all peer map=backup\n";
	const struct passwd *user = getpwuid(geteuid());
	const char *ident;
	int rc;

	if (user == NULL)
		return bh_error(BH_E_CONFIG, "the user %u has no name, but PostgreSQL needs one",
			(unsigned)geteuid());
	ident = bh_arena_printf(arena, "backup \"%s\" all\n", user->pw_name);
	rc = supervisor_file_write(bh_arena_printf(arena, "%s/hba.conf", folder), hba, strlen(hba),
		0600);
	return rc < 0 ? rc
				  : supervisor_file_write(bh_arena_printf(arena, "%s/ident.conf", folder), ident,
						strlen(ident), 0600);
}

/* As the database's user, whose server refuses root. */
static int
start(struct supervisor_instance *instance, struct backup_server *server, const char *const argv[])
{
	struct bh_arena *arena = &instance->arena;
	static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8",
		"TZ=UTC", NULL};
	BH_AUTO(supervisor_file_close)
	int log = open(bh_arena_printf(arena, "%s/log", server->folder),
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct supervisor_user user;
	struct supervisor_launch launch = {
		.argv = (char *const *)argv,
		.environment = (char *const *)environment,
		.folder = "/",
		.output = log,
		.keep = -1,
		.orphan_signal = SIGINT,
	};
	int rc = 0;

	if (log < 0)
		return bh_error(BH_E_IO, "%s/log: %m", server->folder);
	if (instance->place.as_root) {
		rc = supervisor_user_find("db", &user);
		if (rc == 0)
			rc = backup_server_own(server->folder, user.uid, user.gid);
		launch.user = &user;
	}
	return rc < 0 ? rc : supervisor_launch(&launch, &server->pid);
}

/* A new cluster, for a dump. */
static int
make_cluster(struct supervisor_instance *instance, struct backup_server *server)
{
	struct bh_arena *arena = &instance->arena;
	const char *const argv[] = {bh_arena_printf(arena, "%s/initdb",
									instance->manifest.postgres_bin),
		bh_arena_printf(arena, "--pgdata=%s/data", server->folder), "--username=bulkhead_setup",
		"--auth=peer", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
		"--no-sync", "--no-instructions", NULL};
	int status = -1;
	int rc = start(instance, server, argv);

	if (rc < 0)
		return rc;
	while (waitpid(server->pid, &status, 0) < 0 && errno == EINTR) {
	}
	server->pid = 0;
	return status == 0 ? 0
					   : bh_error(BH_E_IO, "make a server in %s: initdb failed", server->folder);
}

static bool
is_dump(const struct backup_source *source)
{
	return strcmp(source->manifest.database, BACKUP_DUMP) == 0;
}

static int
make_data(struct supervisor_instance *instance, const struct backup_source *source,
	struct backup_server *server)
{
	int rc = is_dump(source) ? make_cluster(instance, server)
							 : backup_database_unpack(instance->manifest.postgres_bin, source,
								   bh_arena_printf(&instance->arena, "%s/data", server->folder));

	return rc == BH_E_IO ? bh_error(BH_E_INVALID, "%s is damaged, or does not fit into %s: %s",
							   backup_source_path(source, source->manifest.database),
							   server->folder, bh_error_detail(rc))
						 : rc;
}

static int
launch(struct supervisor_instance *instance, struct backup_server *server)
{
	struct bh_arena *arena = &instance->arena;
	const char *folder = server->folder;
	const char *const argv[] = {bh_arena_printf(arena, "%s/postgres",
									instance->manifest.postgres_bin),
		"-D", bh_arena_printf(arena, "%s/data", folder),
		"--listen_addresses=", bh_arena_printf(arena, "--unix_socket_directories=%s", folder),
		bh_arena_printf(arena, "--hba_file=%s/hba.conf", folder),
		bh_arena_printf(arena, "--ident_file=%s/ident.conf", folder),
		"--unix_socket_permissions=0700", "--shared_buffers=64MB", "--max_connections=20",
		"--autovacuum=off", "--jit=off", "--huge_pages=off", "--timezone=UTC", "--log_timezone=UTC",
		/* It is thrown away. */
		"--fsync=off", "--logging_collector=off", "--log_destination=stderr", NULL};

	return start(instance, server, argv);
}

/* Why it ended, by its log's last lines. */
static int
refused(struct bh_arena *arena, const struct backup_server *server)
{
	BH_AUTO(bh_buf_close) struct bh_buf log = {0};
	const char *path = bh_arena_printf(arena, "%s/log", server->folder);
	size_t skip;

	if (supervisor_file_read(path, 16 * BH_MIB, &log) < 0)
		return bh_error(BH_E_INVALID, "the database of the backup does not start");
	skip = log.len > LOG_SAID ? log.len - LOG_SAID : 0;
	return bh_error(BH_E_INVALID, "the database of the backup does not start: %s",
		bh_buf_string(&log) + skip);
}

static int
wait_ready(struct bh_arena *arena, struct backup_server *server, struct bh_db_pool *pool)
{
	const struct timespec pause = {.tv_nsec = 50 * 1000000};
	int64_t until_ms = bh_clock_steady_ms() + START_MS;

	while (bh_clock_steady_ms() < until_ms) {
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
			server->pid = 0;
			break;
		}
		if (bh_db_pool_ping(pool) == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return refused(arena, server);
}

static int
open_pool(const char *conninfo, struct bh_db_pool **out)
{
	const struct bh_db_conf conf = {
		.conninfo = conninfo,
		.connections = 2,
		.wait_ms = PING_MS,
		.statement_ms = STATEMENT_MS,
		.application = "bulkhead-backup",
	};

	return bh_db_pool_open(&conf, out);
}

/* Into a new server, which has no database of ours yet. */
static int
fill(struct supervisor_instance *instance, const struct backup_source *source,
	struct backup_server *server)
{
	struct bh_arena *arena = &instance->arena;
	struct bh_db_pool *pool = NULL;
	int rc = open_pool(bh_arena_printf(arena, "host=%s dbname=postgres user=bulkhead_setup",
						   server->folder),
		&pool);

	if (rc < 0)
		return rc;
	rc = wait_ready(arena, server, pool);
	bh_db_pool_close(pool);
	if (rc == 0)
		rc = backup_dump_give(instance, source, server->conninfo, server->folder);
	return rc < 0 ? bh_error(BH_E_INVALID, "%s is not restored: %s",
						backup_source_path(source, source->manifest.database), bh_error_detail(rc))
				  : 0;
}

static int
open_server(struct supervisor_instance *instance, const struct backup_source *source,
	struct backup_server *server)
{
	int rc = make_data(instance, source, server);

	if (rc == 0)
		rc = write_access(&instance->arena, server->folder);
	if (rc == 0)
		rc = launch(instance, server);
	if (rc == 0 && is_dump(source))
		rc = fill(instance, source, server);
	if (rc == 0)
		rc = open_pool(server->conninfo, &server->pool);
	return rc < 0 ? rc : wait_ready(&instance->arena, server, server->pool);
}

int
backup_server_open(struct supervisor_instance *instance, const struct backup_source *source,
	const char *scratch, struct backup_server *out)
{
	struct backup_server server = {0};
	int rc;

	snprintf(server.folder, sizeof(server.folder), "%.64s/bulkhead-backup-XXXXXX", scratch);
	if (mkdtemp(server.folder) == NULL)
		return bh_error(BH_E_IO, "create a folder in %s: %m", scratch);
	server.conninfo = bh_arena_printf(&instance->arena,
		"host=%s dbname=bulkhead user=bulkhead_setup", server.folder);
	rc = open_server(instance, source, &server);
	if (rc < 0)
		backup_server_close(&server);
	else
		*out = server;
	return rc;
}

void
backup_server_close(struct backup_server *server)
{
	int rc = 0;

	if (server->pool != NULL)
		bh_db_pool_close(server->pool);
	if (server->pid > 0 && kill(server->pid, SIGINT) == 0) {
		while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR) {
		}
	}
	if (server->folder[0] != '\0')
		rc = supervisor_file_remove_tree(server->folder);
	if (rc < 0)
		bh_log_failure("remove the throw-away server", rc);
	*server = (struct backup_server){0};
}
