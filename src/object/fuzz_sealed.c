/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_sealed.c: a sealed object as a store that was broken into could give it: it opens as what it was, or not. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "object/object.h"
#include "sec/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bh_secret secret = {{1}};
	const struct bh_uuid tenant = {{2}}, id = {{3}};
	struct bh_object_sealed_key key = {.id = {{4}}};
	struct bh_object_content content = {.bytes = -1};
	BH_AUTO(bh_buf_close) struct bh_buf sealed = {0};
	int fd = memfd_create("fuzz", 0);

	/* A key that opens, so that what comes behind the header's key is read. */
	bh_seal(&secret, "object.key:02000000000000000000000000000000:04000000000000000000000000000000",
		secret.bytes, sizeof(secret.bytes), &sealed);
	memcpy(key.bytes, sealed.data, sizeof(key.bytes));
	BH_ASSERT(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	if (bh_object_prove(&secret, &key, 1, &tenant, &id, fd, &content) == 0)
		BH_ASSERT(bh_object_sealed_bytes(content.bytes) == (int64_t)size);
	close(fd);
	return 0;
}
