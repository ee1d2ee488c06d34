/* SPDX-License-Identifier: Apache-2.0 */
/* kept.h: files that rag keeps for a tenant: what is made here becomes one, and what is sent by its id is read. */
#ifndef BH_MULTIMODAL_KEPT_H
#define BH_MULTIMODAL_KEPT_H

#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_peer;

#define MULTIMODAL_FILE_PREFIX "file-"

/* A file to be kept: bytes of `fd`. Strings are borrowed. */
struct multimodal_kept {
	struct bh_uuid id; /* made for these bytes, and never used for others */
	const char *filename, *content_type;
	const char *purpose; /* as of POST /v1/files */
	int64_t expires_s;   /* 0: never */
	int fd;
	int64_t offset, bytes;
};

/* Kept under its id, within the tenant's quota; may be asked again. BH_E_STORAGE, and what bh_peer_ask tells. */
BH_MUST_CHECK int multimodal_kept_put(const struct bh_peer *peer,
	const struct multimodal_kept *file);

/* Whether that many files, of that many bytes together, could be kept now. BH_E_STORAGE, and what bh_peer_ask tells. */
BH_MUST_CHECK int multimodal_kept_room(const struct bh_peer *peer, int64_t files, int64_t bytes);

/* The file's bytes in a file without a name in `spool_dir`, which is the caller's to close. BH_E_NOT_FOUND, also for
 * one of another tenant; BH_E_TOO_LARGE beyond `most`. */
BH_MUST_CHECK int multimodal_kept_get(const struct bh_peer *peer, const struct bh_uuid *id,
	int64_t most, const char *spool_dir, int *out_fd, int64_t *out_bytes);

/* Its reply's body is the file; the caller closes it. Whether it exists is told by the status: an error as above. */
struct bh_http_reply;
BH_MUST_CHECK int multimodal_kept_open(const struct bh_peer *peer, const struct bh_uuid *id,
	struct bh_http_reply *out);

/* When it expires; 0: never. BH_E_NOT_FOUND as above. */
BH_MUST_CHECK int multimodal_kept_expiry(const struct bh_peer *peer, const struct bh_uuid *id,
	int64_t *out_ms);

/* Gone, with its bytes; one that is not there is none. */
BH_MUST_CHECK int multimodal_kept_delete(const struct bh_peer *peer, const struct bh_uuid *id);

#endif
