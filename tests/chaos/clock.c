/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c: for LD_PRELOAD: a process whose clock of the day is off by the seconds that stand in the file CHAOS_CLOCK,
 * which may change while it runs. The steady clock stays as it is. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int32_t *off;

__attribute__((constructor)) static void
begin(void)
{
	static const int32_t none;
	const char *path = getenv("CHAOS_CLOCK");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *found = fd >= 0 ? mmap(NULL, sizeof(*off), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	off = found != MAP_FAILED ? found : &none;
	if (fd >= 0)
		close(fd);
}

static int
is_of_the_day(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
	long rc = syscall(SYS_clock_gettime, clock, out);

	if (rc == 0 && off != NULL && is_of_the_day(clock))
		out->tv_sec += *off;
	return (int)rc;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}
