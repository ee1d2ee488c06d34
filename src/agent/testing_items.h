/* SPDX-License-Identifier: Apache-2.0 */
/* testing_items.h: input for tests, from its JSON. Tests only; behind cmocka.h. */
#ifndef AGENT_TESTING_ITEMS_H
#define AGENT_TESTING_ITEMS_H

#include <string.h>

#include "agent/items.h"

static inline int
read_items(const char *text, struct bh_arena *arena, struct agent_item **out, size_t *out_n)
{
	struct bh_json_doc doc = {0};
	int rc;

	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	rc = agent_items_read(arena, doc.root, out, out_n);
	bh_json_close(&doc);
	return rc;
}

#endif
