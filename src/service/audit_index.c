/* SPDX-License-Identifier: Apache-2.0 */
/* audit_index.c: finds the files of a source, and reads them on piece by piece. */
#include "service/audit_index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "db/db.h"
#include "service/audit_line.h"
#include "service/audit_piece.h"
#include "service/audit_store.h"
#include "service/metrics.h"

#define FIRST_LINE_MOST 4096
#define NUMBERS_MOST 65536 /* files put aside */
#define LOOKS_MISSED 3     /* then a file is gone, and was not only renamed under the look */
#define PATH_BYTES 1024

/* A file that is open for reading. */
struct opened {
	int fd;
	struct stat stat;
};

static void
close_opened(struct opened *opened)
{
	if (opened->fd >= 0)
		close(opened->fd);
	opened->fd = -1;
}

static struct bh_audit_index_file *
files(const struct bh_audit_index *index, size_t *out_n)
{
	*out_n = index->files.len / sizeof(struct bh_audit_index_file);
	return (void *)index->files.data;
}

static struct bh_audit_passed *
behind(const struct bh_audit_index *index, size_t *out_n)
{
	*out_n = index->behind.len / sizeof(struct bh_audit_passed);
	return (void *)index->behind.data;
}

static bool
is_stopping(const struct bh_audit_index *index)
{
	return __atomic_load_n(index->stopping, __ATOMIC_RELAXED);
}

/* ---- positions ---- */

/* Paid by nobody's share: the platform reads, for all. */
static struct bh_db
open_db(const struct bh_audit_index *index, struct bh_arena *arena)
{
	return (struct bh_db){
		.pool = index->db,
		.arena = arena,
		.context = bh_platform_tenant,
	};
}

static int
load(struct bh_audit_index *index)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = open_db(index, &arena);
	struct bh_audit_position *positions;
	size_t n;
	int rc = bh_audit_store_positions(&db, &bh_platform_tenant, index->source, &positions, &n);

	if (rc < 0)
		return rc;
	bh_buf_reset(&index->files);
	bh_buf_reset(&index->behind);
	for (size_t i = 0; i < n; i++) {
		const struct bh_audit_position *at = &positions[i];
		struct bh_digest digest;

		if (at->file.len != sizeof(digest.bytes))
			continue;
		memcpy(digest.bytes, at->file.data, sizeof(digest.bytes));
		if (bh_uuid_is_zero(&at->tenant))
			bh_buf_add(&index->files,
				&(struct bh_audit_index_file){.at = at->at, .bytes = at->at, .file = digest},
				sizeof(struct bh_audit_index_file));
		else
			bh_buf_add(&index->behind,
				&(struct bh_audit_passed){at->tenant, digest, at->at, at->until},
				sizeof(struct bh_audit_passed));
	}
	index->loaded = true;
	return 0;
}

static struct bh_audit_index_file *
find_file(const struct bh_audit_index *index, const struct bh_digest *digest)
{
	size_t n;
	struct bh_audit_index_file *list = files(index, &n);

	for (size_t i = 0; i < n; i++) {
		if (memcmp(list[i].file.bytes, digest->bytes, sizeof(digest->bytes)) == 0)
			return &list[i];
	}
	return NULL;
}

/* What was passed over in a file goes on as far as the file was read. */
static void
extend_behind(struct bh_audit_index *index, const struct bh_digest *digest, int64_t until)
{
	size_t n;
	struct bh_audit_passed *list = behind(index, &n);

	for (size_t i = 0; i < n; i++) {
		if (memcmp(list[i].file.bytes, digest->bytes, sizeof(digest->bytes)) == 0)
			list[i].until = until;
	}
}

static void
drop_behind(struct bh_audit_index *index, size_t i)
{
	size_t n;
	struct bh_audit_passed *list = behind(index, &n);

	memmove(&list[i], &list[i + 1], (n - i - 1) * sizeof(*list));
	index->behind.len -= sizeof(*list);
}

/* ---- which files there are ---- */

