/* SPDX-License-Identifier: Apache-2.0 */
/* finding.h: what is usually wrong with an installation, judged from facts about the machine, and how it is mended. No
 * file is opened here: doctor_machine.c and doctor_database.c gather the facts. */
#ifndef BH_CLI_FINDING_H
#define BH_CLI_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

enum cli_mark { CLI_GOOD, CLI_ADVICE, CLI_BAD };

struct cli_finding {
	enum cli_mark mark;
	const char *what;
	char text[512];
	char fix[512]; /* "": nothing is to be done */
};

enum { CLI_FILES_MOST = 16, CLI_CERTIFICATES_MOST = 16 };

/* A certificate that a setting names. */
struct cli_certificate {
	const char *setting, *path, *fault; /* fault NULL: it was read */
	int64_t end_ms;
	bool is_ours, names_host; /* is_ours: it is shown to clients, and is for a host */
};

/* Facts; what is not known is said so by its own member. */
struct cli_machine {
	int64_t now_ms;
	/* the disk of the state folder */
	const char *disk_folder; /* NULL: not known */
	int64_t disk_bytes, disk_free_bytes, inodes, inodes_free;
	/* the way in */
	const char *listen, *public_url; /* public_url "": not set */
	bool has_ipv4, has_ipv6;         /* addresses besides the loopback */
	bool signup_open;                /* strangers may sign up */
	struct cli_certificate certificates[CLI_CERTIFICATES_MOST];
	size_t n_certificates;
	/* mail */
	bool has_mail;
	/* engines */
	bool has_engine;
	int64_t memory_bytes, models_bytes;
	const char *unchecked[2]; /* names of models without a checksum */
	/* limits of the process */
	int64_t files_max, connections;
	/* secrets that others can read */
	const char *exposed[CLI_FILES_MOST];
	size_t n_exposed;
	/* backups: the folder of the settings; "": none is set */
	const char *backup_folder;
	int64_t backup_ms;    /* when the newest was made; 0: there is none */
	bool backup_is_plain; /* it is one of ours, and not encrypted */
	/* Valkey: "": none is set; fault NULL: it answers */
	const char *valkey_url, *valkey_fault;
	/* time zones: what TZ says, "" for nothing */
	const char *zone;
	bool zone_known, has_zones;
	size_t leftovers; /* processes of a supervisor that is gone */
	/* the database; `database_known` false: it was not asked */
	bool database_known;
	const char *database_fault; /* why it could not be asked; NULL: it was */
	int64_t database_version;   /* as server_version_num */
	bool has_vector, vector_available;
	int64_t connections_max, connections_needed;
	int64_t clock_ahead_ms, pending;
};

/* One thing that is looked at. False: there is nothing to say of it. */
typedef bool cli_finder(const struct cli_machine *machine, struct cli_finding *out);

extern cli_finder *const cli_finders[];
extern const size_t cli_n_finders;

cli_finder cli_find_disk, cli_find_clock, cli_find_https, cli_find_certificates, cli_find_mail,
	cli_find_memory, cli_find_files, cli_find_version, cli_find_vector, cli_find_connections,
	cli_find_pending, cli_find_secrets, cli_find_backup, cli_find_valkey, cli_find_zone,
	cli_find_addresses, cli_find_leftovers, cli_find_models, cli_find_signup;

#endif
