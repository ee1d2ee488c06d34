/* SPDX-License-Identifier: Apache-2.0 */
/* usage.c: the operations of OpenAI's usage API, and the query strings that they take. */
#include "billing/usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "http/exchange.h"
#include "meter/unit.h"

#define BY_ALL (BILLING_BY_TEAM | BILLING_BY_USER | BILLING_BY_KEY | BILLING_BY_MODEL)
#define BY_COST (BILLING_BY_TEAM | BILLING_BY_KEY)

/* clang-format off */
static const struct billing_usage_of operations[] = {
	{"completions", "organization.usage.completions.result", "chat", BILLING_TOKENS, NULL,
		BY_ALL | BILLING_BY_BATCH, BY_ALL | BILLING_BY_BATCH, "", "service_tier", false},
	{"embeddings", "organization.usage.embeddings.result", "embedding", BILLING_INPUT, NULL, BY_ALL, BY_ALL, "", "", false},
	{"moderations", "organization.usage.moderations.result", "moderation", BILLING_INPUT, NULL, BY_ALL, BY_ALL, "", "", false},
	{"images", "organization.usage.images.result", "image", BILLING_UNITS, "images", BY_ALL, BY_ALL, "sources sizes",
		"source size", false},
	{"audio_speeches", "organization.usage.audio_speeches.result", "speech", BILLING_UNITS, "characters", BY_ALL, BY_ALL, "",
		"", false},
	{"audio_transcriptions", "organization.usage.audio_transcriptions.result", "transcription", BILLING_UNITS, "seconds",
		BY_ALL, BY_ALL, "", "", false},
	{"vector_stores", "organization.usage.vector_stores.result", "storage", BILLING_BYTES, "usage_bytes", BILLING_BY_TEAM,
		BILLING_BY_TEAM, "", "", false},
	{"code_interpreter_sessions", "organization.usage.code_interpreter_sessions.result", "", BILLING_CALLS, "num_sessions",
		BILLING_BY_TEAM, BILLING_BY_TEAM, "", "", false},
	{"file_search_calls", "organization.usage.file_searches.result", "search", BILLING_CALLS, "num_requests",
		BILLING_BY_TEAM | BILLING_BY_USER | BILLING_BY_KEY, BILLING_BY_TEAM | BILLING_BY_USER | BILLING_BY_KEY,
		"vector_store_ids", "vector_store_id", false},
	{"costs", "organization.costs.result", NULL, BILLING_COST, NULL, BY_COST | BILLING_BY_LINE, BY_COST, "", "", true},
	/* Our own: every kind of act, and what all of it cost, in buckets of any width. */
	{"sums", "usage.sum", NULL, BILLING_SUMS, NULL, BY_ALL | BILLING_BY_LINE, BY_ALL, "", "", false},
};

static const struct { const char *name; unsigned group; } groups[] = {
	{"project_id", BILLING_BY_TEAM}, {"user_id", BILLING_BY_USER}, {"api_key_id", BILLING_BY_KEY},
	{"model", BILLING_BY_MODEL}, {"batch", BILLING_BY_BATCH}, {"line_item", BILLING_BY_LINE},
};

/* How wide a bucket is, and how many of them a page has. */
static const struct width { const char *name; int64_t seconds, preset, most; } widths[] = {
	{"1d", 86400, 7, 31}, {"1h", 3600, 24, 168}, {"1m", 60, 60, 1440},
};
static const struct width cost_days = {"1d", 86400, 7, 180};
/* clang-format on */

#define TIME_MAX_S 253402300799 /* the year 9999 */
#define PAGE_PREFIX "page_"

const struct billing_usage_of *
billing_usage_find(const char *path)
{
	for (size_t i = 0; i < BH_COUNT(operations); i++) {
		if (strcmp(operations[i].path, path) == 0)
			return &operations[i];
	}
	return NULL;
}

/* What was read before it is known how it fits together. */
struct reading {
	struct bh_arena *arena;
	const struct billing_usage_of *of;
	struct billing_usage_query query;
	const struct width *width;
	bool has_start, has_end, has_limit, has_width, has_page;
	int64_t start_s, end_s, limit, page_s;
};

/* One that may stand once only. */
static int
once(bool *seen, const char *name)
{
	if (*seen)
		return bh_error_param(BH_E_INVALID, name, "'%s' is given more than once.", name);
	*seen = true;
	return 0;
}

static int
read_int(bool *seen, const char *name, const char *text, int64_t least, int64_t most, int64_t *out)
{
	int rc = once(seen, name);

	if (rc == 0 && bh_text_int(text, least, most, out) < 0)
		rc = bh_error_param(BH_E_INVALID, name,
			"'%s' must be an integer between %" PRId64 " and %" PRId64 ".", name, least, most);
	return rc;
}