static int
open_number(const struct bh_audit_index *index, int64_t number, struct opened *out)
{
	char path[PATH_BYTES];
	struct opened opened;

	snprintf(path, sizeof(path), number == 0 ? "%.900s" : "%.900s.%lld", index->path,
		(long long)number);
	opened.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (opened.fd < 0)
		return errno == ENOENT ? BH_E_NOT_FOUND : bh_error(BH_E_IO, "open %s: %m", path);
	if (fstat(opened.fd, &opened.stat) < 0 || !S_ISREG(opened.stat.st_mode)) {
		close(opened.fd);
		return bh_error(BH_E_IO, "%s is not a file", path);
	}
	*out = opened;
	return 0;
}

static int
stat_number(const struct bh_audit_index *index, int64_t number, struct stat *out)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), number == 0 ? "%.900s" : "%.900s.%lld", index->path,
		(long long)number);
	return lstat(path, out);
}

/* Of the source and its first line, whole or as much as is looked at. BH_E_EMPTY before that is written. */
static int
identify(const struct bh_audit_index *index, int fd, struct bh_digest *out)
{
	char line[FIRST_LINE_MOST];
	ssize_t n = pread(fd, line, sizeof(line), 0);
	const char *end = n > 0 ? memchr(line, '\n', (size_t)n) : NULL;
	struct bh_hash hash;

	if (n < 0)
		return bh_error(BH_E_IO, "read %s: %m", index->path);
	if (end == NULL && n < FIRST_LINE_MOST)
		return BH_E_EMPTY;
	bh_hash_begin(&hash);
	bh_hash_add(&hash, index->source, strlen(index->source) + 1);
	bh_hash_add(&hash, line, end != NULL ? (size_t)(end - line) : (size_t)n);
	bh_hash_end(&hash, out);
	return 0;
}

/* When it was last written to: a number on the disk is given to another file when one is gone. */
static int64_t
written_ns(const struct stat *stat)
{
	return (int64_t)stat->st_mtim.tv_sec * 1000000000 + stat->st_mtim.tv_nsec;
}

/* A file that was read to its end, and has not grown since, is known by its place on the disk. */
static bool
is_read(const struct bh_audit_index *index, const struct stat *stat)
{
	size_t n;
	struct bh_audit_index_file *list = files(index, &n);

	for (size_t i = 0; i < n; i++) {
		if (list[i].device == stat->st_dev && list[i].inode == stat->st_ino &&
			list[i].bytes == stat->st_size && list[i].at == stat->st_size &&
			list[i].written_ns == written_ns(stat)) {
			list[i].seen = true;
			return true;
		}
	}
	return false;
}

static void
note(struct bh_audit_index_file *file, const struct stat *stat)
{
	file->device = stat->st_dev;
	file->inode = stat->st_ino;
	file->bytes = stat->st_size;
	file->written_ns = written_ns(stat);
}

/* Its entry, made where it is new. The pointer is good until the next is made. */
static int
take_file(struct bh_audit_index *index, const struct opened *opened,
	struct bh_audit_index_file **out)
{
	struct bh_digest digest;
	struct bh_audit_index_file *file;
	int rc = identify(index, opened->fd, &digest);

	if (rc < 0)
		return rc;
	file = find_file(index, &digest);
	if (file == NULL) {
		bh_buf_add(&index->files, &(struct bh_audit_index_file){.file = digest}, sizeof(*file));
		file = find_file(index, &digest);
	}
	note(file, &opened->stat);
	file->seen = true;
	*out = file;
	return 0;
}

/* ---- reading ---- */

/* How far a file may be read. */
static int64_t
end_of(const struct bh_audit_index *index, const struct bh_audit_index_file *file)
{
	return index->patient ? file->settled : file->bytes;
}

/* Reads at most a piece of whole lines. */
static int
read_piece(const struct bh_audit_index *index, int fd, int64_t at, int64_t most, bool ended,
	struct bh_audit_piece *piece)
{
	char *room = bh_buf_room(&piece->text, BH_AUDIT_PIECE_BYTES);
	size_t size = most < BH_AUDIT_PIECE_BYTES ? (size_t)most : BH_AUDIT_PIECE_BYTES;
	ssize_t n = pread(fd, room, size, at);
	const char *end = n > 0 ? memrchr(room, '\n', (size_t)n) : NULL;

