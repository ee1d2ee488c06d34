/* SPDX-License-Identifier: Apache-2.0 */
/* test_query.c: statements against a scratch database: types both ways, context, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/db.h"
#include "db/testing.h"

static struct bh_test_db test;
static struct bh_uuid tenant_a, tenant_b;
static struct bh_db owner, nobody;

static const char sql_note_add[] = "INSERT INTO note (tenant_id, id, body) VALUES ($1, $2, $3)";
static const char sql_note_get[] = "SELECT body FROM note WHERE tenant_id = $1 AND id = $2";

static int
note_add(struct bh_db *db, const struct bh_uuid *tenant, int64_t id, const char *body)
{
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_int_param(id), bh_text_param(body)};

	return bh_db_exec(db, sql_note_add, BH_LIST(params), NULL);
}

static int
note_get(struct bh_db *db, const struct bh_uuid *tenant, int64_t id, const char **out)
{
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_int_param(id)};

	return bh_db_one(db, sql_note_get, BH_LIST(params), &bh_row_text, out);
}

static int
group_open(void **state)
{
	int rc;

	(void)state;
	rc = bh_test_db_open(&test);
	if (rc < 0)
		return rc;
	rc = bh_test_db_script(&test,
		"SET ROLE bulkhead_owner;"
		"CREATE TABLE bulkhead.note (tenant_id uuid NOT NULL, id bigint NOT NULL, body text,"
		" PRIMARY KEY (tenant_id, id));"
		"CREATE TABLE bulkhead.reply (tenant_id uuid NOT NULL, note bigint NOT NULL,"
		" FOREIGN KEY (tenant_id, note) REFERENCES bulkhead.note DEFERRABLE INITIALLY DEFERRED);"
		"ALTER TABLE bulkhead.note ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
		"CREATE POLICY tenant_isolation ON bulkhead.note USING (tenant_id ="
		" nullif(current_setting('bulkhead.tenant_id', true), '')::uuid);"
		"GRANT ALL ON bulkhead.note, bulkhead.reply TO bulkhead_rag;");
	tenant_a = bh_uuid_new();
	tenant_b = bh_uuid_new();
	owner = bh_test_db_as(&test, "bulkhead_rag", &tenant_a);
	nobody = owner;
	nobody.context = (struct bh_uuid){0};
	return rc;
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

struct scalars {
	struct bh_uuid id;
	const char *text, *json;
	int64_t number, time, early;
	bool yes;
	double real;
	struct bh_bytes bytes;
};
static const struct bh_row scalars_row = BH_ROW(struct scalars, id, text, number, yes, real, time,
	bytes, json, early);

static void
scalars_come_back_as_they_went(void **state)
{
	const char *const text = "käse 𝄞";
	const struct bh_param params[] = {
		bh_uuid_param(&tenant_a),
		bh_text_param(text),
		bh_int_param(INT64_MIN),
		bh_bool_param(true),
		bh_double_param(-0.1),
		bh_time_param(1795462538123),
		bh_bytes_param("a\0b", 3),
		bh_json_param("{\"a\": 1}", 8),
		bh_time_param(-1),
	};
	struct scalars row;

	(void)state;
	assert_int_equal(bh_db_one(&owner, "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9", BH_LIST(params),
						 &scalars_row, &row),
		0);
	assert_true(bh_uuid_equal(&row.id, &tenant_a));
	assert_string_equal(row.text, text);
	assert_true(row.number == INT64_MIN);
	assert_true(row.yes);
	assert_true(row.real == -0.1);
	assert_int_equal(row.time, 1795462538123);
	assert_int_equal(row.early, -1);
	assert_int_equal(row.bytes.len, 3);
	assert_memory_equal(row.bytes.data, "a\0b", 3);
	assert_string_equal(row.json, "{\"a\": 1}");
}

struct nulls {
	struct bh_uuid id;
	const char *text;
	int64_t number, time;
	struct bh_bytes bytes;
	struct bh_floats floats;
};
static const struct bh_row nulls_row = BH_ROW(struct nulls, id, text, number, time, bytes, floats);

static void
nulls_read_as_zero(void **state)
{
	const struct bh_param params[] = {bh_uuid_param(NULL), bh_text_param(NULL),
		bh_null_param(BH_PARAM_INT), bh_null_param(BH_PARAM_TIME), bh_bytes_param(NULL, 0),
		bh_null_param(BH_PARAM_VECTOR)};
	struct nulls row;

	(void)state;
	memset(&row, 0xff, sizeof(row));
	assert_int_equal(bh_db_one(&owner, "SELECT $1, $2, $3, $4, $5, $6::vector", BH_LIST(params),
						 &nulls_row, &row),
		0);
	assert_true(bh_uuid_is_zero(&row.id));
	assert_null(row.text);
	assert_int_equal(row.number, 0);
	assert_int_equal(row.time, 0);
	assert_null(row.bytes.data);
	assert_int_equal(row.floats.count, 0);
}

struct vectors {
	struct bh_floats vector, reals;
	double distance;
};
static const struct bh_row vectors_row = BH_ROW(struct vectors, vector, reals, distance);

static void
vectors_travel_in_binary(void **state)
{
	const float in[] = {1.5f, -2.0f, 0.0f};
	const struct bh_param params[] = {bh_vector_param(in, 3)};
	struct vectors row;

	(void)state;
	assert_int_equal(bh_db_one(&owner,
						 "SELECT $1::vector, $1::vector::real[],"
						 " $1::vector <=> '[1.5,-2,0]'",
						 BH_LIST(params), &vectors_row, &row),
		0);
	assert_int_equal(row.vector.count, 3);
	assert_memory_equal(row.vector.data, in, sizeof(in));
	assert_int_equal(row.reals.count, 3);
	assert_memory_equal(row.reals.data, in, sizeof(in));
	assert_true(row.distance == 0);
}

struct texts {
	const char *of[6];
};
static const struct bh_row texts_row = BH_ROW(struct texts, of[0], of[1], of[2], of[3], of[4],
	of[5]);

static void
arrays_arrive_whole(void **state)
{
	const struct bh_uuid ids[] = {tenant_a, tenant_b};
	const char *const texts[] = {"a", NULL, ""};
	const int64_t ints[] = {-1, 2};
	const double doubles[] = {0.5};
	const struct bh_bytes blobs[] = {{"\0\xff", 2}, {"", 0}};
	const struct bh_param params[] = {bh_uuid_array_param(ids, 2), bh_text_array_param(texts, 3),
		bh_int_array_param(ints, 2), bh_double_array_param(doubles, 1),
		bh_bytes_array_param(blobs, 2), bh_int_array_param(ints, 0)};
	struct texts row;
	char expected[3 + 2 * BH_UUID_TEXT], a[BH_UUID_TEXT], b[BH_UUID_TEXT];

	(void)state;
	bh_uuid_format(&tenant_a, a);
	bh_uuid_format(&tenant_b, b);
	snprintf(expected, sizeof(expected), "{%s,%s}", a, b);
	assert_int_equal(bh_db_one(&owner,
						 "SELECT $1::text, $2::text, $3::text, $4::text,"
						 " $5::text, $6::text",
						 BH_LIST(params), &texts_row, &row),
		0);
	assert_string_equal(row.of[0], expected);
	assert_string_equal(row.of[1], "{a,NULL,\"\"}");
	assert_string_equal(row.of[2], "{-1,2}");
	assert_string_equal(row.of[3], "{0.5}");
	assert_string_equal(row.of[4], "{\"\\\\x00ff\",\"\\\\x\"}");
	assert_string_equal(row.of[5], "{}");
}

struct small {
	int64_t two, four;
	double real;
};
static const struct bh_row small_row = BH_ROW(struct small, two, four, real);

static void
small_integers_widen(void **state)
{
	struct small row;

	(void)state;
	assert_int_equal(bh_db_one(&owner, "SELECT -2::int2, -4::int4, 0.25::float4", NULL, 0,
						 &small_row, &row),
		0);
	assert_int_equal(row.two, -2);
	assert_int_equal(row.four, -4);
	assert_true(row.real == 0.25);
}

static void
a_column_of_another_type_is_refused_by_name(void **state)
{
	int64_t number = 7;

	(void)state;
	assert_int_equal(bh_db_one(&owner, "SELECT 'x'::text AS wrong", NULL, 0, &bh_row_int, &number),
		BH_E_DB);
	assert_non_null(strstr(bh_error_detail(BH_E_DB), "wrong"));
	assert_int_equal(number, 7);
}

struct line {
	int64_t n;
	const char *text;
};
static const struct bh_row line_row = BH_ROW(struct line, n, text);

/* A row of two columns, the second of which cannot be read. */
struct half {
	int64_t number;
	struct bh_floats floats;
};
static const struct bh_row half_row = BH_ROW(struct half, number, floats);

