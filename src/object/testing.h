/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: an object store in a folder of its own; linked by tests only. */
#ifndef BH_OBJECT_TESTING_H
#define BH_OBJECT_TESTING_H

#include "object/object.h"

/* Zeroed means "holds nothing". */
struct bh_test_objects {
	char root[64]; /* the folder */
	struct bh_object_store *store;
};

/* Stops the program where a folder cannot be made: it is the test's ground. */
void bh_test_objects_open(struct bh_test_objects *out);

/* Removes the folder with what is in it. */
void bh_test_objects_close(struct bh_test_objects *objects);

#endif
