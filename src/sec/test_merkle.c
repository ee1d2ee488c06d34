/* SPDX-License-Identifier: Apache-2.0 */
/* test_merkle.c: the trees of RFC 9162, by the roots that Certificate Transparency publishes and by all small trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "sec/merkle.h"

enum { LEAVES = 70 };

static struct bh_merkle merkle;
static struct bh_digest leaves[LEAVES];

static int
set_up(void **state)
{
	(void)state;
	bh_merkle_open(&merkle);
	for (int i = 0; i < LEAVES; i++)
		bh_merkle_leaf(&merkle, &i, sizeof(i), NULL, 0, &leaves[i]);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	bh_merkle_close(&merkle);
	bh_merkle_close(&merkle);
	return 0;
}

static void
read_hex(const char *text, struct bh_digest *out)
{
	for (size_t i = 0; i < sizeof(out->bytes); i++) {
		char byte[3] = {text[2 * i], text[2 * i + 1], '\0'};

		out->bytes[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
}

/* MTH of the RFC, by its definition. */
static void
define(int from, int to, struct bh_digest *out)
{
	struct bh_digest left, right;
	int split = 1;

	if (to - from == 1) {
		*out = leaves[from];
		return;
	}
	while (2 * split < to - from)
		split *= 2;
	define(from, from + split, &left);
	define(from + split, to, &right);
	bh_merkle_node(&merkle, &left, &right, out);
}

static int
give(void *ctx, int64_t at, unsigned height, struct bh_digest *out)
{
	(void)ctx;
	assert_int_equal(at % (1 << height), 0);
	define((int)at, (int)at + (1 << height), out);
	return 0;
}

static void
roots_are_those_that_certificate_transparency_publishes(void **state)
{
	static const struct {
		const char *leaf;
		size_t len;
		const char *root;
	} known[] = {
		{"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
		{"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
		{"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
		{"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
		{"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
		{"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
		{"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
			"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
		{"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
			"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
	};
	struct bh_merkle_tree tree = {0};
	struct bh_digest leaf, root, wanted;

	(void)state;
	bh_merkle_root(&merkle, &tree, &root);
	read_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", &wanted);
	assert_memory_equal(&root, &wanted, sizeof(root));
	for (size_t i = 0; i < BH_COUNT(known); i++) {
		/* in two pieces, as events come */
		bh_merkle_leaf(&merkle, known[i].leaf, known[i].len / 2, known[i].leaf + known[i].len / 2,
			known[i].len - known[i].len / 2, &leaf);
		assert_int_equal(bh_merkle_add(&merkle, &tree, 0, &leaf), 0);
		bh_merkle_root(&merkle, &tree, &root);
		read_hex(known[i].root, &wanted);
		assert_memory_equal(&root, &wanted, sizeof(root));
	}
}

static void
a_tree_of_leaves_and_subtrees_has_the_root_of_the_definition(void **state)
{
	struct bh_digest root, wanted, part;

	(void)state;
	for (int size = 1; size <= LEAVES; size++) {
		for (int split = 0; split <= size; split += 8) {
			struct bh_merkle_tree tree = {0};

			for (int at = 0; at < split; at += 8) {
				define(at, at + 8, &part);
				if (at + 8 <= size)
					assert_int_equal(bh_merkle_add(&merkle, &tree, 3, &part), 0);
			}
			while (tree.size < size)
				assert_int_equal(bh_merkle_add(&merkle, &tree, 0, &leaves[tree.size]), 0);
			bh_merkle_root(&merkle, &tree, &root);
			define(0, size, &wanted);
			assert_memory_equal(&root, &wanted, sizeof(root));
			assert_int_equal(bh_merkle_range(&merkle, give, NULL, 0, size, &root), 0);
			assert_memory_equal(&root, &wanted, sizeof(root));
		}
	}
}

static void
a_subtree_stands_only_where_it_can(void **state)
{
	struct bh_merkle_tree tree = {0};

	(void)state;
	assert_int_equal(bh_merkle_add(&merkle, &tree, 0, &leaves[0]), 0);
	assert_int_equal(bh_merkle_add(&merkle, &tree, 1, &leaves[1]), BH_E_INVALID);
	assert_int_equal(bh_merkle_add(&merkle, &tree, 63, &leaves[1]), BH_E_INVALID);
	assert_int_equal(tree.size, 1);
}

static void
every_leaf_is_proved_to_be_in_its_tree_and_nowhere_else(void **state)
{
	struct bh_digest root;

	(void)state;
	for (int size = 1; size <= LEAVES; size++) {
		define(0, size, &root);
		for (int at = 0; at < size; at++) {
			BH_AUTO(bh_buf_close) struct bh_buf path = {0};
			struct bh_digest *names;
			size_t n;

			assert_int_equal(bh_merkle_path(&merkle, give, NULL, at, size, &path), 0);
			names = (void *)path.data;
			n = path.len / sizeof(*names);
			assert_true(bh_merkle_included(&merkle, at, size, &leaves[at], names, n, &root));
			assert_false(
				bh_merkle_included(&merkle, at, size, &leaves[(at + 1) % LEAVES], names, n, &root));
			assert_false(bh_merkle_included(&merkle, size, size, &leaves[at], names, n, &root));
			if (size > 1) {
				assert_false(bh_merkle_included(&merkle, at == 0 ? 1 : at - 1, size, &leaves[at],
					names, n, &root));
				assert_false(
					bh_merkle_included(&merkle, at, size, &leaves[at], names, n - 1, &root));
				names[n / 2].bytes[7] ^= 1;
				assert_false(bh_merkle_included(&merkle, at, size, &leaves[at], names, n, &root));
			}
		}
	}
}

static void
every_tree_is_proved_to_go_on_from_every_smaller_one(void **state)
{
	struct bh_digest root, before_root;

	(void)state;
	for (int size = 1; size <= LEAVES; size++) {
		define(0, size, &root);
		for (int before = 1; before <= size; before++) {
			BH_AUTO(bh_buf_close) struct bh_buf proof = {0};
			struct bh_digest *names;
			size_t n;

			define(0, before, &before_root);
			assert_int_equal(bh_merkle_consistency(&merkle, give, NULL, before, size, &proof), 0);
			names = (void *)proof.data;
			n = proof.len / sizeof(*names);
			assert_true(bh_merkle_consistent(&merkle, before, &before_root, size, &root, names, n));
			assert_false(
				bh_merkle_consistent(&merkle, before, &leaves[0], size, &leaves[1], names, n));
			assert_false(bh_merkle_consistent(&merkle, 0, &before_root, size, &root, names, n));
			if (n > 0) {
				assert_false(
					bh_merkle_consistent(&merkle, before, &before_root, size, &root, names, n - 1));
				names[n - 1].bytes[0] ^= 1;
				assert_false(
					bh_merkle_consistent(&merkle, before, &before_root, size, &root, names, n));
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_those_that_certificate_transparency_publishes),
		cmocka_unit_test(a_tree_of_leaves_and_subtrees_has_the_root_of_the_definition),
		cmocka_unit_test(a_subtree_stands_only_where_it_can),
		cmocka_unit_test(every_leaf_is_proved_to_be_in_its_tree_and_nowhere_else),
		cmocka_unit_test(every_tree_is_proved_to_go_on_from_every_smaller_one),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
