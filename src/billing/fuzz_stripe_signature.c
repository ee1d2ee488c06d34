/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_stripe_signature.c: a webhook's header, and the body behind its first NUL. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "billing/stripe_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const secrets[] = {"whsec_one", "whsec_two"};
	char *header = malloc(size + 1);
	size_t len;

	if (header == NULL)
		abort();
	memcpy(header, data, size);
	header[size] = '\0';
	len = strlen(header);
	if (stripe_signature_check(header, secrets, 2, data + (len < size ? len + 1 : size),
			len < size ? size - len - 1 : 0, 1700000000) == 0 &&
		strstr(header, "t=") == NULL)
		abort();
	free(header);
	return 0;
}
