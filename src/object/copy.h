/* SPDX-License-Identifier: Apache-2.0 */
/* copy.h: moves an object from one store to another, while both are in use. */
#ifndef BH_OBJECT_COPY_H
#define BH_OBJECT_COPY_H

#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_object_store;

enum bh_object_copied {
	BH_OBJECT_COPIED, /* it is there now, and reads back with the same hash */
	BH_OBJECT_KEPT,   /* it was there already, with the same content */
	BH_OBJECT_GONE    /* it was removed from the store it comes from, and is in neither now */
};

/* Copies one object. Nothing is ever removed where it comes from. Errors of the stores; then nothing but the
 * whole object may be there. */
BH_MUST_CHECK int bh_object_copy(struct bh_object_store *from, struct bh_object_store *to,
	const struct bh_uuid *tenant, const struct bh_uuid *id, enum bh_object_copied *out,
	int64_t *out_bytes);

#endif
