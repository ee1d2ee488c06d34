/* SPDX-License-Identifier: Apache-2.0 */
/* log.c: pipes from children to files. */
#include "supervisor/log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/rotate.h"

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

void
supervisor_log_adopt(struct supervisor_log *log, int read_end, int write_end)
{
	close(log->read_end);
	close(log->write_end);
	log->read_end = read_end;
	log->write_end = write_end;
	fcntl(read_end, F_SETFD, FD_CLOEXEC);
	fcntl(write_end, F_SETFD, FD_CLOEXEC);
}

static void
put(struct supervisor_log *log, const char *bytes, size_t len)
{
	if (log->file >= 0 && write(log->file, bytes, len) == (ssize_t)len)
		log->bytes += (int64_t)len;
}

static void
put_aside(struct supervisor_log *log)
{
	if (!bh_rotate(log->path, log->kept))
		return;
	close(log->file);
	if (open_file(log) < 0)
		log->file = -1;
}

/* A grown file ends with a whole line; without any line end for long, where it happens to be. */
void
supervisor_log_drain(struct supervisor_log *log)
{
	char bytes[8192];

	for (int i = 0; log->open && i < READS_MAX; i++) {
		ssize_t count = read(log->read_end, bytes, sizeof(bytes));
		const char *end;
		size_t whole = 0;

		if (count <= 0)
			return;
		if (log->bytes + count >= log->bytes_max) {
			end = memrchr(bytes, '\n', (size_t)count);
			whole = end != NULL                    ? (size_t)(end + 1 - bytes)
				: log->bytes >= 2 * log->bytes_max ? (size_t)count
												   : 0;
		}
		put(log, bytes, whole);
		if (whole > 0)
			put_aside(log);
		put(log, bytes + whole, (size_t)count - whole);
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

int
supervisor_log_own(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc = 0;

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		rc = bh_error(BH_E_IO, "open %s: %m", path);
	if (fd >= 0)
		close(fd);
	return rc;
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
