/* SPDX-License-Identifier: Apache-2.0 */
/* price_file.c: walks the file's JSON once, without making a tree or a double of it. */
#include "billing/price_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/json.h"

enum { DEPTH_MOST = 32, NAME_MOST = 1024 };

struct reading {
	struct bh_arena *arena;
	const char *text, *at, *end;
	struct billing_decimal rate;
	struct billing_price_file file;
	size_t room; /* for prices */
};

/* What stands between quotes: as written, and where it ends. */
struct string {
	const char *at;
	size_t len;
	bool escaped;
};

static int
fail(const struct reading *r, const char *what)
{
	size_t line = 1;

	for (const char *at = r->text; at < r->at; at++)
		line += *at == '\n';
	return bh_error(BH_E_JSON, "line %zu of the price list: %s", line, what);
}

static void
space_skip(struct reading *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

static bool
take(struct reading *r, char c)
{
	space_skip(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

BH_MUST_CHECK static int
string_read(struct reading *r, struct string *out)
{
	struct string string = {0};

	if (!take(r, '"'))
		return fail(r, "expected a string");
	string.at = r->at;
	for (; r->at < r->end && *r->at != '"'; r->at++) {
		if ((unsigned char)*r->at < 0x20)
			return fail(r, "a string contains a control character");
		if (*r->at != '\\')
			continue;
		string.escaped = true;
		if (++r->at == r->end)
			break;
	}
	if (r->at == r->end)
		return fail(r, "a string does not end");
	string.len = (size_t)(r->at++ - string.at);
	*out = string;
	return 0;
}

/* A name as text, in the arena. One with escapes is rare, and read by those who know them. */
BH_MUST_CHECK static int
string_text(struct reading *r, const struct string *string, const char **out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *text;

	if (string->len > NAME_MOST)
		return fail(r, "a name is too long");
	if (!string->escaped) {
		*out = bh_arena_copy(r->arena, string->at, string->len);
		return 0;
	}
	if (bh_json_parse(string->at - 1, string->len + 2, &doc) < 0)
		return fail(r, "a string has a bad escape");
	text = bh_json_string(doc.root);
	if (text == NULL)
		return fail(r, "a string has a bad escape");
	*out = bh_arena_strdup(r->arena, text);
	return 0;
}

/* A number or a word, to its end. */
static size_t
scalar_skip(struct reading *r)
{
	const char *from = r->at;

	while (r->at < r->end && strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *r->at) != NULL &&
		*r->at != '\0')
		r->at++;
	return (size_t)(r->at - from);
}

static bool
is_word(const char *text, size_t len)
{
	return (len == 4 && (memcmp(text, "true", 4) == 0 || memcmp(text, "null", 4) == 0)) ||
		(len == 5 && memcmp(text, "false", 5) == 0);
}

/* A number of any size and sign, for values that nobody reads. */
static bool
is_number(const char *text, size_t len)
{
	struct billing_decimal value;
	size_t from = len > 0 && text[0] == '-';
	int rc = billing_decimal_read(text + from, len - from, &value);

	return rc == 0 || rc == BH_E_RANGE;
}

BH_MUST_CHECK static int value_skip(struct reading *r, int depth);

BH_MUST_CHECK static int
members_skip(struct reading *r, char close, int depth)
{
	int rc = 0;

	if (depth == DEPTH_MOST)
		return fail(r, "values are nested too deeply");
	if (take(r, close))
		return 0;
	do {
		struct string name;

		if (close == '}')
			rc = string_read(r, &name);
		if (rc == 0 && close == '}' && !take(r, ':'))
			rc = fail(r, "expected a colon");
		if (rc == 0)
			rc = value_skip(r, depth + 1);
	} while (rc == 0 && take(r, ','));
	if (rc == 0 && !take(r, close))
		rc = fail(r, "expected a comma or the end");
	return rc;
}

int
value_skip(struct reading *r, int depth)
{
	struct string string;
	const char *from;
	size_t len;

	space_skip(r);
	if (take(r, '{'))
		return members_skip(r, '}', depth);
	if (take(r, '['))
		return members_skip(r, ']', depth);
	if (r->at < r->end && *r->at == '"')
		return string_read(r, &string);
	from = r->at;
	len = scalar_skip(r);
	return is_word(from, len) || is_number(from, len) ? 0 : fail(r, "expected a value");
}

/* ---- costs ---- */

static const struct {
	const char *name;
	int line;
} costs[] = {
	{"input_cost_per_token", 0},
	{"cache_read_input_token_cost", 1},
	{"cache_creation_input_token_cost", 2},
	{"output_cost_per_token", 3},
	/* The first of these that a model has is its price of a unit. */
	{"output_cost_per_image", 4},
	{"input_cost_per_query", 4},
	{"input_cost_per_second", 4},
	{"output_cost_per_second", 4},
	{"input_cost_per_character", 4},
	{"input_cost_per_image", 4},
};

enum { LINE_UNITS = 4 };

/* Which unit a member tells the cost of; -1: none that we use. *out_rank: its row, for units. */
static int
unit_of(const struct string *name, size_t *out_rank)
{
	for (size_t i = 0; i < BH_COUNT(costs); i++) {
		size_t len = strlen(costs[i].name);
		const char *rest = name->at + len;
		size_t left = name->len - len;
		int tier = 0;

		if (name->len < len || memcmp(name->at, costs[i].name, len) != 0)
			continue;
		if (left >= 18 && memcmp(rest, "_above_200k_tokens", 18) == 0) {
			tier |= BILLING_TIER_ABOVE;
			rest += 18;
			left -= 18;
		}
		if (left == 8 && memcmp(rest, "_batches", 8) == 0) {
			tier |= BILLING_TIER_BATCH;
			left = 0;
		}
		*out_rank = i;
		if (left == 0)
			return BILLING_PRICE_UNIT(tier, costs[i].line);
	}
	return -1;
}

static void
unused_note(struct billing_price_file *file, const struct string *name)
{
	char text[sizeof(file->unused[0].name)];

	snprintf(text, sizeof(text), "%.*s", (int)(name->len < 63 ? name->len : 63), name->at);
	for (size_t i = 0; i < file->n_unused; i++) {
		if (strcmp(file->unused[i].name, text) == 0) {
			file->unused[i].count++;
			return;
		}
	}
	if (file->n_unused == BILLING_PRICE_FIELDS_NOTED)
		return;
	memcpy(file->unused[file->n_unused].name, text, sizeof(text));
	file->unused[file->n_unused++].count = 1;
}

static bool
tells_a_cost(const struct string *name)
{
	for (size_t i = 0; i + 4 <= name->len; i++) {
		if (memcmp(name->at + i, "cost", 4) == 0)
			return true;
	}
	return false;
}

/* Which row gave each tier's price of a unit; the first rows come before the others. */
struct ranks {
	size_t of[BILLING_PRICE_TIERS];
};

BH_MUST_CHECK static int
cost_read(struct reading *r, struct billing_price *price, struct ranks *ranks, int unit,
	size_t rank)
{
	const char *from;
	struct billing_decimal value;
	bool rounded = false;
	int64_t nanos = 0;
	size_t len;
	int rc;

	space_skip(r);
	from = r->at;
	len = scalar_skip(r);
	if (len == 4 && memcmp(from, "null", 4) == 0)
		return 0;
	rc = billing_decimal_read(from, len, &value);
	if (rc == 0)
		rc = billing_decimal_scale(value, r->rate, 15, &nanos, &rounded);
	if (rc < 0)
		return bh_error(rc,
			"The model '%.100s' has a cost that is not between 0 and a "
			"million a token.",
			price->item);
	if (unit % BILLING_PRICE_LINES == LINE_UNITS) {
		size_t *best = &ranks->of[unit / BILLING_PRICE_LINES];

		if (price->has[unit] && *best <= rank)
			return 0;
		*best = rank;
	}
	r->file.n_rounded += rounded;
	price->nanos[unit] = nanos;
	price->has[unit] = true;
	return 0;
}

BH_MUST_CHECK static int
member_read(struct reading *r, struct billing_price *price, struct ranks *ranks)
{
	struct string name;
	size_t rank = 0;
	int unit, rc = string_read(r, &name);

	if (rc < 0)
		return rc;
	if (!take(r, ':'))
		return fail(r, "expected a colon");
	unit = unit_of(&name, &rank);
	if (unit >= 0)
		return cost_read(r, price, ranks, unit, rank);
	if (tells_a_cost(&name))
		unused_note(&r->file, &name);
	return value_skip(r, 1);
}

/* ---- models ---- */

static void
price_keep(struct reading *r, const struct billing_price *price)
{
	if (r->file.n_prices == r->room) {
		size_t room = r->room == 0 ? 256 : r->room * 2;
		struct billing_price *grown = bh_arena_array(r->arena, room, sizeof(*grown));

		if (r->room > 0)
			memcpy(grown, r->file.prices, r->room * sizeof(*grown));
		r->file.prices = grown;
		r->room = room;
	}
	r->file.prices[r->file.n_prices++] = *price;
}

BH_MUST_CHECK static int
model_read(struct reading *r)
{
	struct billing_price price = {0};
	struct ranks ranks = {{0}};
	struct string name;
	int rc = string_read(r, &name);

	if (rc == 0)
		rc = string_text(r, &name, &price.item);
	if (rc < 0)
		return rc;
	if (!take(r, ':') || !take(r, '{'))
		return fail(r, "expected an object for each model");
	if (++r->file.n_entries > BILLING_PRICE_FILE_ITEMS)
		return bh_error(BH_E_TOO_LARGE, "The price list has more than %d models.",
			BILLING_PRICE_FILE_ITEMS);
	if (!take(r, '}')) {
		do
			rc = member_read(r, &price, &ranks);
		while (rc == 0 && take(r, ','));
		if (rc == 0 && !take(r, '}'))
			rc = fail(r, "expected a comma or the end of a model");
	}
	if (rc < 0)
		return rc;
	/* The list's own example of a model. */
	if (billing_price_is_empty(&price) || strcmp(price.item, "sample_spec") == 0 ||
		price.item[0] == '\0' || strlen(price.item) > BILLING_PRICE_ITEM_BYTES)
		r->file.n_unpriced++;
	else
		price_keep(r, &price);
	return 0;
}

static int
order(const void *left, const void *right)
{
	return strcmp(((const struct billing_price *)left)->item,
		((const struct billing_price *)right)->item);
}

/* The order of the file is nobody's; two prices of one model are a mistake. */
BH_MUST_CHECK static int
names_check(struct billing_price_file *file)
{
	if (file->n_prices > 0)
		qsort(file->prices, file->n_prices, sizeof(*file->prices), order);
	for (size_t i = 1; i < file->n_prices; i++) {
		if (order(&file->prices[i - 1], &file->prices[i]) == 0)
			return bh_error(BH_E_INVALID, "The price list has the model '%.100s' twice.",
				file->prices[i].item);
	}
	return 0;
}

int
billing_price_file_read(struct bh_arena *arena, const char *text, size_t len,
	struct billing_decimal rate, struct billing_price_file *out)
{
	struct reading r = {.arena = arena, .text = text, .at = text, .end = text + len, .rate = rate};
	int rc = 0;

	if (len > BILLING_PRICE_FILE_BYTES)
		return bh_error(BH_E_TOO_LARGE, "The price list is larger than %u bytes.",
			BILLING_PRICE_FILE_BYTES);
	if (!bh_text_is_utf8(text, len))
		return bh_error(BH_E_JSON, "The price list is not valid UTF-8.");
	if (!take(&r, '{'))
		return fail(&r, "expected an object");
	if (!take(&r, '}')) {
		do
			rc = model_read(&r);
		while (rc == 0 && take(&r, ','));
		if (rc == 0 && !take(&r, '}'))
			rc = fail(&r, "expected a comma or the end");
	}
	space_skip(&r);
	if (rc == 0 && r.at != r.end)
		rc = fail(&r, "there is more behind the end");
	if (rc == 0)
		rc = names_check(&r.file);
	if (rc == 0)
		*out = r.file;
	return rc;
}
