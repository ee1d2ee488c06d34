/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c: see the header. */
#include "object/testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

void
bh_test_objects_open(struct bh_test_objects *out)
{
	int rc;

	*out = (struct bh_test_objects){.root = "/tmp/bh_objects.XXXXXX"};
	BH_ASSERT(mkdtemp(out->root) != NULL);
	rc = bh_object_store_open(&(struct bh_object_conf){.driver = "fs", .previous = ""},
		&(struct bh_object_place){.folder = out->root}, &out->store);
	BH_ASSERT(rc == 0);
}

void
bh_test_objects_close(struct bh_test_objects *objects)
{
	char command[128];

	bh_object_store_close(objects->store);
	objects->store = NULL;
	snprintf(command, sizeof(command), "rm -rf '%s'", objects->root);
	BH_ASSERT(system(command) == 0);
}
