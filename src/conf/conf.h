/* SPDX-License-Identifier: Apache-2.0 */
/* conf.h: settings as a documented table; read from one file and the environment, once, at start. */
#ifndef BH_CONF_CONF_H
#define BH_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/macros.h"

enum bh_setting_type { BH_SETTING_INT, BH_SETTING_BOOL, BH_SETTING_TEXT, BH_SETTING_SECRET };

/* One row: `section.name` in the file is BULKHEAD_SECTION_NAME in the environment. */
struct bh_setting {
	const char *name; /* "access_ttl_s", without the section */
	enum bh_setting_type type;
	const char *preset;  /* the default, as text */
	int64_t least, most; /* BH_SETTING_INT only; its unit ends the name */
	size_t offset;       /* of the field: int64_t, bool or const char * */
	const char *help;    /* one sentence */
};

#define BH_INT(name, preset, least, most, type, field, help) \
	{ \
		name, BH_SETTING_INT, preset, least, most, offsetof(type, field), help \
	}
#define BH_BOOL(name, preset, type, field, help) \
	{ \
		name, BH_SETTING_BOOL, preset, 0, 0, offsetof(type, field), help \
	}
#define BH_TEXT(name, preset, type, field, help) \
	{ \
		name, BH_SETTING_TEXT, preset, 0, 0, offsetof(type, field), help \
	}
#define BH_SECRET(name, preset, type, field, help) \
	{ \
		name, BH_SETTING_SECRET, preset, 0, 0, offsetof(type, field), help \
	}

/* A section of the file and the struct it fills. */
struct bh_section {
	const char *name; /* "gateway" */
	const struct bh_setting *settings;
	size_t n_settings;
	void *target; /* borrowed: the struct the offsets are of */
};

/* Where an effective value came from. */
enum bh_setting_source { BH_FROM_DEFAULT, BH_FROM_FILE, BH_FROM_ENVIRONMENT };

/* Fills every section's target: default, then `path` (may be NULL or absent), then environ.
 * Text values live in the arena. Syntax of the file: `[section]`, `name = value`, `#` comments.
 * An unknown section, name or BULKHEAD_… variable, a wrong value or a name set twice fails with
 * BH_E_CONFIG and a detail that names file, line (or variable) and what was expected.
 * Also known, because they configure where a process runs and not how it behaves:
 *     BULKHEAD_HOME        the state folder
 *     BULKHEAD_INSTANCE    the machine's name, where its own says nothing (a container)
 *     BULKHEAD_LISTEN      the public address; overrides gateway.listen
 *     BULKHEAD_PROGRAMS    the folder of PostgreSQL, engines and models
 *     BULKHEAD_PUBLIC_URL  gateway.public_url, for services (the supervisor sets it)
 *     BULKHEAD_RUN         the folder of the sockets (the supervisor sets it for its children)
 *     BULKHEAD_SECRETS_DIR, BULKHEAD_SECRETS_FD  see service/secrets.h */
BH_MUST_CHECK int bh_conf_load(struct bh_arena *arena, const struct bh_section *sections,
	size_t n_sections, const char *path, char *const *environ_list);

/* As bh_conf_load for a process that knows only its own tables: sections and variables of other
 * processes are ignored. The process that starts it has checked everything (`bulkhead up` and `bulkhead
 * serve` do). */
BH_MUST_CHECK int bh_conf_load_own(struct bh_arena *arena, const struct bh_section *sections,
	size_t n_sections, const char *path, char *const *environ_list);

/* An effective value as people may see it. In the arena. */
struct bh_conf_value {
	const char *section;
	const struct bh_setting *setting;
	const char *shown; /* of a secret "(set)" or "(not set)" */
	const char *where; /* "default", a line of the file, a variable */
};

/* Each effective value and where it came from. Reads the same inputs again. */
BH_MUST_CHECK int bh_conf_list(struct bh_arena *arena, const struct bh_section *sections,
	size_t n_sections, const char *path, char *const *environ_list, struct bh_conf_value **out,
	size_t *out_n);

/* Prints each effective value, where it came from and its help; secrets as "(set)" or "(not set)".
 * For `bulkhead doctor`. Reads the same inputs again. */
BH_MUST_CHECK int bh_conf_print(const struct bh_section *sections, size_t n_sections,
	const char *path, char *const *environ_list, FILE *out);

#endif
