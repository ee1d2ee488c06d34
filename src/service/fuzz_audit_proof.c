/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_audit_proof.c: any bytes as an export of audit events, and as public keys. No fuzzer signs a checkpoint: one is
 * set, of which no event can be proved. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "service/audit_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
verify(const char *text, size_t len, bool range, const struct bh_audit_keys *keys)
{
	struct bh_audit_verifier verifier;

	bh_audit_verify_open(&verifier, keys);
	verifier.begun = true;
	verifier.lines = 1;
	verifier.range = range;
	verifier.checkpoint.size = 5;
	for (const char *at = text, *end = text + len; at < end;) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		if (next == NULL)
			next = end;
		bh_audit_verify_line(&verifier, at, (size_t)(next - at));
		at = next + 1;
	}
	/* An export of no event is good where nothing says that it is everything. */
	if ((bh_audit_verify_end(&verifier) && range) || (!range && verifier.proved > 0) ||
		(verifier.failures == 0) != (verifier.why[0] == '\0'))
		abort();
	bh_audit_verify_close(&verifier);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct bh_audit_keys keys;
	struct bh_audit_checkpoint checkpoint;
	struct bh_buf copy = {0};

	if (bh_audit_keys_open(text, size, &keys) < 0)
		bh_error_clear();
	else if (keys.n < 1 || keys.n > BH_AUDIT_KEYS_MOST)
		abort();
	bh_buf_add(&copy, data, size);
	if (bh_audit_checkpoint_read(&keys, bh_buf_string(&copy), &checkpoint) == 0)
		abort();
	verify(text, size, false, &keys);
	verify(text, size, true, &keys);
	bh_audit_keys_close(&keys);
	bh_buf_close(&copy);
	return 0;
}
