/* SPDX-License-Identifier: Apache-2.0 */
/* test_shapes.c: one table reads an object into a struct and writes the struct as that object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/uuid.h"
#include "json/fields.h"

#define ID "th_00000000000000000000000000000007"

struct part {
	int64_t size;
};

struct thing {
	struct bh_uuid id, owner;
	int64_t made_ms, price;
	const char *mode, *tags, *note;
	int form;
	bool has_price, has_made;
	struct part part, *parts;
	size_t n_parts;
	struct bh_uuid *others;
	size_t n_others;
};

#define AT(member) offsetof(struct thing, member)
#define SET(member) BH_SET(struct thing, member)

static int64_t
twice(const void *row)
{
	return ((const struct thing *)row)->part.size * 2;
}

static const struct bh_field part_fields[] = {
	{"size", BH_FIELD_INT, offsetof(struct part, size), BH_REQUIRED, 1, 9},
};

static const struct bh_field part_row = {"", BH_FIELD_OBJECT, BH_FIELDS(part_fields)};
static const struct bh_field id_row = {"", BH_FIELD_ID, .words = "th_"};

static const struct bh_field fields[] = {
	{"id", BH_FIELD_ID, AT(id), BH_REQUIRED, .words = "th_"},
	{"object", BH_FIELD_CONST, .words = "thing"},
	{"owner", BH_FIELD_ID, AT(owner), BH_NULLABLE},
	{"made_at", BH_FIELD_TIME, AT(made_ms), BH_NULL_IS_VALUE, 1, 99, .set = SET(has_made)},
	{"price", BH_FIELD_MONEY, AT(price), BH_OMIT, .set = SET(has_price)},
	{"mode", BH_FIELD_CHOICE, AT(mode), .words = "slow fast"},
	{"form", BH_FIELD_ENUM, AT(form), .words = "round square"},
	{"tags", BH_FIELD_METADATA, AT(tags), BH_NULL_IS_VALUE},
	{"note", BH_FIELD_TEXT, AT(note), BH_OMIT | BH_NULLABLE},
	{"part", BH_FIELD_OBJECT, AT(part), BH_FIELDS(part_fields)},
	{"parts", BH_FIELD_ARRAY, AT(parts), 0, 1, 2,
		BH_ELEMENTS(struct thing, parts, n_parts, &part_row)},
	{"others", BH_FIELD_ARRAY, AT(others), BH_ELEMENTS(struct thing, others, n_others, &id_row)},
	{"twice", BH_FIELD_INT, .number_of = twice, .flags = BH_READ_ONLY},
};

static int
read(const char *text, struct bh_arena *arena, struct bh_json_doc *doc, struct thing *thing)
{
	assert_int_equal(bh_json_parse(text, strlen(text), doc), 0);
	return bh_fields_read(arena, doc->root, BH_LIST(fields), "", thing);
}

static void
assert_fault(const char *text, int error, const char *param)
{
	struct bh_json_doc doc = {0};
	struct bh_arena arena = {0};
	struct thing thing = {0};

	assert_int_equal(read(text, &arena, &doc, &thing), error);
	assert_string_equal(bh_error_field(error), param);
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

static void
what_was_read_is_written_again(void **state)
{
	static const char text[] =
		"{\"id\":\"" ID "\",\"object\":\"thing\",\"owner\":null,\"made_at\":7,\"price\":\"0.25\","
		"\"mode\":\"fast\",\"form\":\"square\",\"tags\":{\"a\":\"b\"},\"note\":\"n\","
		"\"part\":{\"size\":3},\"parts\":[{\"size\":1},{\"size\":2}],\"others\":[\"" ID "\"]";
	BH_AUTO(bh_buf_close) struct bh_buf in = {0}, out = {0};
	struct bh_write write = {.out = &out};
	struct bh_json_doc doc = {0};
	struct bh_arena arena = {0};
	struct thing thing = {.form = 0};

	(void)state;
	bh_buf_printf(&in, "%s}", text);
	assert_int_equal(read(in.data, &arena, &doc, &thing), 0);
	assert_int_equal(thing.made_ms, 7000);
	assert_int_equal(thing.price, 250000000);
	assert_int_equal(thing.form, 1);
	assert_int_equal(thing.parts[1].size, 2);
	assert_true(bh_uuid_equal(&thing.others[0], &thing.id));
	bh_fields_write(&write, BH_LIST(fields), &thing);
	bh_buf_reset(&in);
	bh_buf_printf(&in, "%s,\"twice\":6}", text);
	assert_string_equal(out.data, in.data);
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

static void
what_is_empty_is_null_or_left_out(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	const struct thing thing = {.mode = "slow", .tags = "{}", .form = 0};

	(void)state;
	bh_fields_write(&write, BH_LIST(fields), &thing);
	assert_string_equal(out.data,
		"{\"id\":null,\"object\":\"thing\",\"owner\":null,\"made_at\":null,\"mode\":\"slow\","
		"\"form\":\"round\",\"tags\":{},\"part\":{\"size\":0},\"parts\":[],\"others\":[],\"twice\":"
		"0}");
}

static void
a_null_that_is_a_value_is_told(void **state)
{
	struct bh_json_doc doc = {0};
	struct bh_arena arena = {0};
	struct thing thing = {.made_ms = 5};

	(void)state;
	assert_int_equal(read("{\"id\":\"" ID "\",\"made_at\":null,\"tags\":null}", &arena, &doc,
						 &thing),
		0);
	assert_true(thing.has_made);
	assert_int_equal(thing.made_ms, 5);
	assert_string_equal(thing.tags, "{}");
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

static void
every_fault_names_its_place(void **state)
{
	(void)state;
	assert_fault("{\"id\":\"vs_1\"}", BH_E_NOT_FOUND, "id");
	assert_fault("{\"id\":7}", BH_E_TYPE, "id");
	assert_fault("{\"object\":\"other\"}", BH_E_INVALID, "object");
	assert_fault("{\"owner\":\"x\"}", BH_E_NOT_FOUND, "owner");
	assert_fault("{\"made_at\":100}", BH_E_RANGE, "made_at");
	assert_fault("{\"price\":\"much\"}", BH_E_INVALID, "price");
	assert_fault("{\"mode\":\"slow fast\"}", BH_E_INVALID, "mode");
	assert_fault("{\"mode\":\"slo\"}", BH_E_INVALID, "mode");
	assert_fault("{\"form\":\"\"}", BH_E_INVALID, "form");
	assert_fault("{\"tags\":[]}", BH_E_TYPE, "tags");
	assert_fault("{\"tags\":{\"a\":1}}", BH_E_TYPE, "tags.a");
	assert_fault("{\"tags\":{\"\":\"b\"}}", BH_E_RANGE, "tags");
	assert_fault("{\"part\":{}}", BH_E_MISSING, "part.size");
	assert_fault("{\"part\":[]}", BH_E_TYPE, "part");
	assert_fault("{\"parts\":[]}", BH_E_RANGE, "parts");
	assert_fault("{\"parts\":[{\"size\":1},{\"size\":10}]}", BH_E_RANGE, "parts.1.size");
	assert_fault("{\"others\":[\"" ID "\",7]}", BH_E_TYPE, "others.1");
	assert_fault("{\"twice\":2}", BH_E_UNKNOWN_FIELD, "twice");
}

/* ---- objects of several types, and with members that are not known ---- */

