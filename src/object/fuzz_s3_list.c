/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_s3_list.c: any bytes as two pages of a listing: no page is longer than it may be, of a tenant's as
 * well as of the tenants' names. */
#include <stdint.h>
#include <stdlib.h>

#include "object/s3.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
parse(const struct bh_uuid *tenant, const char *text, size_t len)
{
	struct s3_list list = {.tenant = *tenant, .page = calloc(1001, sizeof(struct s3_listed))};

	if (list.page == NULL)
		abort();
	for (int page = 0; page < 2; page++)
		if (s3_list_parse(&list, text, len) < 0 || list.n > 1001)
			break;
	if (list.n > 1001)
		abort();
	free(list.page);
	bh_buf_close(&list.token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bh_uuid none;
	struct bh_uuid tenant;

	if (bh_uuid_parse_id("0190a0b0c0d07e0f8000000000000001", "", &tenant) < 0)
		abort();
	parse(&tenant, (const char *)data, size);
	parse(&none, (const char *)data, size);
	return 0;
}
