/* SPDX-License-Identifier: Apache-2.0 */
/* chunks.h: authenticated encryption of long content, chunk by chunk, so that a part of it can be opened alone.
 *
 * The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its
 * Nonce-Reuse Misuse-Resistance") as the payload of an age file has it (C2SP age.md): ChaCha20-Poly1305 (RFC 8439),
 * 64 KiB in each chunk but the last, and a nonce of an 11-byte big-endian counter and a byte that marks the last one.
 * A chunk that is cut off, moved, doubled or of another content does not open. Ours besides: the byte is 2 for a
 * header that belongs to the content. */
#ifndef BH_SEC_CHUNKS_H
#define BH_SEC_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "sec/digest.h"

#define BH_CHUNK_BYTES 65536u
#define BH_CHUNK_TAG 16u
#define BH_CHUNK_SEALED (BH_CHUNK_BYTES + BH_CHUNK_TAG)

enum bh_chunk_kind { BH_CHUNK_MORE, BH_CHUNK_LAST, BH_CHUNK_HEAD };

/* Which chunk of which content. The key must be of this content alone: nonces are counted. */
struct bh_chunk {
	const struct bh_secret *key; /* borrowed */
	uint64_t number;             /* 0 for a header */
	enum bh_chunk_kind kind;
	const void *also; /* borrowed: authenticated with it, not stored; may be NULL */
	size_t also_len;
};

/* Seals `len` bytes into len + BH_CHUNK_TAG bytes. */
void bh_chunk_seal(const struct bh_chunk *chunk, const void *bytes, size_t len, void *out);
/* Opens `len` bytes into len - BH_CHUNK_TAG. BH_E_INVALID: they are not this chunk; `out` is wiped then. */
BH_MUST_CHECK int bh_chunk_open(const struct bh_chunk *chunk, const void *sealed, size_t len,
	void *out);

#endif
