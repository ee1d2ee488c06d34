/* tail.c: follows growing files by polling; a rotated one is noticed by its inode. */
#include "cli/tail.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

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

static void
discover(struct cli_tails *tails)
{
	DIR *dir = opendir(tails->folder);
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL && tails->n < CLI_TAILS_MAX) {
		size_t outer = strlen(tails->prefix) + strlen(tails->suffix);
		size_t len = strlen(entry->d_name);
		struct cli_tail tail = {0};

		if (len <= outer || len - outer >= sizeof(tail.name) ||
			!bh_text_starts(entry->d_name, tails->prefix) || !bh_text_ends(entry->d_name, tails->suffix))
			continue;
		memcpy(tail.name, entry->d_name + strlen(tails->prefix), len - outer);
		snprintf(tail.path, sizeof(tail.path), "%.700s/%.255s", tails->folder, entry->d_name);
		if (find(tails, tail.name) == NULL)
			tails->items[tails->n++] = tail;
	}
	closedir(dir);
	qsort(tails->items, tails->n, sizeof(*tails->items), compare);
}

static void
read_lines(struct cli_tail *tail,
	void (*line)(void *ctx, const struct cli_tail *tail, const char *text, size_t len), void *ctx)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	clearerr(tail->file);
	for (;;) {
		off_t start = ftello(tail->file);

		len = getline(&text, &size, tail->file);
		if (len <= 0)
			break;
		if (text[len - 1] != '\n') {
			fseeko(tail->file, start, SEEK_SET);
			break;
		}
		line(ctx, tail, text, (size_t)len - 1);
	}
	free(text);
}

/* Reads on; when the name leads to another file by now, that one follows from its beginning. */
static void
read_tail(struct cli_tail *tail,
	void (*line)(void *ctx, const struct cli_tail *tail, const char *text, size_t len), void *ctx)
{
	struct stat stat_now;

	if (tail->file != NULL)
		read_lines(tail, line, ctx);
	if (stat(tail->path, &stat_now) < 0 || (tail->file != NULL && stat_now.st_ino == tail->inode))
		return;
	if (tail->file != NULL)
		fclose(tail->file);
	tail->file = fopen(tail->path, "re");
	tail->inode = stat_now.st_ino;
	if (tail->file != NULL)
		read_lines(tail, line, ctx);
}

void
cli_tails_read(struct cli_tails *tails,
	void (*line)(void *ctx, const struct cli_tail *tail, const char *text, size_t len), void *ctx)
{
	discover(tails);
	for (size_t i = 0; i < tails->n; i++)
		read_tail(&tails->items[i], line, ctx);
}

void
cli_tails_close(struct cli_tails *tails)
{
	for (size_t i = 0; i < tails->n; i++) {
		if (tails->items[i].file != NULL)
			fclose(tails->items[i].file);
	}
	tails->n = 0;
}