	if (n < 0)
		return bh_error(BH_E_IO, "read %s: %m", index->path);
	piece->at = at;
	if (end != NULL)
		piece->text.len = (size_t)(end - room) + 1;
	else if (n == BH_AUDIT_PIECE_BYTES || ended)
		piece->text.len = (size_t)n; /* none of our lines: it is passed over as unreadable */
	return 0;
}

static int
end_step(struct bh_audit_index *index, int rc, int64_t added, const struct bh_audit_piece *piece)
{
	if (rc == 0 && added < 0)
		rc = bh_error(BH_E_STATE, "another process has read %s", index->path);
	if (rc < 0) {
		index->loaded = false;
		return rc;
	}
	__atomic_add_fetch(&index->added, added, __ATOMIC_RELAXED);
	__atomic_add_fetch(&index->unreadable, piece->unreadable, __ATOMIC_RELAXED);
	return 0;
}

/* One piece of a file; *out_more tells whether there was one. */
static int
step_file(struct bh_audit_index *index, const struct opened *opened, bool ended,
	struct bh_audit_index_file *file, bool *out_more)
{
	BH_AUTO(bh_audit_piece_close) struct bh_audit_piece piece = {0};
	struct bh_db db = open_db(index, &piece.arena);
	struct bh_audit_step step = {.source = index->source, .file = &file->file};
	int64_t added = 0;
	struct stat stat;
	size_t n;
	int rc;

	*out_more = false;
	/* How much there is to read decides whether somebody is passed over. */
	if (fstat(opened->fd, &stat) < 0)
		return bh_error(BH_E_IO, "look at %s: %m", index->path);
	note(file, &stat);
	piece.passed = behind(index, &piece.n_passed);
	/* What is still being written may end in the middle of a line. */
	ended = ended && end_of(index, file) == file->bytes;
	piece.crowded = file->bytes - file->at > BH_AUDIT_PIECE_BYTES;
	if (index->patient && file->at >= file->settled)
		return 0;
	rc = read_piece(index, opened->fd, file->at,
		index->patient ? file->settled - file->at : BH_AUDIT_PIECE_BYTES, ended, &piece);
	if (rc < 0 || piece.text.len == 0)
		return rc;
	bh_audit_piece_read(&piece, NULL, &step);
	step.bytes = end_of(index, file);
	rc = bh_audit_store_step(&db, &bh_platform_tenant, &step, &added);
	rc = end_step(index, rc, added, &piece);
	if (rc < 0)
		return rc;
	file->at = step.to;
	extend_behind(index, &file->file, step.to);
	for (n = 0; n < step.n_behind; n++)
		bh_buf_add(&index->behind,
			&(struct bh_audit_passed){step.behind[n], file->file, step.behind_at[n], step.to},
			sizeof(struct bh_audit_passed));
	*out_more = true;
	return 0;
}

/* Reads a file on to its end. */
static int
read_number(struct bh_audit_index *index, int64_t number)
{
	BH_AUTO(close_opened) struct opened opened = {.fd = -1};
	struct bh_audit_index_file *file;
	bool more = true;
	int rc = open_number(index, number, &opened);

	if (rc == 0)
		rc = take_file(index, &opened, &file);
	/* Renamed since it was looked for, or without a line so far: the next look tells. */
	if (rc == BH_E_NOT_FOUND || rc == BH_E_EMPTY)
		return 0;
	while (rc == 0 && more && !is_stopping(index))
		rc = step_file(index, &opened, number >= 2, file, &more);
	return rc;
}

/* Not so are the files of another machine that runs the same service: it goes on from what the database says of
 * them. */
static bool
was_here(const struct bh_audit_index_file *file)
{
	return file->inode != 0;
}

