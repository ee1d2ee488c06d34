/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: decides where state, sockets and programs lie, from three variables and who started us. */
#include "supervisor/place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "sec/digest.h"
#include "service/platform.h"

/* A run folder takes names such as pg/.s.PGSQL.5432.lock besides, and 107 bytes are all there is. */
#define RUN_MAX 60u

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static const char *
absolute(struct bh_arena *arena, const char *path)
{
	char folder[PATH_MAX];
	char *text;
	size_t len;

	if (path[0] == '/')
		text = bh_arena_strdup(arena, path);
	else if (getcwd(folder, sizeof(folder)) != NULL)
		text = bh_arena_printf(arena, "%s/%s", folder, path);
	else
		return NULL;
	len = strlen(text);
	while (len > 1 && text[len - 1] == '/')
		text[--len] = '\0';
	return text;
}

static const char *
parent(struct bh_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return "/";
	return bh_arena_copy(arena, path, (size_t)(slash - path));
}

static bool
exists(struct bh_arena *arena, const char *folder, const char *name)
{
	return access(bh_arena_printf(arena, "%s/%s", folder, name), F_OK) == 0;
}

static int
find_executable(struct bh_arena *arena, struct supervisor_place *place)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len <= 0)
		return bh_error(BH_E_CONFIG, "locate the executable: %m");
	path[len] = '\0';
	/* A build that replaced the file since leaves this mark. */
	if (bh_text_ends(path, " (deleted)"))
		path[len - (ssize_t)strlen(" (deleted)")] = '\0';
	place->executable = bh_arena_strdup(arena, path);
	place->tree = parent(arena, parent(arena, place->executable));
	place->source = BH_SOURCE_ROOT;
	return 0;
}

static const char *
find_programs(struct bh_arena *arena, const struct supervisor_place *place)
{
	if (variable("BULKHEAD_PROGRAMS") != NULL)
		return absolute(arena, variable("BULKHEAD_PROGRAMS"));
	if (exists(arena, place->tree, "manifest.json"))
		return place->tree;
	if (place->as_root)
		return "/opt/bulkhead";
	return bh_arena_printf(arena, "%s/var/opt", place->source);
}

static const char *
find_home(struct bh_arena *arena, const struct supervisor_place *place)
{
	if (variable("BULKHEAD_HOME") != NULL)
		return absolute(arena, variable("BULKHEAD_HOME"));
	if (place->as_root)
		return "/var/lib/bulkhead";
	if (bh_text_ends(place->programs, "/var/opt"))
		return parent(arena, place->programs);
	return bh_arena_printf(arena, "%s/var", place->source);
}

/* A home far down has its sockets elsewhere, in a folder named by the home's hash. */
static const char *
find_run(struct bh_arena *arena, const struct supervisor_place *place)
{
	struct bh_digest hash;
	char hex[65];
	const char *user = bh_arena_printf(arena, "/run/user/%u", (unsigned)getuid());

	if (variable("BULKHEAD_RUN") != NULL)
		return absolute(arena, variable("BULKHEAD_RUN"));
	if (place->as_root && variable("BULKHEAD_HOME") == NULL)
		return "/run/bulkhead";
	if (strlen(place->home) + strlen("/run") < RUN_MAX)
		return bh_arena_printf(arena, "%s/run", place->home);

	bh_digest_sha256(place->home, strlen(place->home), &hash);
	bh_text_hex(hash.bytes, sizeof(hash.bytes), hex);
	hex[12] = '\0';
	if (place->as_root)
		return bh_arena_printf(arena, "/run/bulkhead-%s", hex);
	if (access(user, W_OK) == 0)
		return bh_arena_printf(arena, "%s/bulkhead-%s", user, hex);
	return bh_arena_printf(arena, "/tmp/bulkhead-%u-%s", (unsigned)getuid(), hex);
}

int
supervisor_place_find(struct bh_arena *arena, struct supervisor_place *out)
{
	struct supervisor_place place = {.as_root = geteuid() == 0};
	int rc = find_executable(arena, &place);

	if (rc < 0)
		return rc;
	place.programs = find_programs(arena, &place);
	place.home = place.programs == NULL ? NULL : find_home(arena, &place);
	place.run = place.home == NULL ? NULL : find_run(arena, &place);
	if (place.run == NULL)
		return bh_error(BH_E_CONFIG, "cannot read the working folder: %m");
	if (strlen(place.run) >= RUN_MAX)
		return bh_error(BH_E_CONFIG, "BULKHEAD_RUN is too long for socket paths: %s", place.run);
	place.logs = bh_arena_printf(arena, "%s/logs", place.home);
	place.conf = bh_arena_printf(arena, "%s/bulkhead.conf", place.home);
	place.control = bh_arena_printf(arena, "%s/control.sock", place.run);
	*out = place;
	return 0;
}

const char *
supervisor_place_share(struct bh_arena *arena, const struct supervisor_place *place,
	const char *name)
{
	const char *const candidates[] = {
		bh_arena_printf(arena, "%s/share/%s", place->tree, name),
		bh_arena_printf(arena, "%s/%s", place->source, name),
		bh_arena_printf(arena, "%s/scripts/%s", place->source, name),
	};

	for (size_t i = 0; i < BH_COUNT(candidates); i++) {
		if (access(candidates[i], R_OK) == 0)
			return candidates[i];
	}
	return NULL;
}

const char *
supervisor_place_socket(struct bh_arena *arena, const struct supervisor_place *place,
	const char *name)
{
	return bh_arena_printf(arena, BH_SOCKET, place->run, name);
}
