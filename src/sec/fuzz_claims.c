/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_claims.c: any bytes as a token's payload and as an opaque credential; accepted claims survive
 * writing and reading again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sec/claims.h"
#include "sec/credential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_claims(const char *payload, size_t len)
{
	struct bh_claims claims, again;
	struct bh_buf first = {0};
	struct bh_buf second = {0};

	if (bh_claims_read(payload, len, "bulkhead", &claims) < 0)
		return;
	bh_claims_write(&claims, "bulkhead", &first);
	if (bh_claims_read(first.data, first.len, "bulkhead", &again) < 0)
		abort();
	bh_claims_write(&again, "bulkhead", &second);
	if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
		abort();
	bh_buf_close(&first);
	bh_buf_close(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_credential credential;
	char *text = malloc(size + 1);

	if (text == NULL)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	read_claims(text, size);
	if (bh_credential_parse(text, &credential) == 0 && strlen(text) != BH_CREDENTIAL_TEXT - 1)
		abort();
	free(text);
	return 0;
}
