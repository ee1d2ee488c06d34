/* SPDX-License-Identifier: Apache-2.0 */
/* test_album.c: pictures that are kept, and how they are found, in a database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/testing.h"
#include "multimodal/album.h"
#include "multimodal/near.h"
#include "multimodal/terms.h"

enum { MINUTE_MS = 60000, MOST = MULTIMODAL_NEAR_MOST };

static struct bh_db
as(const struct bh_uuid *tenant)
{
	return bh_test_db_as(&bh_test_group, "bulkhead_multimodal", tenant);
}

/* Statements of the set-up role; {t} is the tenant, {f} the file. */
static void
script(const struct bh_uuid *tenant, const struct bh_uuid *file, const char *text)
{
	BH_AUTO(bh_buf_close) struct bh_buf sql = {0};
	char name[BH_UUID_TEXT];

	for (; *text != '\0'; text++) {
		if (text[0] != '{' || text[1] == '\0' || text[2] != '}') {
			bh_buf_char(&sql, *text);
			continue;
		}
		bh_uuid_format(text[1] == 't' ? tenant : file, name);
		bh_buf_printf(&sql, "'%s'", name);
		text += 2;
	}
	assert_int_equal(bh_test_db_script(&bh_test_group, bh_buf_string(&sql)), 0);
}

static struct bh_uuid
new_file(const struct bh_uuid *tenant)
{
	struct bh_uuid file = bh_uuid_new();

	script(tenant, &file,
		"INSERT INTO bulkhead.file (tenant_id, id, filename, purpose, bytes, sha256, content_type)"
		" VALUES ({t}, {f}, 'a.png', 'vision', 1, sha256(convert_to({f}, 'UTF8')), 'image/png')");
	return file;
}

/* Hashes of a picture that is like no other; near: so many bits from it. */
static void
make_hashes(uint64_t seed, int bits, uint64_t out[PICTURE_HASHES])
{
	for (size_t i = 0; i < PICTURE_HASHES; i++) {
		uint64_t value = (seed * PICTURE_HASHES + i + 1) * 0x9e3779b97f4a7c15;

		value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
		value = (value ^ value >> 27) * 0x94d049bb133111eb;
		out[i] = value ^ value >> 31;
	}
	/* Parts of another picture are others. */
	for (int i = 0; i < bits; i++)
		out[0] ^= UINT64_C(1) << (5 * i % 64);
}

struct keeping {
	const struct bh_uuid *tenant;
	struct multimodal_picture picture;
	bool again; /* its file may have one */
};

static int
keep_work(struct bh_db *tx, void *ctx)
{
	struct keeping *keeping = ctx;

	return keeping->again ? multimodal_album_put(tx, keeping->tenant, &keeping->picture)
						  : multimodal_album_add(tx, keeping->tenant, &keeping->picture);
}

static int
keep_as(const struct bh_uuid *tenant, struct keeping *keeping, uint64_t seed, int bits)
{
	struct bh_db db = as(tenant);
	struct multimodal_picture *picture = &keeping->picture;
	unsigned char packed[MULTIMODAL_HASH_BYTES];
	uint64_t hashes[PICTURE_HASHES];

	make_hashes(seed, bits, hashes);
	multimodal_near_pack(hashes, packed);
	keeping->tenant = tenant;
	picture->id = bh_uuid_new();
	picture->source = "analysed";
	picture->format = "png";
	picture->width = picture->height = picture->bytes = 1;
	picture->created_ms = 1;
	picture->hashes = (struct bh_bytes){packed, sizeof(packed)};
	assert_int_equal(multimodal_album_terms(db.arena, tenant, picture), 0);
	return bh_tx_run(&db, keep_work, keeping);
}

/* A picture, and the file that it is. */
static struct bh_uuid
keep(const struct bh_uuid *tenant, uint64_t seed, int bits, struct bh_uuid *out_file)
{
	struct keeping keeping = {.picture.file = new_file(tenant)};

	assert_int_equal(keep_as(tenant, &keeping, seed, bits), 0);
	if (out_file != NULL)
		*out_file = keeping.picture.file;
	return keeping.picture.id;
}

