/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_conf.c: any bytes as a settings file; behind a NUL, one environment variable. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
	int64_t wait_ms;
	bool loud;
	const char *url;
	const char *key;
};

static const struct bh_setting settings[] = {
	BH_INT("wait_ms", "500", 1, 1000, struct sample, wait_ms, "How long to wait."),
	BH_BOOL("loud", "false", struct sample, loud, "Whether to shout."),
	BH_TEXT("url", "", struct sample, url, "Where."),
	BH_SECRET("key", "", struct sample, key, "With what."),
};

/* A file in memory that holds these bytes. */
static int
file_of(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("conf", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
	size_t len = nul != NULL ? (size_t)(nul - data) : size;
	struct bh_arena arena = {0};
	struct sample sample = {0};
	const struct bh_section section = {"probe", BH_LIST(settings), &sample};
	char variable[256] = "BULKHEAD_PROBE_";
	char *environ_list[] = {variable, NULL};
	char path[64];
	int rc;

	if (nul != NULL)
		snprintf(variable, sizeof(variable), "BULKHEAD_%.*s", (int)(size - len - 1), nul + 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file_of(data, len));
	rc = bh_conf_load(&arena, &section, 1, path, nul != NULL ? environ_list : environ_list + 1);
	if (rc == 0 && (sample.wait_ms < 1 || sample.wait_ms > 1000 || sample.url == NULL))
		abort();
	if (rc < 0 && (rc != BH_E_CONFIG || bh_error_detail(rc)[0] == '\0'))
		abort();
	bh_arena_close(&arena);
	return 0;
}