struct animal {
	const char *type;
	int64_t legs;
	const char *song; /* JSON */
	const char *rest; /* JSON */
};

static const struct bh_field dog_fields[] = {
	{"type", BH_FIELD_TEXT, offsetof(struct animal, type), BH_REQUIRED},
	{"legs", BH_FIELD_INT, offsetof(struct animal, legs), BH_REQUIRED},
};

static const struct bh_field bird_fields[] = {
	{"type", BH_FIELD_TEXT, offsetof(struct animal, type), BH_REQUIRED},
	{"song", BH_FIELD_JSON, offsetof(struct animal, song), BH_OMIT},
	{"", BH_FIELD_MEMBERS, offsetof(struct animal, rest)},
	{"*", BH_FIELD_IGNORED},
};

static const struct bh_shape animals[] = {
	BH_SHAPE("dog", struct animal, dog_fields),
	BH_SHAPE("bird", struct animal, bird_fields),
};

struct zoo {
	struct animal *list;
	size_t n;
};

static const struct bh_field any_animal = {"", BH_FIELD_UNION, BH_VARIANTS(animals)};
static const struct bh_field some_animal = {"", BH_FIELD_UNION, 0, BH_PARTIAL,
	BH_VARIANTS(animals)};

static const struct bh_field zoo_fields[] = {
	{"list", BH_FIELD_ARRAY, 0, BH_ELEMENTS(struct zoo, list, n, &any_animal)},
	{"some", BH_FIELD_ARRAY, 0, BH_ELEMENTS(struct zoo, list, n, &some_animal)},
};

