/* SPDX-License-Identifier: Apache-2.0 */
/* merkle.h: the Merkle trees of RFC 9162 (section 2.1): hashes, roots, proofs of inclusion and of consistency.
 *
 * A leaf is SHA-256 of 0x00 and its bytes, a node of 0x01 and its two children. The tree over n leaves splits at the
 * largest power of two below n. */
#ifndef BH_SEC_MERKLE_H
#define BH_SEC_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "sec/digest.h"

enum { BH_MERKLE_DEPTH = 63 /* of the largest tree: sizes are positive 64-bit numbers */ };

/* A hasher that is used again and again. Owned by one thread. */
struct bh_merkle {
	void *ctx; /* owned: OpenSSL's EVP_MD_CTX */
};

void bh_merkle_open(struct bh_merkle *out);
void bh_merkle_close(struct bh_merkle *merkle); /* safe on a zeroed one, and twice */

/* Of a leaf whose bytes are two pieces, one after the other. */
void bh_merkle_leaf(struct bh_merkle *merkle, const void *first, size_t first_len,
	const void *second, size_t second_len, struct bh_digest *out);
void bh_merkle_node(struct bh_merkle *merkle, const struct bh_digest *left,
	const struct bh_digest *right, struct bh_digest *out);

/* A tree that grows to the right: the roots of the full subtrees that make it up, the largest first. Zeroed: empty. */
struct bh_merkle_tree {
	int64_t size;
	struct bh_digest roots[BH_MERKLE_DEPTH];
	size_t n;
};

/* Adds a full subtree of 2^height leaves, which the tree's size must be a multiple of: BH_E_INVALID otherwise, and
 * where the tree would be too large. */
BH_MUST_CHECK int bh_merkle_add(struct bh_merkle *merkle, struct bh_merkle_tree *tree,
	unsigned height, const struct bh_digest *hash);
/* Of an empty one SHA-256 of nothing. */
void bh_merkle_root(struct bh_merkle *merkle, const struct bh_merkle_tree *tree,
	struct bh_digest *out);

/* The height of the largest full subtree that can stand at `from` and ends at `to` at most. */
unsigned bh_merkle_height(int64_t from, int64_t to);

/* Gives the root of the full subtree of 2^height leaves that begins at `at`, a multiple of that. */
typedef int (*bh_merkle_source)(void *ctx, int64_t at, unsigned height, struct bh_digest *out);

/* The root of the leaves in [from, to), as RFC 9162's MTH(D[from:to]) for what its proofs name. */
BH_MUST_CHECK int bh_merkle_range(struct bh_merkle *merkle, bh_merkle_source source, void *ctx,
	int64_t from, int64_t to, struct bh_digest *out);
/* PATH(position, D[size]): struct bh_digest, appended. */
BH_MUST_CHECK int bh_merkle_path(struct bh_merkle *merkle, bh_merkle_source source, void *ctx,
	int64_t position, int64_t size, struct bh_buf *out);
/* PROOF(before, D[size]), 0 < before <= size: appended. */
BH_MUST_CHECK int bh_merkle_consistency(struct bh_merkle *merkle, bh_merkle_source source,
	void *ctx, int64_t before, int64_t size, struct bh_buf *out);

/* Whether the path leads from the leaf to the root (2.1.3.2). */
bool bh_merkle_included(struct bh_merkle *merkle, int64_t position, int64_t size,
	const struct bh_digest *leaf, const struct bh_digest *path, size_t n,
	const struct bh_digest *root);
/* Whether the tree of `size` goes on from the one of `before` (2.1.4.2). */
bool bh_merkle_consistent(struct bh_merkle *merkle, int64_t before,
	const struct bh_digest *before_root, int64_t size, const struct bh_digest *root,
	const struct bh_digest *proof, size_t n);

#endif
