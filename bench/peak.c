/* SPDX-License-Identifier: Apache-2.0 */
/* peak.c: runs a program and writes what it used to fd 2: microseconds of processor time, and its peak memory in KiB. A
 * process's peak begins with that of the one that started it, so that a large one cannot measure a small one. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int count, char **args)
{
	struct rusage usage;
	pid_t child = count < 2 ? -1 : fork();
	int status;

	if (child == 0) {
		execv(args[1], args + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0)
		return 1;
	fprintf(stderr, "%lld %ld\n",
		((long long)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
			usage.ru_utime.tv_usec + usage.ru_stime.tv_usec,
		usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
