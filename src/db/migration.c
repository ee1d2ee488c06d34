/* SPDX-License-Identifier: Apache-2.0 */
/* migration.c: what the steps of a run are made of: a file's text, its execution, a question. */
#include "db/migration.h"

#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "db/conn.h"

enum { FILE_BYTES_MAX = 4 * 1024 * 1024 };

int
bh_migration_read(struct bh_migration *run, const char *folder, const char *name, const char **out)
{
	const char *path;
	struct stat stat;
	FILE *file;
	char *text = NULL;
	size_t len = 0;
	int rc = 0;

	path = bh_arena_printf(&run->arena, "%s/%s/%s", run->conf->directory, folder, name);
	file = fopen(path, "re");
	if (file == NULL)
		return bh_error(BH_E_IO, "open %s: %m", path);
	if (fstat(fileno(file), &stat) != 0 || stat.st_size > FILE_BYTES_MAX) {
		rc = bh_error(BH_E_IO, "%s is larger than %d bytes", path, FILE_BYTES_MAX);
	} else {
		text = bh_arena_alloc(&run->arena, (size_t)stat.st_size + 1);
		len = fread(text, 1, (size_t)stat.st_size, file);
	}
	if (ferror(file) != 0)
		rc = bh_error(BH_E_IO, "read %s: %m", path);
	else if (rc == 0 && (memchr(text, '\0', len) != NULL || !bh_text_is_utf8(text, len)))
		rc = bh_error(BH_E_IO, "%s is not valid UTF-8", path);
	fclose(file);
	*out = text;
	return rc;
}

int
bh_migration_file(struct bh_migration *run, const char *folder, const char *name, const char *text)
{
	int rc;

	rc = bh_conn_script(run->conn, text);
	if (rc < 0)
		return bh_error(rc, "%s/%s: %s", folder, name,
			bh_arena_strdup(&run->arena, bh_error_detail(rc)));
	return 0;
}

int
bh_migration_ask(struct bh_migration *run, const char *sql, const char *arg, const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf value = {0};
	const char *const args[] = {arg};
	int rc;

	rc = bh_conn_value(run->conn, sql, args, arg != NULL, &value, NULL);
	if (rc < 0)
		return rc;
	*out = bh_arena_strdup(&run->arena, bh_buf_string(&value));
	return 0;
}

int
bh_migration_yes(struct bh_migration *run, const char *sql, const char *arg, bool *out)
{
	const char *value;
	int rc;

	rc = bh_migration_ask(run, sql, arg, &value);
	if (rc < 0)
		return rc;
	*out = strcmp(value, "t") == 0;
	return 0;
}

void
bh_migration_close(struct bh_migration *run)
{
	bh_conn_close(run->conn);
	bh_arena_close(&run->arena);
}
