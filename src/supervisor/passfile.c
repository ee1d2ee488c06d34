/* SPDX-License-Identifier: Apache-2.0 */
/* passfile.c: libpq reads a password file only if its user owns the right to it, so each gets one. */
#include "supervisor/passfile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "sec/digest.h"
#include "supervisor/file.h"
#include "supervisor/place.h"
#include "supervisor/user.h"

#define FILE_BYTES_MAX (64u * BH_KIB)
#define ROLE_FIELD 3

/* The start of a line's n-th field (host:port:database:user:password, with backslashes), or NULL. */
static const char *
field(const char *line, const char *end, int n)
{
	for (; n > 0 && line < end; line++) {
		if (*line == '\\')
			line++;
		else if (*line == ':')
			n--;
	}
	return n == 0 && line <= end ? line : NULL;
}

static bool
is_for(const char *line, const char *end, const char *role)
{
	const char *own = field(line, end, ROLE_FIELD);
	size_t len = strlen(role);

	if (own == NULL || *line == '#')
		return false;
	if (end - own >= 2 && own[0] == '*' && own[1] == ':')
		return true;
	return (size_t)(end - own) > len && memcmp(own, role, len) == 0 && own[len] == ':';
}

void
supervisor_passfile_select(const char *text, const char *role, struct bh_buf *out)
{
	while (*text != '\0') {
		const char *end = text + strcspn(text, "\n");

		if (is_for(text, end, role)) {
			bh_buf_add(out, text, (size_t)(end - text));
			bh_buf_char(out, '\n');
		}
		text = *end == '\0' ? end : end + 1;
	}
}

static int
check_rights(const char *path)
{
	struct stat stat_of;

	if (stat(path, &stat_of) < 0)
		return bh_error(BH_E_CONFIG, "PGPASSFILE names %s: %m", path);
	if (!S_ISREG(stat_of.st_mode) || (stat_of.st_mode & 077) != 0)
		return bh_error(BH_E_CONFIG,
			"PGPASSFILE names %s, which must be a file that others cannot read; run: chmod 600 %s",
			path, path);
	return 0;
}

/* For the service's user, or (NULL) for ours. */
static int
write_own(const char *path, const struct bh_buf *text, const char *service)
{
	struct supervisor_user user;
	int rc = service != NULL ? supervisor_user_find(service, &user) : 0;

	if (rc == 0)
		rc = supervisor_file_write(path, text->data, text->len, 0600);
	if (rc == 0 && service != NULL && chown(path, user.uid, user.gid) < 0)
		rc = bh_error(BH_E_IO, "change the owner of %s: %m", path);
	return rc;
}

/* A role's lines, or (NULL) all. */
static int
copy(const char *from, const char *path, const char *role, const char *service)
{
	struct bh_buf whole = {0};
	struct bh_buf own = {0};
	int rc;

	/* Room beforehand, so that no grown-out copy stays behind on the heap. */
	bh_buf_room(&whole, FILE_BYTES_MAX + 32 * BH_KIB);
	bh_buf_room(&own, FILE_BYTES_MAX + 32 * BH_KIB);
	rc = supervisor_file_read(from, FILE_BYTES_MAX, &whole);
	if (rc == 0 && role != NULL)
		supervisor_passfile_select(bh_buf_string(&whole), role, &own);
	else if (rc == 0)
		bh_buf_add(&own, whole.data, whole.len);
	if (rc == 0)
		rc = write_own(path, &own, service);
	bh_wipe(whole.data, whole.len);
	bh_wipe(own.data, own.len);
	bh_buf_close(&whole);
	bh_buf_close(&own);
	return rc;
}

int
supervisor_passfile_make(struct bh_arena *arena, const struct supervisor_place *place,
	const char *service, const char **out)
{
	const char *operators = getenv("PGPASSFILE");
	const char *role = bh_arena_printf(arena, "bulkhead_%s", service);
	const char *path = bh_arena_printf(arena, "%s/%s.pgpass", place->run, service);
	int rc;

	if (operators == NULL || operators[0] == '\0') {
		/* One of an earlier start has no use any more. */
		if (place->as_root)
			unlink(path);
		*out = NULL;
		return 0;
	}
	rc = check_rights(operators);
	if (rc < 0)
		return rc;
	if (!place->as_root) {
		*out = operators;
		return 0;
	}
	rc = copy(operators, path, role, service);
	if (rc == 0)
		*out = path;
	return rc;
}

int
supervisor_passfile_adopt(struct bh_arena *arena, const struct supervisor_place *place,
	const char *process, bool is_service)
{
	const char *given = getenv("PGPASSFILE");
	const char *role = is_service ? bh_arena_printf(arena, "bulkhead_%s", process) : NULL;
	const char *path = bh_arena_printf(arena, "%s/%s.pgpass", place->run, process);
	struct stat stat_of;
	int rc;

	/* One that is missing is libpq's to report, with the connection that needs it. */
	if (given == NULL || given[0] == '\0' || stat(given, &stat_of) < 0 ||
		(stat_of.st_mode & 077) == 0)
		return 0;
	if (!S_ISREG(stat_of.st_mode) || (stat_of.st_mode & 007) != 0)
		return check_rights(given);
	rc = copy(given, path, role, NULL);
	if (rc == 0 && setenv("PGPASSFILE", path, 1) < 0)
		rc = BH_E_MEMORY;
	return rc;
}