static int
read_width(struct reading *reading, const char *text)
{
	int rc = once(&reading->has_width, "bucket_width");

	if (rc < 0)
		return rc;
	if (reading->of->days_only && strcmp(text, "1d") == 0)
		return 0;
	for (size_t i = 0; i < BH_COUNT(widths) && !reading->of->days_only; i++) {
		if (strcmp(widths[i].name, text) == 0) {
			reading->width = &widths[i];
			return 0;
		}
	}
	return bh_error_param(BH_E_INVALID, "bucket_width", "'bucket_width' must be %s.",
		reading->of->days_only ? "1d" : "1m, 1h or 1d");
}

static int
read_group(struct reading *reading, const char *text)
{
	for (size_t i = 0; i < BH_COUNT(groups); i++) {
		if (strcmp(groups[i].name, text) == 0 && (groups[i].group & reading->of->groups) != 0) {
			reading->query.groups |= groups[i].group;
			return 0;
		}
	}
	if (bh_text_has_word(reading->of->not_grouped, text))
		return bh_error_param(BH_E_UNSUPPORTED, "group_by", "Grouping by '%.64s' is not supported.",
			text);
	return bh_error_param(BH_E_INVALID, "group_by", "'%.64s' is not what this can be grouped by.",
		text);
}

static int
too_many(const char *name)
{
	return bh_error_param(BH_E_RANGE, name, "'%s' must have at most %d values.", name,
		BILLING_LIST_MAX);
}

/* What is no id of ours is nobody's: it filters like one that does not exist. */
static int
read_id(struct reading *reading, const char *name, const char *text, struct billing_ids *out)
{
	struct bh_uuid id;

	if (out->ids == NULL)
		out->ids = bh_arena_array(reading->arena, BILLING_LIST_MAX, sizeof(*out->ids));
	if (out->n == BILLING_LIST_MAX)
		return too_many(name);
	if (bh_uuid_parse(text, &id) < 0 || bh_uuid_is_zero(&id))
		memset(id.bytes, 0xff, sizeof(id.bytes));
	out->ids[out->n++] = id;
	return 0;
}

static int
read_model(struct reading *reading, const char *text)
{
	struct billing_usage_query *query = &reading->query;

	if (query->models == NULL)
		query->models = bh_arena_array(reading->arena, BILLING_LIST_MAX, sizeof(*query->models));
	if (query->n_models == BILLING_LIST_MAX)
		return too_many("models");
	query->models[query->n_models++] = text;
	return 0;
}

static int
read_batch(struct reading *reading, const char *text)
{
	int rc = once(&reading->query.has_batch, "batch");

	if (rc == 0 && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		rc = bh_error_param(BH_E_INVALID, "batch", "'batch' must be true or false.");
	reading->query.batch = text[0] == 't';
	return rc;
}

static int
read_page(struct reading *reading, const char *text)
{
	int rc = once(&reading->has_page, "page");
	size_t len = strlen(PAGE_PREFIX);

	if (rc == 0 &&
		(strncmp(text, PAGE_PREFIX, len) != 0 ||
			bh_text_int(text + len, 0, TIME_MAX_S, &reading->page_s) < 0))
		rc = bh_error_param(BH_E_INVALID, "page", "'page' is not a cursor of this list.");
	return rc;
}

/* A list's own name, or with the brackets in which clients send lists. */
static bool
is_list(const char *name, const char *list)
{
	size_t len = strlen(list);

	return strncmp(name, list, len) == 0 && (name[len] == '\0' || strcmp(name + len, "[]") == 0);
}

static int
read_list(struct reading *reading, const char *name, const char *value)
{
	unsigned lists = reading->of->lists;
	struct billing_usage_query *query = &reading->query;

	if (is_list(name, "group_by"))
		return read_group(reading, value);
	if (is_list(name, "project_ids") && (lists & BILLING_BY_TEAM) != 0)
		return read_id(reading, "project_ids", value, &query->teams);
	if (is_list(name, "user_ids") && (lists & BILLING_BY_USER) != 0)
		return read_id(reading, "user_ids", value, &query->users);
	if (is_list(name, "api_key_ids") && (lists & BILLING_BY_KEY) != 0)
		return read_id(reading, "api_key_ids", value, &query->keys);
	if (is_list(name, "models") && (lists & BILLING_BY_MODEL) != 0)
		return read_model(reading, value);
	return BH_E_EMPTY;
}

static int
read_pair(struct reading *reading, const char *name, const char *value)
{
	char plain[32];
	int rc;

	if (strcmp(name, "start_time") == 0)
		return read_int(&reading->has_start, name, value, 0, TIME_MAX_S, &reading->start_s);
	if (strcmp(name, "end_time") == 0)
		return read_int(&reading->has_end, name, value, 0, TIME_MAX_S, &reading->end_s);
	if (strcmp(name, "limit") == 0)
		return read_int(&reading->has_limit, name, value, 1, 1440, &reading->limit);
	if (strcmp(name, "bucket_width") == 0)
		return read_width(reading, value);
	if (strcmp(name, "page") == 0)
		return read_page(reading, value);
	if (strcmp(name, "batch") == 0 && (reading->of->lists & BILLING_BY_BATCH) != 0)
		return read_batch(reading, value);
	rc = read_list(reading, name, value);
	if (rc != BH_E_EMPTY)
		return rc;
	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(name, "["), name);
	if (bh_text_has_word(reading->of->unsupported, plain))
		return bh_error_param(BH_E_UNSUPPORTED, plain, "'%s' is not supported.", plain);
	return bh_error_param(BH_E_UNKNOWN_FIELD, name, "Unknown parameter: '%.64s'.", name);
}

