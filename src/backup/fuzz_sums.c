/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_sums.c: SHA256SUMS from anywhere: what is accepted is found again, and leads nowhere else. */
#include <stdint.h>
#include <string.h>

#include "backup/sums.h"
#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct backup_sums sums = {0};

	if (backup_sums_parse((const char *)data, size, &sums) < 0)
		return 0;
	for (size_t i = 0; i < sums.n; i++) {
		BH_ASSERT(backup_sums_find(&sums, sums.list[i].path) == &sums.list[i]);
		BH_ASSERT(
			sums.list[i].path[0] != '/' && strstr(sums.list[i].path, "..") != sums.list[i].path);
		BH_ASSERT(strstr(sums.list[i].path, "/.") == NULL);
	}
	backup_sums_close(&sums);
	return 0;
}
