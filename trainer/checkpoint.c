/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.c: written aside and renamed; read from the newest on back. */
#include "trainer/checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "sec/digest.h"

static const char magic[8] = "BHTRAIN1";

/* The head of state.bin. Little-endian, as everything in it. */
struct head {
	char magic[8];
	struct trainer_position position;
	uint64_t count;
};

/* A file that is written, and its digest. */
struct output {
	int fd;
	struct bh_hash hash;
	int64_t bytes;
};

static int
write_all(struct output *output, const void *bytes, size_t len)
{
	const char *at = bytes;

	bh_hash_add(&output->hash, bytes, len);
	output->bytes += (int64_t)len;
	while (len > 0) {
		ssize_t written = write(output->fd, at, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return bh_error(BH_E_STORAGE, "a checkpoint was not written: %m");
		at += written;
		len -= (size_t)written;
	}
	return 0;
}

static int
open_output(int folder, const char *name, struct output *out)
{
	*out = (struct output){
		.fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640)};
	if (out->fd < 0)
		return bh_error(BH_E_STORAGE, "a checkpoint was not written: %s: %m", name);
	bh_hash_begin(&out->hash);
	return 0;
}

/* Syncs if all went well so far. */
static int
close_output(struct output *output, int rc, struct bh_digest *out_digest)
{
	bh_hash_end(&output->hash, out_digest);
	if (rc == 0 && fsync(output->fd) < 0)
		rc = bh_error(BH_E_STORAGE, "a checkpoint was not written: %m");
	close(output->fd);
	return rc;
}

static int
write_adapter(int folder, const struct trainer_adapter *adapter, const float *values,
	struct trainer_written *out)
{
	static const char zeros[TRAINER_ADAPTER_ALIGN];
	struct bh_buf head = {0};
	struct bh_digest digest;
	struct output output;
	int rc = open_output(folder, "adapter.gguf", &output);

	if (rc < 0)
		return rc;
	trainer_adapter_head(adapter, &head);
	rc = write_all(&output, head.data, head.len);
	bh_buf_close(&head);
	for (size_t i = 0; i < adapter->n_matrices && rc == 0; i++) {
		const struct trainer_matrix *matrix = &adapter->matrices[i];
		size_t bytes = (size_t)(matrix->columns * matrix->rows) * sizeof(float);

		rc = write_all(&output, values + matrix->offset, bytes);
		if (rc == 0 && bytes % TRAINER_ADAPTER_ALIGN != 0)
			rc = write_all(&output, zeros, TRAINER_ADAPTER_ALIGN - bytes % TRAINER_ADAPTER_ALIGN);
	}
	rc = close_output(&output, rc, &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), out->sha256);
	out->bytes = output.bytes;
	return rc;
}

static int
write_state(int folder, const struct trainer_position *position,
	const struct trainer_weights *weights)
{
	const float *parts[] = {weights->values, weights->means, weights->squares};
	struct head head;
	struct bh_digest digest, whole;
	struct output output;
	struct bh_hash copy;
	int rc = open_output(folder, "state.bin", &output);

	if (rc < 0)
		return rc;
	/* Padding has to have a value, too. */
	memset(&head, 0, sizeof(head));
	memcpy(head.magic, magic, sizeof(magic));
	head.position = *position;
	head.count = weights->count;
	bh_hash_begin(&copy);
	bh_hash_add(&copy, &head, sizeof(head));
	rc = write_all(&output, &head, sizeof(head));
	for (size_t i = 0; i < BH_COUNT(parts) && rc == 0; i++) {
		bh_hash_add(&copy, parts[i], weights->count * sizeof(float));
		rc = write_all(&output, parts[i], weights->count * sizeof(float));
	}
	bh_hash_end(&copy, &digest);
	if (rc == 0)
		rc = write_all(&output, digest.bytes, sizeof(digest.bytes));
	return close_output(&output, rc, &whole);
}

static void
remove_below(int folder, const char *name)
{
	static const char *const files[] = {"adapter.gguf", "state.bin"};
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	for (size_t i = 0; i < BH_COUNT(files); i++)
		(void)unlinkat(fd, files[i], 0);
	close(fd);
	(void)unlinkat(folder, name, AT_REMOVEDIR);
}

/* Into the folder `part` of `parent`. */
static int
write_parts(int parent, const char *part, const struct trainer_position *position,
	const struct trainer_adapter *adapter, const struct trainer_weights *weights,
	struct trainer_written *out)
{
	int fd, rc;

