/* SPDX-License-Identifier: Apache-2.0 */
/* audit_line.c: reads a line of an audit file. */
#include "service/audit_line.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"

/* What every line begins with. */
static const char beginning[] = "{\"time\":\"";

/* Members that name what was done to, the likeliest first. */
static const char *const objects[] = {"object", "target_key_id", "target_user_id",
	"target_session_id", "target_credential", "team_id", "owner_id", "act_id", "receipt",
	"target_key", "plan", "item", "model", "stripe_event", "source"};

/* Who of the platform's staff it was, and from where: not for the tenant. */
static const char *const of_staff[] = {"tenant_id", "target_tenant_id", "subject", "credential",
	"credential_id", "credential_kind", "client"};

static bool
read_digits(const char *text, size_t n, int *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*out = *out * 10 + (text[i] - '0');
	}
	return true;
}

/* "2026-01-31T23:59:59.123Z", as both writers print it. */
bool
bh_audit_line_time(const char *text, int64_t *out_ms)
{
	static const char form[] = "0000-00-00T00:00:00.000Z";
	struct tm tm = {0};
	int ms;

	if (text == NULL || strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; form[i] != '\0'; i++) {
		if (form[i] != '0' && form[i] != text[i])
			return false;
	}
	if (!read_digits(text, 4, &tm.tm_year) || !read_digits(text + 5, 2, &tm.tm_mon) ||
		!read_digits(text + 8, 2, &tm.tm_mday) || !read_digits(text + 11, 2, &tm.tm_hour) ||
		!read_digits(text + 14, 2, &tm.tm_min) || !read_digits(text + 17, 2, &tm.tm_sec) ||
		!read_digits(text + 20, 3, &ms))
		return false;
	/* Before the first of these lines were written, or after the last id of its kind: no time of ours. */
	if (tm.tm_year < 2000 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
		tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*out_ms = (int64_t)timegm(&tm) * 1000 + ms;
	return true;
}

/* A member's text, cut where it is long; "" where there is none. */
static void
copy_word(const struct bh_json *line, const char *name, char out[BH_AUDIT_WORD_MOST + 1])
{
	const char *text = bh_json_get_string(line, name);
	size_t len = text != NULL ? bh_text_cut(text, strlen(text), BH_AUDIT_WORD_MOST) : 0;

	memcpy(out, text != NULL ? text : "", len);
	out[len] = '\0';
}

static void
find_object(struct bh_audit_line *line)
{
	for (size_t i = 0; i < BH_COUNT(objects) && line->object[0] == '\0'; i++)
		copy_word(line->doc.root, objects[i], line->object);
}

/* The tenant of the credential, then the one that the act was for; a sign-in has the second only. */
static void
find_tenants(struct bh_audit_line *line)
{
	static const char *const names[] = {"tenant_id", "target_tenant_id"};

	for (size_t i = 0; i < BH_COUNT(names); i++) {
		const char *text = bh_json_get_string(line->doc.root, names[i]);
		struct bh_uuid id;

		if (text == NULL || bh_uuid_parse(text, &id) < 0 || bh_uuid_is_zero(&id) ||
			(line->n_tenants == 1 && bh_uuid_equal(&line->tenants[0], &id)))
			continue;
		line->tenants[line->n_tenants++] = id;
	}
}

static int
parse(const char *text, size_t len, struct bh_audit_line *line)
{
	int rc = bh_json_parse(text, len, &line->doc);

	line->text = text;
	line->len = len;
	if (rc < 0)
		return BH_E_INVALID;
	return bh_json_kind(line->doc.root) == BH_JSON_OBJECT ? 0 : BH_E_INVALID;
}

/* Whole, or the last of those that were joined when the disk was full. */
static int
parse_last(const char *text, size_t len, struct bh_audit_line *line)
{
	const char *last = NULL, *at = text;
	int rc = parse(text, len, line);

	if (rc == 0)
		return 0;
	while ((at = memmem(at, len - (size_t)(at - text), beginning, strlen(beginning))) != NULL)
		last = at++;
	if (last == NULL || last == text)
		return rc;
	bh_json_close(&line->doc);
	return parse(last, len - (size_t)(last - text), line);
}

/* A service's own question to another, or the gateway's: the request that it belongs to has its own line. */
static bool
is_step(const struct bh_json *line)
{
	const char *path = bh_json_get_string(line, "path");

	return path != NULL && bh_text_starts(path, "/internal/");
}

static int
read_members(struct bh_audit_line *line)
{
	const struct bh_json *root = line->doc.root;

	if (!bh_audit_line_time(bh_json_get_string(root, "time"), &line->time_ms))
		return BH_E_INVALID;
	copy_word(root, "event", line->action);
	if (line->action[0] == '\0')
		return BH_E_INVALID;
	find_tenants(line);
	if (line->n_tenants == 0 || is_step(root))
		return BH_E_EMPTY;
	copy_word(root, "subject", line->actor);
	/* Who signs in is known when it is over. */
	if (line->actor[0] == '\0' && bh_json_get_string(root, "tenant_id") == NULL)
		copy_word(root, "target_user_id", line->actor);
	copy_word(root, "request_id", line->request_id);
	find_object(line);
	line->status = bh_json_get_int(root, "status", 0);
	return 0;
}

int
bh_audit_line_read(const char *text, size_t len, struct bh_audit_line *out)
{
	struct bh_audit_line line = {0};
	int rc = len <= BH_AUDIT_LINE_MOST ? parse_last(text, len, &line) : BH_E_INVALID;

	if (rc == 0)
		rc = read_members(&line);
	if (rc < 0)
		bh_audit_line_close(&line);
	else
		*out = line;
	return rc;
}

void
bh_audit_line_close(struct bh_audit_line *line)
{
	bh_json_close(&line->doc);
	*line = (struct bh_audit_line){0};
}

bool
bh_audit_line_is_staff(const struct bh_audit_line *line, size_t i)
{
	return i == 1 && bh_uuid_equal(&line->tenants[0], &bh_platform_tenant);
}

static bool
is_of_staff(const char *name)
{
	for (size_t i = 0; i < BH_COUNT(of_staff); i++) {
		if (strcmp(of_staff[i], name) == 0)
			return true;
	}
	return false;
}

void
bh_audit_line_write_staff(const struct bh_audit_line *line, struct bh_buf *out)
{
	struct bh_write write = {.out = out};
	const struct bh_json *value;
	const char *name;
	void *cursor = NULL;

	bh_write_object(&write);
	while (bh_json_next(line->doc.root, &cursor, &name, &value)) {
		if (is_of_staff(name))
			continue;
		bh_write_name(&write, name);
		bh_write_json(&write, value);
	}
	bh_write_end(&write);
}
