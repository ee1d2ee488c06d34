/* SPDX-License-Identifier: Apache-2.0 */
/* store_price.c: what the price book says of a model. */
#include <string.h>

#include "base/macros.h"
#include "model/store.h"

/* Units of one version; -1: it has no such price. */
struct row {
	int64_t version;
	int64_t input, cached, written, output, units;
	int64_t long_input, long_cached, long_written, long_output, long_units;
};

static const struct bh_row price_row = BH_ROW(struct row, version, input, cached, written, output,
	units, long_input, long_cached, long_written, long_output, long_units);

/* What has no price of its own costs as `other` does. */
static int64_t
or_as(int64_t nanos, int64_t other)
{
	return nanos >= 0 ? nanos : other;
}

static struct model_book
book_of(const struct row *row)
{
	int64_t input = or_as(row->input, 0);
	struct model_book book = {
		.known = true,
		.version = row->version,
		.lines = {input, or_as(row->cached, input), or_as(row->written, input),
			or_as(row->output, 0), or_as(row->units, 0)},
	};
	int64_t long_input = or_as(row->long_input, input);

	book.long_lines[METER_INPUT] = long_input;
	book.long_lines[METER_CACHED] = or_as(row->long_cached, or_as(row->cached, long_input));
	book.long_lines[METER_CACHE_WRITE] = or_as(row->long_written, or_as(row->written, long_input));
	book.long_lines[METER_OUTPUT] = or_as(row->long_output, book.lines[METER_OUTPUT]);
	book.long_lines[METER_UNITS] = or_as(row->long_units, book.lines[METER_UNITS]);
	book.has_tier = memcmp(book.lines, book.long_lines, sizeof(book.lines)) != 0;
	return book;
}

#define UNIT(name) "       coalesce(max(u.nanos) FILTER (WHERE u.unit = '" name "'), -1)"

int
model_store_book_get(struct bh_db *db, const struct bh_uuid *tenant, const char *name,
	const char *upstream_name, struct model_book *out)
{
	/* Under the model's own name, or under the one that its maker knows it by. */
	/* clang-format off */
	static const char sql[] =
		"SELECT v.version,"
		UNIT("input") "," UNIT("cached") "," UNIT("cache_write") "," UNIT("output") "," UNIT("units") ","
		UNIT("input_above_200k") "," UNIT("cached_above_200k") "," UNIT("cache_write_above_200k") ","
		UNIT("output_above_200k") "," UNIT("units_above_200k")
		"  FROM (SELECT p.tenant_id, p.item, p.version FROM price AS p"
		"         WHERE p.tenant_id = $1 AND p.item IN ($2, $3) AND p.effective_at <= now()"
		"         ORDER BY p.item = $2 DESC, p.effective_at DESC, p.version DESC LIMIT 1) AS v"
		"  JOIN price_unit AS u"
		"    ON u.tenant_id = $1 AND u.item = v.item AND u.version = v.version"
		" GROUP BY v.version";
	/* clang-format on */
	struct row row;
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant, name, upstream_name), &price_row, &row,
		&found);

	if (rc == 0)
		*out = found ? book_of(&row) : (struct model_book){0};
	return rc;
}
