/* SPDX-License-Identifier: Apache-2.0 */
/* server.h: a throw-away PostgreSQL made of a backup, on a socket in a folder of its own. */
#ifndef BH_BACKUP_SERVER_H
#define BH_BACKUP_SERVER_H

#include <sys/types.h>

#include "backup/backup.h"
#include "backup/source.h"

/* Zeroed means none. */
struct backup_server {
	char folder[128];     /* owned: with data, socket and log; "" : none */
	const char *conninfo; /* of the set-up role; in the instance's arena */
	pid_t pid;
	struct bh_db_pool *pool; /* owned; of the set-up role */
};

/* Unpacks the database below `scratch` and starts it; a dump is restored into a new server. BH_E_INVALID: it does not start; the detail is its own. */
BH_MUST_CHECK int backup_server_open(struct supervisor_instance *instance,
	const struct backup_source *source, const char *scratch, struct backup_server *out);
/* Ends it and removes its folder; safe on a zeroed one, and twice. */
void backup_server_close(struct backup_server *server);

/* Gives a folder and all in it to a user. BH_E_IO. */
BH_MUST_CHECK int backup_server_own(const char *folder, uid_t uid, gid_t gid);

#endif