static void
a_row_that_cannot_be_read_leaves_its_struct_as_it_was(void **state)
{
	struct half row = {.number = 7};

	(void)state;
	assert_int_equal(bh_db_one(&owner, "SELECT 1::int8, ARRAY[NULL]::real[]", NULL, 0, &half_row,
						 &row),
		BH_E_DB);
	assert_int_equal(row.number, 7);
}

static void
rows_are_collected_in_order(void **state)
{
	struct line *rows;
	size_t count;

	(void)state;
	assert_int_equal(bh_db_each(&owner,
						 "SELECT n, 'r' || n FROM generate_series(1, 1000) AS n"
						 " ORDER BY n",
						 NULL, 0, &line_row, &rows, &count),
		0);
	assert_int_equal(count, 1000);
	assert_int_equal(rows[999].n, 1000);
	assert_string_equal(rows[41].text, "r42");
}

static void
the_context_opens_its_own_rows_only(void **state)
{
	struct bh_db other = bh_db_as(&owner, &tenant_b);
	const char *body;

	(void)state;
	assert_int_equal(note_add(&owner, &tenant_a, 1, "mine"), 0);
	assert_int_equal(note_get(&owner, &tenant_a, 1, &body), 0);
	assert_string_equal(body, "mine");
	/* Each lock holds alone: the context against $1, and $1 against the context. */
	assert_int_equal(note_get(&other, &tenant_a, 1, &body), BH_E_NOT_FOUND);
	assert_int_equal(note_get(&owner, &tenant_b, 1, &body), BH_E_NOT_FOUND);
	assert_int_equal(note_get(&nobody, &tenant_a, 1, &body), BH_E_NOT_FOUND);
	assert_int_equal(note_add(&other, &tenant_a, 2, "theirs"), BH_E_DB);
	assert_int_equal(note_add(&nobody, &tenant_a, 2, "nobody's"), BH_E_DB);
}

