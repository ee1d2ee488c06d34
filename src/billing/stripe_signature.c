/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_signature.c: reads the header, signs what came, compares. */
#include "billing/stripe_signature.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "sec/digest.h"

enum { PARTS_MOST = 32, HEADER_MOST = 4096, SIGNATURES_MOST = 16 };

struct header {
	char time[32]; /* as written: it is what was signed */
	int64_t time_s;
	struct bh_digest signatures[SIGNATURES_MOST];
	size_t n_signatures;
};

/* One `name=value`. Schemes that we do not know are skipped, as the documentation asks for. */
static int
read_part(const char *part, size_t len, struct header *out)
{
	if (len > 2 && memcmp(part, "t=", 2) == 0) {
		if (out->time[0] != '\0' || len - 2 >= sizeof(out->time))
			return bh_error(BH_E_INVALID, "The signature has no valid time.");
		memcpy(out->time, part + 2, len - 2);
		if (bh_text_int(out->time, 0, INT64_C(1) << 40, &out->time_s) < 0)
			return bh_error(BH_E_INVALID, "The signature has no valid time.");
		return 0;
	}
	if (len == 3 + 2 * sizeof(out->signatures[0].bytes) && memcmp(part, "v1=", 3) == 0 &&
		out->n_signatures < SIGNATURES_MOST &&
		bh_text_unhex(part + 3, len - 3, out->signatures[out->n_signatures].bytes,
			sizeof(out->signatures[0].bytes)))
		out->n_signatures++;
	return 0;
}

static int
read_header(const char *header, struct header *out)
{
	size_t parts = 0;
	int rc = 0;

	if (header == NULL || strlen(header) > HEADER_MOST)
		return bh_error(BH_E_INVALID, "The signature is missing or too long.");
	while (rc == 0 && *header != '\0' && parts++ < PARTS_MOST) {
		size_t len = strcspn(header, ",");

		rc = read_part(header, len, out);
		header += len + (header[len] == ',');
	}
	if (rc == 0 && *header != '\0')
		rc = bh_error(BH_E_INVALID, "The signature has too many parts.");
	if (rc == 0 && (out->time[0] == '\0' || out->n_signatures == 0))
		rc = bh_error(BH_E_INVALID, "The signature has no time or no v1 part.");
	return rc;
}

int
stripe_signature_check(const char *header, const char *const *secrets, size_t n_secrets,
	const void *body, size_t len, int64_t now_s)
{
	BH_AUTO(bh_buf_close) struct bh_buf signed_text = {0};
	struct header read = {0};
	unsigned found = 0;
	int rc = read_header(header, &read);

	if (rc < 0)
		return rc;
	bh_buf_text(&signed_text, read.time);
	bh_buf_char(&signed_text, '.');
	bh_buf_add(&signed_text, body, len);
	for (size_t i = 0; i < n_secrets; i++) {
		struct bh_digest ours;

		bh_digest_hmac_bytes(secrets[i], strlen(secrets[i]), signed_text.data, signed_text.len,
			&ours);
		for (size_t s = 0; s < read.n_signatures; s++)
			found |= bh_digest_equal(&ours, &read.signatures[s]);
	}
	if (found == 0)
		return bh_error(BH_E_INVALID, "No signature matches.");
	/* Last: an old message tells nothing to those who have no secret. */
	if (read.time_s < now_s - STRIPE_TOLERANCE_S || read.time_s > now_s + STRIPE_TOLERANCE_S)
		return bh_error(BH_E_INVALID, "The signature is older or newer than %d seconds.",
			STRIPE_TOLERANCE_S);
	return 0;
}