static void
zoo_gives(const char *text, int error, const char *expected)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_write write = {.out = &out};
	struct bh_arena arena = {0};
	struct zoo zoo = {0};

	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	assert_int_equal(bh_fields_read(&arena, doc.root, BH_LIST(zoo_fields), "", &zoo), error);
	bh_fields_write(&write, zoo_fields, 1, &zoo);
	assert_string_equal(error == 0 ? bh_buf_string(&out) : bh_error_field(error), expected);
	bh_arena_close(&arena);
}

static void
an_object_is_read_and_written_by_its_type(void **state)
{
	(void)state;
	zoo_gives("{\"list\":[{\"legs\":4,\"type\":\"dog\"},{\"type\":\"bird\",\"song\":[1,null],"
			  "\"age\":{}},{\"type\":\"bird\"}]}",
		0,
		"{\"list\":[{\"type\":\"dog\",\"legs\":4},{\"type\":\"bird\",\"song\":[1,null]},"
		"{\"type\":\"bird\"}]}");
	zoo_gives("{\"list\":[{\"type\":\"dog\"}]}", BH_E_MISSING, "list.0.legs");
	zoo_gives("{\"list\":[{\"type\":\"dog\",\"legs\":4,\"age\":1}]}", BH_E_UNKNOWN_FIELD,
		"list.0.age");
	zoo_gives("{\"list\":[{\"type\":\"bird\"},{\"legs\":4}]}", BH_E_MISSING, "list.1.type");
	zoo_gives("{\"list\":[{\"type\":\"cat\"}]}", BH_E_INVALID, "list.0.type");
	zoo_gives("{\"list\":[{\"type\":null}]}", BH_E_INVALID, "list.0.type");
	zoo_gives("{\"some\":[{\"type\":\"cat\"}]}", BH_E_UNSUPPORTED, "some.0.type");
	zoo_gives("{\"list\":[null]}", BH_E_TYPE, "list.0");
	zoo_gives("{\"list\":{}}", BH_E_TYPE, "list");
}

static void
members_of_another_object_stand_among_its_own(void **state)
{
	static const char rest[] = "{\"a\":null,\"b\":{\"c\":[]}}";
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};

	(void)state;
	bh_fields_write(&write, BH_LIST(bird_fields), &(struct animal){"bird", 0, "1", rest});
	assert_string_equal(out.data, "{\"type\":\"bird\",\"song\":1,\"a\":null,\"b\":{\"c\":[]}}");
	bh_buf_reset(&out);
	bh_fields_write(&write, BH_LIST(bird_fields), &(struct animal){"bird", 0, NULL, "{}"});
	assert_string_equal(out.data, "{\"type\":\"bird\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_read_is_written_again),
		cmocka_unit_test(what_is_empty_is_null_or_left_out),
		cmocka_unit_test(a_null_that_is_a_value_is_told),
		cmocka_unit_test(every_fault_names_its_place),
		cmocka_unit_test(an_object_is_read_and_written_by_its_type),
		cmocka_unit_test(members_of_another_object_stand_among_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