static void
the_context_does_not_outlive_its_statement(void **state)
{
	const char *left;

	(void)state;
	assert_int_equal(note_add(&owner, &tenant_a, 10, "x"), 0);
	assert_int_equal(bh_db_one(&nobody, "SELECT current_setting('bulkhead.tenant_id', true)", NULL,
						 0, &bh_row_text, &left),
		0);
	assert_string_equal(left, "");
}

static void
errors_are_told_apart(void **state)
{
	const struct bh_param params[] = {bh_uuid_param(&tenant_a)};
	const struct bh_param word[] = {bh_text_param("top secret")};

	(void)state;
	assert_int_equal(note_add(&owner, &tenant_a, 20, "first"), 0);
	assert_int_equal(note_add(&owner, &tenant_a, 20, "second"), BH_E_CONFLICT);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFLICT), "23505"));
	assert_int_equal(bh_db_exec(&owner, "SELECT 1 FROM missing_table", NULL, 0, NULL), BH_E_DB);
	assert_int_equal(bh_db_exec(&owner, "SELECT $1::int", BH_LIST(word), NULL), BH_E_DB_DATA);
	assert_null(strstr(bh_error_detail(BH_E_DB_DATA), "secret"));
	/* A constraint that fails at the commit is not a success. */
	assert_int_equal(bh_db_exec(&owner, "INSERT INTO reply (tenant_id, note) VALUES ($1, 99)",
						 BH_LIST(params), NULL),
		BH_E_REFERENCE);
	/* And the connection serves on. */
	assert_int_equal(bh_db_pool_losses(owner.pool), 0);
	assert_int_equal(note_add(&owner, &tenant_a, 21, "third"), 0);
}

static void
a_write_tells_how_many_rows(void **state)
{
	const struct bh_param params[] = {bh_uuid_param(&tenant_a)};
	int64_t rows = -1;

	(void)state;
	assert_int_equal(note_add(&owner, &tenant_a, 30, "x"), 0);
	assert_int_equal(note_add(&owner, &tenant_a, 31, "x"), 0);
	assert_int_equal(bh_db_exec(&owner,
						 "UPDATE note SET body = 'y'"
						 " WHERE tenant_id = $1 AND id IN (30, 31)",
						 BH_LIST(params), &rows),
		0);
	assert_int_equal(rows, 2);
}

