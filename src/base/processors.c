/* SPDX-License-Identifier: Apache-2.0 */
/* processors.c: affinity and the quota of the control group; sysconf knows neither. */
#include "base/processors.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PATH = 4096 };

unsigned
bh_processors_within(const char *cpu_max, unsigned most)
{
	unsigned long long quota, period;

	if (sscanf(cpu_max, "%llu %llu", &quota, &period) != 2 || quota == 0 || period == 0 ||
		quota / period >= most)
		return most;
	return (unsigned)((quota - 1) / period + 1);
}

/* The first line that begins so, without its end; false when there is none. */
static bool
line_of(const char *path, const char *begin, char *out, size_t size)
{
	FILE *file = fopen(path, "re");
	bool found = false;

	while (file != NULL && !found && fgets(out, (int)size, file) != NULL)
		found = strncmp(out, begin, strlen(begin)) == 0;
	if (file != NULL)
		fclose(file);
	out[found ? strcspn(out, "\n") : 0] = '\0';
	return found;
}

unsigned
bh_processors(void)
{
	char group[PATH], path[PATH + 64], cpu_max[64];
	cpu_set_t own;
	unsigned n = 1;

	if (sched_getaffinity(0, sizeof(own), &own) == 0 && CPU_COUNT(&own) > 1)
		n = (unsigned)CPU_COUNT(&own);
	if (!line_of("/proc/self/cgroup", "0::/", group, sizeof(group)))
		return n;
	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/cpu.max", group + strlen("0::/"));
	return line_of(path, "", cpu_max, sizeof(cpu_max)) ? bh_processors_within(cpu_max, n) : n;
}
