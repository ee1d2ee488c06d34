/* SPDX-License-Identifier: Apache-2.0 */
/* sums.c: writes, reads and searches SHA256SUMS. */
#include "backup/sums.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define HEX 64u
#define LEAST (HEX + 2u + 1u + 1u) /* hash, two blanks, a path of one letter, the line's end */

void
backup_sums_add(struct bh_buf *text, const char *path, const struct bh_digest *hash)
{
	char hex[HEX + 1];

	bh_text_hex(hash->bytes, sizeof(hash->bytes), hex);
	bh_buf_printf(text, "%s  %s\n", hex, path);
}

static bool
is_path(const char *path, size_t len)
{
	char before = '/';

	if (len == 0 || len > BACKUP_PATH_MAX || path[len - 1] == '/')
		return false;
	for (size_t i = 0; i < len; before = path[i++]) {
		char c = path[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '_' || c == '-';

		if (before == '/' ? !plain : !plain && c != '.' && c != '/')
			return false;
	}
	return true;
}

static int
order(const void *left, const void *right)
{
	return strcmp(((const struct backup_sum *)left)->path,
		((const struct backup_sum *)right)->path);
}

static int
read_line(const char *line, size_t len, struct bh_arena *arena, struct backup_sum *out)
{
	const char *path = line + HEX + 2;

	if (len < LEAST - 1 || line[HEX] != ' ' || line[HEX + 1] != ' ' ||
		!bh_text_unhex(line, HEX, out->hash.bytes, sizeof(out->hash.bytes)) ||
		!is_path(path, len - HEX - 2))
		return bh_error(BH_E_INVALID, "SHA256SUMS is damaged");
	out->path = bh_arena_copy(arena, path, len - HEX - 2);
	return 0;
}

static int
read_all(const char *text, size_t len, struct backup_sums *sums)
{
	const char *end = text + len;
	int rc = 0;

	sums->list = bh_arena_array(&sums->arena, len / LEAST + 1, sizeof(*sums->list));
	while (rc == 0 && text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));

		if (line_end == NULL)
			return bh_error(BH_E_INVALID, "SHA256SUMS is damaged: its last line has no end");
		rc = read_line(text, (size_t)(line_end - text), &sums->arena, &sums->list[sums->n]);
		sums->n += rc == 0;
		text = line_end + 1;
	}
	if (rc < 0)
		return rc;
	if (sums->n > 0)
		qsort(sums->list, sums->n, sizeof(*sums->list), order);
	for (size_t i = 1; i < sums->n; i++) {
		if (strcmp(sums->list[i - 1].path, sums->list[i].path) == 0)
			return bh_error(BH_E_INVALID, "SHA256SUMS names %s twice", sums->list[i].path);
	}
	return 0;
}

int
backup_sums_parse(const char *text, size_t len, struct backup_sums *out)
{
	struct backup_sums sums = {0};
	int rc = read_all(text, len, &sums);

	if (rc < 0)
		backup_sums_close(&sums);
	else
		*out = sums;
	return rc;
}

const struct backup_sum *
backup_sums_find(const struct backup_sums *sums, const char *path)
{
	const struct backup_sum key = {.path = path};

	return sums->n == 0 ? NULL : bsearch(&key, sums->list, sums->n, sizeof(key), order);
}

void
backup_sums_close(struct backup_sums *sums)
{
	bh_arena_close(&sums->arena);
	*sums = (struct backup_sums){0};
}
