/* SPDX-License-Identifier: Apache-2.0 */
/* chain.c: one bounded read of a conversation, and what is said where it does not suffice. */
#include "agent/chain.h"

#include "agent/store.h"
#include "base/error.h"

/* More than any model's context holds as text, and little enough for a service's memory. */
enum { CHAIN_BYTES_MOST = 8 * 1024 * 1024 };

int
agent_chain_read(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *previous,
	bool truncates, struct agent_item **out, size_t *out_n)
{
	char id[BH_UUID_HEX];
	bool more = false;
	int rc = agent_store_item_chain(db, tenant, previous, CHAIN_BYTES_MOST, out, out_n, &more);

	bh_uuid_hex(previous, id);
	if (rc == BH_E_NOT_FOUND)
		return bh_error_param(BH_E_NOT_FOUND, "previous_response_id",
			"Response '" AGENT_RESPONSE_PREFIX
			"%s', or one that it continues, was deleted or has expired.",
			id);
	if (rc == 0 && more && !truncates)
		return bh_error_param(BH_E_CONTEXT_LENGTH, "previous_response_id",
			"The conversation is larger than %d MiB. Start a new one, or set 'truncation' to auto.",
			CHAIN_BYTES_MOST / (1024 * 1024));
	return rc;
}
