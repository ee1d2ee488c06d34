/* SPDX-License-Identifier: Apache-2.0 */
/* input.c: maps a file, so that only those of its pages are read that are needed. */
#include "input.h"

#include <sys/mman.h>
#include <sys/stat.h>

int
picture_input_map(int fd, const struct picture_limits *limits, struct picture_bytes *out,
	struct picture_failure *why)
{
	struct stat info;
	void *data;
	int rc;

	if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
		return picture_fail(why, PICTURE_E_SETUP, "The image was not handed over as a file.");
	rc = picture_head_check_bytes((uint64_t)info.st_size, limits, why);
	if (rc < 0)
		return rc;
	*out = (struct picture_bytes){(const uint8_t *)"", 0};
	if (info.st_size == 0)
		return 0;
	data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return picture_fail(why, PICTURE_E_SETUP, "The image cannot be read.");
	*out = (struct picture_bytes){data, (size_t)info.st_size};
	return 0;
}
