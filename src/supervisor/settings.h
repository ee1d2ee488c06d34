/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h: every process's settings, checked as a whole before anything starts. */
#ifndef BH_SUPERVISOR_SETTINGS_H
#define BH_SUPERVISOR_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/macros.h"
#include "nginx/conf.h"
#include "service/log_conf.h"
#include "service/platform.h"
#include "supervisor/image_conf.h"

struct bh_service;
struct supervisor_place;

/* [engine]: the managed chat and embedding engines. */
struct supervisor_engine_conf {
	bool enabled;
	const char *chat_model;               /* empty: the one that the setup chose */
	const char *chat_url, *embedding_url; /* of engines that run apart; "": the managed ones */
	int64_t chat_slots;
	int64_t chat_context;
	int64_t embedding_slots;
	int64_t threads;
	bool speech; /* those that hear and speak, where they are installed */
};

/* [postgres]: the embedded one. */
struct supervisor_postgres_conf {
	int64_t shared_buffers_mib;
	int64_t connections;
};

/* [supervisor] */
struct supervisor_own_conf {
	bool quickstart;
	const char *backup_folder;  /* "": the doctor knows of none */
	int64_t service_memory_mib; /* address space of each service; 0: no limit */
};

/* [backup] */
struct supervisor_backup_conf {
	const char *recipient; /* "": backups are not encrypted */
};

struct supervisor_settings {
	struct bh_platform_conf platform;
	struct bh_nginx_conf gateway; /* what the operator sets of it */
	struct supervisor_engine_conf engine;
	struct supervisor_image_conf image;
	struct supervisor_postgres_conf postgres;
	struct supervisor_own_conf own;
	struct supervisor_backup_conf backup;
	struct bh_log_conf log;
};

/* Loads bulkhead.conf and the environment against the tables of all processes. BULKHEAD_LISTEN
 * stands above gateway.listen. `services` ends with NULL. BH_E_CONFIG with line or variable. */
BH_MUST_CHECK int supervisor_settings_load(struct bh_arena *arena,
	const struct supervisor_place *place, const struct bh_service *const *services,
	struct supervisor_settings *out);

/* Prints every effective value, where it came from and what it means; secrets redacted. */
BH_MUST_CHECK int supervisor_settings_print(const struct supervisor_place *place,
	const struct bh_service *const *services, FILE *out);

/* The same as a list, in the arena. */
BH_MUST_CHECK int supervisor_settings_list(struct bh_arena *arena,
	const struct supervisor_place *place, const struct bh_service *const *services,
	struct bh_conf_value **out, size_t *out_n);

/* gateway.public_url, or the address below where it is not set. */
const char *supervisor_settings_public_url(struct bh_arena *arena,
	const struct supervisor_settings *settings);

/* The public address: "http://127.0.0.1:8080" (for an address of all interfaces, the loopback). */
const char *supervisor_settings_url(struct bh_arena *arena,
	const struct supervisor_settings *settings);

#endif