	remove_below(parent, part);
	if (mkdirat(parent, part, 0750) < 0)
		return bh_error(BH_E_STORAGE, "a checkpoint was not written: %s: %m", part);
	fd = openat(parent, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return bh_error(BH_E_STORAGE, "a checkpoint was not written: %s: %m", part);
	rc = write_adapter(fd, adapter, weights->values, out);
	if (rc == 0)
		rc = write_state(fd, position, weights);
	if (rc == 0 && fsync(fd) < 0)
		rc = bh_error(BH_E_STORAGE, "a checkpoint was not written: %m");
	close(fd);
	return rc;
}

void
trainer_checkpoint_path(const char *folder, int64_t step, char *out, size_t size)
{
	snprintf(out, size, "%s/step-%08lld", folder, (long long)step);
}

int
trainer_checkpoint_write(const char *folder, const struct trainer_position *position,
	const struct trainer_adapter *adapter, const struct trainer_weights *weights,
	struct trainer_written *out)
{
	struct trainer_written written = {0};
	char name[32], part[40];
	int parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (parent < 0)
		return bh_error(BH_E_STORAGE, "a checkpoint was not written: %s: %m", folder);
	snprintf(name, sizeof(name), "step-%08lld", (long long)position->step);
	snprintf(part, sizeof(part), "%s.part", name);
	rc = write_parts(parent, part, position, adapter, weights, &written);
	/* A checkpoint of that step can be there, if it was found damaged: it is replaced. */
	if (rc == 0)
		remove_below(parent, name);
	if (rc == 0 && (renameat(parent, part, parent, name) < 0 || fsync(parent) < 0))
		rc = bh_error(BH_E_STORAGE, "a checkpoint was not written: %m");
	if (rc < 0)
		remove_below(parent, part);
	close(parent);
	if (rc < 0)
		return rc;
	trainer_checkpoint_path(folder, position->step, written.path, sizeof(written.path));
	*out = written;
	return 0;
}

static bool
read_all(int fd, struct bh_hash *hash, void *out, size_t len)
{
	char *at = out;
	size_t left = len;

	while (left > 0) {
		ssize_t got = read(fd, at, left);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		left -= (size_t)got;
	}
	if (hash != NULL)
		bh_hash_add(hash, out, len);
	return true;
}

/* Whether the state is whole. `weights` are overwritten in any case. */
static bool
read_state(int fd, struct head *head, struct trainer_weights *weights)
{
	float *parts[] = {weights->values, weights->means, weights->squares};
	struct bh_digest found, stated;
	struct bh_hash hash;
	bool good;
	char more;

	bh_hash_begin(&hash);
	good = read_all(fd, &hash, head, sizeof(*head)) &&
		memcmp(head->magic, magic, sizeof(magic)) == 0 && head->count == weights->count &&
		head->position.digest[64] == '\0';
	for (size_t i = 0; i < BH_COUNT(parts) && good; i++)
		good = read_all(fd, &hash, parts[i], weights->count * sizeof(float));
	bh_hash_end(&hash, &found);
	return good && read_all(fd, NULL, stated.bytes, sizeof(stated.bytes)) &&
		read(fd, &more, 1) == 0 && bh_digest_equal(&found, &stated);
}

/* The step of a checkpoint's name, or -1. */
static int64_t
step_of(const char *name)
{
	char *end;
	long long step;

	if (strncmp(name, "step-", 5) != 0 || name[5] < '0' || name[5] > '9')
		return -1;
	step = strtoll(name + 5, &end, 10);
	return *end == '\0' ? step : -1;
}

static int
newest_first(const void *a, const void *b)
{
	const int64_t *first = a, *second = b;

	return (*first < *second) - (*first > *second);
}

enum { STEPS_MAX = 4096 };

/* The steps of which there are checkpoints, the newest first. */
static size_t
list_steps(const char *folder, int64_t *steps)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	while (dir != NULL && count < STEPS_MAX && (entry = readdir(dir)) != NULL) {
		int64_t step = step_of(entry->d_name);

		if (step >= 0)
			steps[count++] = step;
	}
	if (dir != NULL)
		closedir(dir);
	qsort(steps, count, sizeof(*steps), newest_first);
	return count;
}

int
trainer_checkpoint_read(const char *folder, struct trainer_position *out,
	struct trainer_weights *weights)
{
	int64_t steps[STEPS_MAX];
	size_t count = list_steps(folder, steps);

	for (size_t i = 0; i < count; i++) {
		char path[4096 + 64];
		struct head head;
		bool good;
		int fd;

		trainer_checkpoint_path(folder, steps[i], path, sizeof(path) - sizeof("/state.bin"));
		strcat(path, "/state.bin");
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		good = fd >= 0 && read_state(fd, &head, weights) && head.position.step == steps[i];
		if (fd >= 0)
			close(fd);
		if (!good) {
			fprintf(stderr, "bulkhead-train: %s is damaged and passed over\n", path);
			continue;
		}
		if (strcmp(head.position.digest, out->digest) != 0)
			return bh_error(BH_E_STATE, "the checkpoint %s is of another job", path);
		*out = head.position;
		return 0;
	}
	return BH_E_NOT_FOUND;
}

/* Where a write was killed; of another step than those that are written again, if it came with a pause. */
static void
remove_interrupted(int parent, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const char *end = strrchr(entry->d_name, '.');

		if (strncmp(entry->d_name, "step-", 5) == 0 && end != NULL && strcmp(end, ".part") == 0)
			remove_below(parent, entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
}

void
trainer_checkpoint_prune(const char *folder, int64_t kept, int64_t best_step)
{
	int64_t steps[STEPS_MAX];
	size_t count = list_steps(folder, steps);
	int parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[32];

	if (parent < 0)
		return;
	for (size_t i = (size_t)kept; i < count; i++) {
		if (steps[i] == best_step)
			continue;
		snprintf(name, sizeof(name), "step-%08lld", (long long)steps[i]);
		remove_below(parent, name);
	}
	remove_interrupted(parent, folder);
	close(parent);
}
