/* SPDX-License-Identifier: Apache-2.0 */
/* child.h: a program of ours as a child process, one that reads bytes of others and may be taken over by them.
 *
 * It gets the descriptors that it is given and no other (ours close on exec), a bare environment, no blocked signal, and a session of its
 * own, which is what the kernel shares processors out among. The session's leader leads its process group too, and whatever the program
 * started ends with it.
 *
 * Errors: BH_E_IO, BH_E_UNAVAILABLE (the program cannot be started), each with its words.
 */
#ifndef BH_BASE_CHILD_H
#define BH_BASE_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum {
	BH_CHILD_ARGUMENTS_MAX = 48, /* the program's name included */
	BH_CHILD_FDS_MAX = 32,
	BH_CHILD_NUMBER_TEXT = 24
};

/* Begins with {.list = {NAME}, .n = 1}. Texts are the caller's and outlive the start. */
struct bh_child_arguments {
	char *list[BH_CHILD_ARGUMENTS_MAX + 1];
	char numbers[BH_CHILD_ARGUMENTS_MAX][BH_CHILD_NUMBER_TEXT];
	size_t n;
};

/* Adds two: a name and its value. NULL adds nothing. More than there is room for is a fault of the caller's, and asserted. */
void bh_child_add(struct bh_child_arguments *arguments, const char *name, const char *value);
void bh_child_add_number(struct bh_child_arguments *arguments, const char *name, int64_t value);

/* fds[i] becomes the program's descriptor i; -1 leaves it the one that this process has there. The caller keeps its own open.
 * *out_pid is untouched on failure. */
int bh_child_start(const char *program, const struct bh_child_arguments *arguments, const int fds[],
	size_t n, pid_t *out_pid);

/* Waits for its end, then ends what it left running. *pid becomes 0; usage may be NULL. Returns the status as waitpid(2) has it. */
int bh_child_wait(pid_t *pid, struct rusage *usage);

/* Ends it now, and waits. *pid becomes 0. Nothing if it is 0. */
void bh_child_kill(pid_t *pid);

#endif
