/* SPDX-License-Identifier: Apache-2.0 */
/* tail.c: follows growing files by polling; one put aside is noticed by its inode. */
#include "cli/tail.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

static void
close_file(FILE **file)
{
	if (*file != NULL)
		fclose(*file);
	*file = NULL;
}

static struct cli_tail *
find(struct cli_tails *tails, const char *name)
{
	for (size_t i = 0; i < tails->n; i++) {
		if (strcmp(tails->items[i].name, name) == 0)
			return &tails->items[i];
	}
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct cli_tail *)a)->name, ((const struct cli_tail *)b)->name);
}

/* Length of the file's name without a ".1" at its end: between being put aside and being opened anew,
 * a file has no other name. */
static size_t
name_len(const char *name)
{
	size_t len = strlen(name);

	return bh_text_ends(name, ".1") ? len - strlen(".1") : len;
}

static void
discover(struct cli_tails *tails)
{
	size_t before = strlen(tails->prefix);
	size_t outer = before + strlen(tails->suffix);
	DIR *dir = opendir(tails->folder);
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL && tails->n < CLI_TAILS_MAX) {
		size_t len = name_len(entry->d_name);
		struct cli_tail tail = {0};

		if (len <= outer || len - outer >= sizeof(tail.name) ||
			!bh_text_starts(entry->d_name, tails->prefix) ||
			strncmp(entry->d_name + len - strlen(tails->suffix), tails->suffix,
				strlen(tails->suffix)) != 0)
			continue;
		memcpy(tail.name, entry->d_name + before, len - outer);
		snprintf(tail.path, sizeof(tail.path), "%.700s/%.*s", tails->folder, (int)len,
			entry->d_name);
		if (find(tails, tail.name) == NULL)
			tails->items[tails->n++] = tail;
	}
	closedir(dir);
	qsort(tails->items, tails->n, sizeof(*tails->items), compare);
}

static void
read_lines(struct cli_tail *tail, FILE *file, cli_tail_line *line, void *ctx)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	clearerr(file);
	for (;;) {
		off_t start = ftello(file);

		len = getline(&text, &size, file);
		if (len <= 0)
			break;
		if (text[len - 1] != '\n') {
			fseeko(file, start, SEEK_SET);
			break;
		}
		text[len - 1] = '\0';
		line(ctx, tail, text, (size_t)len - 1);
	}
	free(text);
}

/* The file put aside as number `number`; 0 is the current one. */
static const char *
numbered(const struct cli_tail *tail, int number, char out[CLI_TAIL_PATH])
{
	snprintf(out, CLI_TAIL_PATH, number == 0 ? "%s" : "%s.%d", tail->path, number);
	return out;
}

static FILE *
open_at(const char *path, int64_t skip)
{
	FILE *file = fopen(path, "re");
	int at;

	if (file == NULL || skip <= 0)
		return file;
	/* From the middle of a line on, the next one is the first. */
	if (fseeko(file, skip - 1, SEEK_SET) == 0) {
		while ((at = getc(file)) != EOF && at != '\n')
			;
	}
	return file;
}

/* How many files from the current one back hold bytes_most; *out_bytes is what they hold. Between being
 * put aside and being opened anew there is no current one. */
static int
count_back(const struct cli_tail *tail, int64_t bytes_most, int64_t *out_bytes)
{
	char path[CLI_TAIL_PATH];
	struct stat stat_now;
	int number = 0;

	*out_bytes = 0;
	for (; *out_bytes < bytes_most; number++) {
		if (stat(numbered(tail, number, path), &stat_now) == 0)
			*out_bytes += stat_now.st_size;
		else if (number > 0)
			break;
	}
	return number;
}

/* Reads what is there already, the oldest first, bytes_most in all. The newest two stay open: a writer
 * may still be at the one put aside. */
static void
read_first(struct cli_tail *tail, int64_t bytes_most, cli_tail_line *line, void *ctx)
{
	char path[CLI_TAIL_PATH];
	struct stat stat_now;
	int64_t bytes;
	int number = count_back(tail, bytes_most, &bytes);

	while (number-- > 0) {
		FILE *file = open_at(numbered(tail, number, path), bytes - bytes_most);

		bytes = 0;
		if (file == NULL)
			continue;
		read_lines(tail, file, line, ctx);
		if (number == 0)
			tail->file = file;
		else if (number == 1)
			tail->aside = file;
		else
			fclose(file);
	}
	if (tail->file != NULL && fstat(fileno(tail->file), &stat_now) == 0)
		tail->inode = stat_now.st_ino;
}

/* As which number the file that was read so far was put aside; 0 if it is gone. */
static int
number_aside(const struct cli_tail *tail)
{
	char path[CLI_TAIL_PATH];
	struct stat stat_now;

	for (int number = 1; stat(numbered(tail, number, path), &stat_now) == 0; number++) {
		if (stat_now.st_ino == tail->inode)
			return number;
	}
	return 0;
}

/* The file read so far was put aside. Where that happened more than once since the last look, those that
 * came and went between are read whole; the newest of them stays open. */
static void
read_between(struct cli_tail *tail, cli_tail_line *line, void *ctx)
{
	char path[CLI_TAIL_PATH];

	for (int number = number_aside(tail) - 1; number > 0; number--) {
		FILE *file = fopen(numbered(tail, number, path), "re");

		if (file == NULL)
			continue;
		read_lines(tail, file, line, ctx);
		close_file(&tail->aside);
		tail->aside = file;
	}
}

/* Reads on. When the name leads to another file by now, that one follows from its beginning, and
 * the one put aside is read on until the next is: its writers change over one after another. */
static void
read_tail(struct cli_tail *tail, cli_tail_line *line, void *ctx)
{
	struct stat stat_now;

	if (tail->aside != NULL)
		read_lines(tail, tail->aside, line, ctx);
	if (tail->file != NULL)
		read_lines(tail, tail->file, line, ctx);
	if (stat(tail->path, &stat_now) < 0 || (tail->file != NULL && stat_now.st_ino == tail->inode))
		return;
	close_file(&tail->aside);
	tail->aside = tail->file;
	if (tail->file != NULL)
		read_between(tail, line, ctx);
	tail->file = fopen(tail->path, "re");
	tail->inode = stat_now.st_ino;
	if (tail->file != NULL)
		read_lines(tail, tail->file, line, ctx);
}

void
cli_tails_read(struct cli_tails *tails, cli_tail_line *line, void *ctx)
{
	discover(tails);
	for (size_t i = 0; i < tails->n; i++) {
		struct cli_tail *tail = &tails->items[i];

		if (tail->known)
			read_tail(tail, line, ctx);
		else
			read_first(tail, tails->bytes_most, line, ctx);
		tail->known = true;
	}
}

void
cli_tails_close(struct cli_tails *tails)
{
	for (size_t i = 0; i < tails->n; i++) {
		close_file(&tails->items[i].aside);
		close_file(&tails->items[i].file);
	}
	tails->n = 0;
}
