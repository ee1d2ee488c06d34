/* log.c: pipes from children to files, rotated by size. */
#include "supervisor/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"

#define TAIL_BYTES 16384
#define READS_MAX 64 /* per call, so that one talkative child does not hold up the rest */

static int
open_file(struct supervisor_log *log)
{
	struct stat stat;

	log->file = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (log->file < 0)
		return bh_error(BH_E_IO, "open %s: %m", log->path);
	log->bytes = fstat(log->file, &stat) == 0 ? stat.st_size : 0;
	return 0;
}

int
supervisor_log_open(struct supervisor_log *out, const char *folder, const char *name,
	int64_t bytes_max, int64_t kept)
{
	struct supervisor_log log = {.open = true, .bytes_max = bytes_max, .kept = kept};
	int ends[2];
	int rc;

	snprintf(log.path, sizeof(log.path), "%s/%s.log", folder, name);
	rc = open_file(&log);
	if (rc < 0)
		return rc;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		close(log.file);
		return bh_error(BH_E_IO, "pipe: %m");
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	log.read_end = ends[0];
	log.write_end = ends[1];
	*out = log;
	return 0;
}

/* NAME.log.2 becomes .3, .1 becomes .2, the log becomes .1; the oldest is overwritten. */
static void
rotate(struct supervisor_log *log)
{
	char from[sizeof(log->path) + 24];
	char to[sizeof(log->path) + 24];

	for (int64_t i = log->kept; i >= 1; i--) {
		snprintf(to, sizeof(to), "%s.%lld", log->path, (long long)i);
		snprintf(from, sizeof(from), "%s.%lld", log->path, (long long)(i - 1));
		if (rename(i == 1 ? log->path : from, to) < 0 && errno != ENOENT)
			return;
	}
	close(log->file);
	if (open_file(log) < 0)
		log->file = -1;
}

void
supervisor_log_drain(struct supervisor_log *log)
{
	char bytes[8192];

	for (int i = 0; log->open && i < READS_MAX; i++) {
		ssize_t count = read(log->read_end, bytes, sizeof(bytes));

		if (count <= 0)
			return;
		if (log->file >= 0 && write(log->file, bytes, (size_t)count) == count)
			log->bytes += count;
		if (log->bytes >= log->bytes_max)
			rotate(log);
	}
}

void
supervisor_log_close(struct supervisor_log *log)
{
	if (!log->open)
		return;
	close(log->read_end);
	close(log->write_end);
	if (log->file >= 0)
		close(log->file);
	*log = (struct supervisor_log){0};
}

void
supervisor_log_tail(const char *path, int lines, const char *indent, FILE *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	FILE *file = fopen(path, "re");
	char *at;

	if (file == NULL)
		return;
	if (fseek(file, -TAIL_BYTES, SEEK_END) < 0)
		rewind(file);
	text.len = fread(bh_buf_room(&text, TAIL_BYTES), 1, TAIL_BYTES, file);
	text.data[text.len] = '\0';
	fclose(file);
	at = text.data + text.len;
	for (int seen = 0; at > text.data; at--) {
		if (at[-1] == '\n' && at != text.data + text.len && ++seen == lines)
			break;
	}
	while (*at != '\0') {
		size_t len = strcspn(at, "\n");

		fprintf(out, "%s%.*s\n", indent, (int)len, at);
		at += len + (at[len] == '\n');
	}
}
