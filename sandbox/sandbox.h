/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.h: drops privileges before a file from outside is read; for programs that run once per file. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>

#define SANDBOX_MUST_CHECK __attribute__((warn_unused_result))

/* What a program needs in it. */
struct sandbox_needs {
	const char *program; /* its name, for what is said on fd 2 */
	int cpu_seconds;     /* 0: not limited */
	int descriptors; /* those below stay open; at least 3, for what is read, said and complained of */
	const char *const *
		folders; /* readable to the end, where the kernel offers landlock; ends in NULL. NULL: none */
	bool in_background; /* whoever waits for an answer comes before it */
	const char *
		written; /* a folder below which it may write; without landlock the files' permissions are the only
	                      * lock. NULL: none */
	bool threads;               /* it starts threads */
	unsigned long memory_bytes; /* of address space; 0: what one file needs */
};

/*
 * From here on the process ends with whoever started it: one that is stopped would not notice that nobody is left
 * to let it go on. It may be stopped at any time, so that this comes first of all; it holds across an exec.
 * Returns 0, or -1 with the reason on fd 2.
 */
SANDBOX_MUST_CHECK int sandbox_tie(const char *program);

/*
 * Becomes the program of that name beside this one, with these arguments and a small environment of its own: in the
 * sandbox no program can be started, so that what only some files need is chosen before. Returns only if that fails,
 * -1 with the reason on fd 2.
 */
int sandbox_become(const char *name, char **args);

/*
 * Enters the sandbox for good: no new privileges, not dumpable, other descriptors closed, limits
 * on CPU time, address space, files and core, and a list of allowed system calls; every other
 * one fails with EPERM. Nothing can be executed or connected to, and nothing created or opened for writing but below
 * `written`.
 *
 * Where the kernel offers landlock, the folders stay readable; where it does not, or there are none, nothing can be
 * opened.
 *
 * Libraries are to be initialised before: what they open once, they have to open by then.
 * Returns 0, or -1 with the reason on fd 2; the caller must not go on then.
 */
SANDBOX_MUST_CHECK int sandbox_enter(const struct sandbox_needs *needs);

#endif