static size_t
find(struct multimodal_near *near, const struct bh_uuid *tenant, uint64_t seed, int64_t now_ms,
	struct multimodal_picture **out)
{
	struct bh_db db = as(tenant);
	uint64_t hashes[PICTURE_HASHES];
	const struct multimodal_near_ask ask = {tenant, hashes, MOST, now_ms};
	size_t n = 0;

	make_hashes(seed, 0, hashes);
	assert_int_equal(multimodal_near_find(near, &db, &ask, out, &n), 0);
	return n;
}

static void
what_was_kept_is_found_at_once_and_in_its_tenant_only(void **state)
{
	struct multimodal_near *one = multimodal_near_new(1000), *two = multimodal_near_new(1000);
	struct bh_uuid tenant = bh_uuid_new(), other = bh_uuid_new(), first, second;
	struct multimodal_picture *rows;

	(void)state;
	assert_int_equal(find(one, &tenant, 1, 1, &rows), 0);
	for (uint64_t i = 2; i < 20; i++)
		keep(&tenant, i, 0, NULL);
	first = keep(&tenant, 1, 7, NULL);
	second = keep(&tenant, 1, 3, NULL);
	keep(&tenant, 1, 13, NULL);
	keep(&other, 1, 0, NULL);
	/* Another process keeps what this one finds. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(find(i == 0 ? one : two, &tenant, 1, 2, &rows), 2);
		assert_true(bh_uuid_equal(&rows[0].id, &second) && bh_uuid_equal(&rows[1].id, &first));
		assert_true(rows[0].distance == 3 && rows[1].distance == 7 && rows[0].has_distance);
	}
	assert_int_equal(find(one, &other, 1, 2, &rows), 1);
	assert_int_equal(find(one, &other, 2, 2, &rows), 0);
	assert_int_equal(multimodal_near_drop(one, &tenant), 21);
	assert_int_equal(multimodal_near_drop(one, &tenant), 0);
	assert_int_equal(find(one, &tenant, 1, 2, &rows), 2);
	multimodal_near_free(one);
	multimodal_near_free(two);
}

static void
what_was_deleted_is_not_found_and_hides_nothing(void **state)
{
	struct multimodal_near *near = multimodal_near_new(1000);
	struct bh_uuid tenant = bh_uuid_new(), file, left;
	struct multimodal_picture *rows;

	(void)state;
	left = keep(&tenant, 1, 5, NULL);
	for (int i = 0; i < 2 * MOST + 7; i++)
		keep(&tenant, 1, 0, &file);
	assert_int_equal(find(near, &tenant, 1, 1, &rows), MOST);
	script(&tenant, &file, "DELETE FROM bulkhead.file WHERE tenant_id = {t} AND id = {f}");
	assert_int_equal(find(near, &tenant, 1, 1, &rows), MOST);
	for (size_t i = 0; i < MOST; i++)
		assert_false(bh_uuid_equal(&rows[i].file, &file));
	/* All but the first, which is less near than each of them. */
	script(&tenant, &left,
		"DELETE FROM bulkhead.file AS f USING bulkhead.picture AS p WHERE f.tenant_id = {t} AND"
		" p.tenant_id = {t} AND p.file_id = f.id AND p.id <> {f}");
	assert_int_equal(find(near, &tenant, 1, 1, &rows), 1);
	assert_true(bh_uuid_equal(&rows[0].id, &left));
	multimodal_near_free(near);
}

static void
tenants_that_searched_longest_ago_give_way(void **state)
{
	struct multimodal_near *near = multimodal_near_new(25);
	struct bh_uuid tenants[3];
	struct multimodal_picture *rows;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(tenants); i++) {
		tenants[i] = bh_uuid_new();
		for (uint64_t j = 0; j < 10; j++)
			keep(&tenants[i], j, 0, NULL);
		assert_int_equal(find(near, &tenants[i], 3, (int64_t)i + 1, &rows), 1);
	}
	assert_int_equal(multimodal_near_drop(near, &tenants[0]), 0);
	assert_int_equal(multimodal_near_drop(near, &tenants[1]), 10);
	assert_int_equal(find(near, &tenants[0], 3, 9, &rows), 1);
	multimodal_near_free(near);
}

