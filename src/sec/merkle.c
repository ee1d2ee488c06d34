/* SPDX-License-Identifier: Apache-2.0 */
/* merkle.c: hashes, roots and proofs of RFC 9162's trees. */
#include "sec/merkle.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"

enum { LEAF = 0, NODE = 1 };

/* ---- hashing ---- */

void
bh_merkle_open(struct bh_merkle *out)
{
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int done = ctx != NULL && sha256 != NULL ? EVP_DigestInit_ex(ctx, sha256, NULL) : 0;

	BH_ASSERT(done == 1);
	EVP_MD_free(sha256); /* the context holds it */
	out->ctx = ctx;
}

void
bh_merkle_close(struct bh_merkle *merkle)
{
	EVP_MD_CTX_free(merkle->ctx);
	merkle->ctx = NULL;
}

static void
hash(struct bh_merkle *merkle, unsigned char prefix, const void *first, size_t first_len,
	const void *second, size_t second_len, struct bh_digest *out)
{
	/* Begun again with the digest that it has: nothing is looked up or allocated. */
	int done = EVP_DigestInit_ex(merkle->ctx, NULL, NULL) == 1 &&
		EVP_DigestUpdate(merkle->ctx, &prefix, 1) == 1 &&
		EVP_DigestUpdate(merkle->ctx, first, first_len) == 1 &&
		(second_len == 0 || EVP_DigestUpdate(merkle->ctx, second, second_len) == 1) &&
		EVP_DigestFinal_ex(merkle->ctx, out->bytes, NULL) == 1;

	BH_ASSERT(done == 1);
}

void
bh_merkle_leaf(struct bh_merkle *merkle, const void *first, size_t first_len, const void *second,
	size_t second_len, struct bh_digest *out)
{
	hash(merkle, LEAF, first, first_len, second, second_len, out);
}

void
bh_merkle_node(struct bh_merkle *merkle, const struct bh_digest *left,
	const struct bh_digest *right, struct bh_digest *out)
{
	unsigned char both[2 * sizeof(left->bytes)];

	memcpy(both, left->bytes, sizeof(left->bytes));
	memcpy(both + sizeof(left->bytes), right->bytes, sizeof(right->bytes));
	hash(merkle, NODE, both, sizeof(both), NULL, 0, out);
}

/* ---- a tree that grows ---- */

int
bh_merkle_add(struct bh_merkle *merkle, struct bh_merkle_tree *tree, unsigned height,
	const struct bh_digest *leaf)
{
	struct bh_digest root = *leaf;
	int64_t leaves;

	if (height >= BH_MERKLE_DEPTH - 1)
		return bh_error(BH_E_INVALID, "a subtree is too large");
	leaves = INT64_C(1) << height;
	if (tree->size % leaves != 0 || tree->size > INT64_MAX / 2 - leaves)
		return bh_error(BH_E_INVALID, "a subtree of %lld leaves cannot stand at %lld",
			(long long)leaves, (long long)tree->size);
	/* As many of the last roots as the size has ones from there on are joined. */
	for (int64_t rest = tree->size >> height; (rest & 1) != 0; rest >>= 1)
		bh_merkle_node(merkle, &tree->roots[--tree->n], &root, &root);
	tree->roots[tree->n++] = root;
	tree->size += leaves;
	return 0;
}

void
bh_merkle_root(struct bh_merkle *merkle, const struct bh_merkle_tree *tree, struct bh_digest *out)
{
	struct bh_digest root;

	if (tree->n == 0) {
		bh_digest_sha256("", 0, out);
		return;
	}
	root = tree->roots[tree->n - 1];
	for (size_t i = tree->n - 1; i-- > 0;)
		bh_merkle_node(merkle, &tree->roots[i], &root, &root);
	*out = root;
}

/* ---- making proofs ---- */

unsigned
bh_merkle_height(int64_t from, int64_t to)
{
	unsigned height = 0;

	while (height < BH_MERKLE_DEPTH - 2 && (from & ((INT64_C(2) << height) - 1)) == 0 &&
		to - from >= INT64_C(2) << height)
		height++;
	return height;
}

int
bh_merkle_range(struct bh_merkle *merkle, bh_merkle_source source, void *ctx, int64_t from,
	int64_t to, struct bh_digest *out)
{
	struct bh_digest roots[BH_MERKLE_DEPTH], root;
	size_t n = 0;

	BH_ASSERT(from < to);
	for (int64_t at = from; at < to;) {
		unsigned height = bh_merkle_height(at, to);
		int rc = n < BH_MERKLE_DEPTH ? source(ctx, at, height, &roots[n++]) : BH_E_INTERNAL;

		if (rc < 0)
			return rc;
		at += INT64_C(1) << height;
	}
	root = roots[n - 1];
	for (size_t i = n - 1; i-- > 0;)
		bh_merkle_node(merkle, &roots[i], &root, &root);
	*out = root;
	return 0;
}

