/* SPDX-License-Identifier: Apache-2.0 */
/* input.c: maps a file, so that only those of its pages are read that are needed. */
#include "input.h"

#include <sys/mman.h>
#include <sys/stat.h>

int
audio_input_map(int fd, const struct audio_limits *limits, struct audio_bytes *out,
	struct audio_failure *why)
{
	struct stat info;
	void *data;
	int rc;

	if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
		return audio_fail(why, AUDIO_E_SETUP, "The recording was not handed over as a file.");
	rc = audio_head_check_bytes((uint64_t)info.st_size, limits, why);
	if (rc < 0)
		return rc;
	*out = (struct audio_bytes){(const uint8_t *)"", 0};
	if (info.st_size == 0)
		return 0;
	data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return audio_fail(why, AUDIO_E_SETUP, "The recording cannot be read.");
	*out = (struct audio_bytes){data, (size_t)info.st_size};
	return 0;
}