/* Forgets the files that are gone. */
static int
forget_gone(struct bh_audit_index *index)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = open_db(index, &arena);
	size_t n, n_gone = 0, n_missed = 0, n_behind;
	struct bh_audit_index_file *list = files(index, &n);
	struct bh_bytes *gone = bh_arena_array(&arena, n + 1, sizeof(*gone));
	struct bh_audit_passed *passed = behind(index, &n_behind);
	size_t kept = 0;
	int rc;

	for (size_t i = 0; i < n; i++) {
		n_missed += list[i].missed >= LOOKS_MISSED;
		if (list[i].missed >= LOOKS_MISSED && was_here(&list[i]))
			gone[n_gone++] = (struct bh_bytes){list[i].file.bytes, sizeof(list[i].file.bytes)};
	}
	if (n_missed == 0)
		return 0;
	for (size_t i = 0; i < n_behind; i++) {
		const struct bh_audit_index_file *file = find_file(index, &passed[i].file);

		if (file != NULL && file->missed >= LOOKS_MISSED && was_here(file))
			bh_log(BH_LOG_ERROR, "audit lines of %s were removed before they were indexed",
				index->source);
	}
	rc = bh_audit_store_forget(&db, &bh_platform_tenant, index->source, gone, n_gone);
	if (rc < 0)
		return rc;
	for (size_t i = n_behind; i-- > 0;) {
		const struct bh_audit_index_file *file = find_file(index, &passed[i].file);

		if (file == NULL || file->missed >= LOOKS_MISSED)
			drop_behind(index, i);
	}
	for (size_t i = 0; i < n; i++) {
		if (list[i].missed < LOOKS_MISSED)
			list[kept++] = list[i];
	}
	index->files.len = kept * sizeof(*list);
	return 0;
}

/* Looks which files there are, and reads what is new, the oldest first. */
static int
read_files(struct bh_audit_index *index)
{
	BH_AUTO(bh_buf_close) struct bh_buf unread = {0};
	struct stat stat;
	size_t n, n_unread;
	int rc = 0;

	for (size_t i = 0; i < (files(index, &n), n); i++)
		files(index, &n)[i].seen = false;
	for (int64_t number = 0; number < NUMBERS_MOST; number++) {
		bool there = stat_number(index, number, &stat) == 0;

		if (!there && number > 0)
			break;
		if (there && stat.st_size > 0 && !is_read(index, &stat))
			bh_buf_add(&unread, &number, sizeof(number));
	}
	n_unread = unread.len / sizeof(int64_t);
	while (rc == 0 && n_unread > 0 && !is_stopping(index))
		rc = read_number(index, ((const int64_t *)(const void *)unread.data)[--n_unread]);
	if (rc < 0 || n_unread > 0)
		return rc;
	for (size_t i = 0; i < (files(index, &n), n); i++) {
		struct bh_audit_index_file *file = &files(index, &n)[i];

		file->missed = file->seen ? 0 : file->missed + 1;
	}
	return forget_gone(index);
}

/* The file of an entry, wherever it lies by now. BH_E_NOT_FOUND. */
static int
open_file(const struct bh_audit_index *index, const struct bh_audit_index_file *file,
	struct opened *out)
{
	struct stat stat;

	for (int64_t number = 0; number < NUMBERS_MOST; number++) {
		if (stat_number(index, number, &stat) < 0) {
			if (number > 0)
				break;
			continue;
		}
		if (stat.st_dev == file->device && stat.st_ino == file->inode) {
			int rc = open_number(index, number, out);

			if (rc == 0 && out->stat.st_ino == file->inode && out->stat.st_dev == file->device)
				return 0;
			if (rc == 0)
				close_opened(out);
			return BH_E_NOT_FOUND;
		}
	}
	return BH_E_NOT_FOUND;
}