/* The largest power of two below n, which is more than 1. */
static int64_t
split_of(int64_t n)
{
	int64_t split = 1;

	while (split < n - split)
		split *= 2;
	return split;
}

/* One subtree that a proof names. */
static int
name_range(struct bh_merkle *merkle, bh_merkle_source source, void *ctx, int64_t from, int64_t to,
	struct bh_digest *out, size_t *n)
{
	int rc = bh_merkle_range(merkle, source, ctx, from, to, &out[*n]);

	if (rc == 0)
		(*n)++;
	return rc;
}

/* What was named from the root down is written from the leaf up. */
static void
write_turned(const struct bh_digest *names, size_t n, struct bh_buf *out)
{
	while (n-- > 0)
		bh_buf_add(out, &names[n], sizeof(names[n]));
}

int
bh_merkle_path(struct bh_merkle *merkle, bh_merkle_source source, void *ctx, int64_t position,
	int64_t size, struct bh_buf *out)
{
	struct bh_digest names[BH_MERKLE_DEPTH + 1];
	int64_t from = 0, to = size;
	size_t n = 0;
	int rc = 0;

	BH_ASSERT(position >= 0 && position < size);
	while (rc == 0 && to - from > 1) {
		int64_t middle = from + split_of(to - from);

		if (position < middle) {
			rc = name_range(merkle, source, ctx, middle, to, names, &n);
			to = middle;
		} else {
			rc = name_range(merkle, source, ctx, from, middle, names, &n);
			from = middle;
		}
	}
	if (rc == 0)
		write_turned(names, n, out);
	return rc;
}

int
bh_merkle_consistency(struct bh_merkle *merkle, bh_merkle_source source, void *ctx, int64_t before,
	int64_t size, struct bh_buf *out)
{
	struct bh_digest names[BH_MERKLE_DEPTH + 1];
	int64_t from = 0, to = size;
	size_t n = 0;
	int rc = 0;

	BH_ASSERT(before > 0 && before <= size);
	/* Down to the subtree that the smaller tree ends with. */
	while (rc == 0 && to != before) {
		int64_t middle = from + split_of(to - from);

		if (before <= middle) {
			rc = name_range(merkle, source, ctx, middle, to, names, &n);
			to = middle;
		} else {
			rc = name_range(merkle, source, ctx, from, middle, names, &n);
			from = middle;
		}
	}
	/* Where that begins at 0 it is the smaller tree itself, whose root is known. */
	if (rc == 0 && from > 0)
		rc = name_range(merkle, source, ctx, from, to, names, &n);
	if (rc == 0)
		write_turned(names, n, out);
	return rc;
}

/* ---- checking proofs ---- */

bool
bh_merkle_included(struct bh_merkle *merkle, int64_t position, int64_t size,
	const struct bh_digest *leaf, const struct bh_digest *path, size_t n,
	const struct bh_digest *root)
{
	int64_t at = position, last = size - 1;
	struct bh_digest hash_so_far = *leaf;

	if (position < 0 || position >= size)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (last == 0)
			return false;
		if ((at & 1) != 0 || at == last) {
			bh_merkle_node(merkle, &path[i], &hash_so_far, &hash_so_far);
			while ((at & 1) == 0 && at != 0) {
				at >>= 1;
				last >>= 1;
			}
		} else {
			bh_merkle_node(merkle, &hash_so_far, &path[i], &hash_so_far);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0 && bh_digest_equal(&hash_so_far, root);
}

bool
bh_merkle_consistent(struct bh_merkle *merkle, int64_t before, const struct bh_digest *before_root,
	int64_t size, const struct bh_digest *root, const struct bh_digest *proof, size_t n)
{
	int64_t at = before - 1, last = size - 1;
	struct bh_digest old, new;
	size_t i = 0;

	if (before < 1 || before > size)
		return false;
	if (before == size)
		return n == 0 && bh_digest_equal(before_root, root);
	/* A smaller tree that is full is the first name itself. */
	if ((before & (before - 1)) == 0)
		old = *before_root;
	else if (n > 0)
		old = proof[i++];
	else
		return false;
	new = old;
	while ((at & 1) != 0) {
		at >>= 1;
		last >>= 1;
	}
	for (; i < n; i++) {
		if (last == 0)
			return false;
		if ((at & 1) != 0 || at == last) {
			bh_merkle_node(merkle, &proof[i], &old, &old);
			bh_merkle_node(merkle, &proof[i], &new, &new);
			while ((at & 1) == 0 && at != 0) {
				at >>= 1;
				last >>= 1;
			}
		} else {
			bh_merkle_node(merkle, &new, &proof[i], &new);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0 && bh_digest_equal(&old, before_root) && bh_digest_equal(&new, root);
}