static void
who_keeps_many_does_not_push_out_who_keeps_few(void **state)
{
	enum { MANY = 40, FEW = 5 };
	struct multimodal_near *near = multimodal_near_new(25);
	struct bh_uuid many = bh_uuid_new(), few[2] = {bh_uuid_new(), bh_uuid_new()};
	struct multimodal_picture *rows;
	int64_t now_ms = 1;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(few); i++) {
		for (uint64_t j = 0; j < FEW; j++)
			keep(&few[i], j, 0, NULL);
		assert_int_equal(find(near, &few[i], 3, now_ms++, &rows), 1);
	}
	for (uint64_t j = 0; j < MANY; j++)
		keep(&many, j, 0, NULL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(find(near, &many, 3, now_ms++, &rows), 1);
	/* More than there is room for: held only while it searches. */
	assert_int_equal(multimodal_near_drop(near, &many), 0);
	for (size_t i = 0; i < BH_COUNT(few); i++)
		assert_int_equal(multimodal_near_drop(near, &few[i]), FEW);
	multimodal_near_free(near);
}

static void
what_is_restored_is_read_anew(void **state)
{
	struct multimodal_near *near = multimodal_near_new(1000);
	struct bh_uuid tenant = bh_uuid_new();
	struct multimodal_picture *rows;

	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		keep(&tenant, i, 0, NULL);
	assert_int_equal(find(near, &tenant, 4, 1, &rows), 1);
	script(&tenant, &tenant,
		"DELETE FROM bulkhead.picture WHERE tenant_id = {t};"
		" UPDATE bulkhead.picture_change SET changes = 1 WHERE tenant_id = {t}");
	keep(&tenant, 77, 0, NULL);
	assert_int_equal(find(near, &tenant, 77, 2, &rows), 1);
	/* As many changes as this process has read, of which it has seen none. */
	script(&tenant, &tenant,
		"DELETE FROM bulkhead.picture WHERE tenant_id = {t};"
		" UPDATE bulkhead.picture_change SET changes = 1 WHERE tenant_id = {t}");
	keep(&tenant, 78, 0, NULL);
	assert_int_equal(find(near, &tenant, 78, 2 + 10 * MINUTE_MS, &rows), 1);
	multimodal_near_free(near);
}

static void
a_file_that_is_kept_again_keeps_what_was_known_of_it(void **state)
{
	struct multimodal_near *near = multimodal_near_new(1000);
	struct bh_uuid tenant = bh_uuid_new();
	struct keeping one = {.again = true,
		.picture = {.file = new_file(&tenant), .alt = "A harbour", .words = "Ferry"}};
	struct keeping two = {.again = true, .picture = {.file = one.picture.file}};
	struct keeping other = {.again = true, .picture = {.file = bh_uuid_new()}};
	struct multimodal_picture *rows, row;
	struct bh_db db = as(&tenant);

	(void)state;
	assert_int_equal(keep_as(&tenant, &one, 1, 0), 0);
	assert_int_equal(find(near, &tenant, 1, 1, &rows), 1);
	assert_int_equal(keep_as(&tenant, &two, 1, 0), 0);
	assert_true(bh_uuid_equal(&two.picture.id, &one.picture.id));
	assert_int_equal(multimodal_store_picture_get(&db, &tenant, &one.picture.id, &row), 0);
	assert_string_equal(row.alt, "A harbour");
	assert_string_equal(row.words, "Ferry");
	assert_int_equal(find(near, &tenant, 1, 1, &rows), 1);
	/* A file that is gone, or another tenant's. */
	assert_int_equal(keep_as(&tenant, &other, 1, 0), BH_E_REFERENCE);
	tenant = bh_uuid_new();
	assert_int_equal(keep_as(&tenant, &two, 1, 0), BH_E_REFERENCE);
	multimodal_near_free(near);
}

static int
search(const struct bh_uuid *tenant, const char *query, struct multimodal_picture **out)
{
	struct bh_db db = as(tenant);
	struct multimodal_wanted_terms wanted;
	size_t n = 0;

	assert_int_equal(multimodal_terms_of_query(db.arena, tenant, query, &wanted), 0);
	if (wanted.n > 0)
		assert_int_equal(multimodal_store_picture_search(&db, tenant, &wanted, 10, out, &n), 0);
	return (int)n;
}