static int
read_pairs(struct reading *reading, const char *at)
{
	while (at != NULL && *at != '\0') {
		const char *end = strchrnul(at, '&');
		const char *equals = memchr(at, '=', (size_t)(end - at));
		const char *name_end = equals != NULL ? equals : end;
		const char *value = equals != NULL ? equals + 1 : end;
		const char *name_text, *value_text;
		int rc = bh_http_decode(reading->arena, at, (size_t)(name_end - at), true, &name_text);

		if (rc == 0)
			rc = bh_http_decode(reading->arena, value, (size_t)(end - value), true, &value_text);
		if (rc == 0 && end > at)
			rc = read_pair(reading, name_text, value_text);
		if (rc < 0)
			return rc;
		at = *end == '&' ? end + 1 : end;
	}
	return 0;
}

/* Buckets lie at whole widths since 1970. None lies in the future: nothing can be in it. */
static int
place(struct reading *reading, int64_t now_s)
{
	const struct width *width = reading->width;
	struct billing_usage_query *query = &reading->query;
	int64_t limit = reading->has_limit ? reading->limit : width->preset;
	int64_t end_s = reading->has_end ? reading->end_s : now_s + 1;

	if (!reading->has_start)
		return bh_error_param(BH_E_MISSING, "start_time", "'start_time' is required.");
	if (limit > width->most)
		return bh_error_param(BH_E_RANGE, "limit",
			"'limit' must be at most %" PRId64 " for this bucket_width.", width->most);
	if (reading->has_end && end_s <= reading->start_s)
		return bh_error_param(BH_E_INVALID, "end_time", "'end_time' must be after 'start_time'.");
	if (end_s > now_s + 1)
		end_s = now_s + 1;
	query->width_s = width->seconds;
	query->start_s = reading->start_s / width->seconds * width->seconds;
	query->end_s = (end_s + width->seconds - 1) / width->seconds * width->seconds;
	if (query->end_s < query->start_s)
		query->end_s = query->start_s;
	query->from_s = reading->has_page ? reading->page_s : query->start_s;
	if (query->from_s < query->start_s || query->from_s > query->end_s ||
		query->from_s % width->seconds != 0)
		return bh_error_param(BH_E_INVALID, "page", "'page' is not a cursor of this list.");
	query->to_s = query->from_s + limit * width->seconds;
	if (query->to_s > query->end_s)
		query->to_s = query->end_s;
	return 0;
}

int
billing_usage_read(struct bh_arena *arena, const struct billing_usage_of *of, const char *query,
	int64_t now_s, struct billing_usage_query *out)
{
	struct reading reading = {
		.arena = arena,
		.of = of,
		.query.of = of,
		.width = of->days_only ? &cost_days : &widths[0],
	};
	int rc = read_pairs(&reading, query);

	if (rc == 0)
		rc = place(&reading, now_s);
	if (rc == 0)
		*out = reading.query;
	return rc;
}

bool
billing_usage_next(const struct billing_usage_query *query, char out[BILLING_PAGE_TEXT])
{
	if (query->to_s >= query->end_s)
		return false;
	snprintf(out, BILLING_PAGE_TEXT, PAGE_PREFIX "%" PRId64, query->to_s);
	return true;
}

const char *
billing_usage_unit(const char *kind)
{
	switch (meter_kind_find(kind)) {
	case METER_CHAT:
	case METER_EMBEDDING:
		return "tokens";
	case METER_IMAGE:
		return "images";
	case METER_SPEECH:
		return "characters";
	case METER_TRANSCRIPTION:
	case METER_TRAINING:
		return "duration_seconds";
	case METER_SEARCH:
		return "searches";
	case METER_PAGE:
		return "pages";
	case METER_STORAGE:
		return "byte_days";
	case METER_RUN:
		return "runs";
	case METER_MODERATION:
		return "inputs";
	default:
		return NULL;
	}
}
