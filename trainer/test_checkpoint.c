/* SPDX-License-Identifier: Apache-2.0 */
/* test_checkpoint.c: checkpoints are whole or not there, whatever happens to the disk. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "trainer/checkpoint.h"

enum { COUNT = 3 * 4 + 4 * 5 };

static const struct trainer_matrix matrices[] = {
	{"blk.0.attn_q.weight.lora_a", 3, 4, 0},
	{"blk.0.attn_q.weight.lora_b", 4, 5, 12},
};
static const struct trainer_adapter adapter = {"llama", "", 16, matrices, 2};

struct fixture {
	char folder[64];
	float values[COUNT], means[COUNT], squares[COUNT];
	struct trainer_weights weights;
	struct trainer_position position;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/bh-test-checkpoint-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	for (int i = 0; i < COUNT; i++) {
		f->values[i] = (float)i;
		f->means[i] = (float)i / 8;
		f->squares[i] = (float)(i * i);
	}
	f->weights = (struct trainer_weights){COUNT, f->values, NULL, f->means, f->squares};
	memset(f->position.digest, 'a', 64);
	f->position.trained_tokens = 77;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	trainer_checkpoint_prune(f->folder, 0, -1);
	assert_int_equal(rmdir(f->folder), 0);
	free(f);
	return 0;
}

static void
write_step(struct fixture *f, int64_t step)
{
	struct trainer_written written;

	f->position.step = step;
	f->values[0] = (float)step;
	assert_int_equal(trainer_checkpoint_write(f->folder, &f->position, &adapter, &f->weights,
						 &written),
		0);
	assert_int_equal(strlen(written.sha256), 64);
}

/* The step that is read, -1 if there is none. */
static int64_t
read_step(const struct fixture *f)
{
	float parts[3][COUNT];
	struct trainer_weights weights = {COUNT, parts[0], NULL, parts[1], parts[2]};
	struct trainer_position position = {0};

	strcpy(position.digest, f->position.digest);
	if (trainer_checkpoint_read(f->folder, &position, &weights) < 0)
		return -1;
	assert_float_equal(parts[0][0], (double)position.step, 0);
	assert_memory_equal(parts[0] + 1, f->values + 1, sizeof(f->values) - sizeof(float));
	assert_memory_equal(parts[1], f->means, sizeof(f->means));
	assert_memory_equal(parts[2], f->squares, sizeof(f->squares));
	assert_int_equal(position.trained_tokens, 77);
	return position.step;
}

static void
what_was_written_is_read_and_the_newest_first(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_step(f), -1);
	write_step(f, 5);
	assert_int_equal(read_step(f), 5);
	write_step(f, 10);
	write_step(f, 100000000);
	assert_int_equal(read_step(f), 100000000);
}

static void
path_of(const struct fixture *f, int64_t step, const char *name, char out[256])
{
	char folder[128];

	trainer_checkpoint_path(f->folder, step, folder, sizeof(folder));
	snprintf(out, 256, "%s/%s", folder, name);
}

static void
every_changed_byte_and_every_cut_is_noticed(void **state)
{
	struct fixture *f = *state;
	char path[256];
	struct stat file;

	write_step(f, 1);
	write_step(f, 2);
	path_of(f, 2, "state.bin", path);
	assert_int_equal(stat(path, &file), 0);
	for (off_t at = 0; at < file.st_size; at++) {
		int fd = open(path, O_RDWR);
		unsigned char byte, other;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		other = byte ^ 1;
		assert_int_equal(pwrite(fd, &other, 1, at), 1);
		assert_int_equal(read_step(f), 1);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(fd);
	}
	assert_int_equal(read_step(f), 2);
	for (off_t len = file.st_size - 1; len >= 0; len -= 7) {
		assert_int_equal(truncate(path, len), 0);
		assert_int_equal(read_step(f), 1);
	}
	/* A damaged one is replaced when its step is reached again. */
	write_step(f, 2);
	assert_int_equal(read_step(f), 2);
}

static int
entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int count = 0;

	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2;
}

static void
a_full_disk_leaves_what_was_there(void **state)
{
	struct fixture *f = *state;
	struct trainer_written written;
	struct stat state_file;
	char path[256];

	write_step(f, 1);
	path_of(f, 1, "state.bin", path);
	assert_int_equal(stat(path, &state_file), 0);
	signal(SIGXFSZ, SIG_IGN);
	/* The limit stands for the disk's end, at every size up to that of the larger file. */
	for (rlim_t most = 0; most < (rlim_t)state_file.st_size; most += 37) {
		pid_t child = fork();
		int status;

		if (child == 0) {
			setrlimit(RLIMIT_FSIZE, &(struct rlimit){most, most});
			f->position.step = 2;
			_exit(trainer_checkpoint_write(f->folder, &f->position, &adapter, &f->weights,
					  &written) == BH_E_STORAGE
					? 0
					: 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		assert_int_equal(entries(f->folder), 1);
	}
	assert_int_equal(read_step(f), 1);
}

static void
what_an_interrupted_write_left_is_no_checkpoint(void **state)
{
	struct fixture *f = *state;
	char path[256];
	int fd;

	write_step(f, 1);
	snprintf(path, sizeof(path), "%s/step-00000002.part", f->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/adapter.gguf");
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(read_step(f), 1);
	write_step(f, 3);
	assert_int_equal(entries(f->folder), 3);
	trainer_checkpoint_prune(f->folder, 2, -1);
	assert_int_equal(entries(f->folder), 2);
	assert_int_equal(read_step(f), 3);
}

static void
another_jobs_checkpoint_is_refused(void **state)
{
	struct fixture *f = *state;
	float parts[3][COUNT];
	struct trainer_weights weights = {COUNT, parts[0], NULL, parts[1], parts[2]};
	struct trainer_position position = {0};

	write_step(f, 1);
	memset(position.digest, 'b', 64);
	assert_int_equal(trainer_checkpoint_read(f->folder, &position, &weights), BH_E_STATE);
}

static void
the_newest_and_the_best_are_kept(void **state)
{
	struct fixture *f = *state;
	char path[256];

	for (int step = 1; step <= 6; step++)
		write_step(f, step);
	trainer_checkpoint_prune(f->folder, 2, 3);
	assert_int_equal(entries(f->folder), 3);
	for (int step = 1; step <= 6; step++) {
		path_of(f, step, "state.bin", path);
		assert_int_equal(access(path, R_OK), step == 3 || step >= 5 ? 0 : -1);
	}
}

static void
the_adapters_head_is_gguf(void **state)
{
	struct bh_buf head = {0};
	uint64_t count;

	(void)state;
	trainer_adapter_head(&adapter, &head);
	assert_memory_equal(head.data, "GGUF\3\0\0\0", 8);
	memcpy(&count, head.data + 8, 8);
	assert_int_equal(count, 2);
	assert_int_equal(head.len % TRAINER_ADAPTER_ALIGN, 0);
	/* The second matrix begins behind the 48 bytes of the first, at the next multiple of 32. */
	memcpy(&count, (char *)memmem(head.data, head.len, "lora_b", 6) + 6 + 4 + 16 + 4, 8);
	assert_int_equal(count, 64);
	bh_buf_close(&head);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_read_and_the_newest_first),
		TEST(every_changed_byte_and_every_cut_is_noticed),
		TEST(a_full_disk_leaves_what_was_there),
		TEST(what_an_interrupted_write_left_is_no_checkpoint),
		TEST(another_jobs_checkpoint_is_refused),
		TEST(the_newest_and_the_best_are_kept),
		TEST(the_adapters_head_is_gguf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