static void
words_are_found_in_their_tenant_only(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), other = bh_uuid_new();
	struct keeping one = {.picture = {.file = new_file(&tenant), .alt = "Three foxes in the snow"}};
	struct keeping two = {.picture = {.file = new_file(&tenant), .prompt = "Snow on a roof"}};
	struct keeping three = {.picture = {.file = new_file(&other), .words = "snow foxes"}};
	struct multimodal_picture *rows;

	(void)state;
	assert_int_equal(keep_as(&tenant, &one, 1, 0), 0);
	assert_int_equal(keep_as(&tenant, &two, 2, 0), 0);
	assert_int_equal(keep_as(&other, &three, 1, 0), 0);
	assert_int_equal(search(&tenant, "fox snow", &rows), 2);
	assert_true(bh_uuid_equal(&rows[0].id, &one.picture.id));
	assert_true(rows[0].score == 1 && rows[1].score == 0.5);
	assert_int_equal(search(&tenant, "roof", &rows), 1);
	assert_int_equal(search(&tenant, "the", &rows), 1);
	assert_int_equal(search(&tenant, "whale", &rows), 0);
	assert_int_equal(search(&tenant, " … ", &rows), 0);
	assert_int_equal(search(&other, "roof", &rows), 0);
	assert_int_equal(search(&other, "fox", &rows), 1);
}

static void
of_a_word_that_many_have_the_newest_count(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct keeping one = {.picture = {.file = new_file(&tenant), .alt = "snow on a roof"}};
	struct keeping two = {.picture = {.file = new_file(&tenant), .alt = "snow"}};
	struct keeping three = {.picture = {.file = new_file(&tenant), .alt = "snow"}};
	struct multimodal_wanted_terms wanted;
	struct multimodal_picture *rows;
	struct bh_db db = as(&tenant);
	size_t n = 0;

	(void)state;
	assert_int_equal(keep_as(&tenant, &one, 1, 0), 0);
	assert_int_equal(keep_as(&tenant, &two, 2, 0), 0);
	assert_int_equal(keep_as(&tenant, &three, 3, 0), 0);
	assert_int_equal(multimodal_terms_of_query(db.arena, &tenant, "roof snow", &wanted), 0);
	assert_true(
		wanted.each * (int64_t)wanted.n <= MULTIMODAL_TERMS_ROWS_MAX && wanted.each >= 100000);
	wanted.each = 1;
	assert_int_equal(multimodal_store_picture_search(&db, &tenant, &wanted, 10, &rows, &n), 0);
	assert_int_equal(n, 2);
	assert_true(bh_uuid_equal(&rows[0].id, &three.picture.id) && rows[0].score == 0.5);
	assert_true(bh_uuid_equal(&rows[1].id, &one.picture.id) && rows[1].score == 0.5);
}

static void
a_gallery_has_room_for_so_many(void **state)
{
	const struct multimodal_conf conf = {.pictures_max = 2};
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_db db = as(&tenant);

	(void)state;
	keep(&tenant, 1, 0, NULL);
	assert_int_equal(multimodal_album_room(&db, &tenant, &conf), 0);
	keep(&tenant, 2, 0, NULL);
	assert_int_equal(multimodal_album_room(&db, &tenant, &conf), BH_E_TOO_MANY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_kept_is_found_at_once_and_in_its_tenant_only),
		cmocka_unit_test(what_was_deleted_is_not_found_and_hides_nothing),
		cmocka_unit_test(tenants_that_searched_longest_ago_give_way),
		cmocka_unit_test(who_keeps_many_does_not_push_out_who_keeps_few),
		cmocka_unit_test(what_is_restored_is_read_anew),
		cmocka_unit_test(a_file_that_is_kept_again_keeps_what_was_known_of_it),
		cmocka_unit_test(words_are_found_in_their_tenant_only),
		cmocka_unit_test(of_a_word_that_many_have_the_newest_count),
		cmocka_unit_test(a_gallery_has_room_for_so_many),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