/* One piece of what was passed over, of the tenant that waits longest; *out_more: there was one. */
static int
step_behind(struct bh_audit_index *index, bool *out_more)
{
	BH_AUTO(bh_audit_piece_close) struct bh_audit_piece piece = {0};
	BH_AUTO(close_opened) struct opened opened = {.fd = -1};
	struct bh_db db = open_db(index, &piece.arena);
	struct bh_audit_passed turn;
	struct bh_audit_step step = {.source = index->source, .file = &turn.file};
	struct bh_audit_index_file *file;
	int64_t added = 0;
	size_t n;
	int rc;

	*out_more = behind(index, &n) != NULL && n > 0;
	if (!*out_more)
		return 0;
	turn = *behind(index, &n);
	file = find_file(index, &turn.file);
	drop_behind(index, 0);
	rc = file != NULL ? open_file(index, file, &opened) : BH_E_NOT_FOUND;
	if (rc == 0)
		rc = read_piece(index, opened.fd, turn.at, turn.until - turn.at, true, &piece);
	if (rc == 0 && piece.text.len > 0) {
		bh_audit_piece_read(&piece, &turn.tenant, &step);
		rc = bh_audit_store_step_behind(&db, &bh_platform_tenant, &turn.tenant, &step, &added);
		rc = end_step(index, rc, added, &piece);
		turn.at = step.to;
	}
	/* Gone, or being renamed: it stays in the list until the file has been looked for often enough. */
	if (rc == BH_E_NOT_FOUND || (rc == 0 && turn.at < turn.until))
		bh_buf_add(&index->behind, &turn, sizeof(turn));
	*out_more = rc == 0;
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

/* ---- what is told of it ---- */

static void
measure(struct bh_audit_index *index)
{
	size_t n;
	struct bh_audit_index_file *list = files(index, &n);
	struct bh_audit_passed *passed;
	int64_t bytes = 0, now_ms = bh_clock_steady_ms();

	for (size_t i = 0; i < n; i++)
		bytes += end_of(index, &list[i]) > list[i].at ? end_of(index, &list[i]) - list[i].at : 0;
	passed = behind(index, &n);
	for (size_t i = 0; i < n; i++)
		bytes += passed[i].until - passed[i].at;
	if (bytes == 0 && !index->failing)
		index->since_ms = 0;
	else if (index->since_ms == 0)
		index->since_ms = now_ms;
	__atomic_store_n(&index->lag_bytes, bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&index->lag_ms, index->since_ms != 0 ? now_ms - index->since_ms : 0,
		__ATOMIC_RELAXED);
}

void
bh_audit_index_beat(struct bh_audit_index *index)
{
	bool more = true;
	size_t n;
	int rc = index->loaded ? 0 : load(index);

	for (size_t i = 0; i < (files(index, &n), n); i++)
		files(index, &n)[i].settled = files(index, &n)[i].bytes;
	while (rc == 0 && more && !is_stopping(index)) {
		rc = read_files(index);
		more = false;
		if (rc == 0)
			rc = step_behind(index, &more);
	}
	/* Where a successor gets ready, there are two for a moment: one is too late, and reads where the file stands. */
	if (rc == BH_E_STATE)
		bh_log(BH_LOG_INFO, "index the audit files: %s", bh_error_detail(rc));
	else if (rc < 0 && !index->failing)
		bh_log_failure("index the audit files", rc);
	index->failing = rc < 0;
	measure(index);
}

void
bh_audit_index_close(struct bh_audit_index *index)
{
	bh_buf_close(&index->files);
	bh_buf_close(&index->behind);
}

void
bh_audit_index_write(const struct bh_audit_index *indexes, size_t n, const char *service,
	struct bh_buf *out)
{
	/* clang-format off */
	static const struct {
		const char *name, *type, *help;
		size_t offset;
		int64_t divisor;
	} rows[] = {
		{"audit_indexed_total", "counter", "Audit lines added to the index.",
			offsetof(struct bh_audit_index, added), 1},
		{"audit_unreadable_total", "counter", "Lines of audit files that could not be read.",
			offsetof(struct bh_audit_index, unreadable), 1},
		{"audit_lag_bytes", "gauge", "Bytes of audit files that are not indexed yet.",
			offsetof(struct bh_audit_index, lag_bytes), 1},
		{"audit_lag_seconds", "gauge", "How long there have been audit lines that are not indexed yet.",
			offsetof(struct bh_audit_index, lag_ms), 1000},
	};
	/* clang-format on */

	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		bh_metrics_head(out, rows[i].name, rows[i].type, rows[i].help);
		for (size_t j = 0; j < n; j++) {
			const int64_t *value = (const void *)((const char *)&indexes[j] + rows[i].offset);

			bh_buf_printf(out, "bulkhead_service_%s{service=\"%s\",source=\"%s\"} %lld\n",
				rows[i].name, service, indexes[j].source,
				(long long)(__atomic_load_n(value, __ATOMIC_RELAXED) / rows[i].divisor));
		}
	}
}