static void
a_change_is_of_one_row_or_of_none(void **state)
{
	static const char sql[] = "UPDATE note SET body = $3 WHERE tenant_id = $1 AND id = $2";
	const struct bh_param there[] = {bh_uuid_param(&tenant_a), bh_int_param(40),
		bh_text_param("y")};
	const struct bh_param missing[] = {bh_uuid_param(&tenant_a), bh_int_param(41),
		bh_text_param("y")};
	bool changed = false;

	(void)state;
	assert_int_equal(note_add(&owner, &tenant_a, 40, "x"), 0);
	assert_int_equal(bh_db_change(&owner, sql, BH_LIST(there)), 0);
	assert_int_equal(bh_db_change(&owner, sql, BH_LIST(missing)), BH_E_NOT_FOUND);
	assert_int_equal(bh_db_change_maybe(&owner, sql, BH_LIST(there), &changed), 0);
	assert_true(changed);
	assert_int_equal(bh_db_change_maybe(&owner, sql, BH_LIST(missing), &changed), 0);
	assert_false(changed);
}

static void
more_statements_than_slots_still_run(void **state)
{
	static char literals[600][32]; /* their addresses are the keys, as with literals */
	int64_t number;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 600; i++) {
			snprintf(literals[i], sizeof(literals[i]), "SELECT %d", i);
			assert_int_equal(bh_db_one(&owner, literals[i], NULL, 0, &bh_row_int, &number), 0);
			assert_int_equal(number, i);
		}
	}
	assert_int_equal(bh_db_one(&owner, "SELECT count(*) FROM pg_prepared_statements", NULL, 0,
						 &bh_row_int, &number),
		0);
	assert_in_range(number, 200, 256);
}

static void
a_changed_table_does_not_break_prepared_statements(void **state)
{
	static const char sql[] = "SELECT * FROM shape";
	struct line row;

	(void)state;
	assert_int_equal(bh_test_db_script(&test,
						 "CREATE TABLE bulkhead.shape (a int);"
						 "GRANT SELECT ON bulkhead.shape TO bulkhead_rag; INSERT INTO "
						 "bulkhead.shape VALUES (1)"),
		0);
	assert_int_equal(bh_db_one(&owner, sql, NULL, 0, &bh_row_int, &row.n), 0);
	assert_int_equal(bh_test_db_script(&test,
						 "ALTER TABLE bulkhead.shape ADD b text DEFAULT 'new'"),
		0);
	assert_int_equal(bh_db_one(&owner, sql, NULL, 0, &line_row, &row), 0);
	assert_string_equal(row.text, "new");
}

static void
large_values_pass_both_ways(void **state)
{
	enum { LARGE = 8 * 1024 * 1024 };
	char *bytes = bh_arena_alloc(&test.arena, LARGE);
	struct bh_bytes out;
	const struct bh_param params[] = {bh_bytes_param(bytes, LARGE)};

	(void)state;
	memset(bytes, 0xa5, LARGE);
	assert_int_equal(bh_db_one(&owner, "SELECT $1", BH_LIST(params), &bh_row_bytes, &out), 0);
	assert_int_equal(out.len, LARGE);
	assert_memory_equal(out.data, bytes, LARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_come_back_as_they_went),
		cmocka_unit_test(nulls_read_as_zero),
		cmocka_unit_test(vectors_travel_in_binary),
		cmocka_unit_test(arrays_arrive_whole),
		cmocka_unit_test(small_integers_widen),
		cmocka_unit_test(a_column_of_another_type_is_refused_by_name),
		cmocka_unit_test(a_row_that_cannot_be_read_leaves_its_struct_as_it_was),
		cmocka_unit_test(rows_are_collected_in_order),
		cmocka_unit_test(the_context_opens_its_own_rows_only),
		cmocka_unit_test(the_context_does_not_outlive_its_statement),
		cmocka_unit_test(errors_are_told_apart),
		cmocka_unit_test(a_write_tells_how_many_rows),
		cmocka_unit_test(a_change_is_of_one_row_or_of_none),
		cmocka_unit_test(more_statements_than_slots_still_run),
		cmocka_unit_test(a_changed_table_does_not_break_prepared_statements),
		cmocka_unit_test(large_values_pass_both_ways),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, group_close);
}
