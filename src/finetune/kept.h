/* SPDX-License-Identifier: Apache-2.0 */
/* kept.h: files that rag keeps for a tenant: training data is read, and an adapter becomes one. */
#ifndef BH_FINETUNE_KEPT_H
#define BH_FINETUNE_KEPT_H

#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_peer;

struct finetune_file {
	const char *filename, *purpose; /* the peer's arena's */
	int64_t bytes;
};

/* BH_E_NOT_FOUND on `param`, also for one of another tenant. */
BH_MUST_CHECK int finetune_kept_describe(const struct bh_peer *peer, const struct bh_uuid *id,
	const char *param, struct finetune_file *out);

/* Its bytes as a new file of that path. BH_E_TOO_LARGE beyond `most`, BH_E_NO_ROOM, and what bh_peer_ask tells. */
BH_MUST_CHECK int finetune_kept_get(const struct bh_peer *peer, const struct bh_uuid *id,
	int64_t most, const char *path);

/* The bytes of `fd`, kept under an id that was made for them; may be asked again. BH_E_STORAGE. */
BH_MUST_CHECK int finetune_kept_put(const struct bh_peer *peer, const struct bh_uuid *id,
	const char *filename, int fd, int64_t bytes);

/* One that is there no more is removed. */
BH_MUST_CHECK int finetune_kept_remove(const struct bh_peer *peer, const struct bh_uuid *id);

#endif
