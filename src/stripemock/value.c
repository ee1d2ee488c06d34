/* SPDX-License-Identifier: Apache-2.0 */
/* value.c: JSON trees in an arena: reading, finding, changing, writing. */
#include "stripemock/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct stripemock_value *
stripemock_value_new(struct bh_arena *arena, enum bh_json_kind kind)
{
	struct stripemock_value *value = bh_arena_alloc(arena, sizeof(*value));

	value->kind = kind;
	value->arena = arena;
	return value;
}

static void
append(struct stripemock_value *parent, struct stripemock_value *child)
{
	child->next = NULL;
	if (parent->last != NULL)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->count++;
}

static void
fill(struct stripemock_value *value, const struct bh_json *json)
{
	struct bh_arena *arena = value->arena;
	const struct bh_json *inner;
	const char *name;
	void *cursor = NULL;

	if (value->kind == BH_JSON_OBJECT) {
		while (bh_json_next(json, &cursor, &name, &inner)) {
			struct stripemock_value *member = stripemock_value_of(arena, inner);

			member->name = bh_arena_strdup(arena, name);
			append(value, member);
		}
	} else {
		for (size_t i = 0; i < bh_json_count(json); i++)
			append(value, stripemock_value_of(arena, bh_json_at(json, i)));
	}
}

/* Recursion is bounded by the depth of what bh_json_parse takes. */
struct stripemock_value *
stripemock_value_of(struct bh_arena *arena, const struct bh_json *json)
{
	struct stripemock_value *value = stripemock_value_new(arena, bh_json_kind(json));

	switch (value->kind) {
	case BH_JSON_STRING:
		value->text = bh_arena_copy(arena, bh_json_string(json), bh_json_string_len(json));
		break;
	case BH_JSON_BOOL:
		(void)bh_json_bool(json, &value->truth);
		break;
	case BH_JSON_INT:
		(void)bh_json_int(json, &value->number);
		break;
	case BH_JSON_REAL:
		(void)bh_json_number(json, &value->real);
		break;
	case BH_JSON_ARRAY:
	case BH_JSON_OBJECT:
		fill(value, json);
		break;
	case BH_JSON_NULL:
	case BH_JSON_NONE:
		value->kind = BH_JSON_NULL;
		break;
	}
	return value;
}

int
stripemock_value_read(struct bh_arena *arena, const char *text, struct stripemock_value **out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int rc = bh_json_parse(text, strlen(text), &doc);

	if (rc == 0)
		*out = stripemock_value_of(arena, doc.root);
	return rc;
}

struct stripemock_value *
stripemock_value_literal(struct bh_arena *arena, const char *literal)
{
	struct stripemock_value *value = NULL;
	char *text = bh_arena_strdup(arena, literal);
	int rc;

	for (char *c = text; *c != '\0'; c++) {
		if (*c == '\'')
			*c = '"';
	}
	rc = stripemock_value_read(arena, text, &value);
	BH_ASSERT(rc == 0);
	return value;
}

struct stripemock_value *
stripemock_value_clone(struct bh_arena *arena, const struct stripemock_value *value)
{
	struct stripemock_value *clone = stripemock_value_new(arena, value->kind);

	clone->truth = value->truth;
	clone->number = value->number;
	clone->real = value->real;
	clone->text = value->text;
	for (const struct stripemock_value *at = value->first; at != NULL; at = at->next) {
		struct stripemock_value *child = stripemock_value_clone(arena, at);

		child->name = at->name;
		append(clone, child);
	}
	return clone;
}

static struct stripemock_value *
child_of(const struct stripemock_value *value, const char *name, size_t len)
{
	size_t index = 0;

	if (value == NULL)
		return NULL;
	if (value->kind == BH_JSON_ARRAY) {
		size_t wanted = strtoul(name, NULL, 10);

		for (struct stripemock_value *at = value->first; at != NULL; at = at->next) {
			if (index++ == wanted)
				return at;
		}
		return NULL;
	}
	for (struct stripemock_value *at = value->first; at != NULL; at = at->next) {
		if (strncmp(at->name, name, len) == 0 && at->name[len] == '\0')
			return at;
	}
	return NULL;
}

struct stripemock_value *
stripemock_value_at(const struct stripemock_value *value, const char *path)
{
	struct stripemock_value *at;
	size_t len = strcspn(path, ".");

	at = child_of(value, path, len);
	return path[len] == '\0' || at == NULL ? at : stripemock_value_at(at, path + len + 1);
}

bool
stripemock_value_is(const struct stripemock_value *value, const char *path, const char *text)
{
	const char *found = text_at(value, path);

	return found != NULL && strcmp(found, text) == 0;
}

/* Puts `by` into the place of a child. */
static void
replace(struct stripemock_value *parent, struct stripemock_value *child,
	struct stripemock_value *by)
{
	struct stripemock_value **link = &parent->first;

	while (*link != child)
		link = &(*link)->next;
	*link = by;
	by->next = child->next;
	if (parent->last == child)
		parent->last = by;
}

void
stripemock_value_put(struct stripemock_value *value, const char *path,
	struct stripemock_value *member)
{
	size_t len = strcspn(path, ".");
	struct stripemock_value *found = child_of(value, path, len);
	struct stripemock_value *by = member;

	if (path[len] != '\0' && found != NULL && found->kind >= BH_JSON_ARRAY) {
		stripemock_value_put(found, path + len + 1, member);
		return;
	}
	if (path[len] != '\0') {
		by = stripemock_value_new(value->arena, BH_JSON_OBJECT);
		stripemock_value_put(by, path + len + 1, member);
	}
	by->name = found != NULL ? found->name : bh_arena_copy(value->arena, path, len);
	if (found != NULL)
		replace(value, found, by);
	else
		append(value, by);
}

void
stripemock_value_cut(struct stripemock_value *list, const struct stripemock_value *element)
{
	struct stripemock_value *before = NULL, *at = list->first;

	while (at != NULL && at != element) {
		before = at;
		at = at->next;
	}
	if (at == NULL)
		return;
	if (before != NULL)
		before->next = at->next;
	else
		list->first = at->next;
	if (list->last == at)
		list->last = before;
	list->count--;
}

void
stripemock_value_drop(struct stripemock_value *value, const char *name)
{
	struct stripemock_value *found = child_of(value, name, strlen(name));

	if (found != NULL)
		stripemock_value_cut(value, found);
}

void
stripemock_value_add(struct stripemock_value *list, struct stripemock_value *element)
{
	append(list, element);
}

bool
stripemock_value_same(const struct stripemock_value *a, const struct stripemock_value *b)
{
	const struct stripemock_value *left = a->first, *right = b->first;

	if (a->kind != b->kind || a->count != b->count || a->number != b->number ||
		a->truth != b->truth || a->real < b->real || a->real > b->real)
		return false;
	if (a->kind == BH_JSON_STRING && strcmp(a->text, b->text) != 0)
		return false;
	for (; left != NULL; left = left->next) {
		if (a->kind == BH_JSON_OBJECT)
			right = stripemock_value_at(b, left->name);
		if (right == NULL || !stripemock_value_same(left, right))
			return false;
		right = right->next;
	}
	return true;
}

/* Names in there are the caller's own. */
static bool
is_callers(const struct stripemock_value *member)
{
	return member->name != NULL &&
		(strcmp(member->name, "metadata") == 0 || strcmp(member->name, "payload") == 0);
}

static void
write_container(struct bh_write *write, const struct stripemock_value *value, bool whole)
{
	if (value->kind == BH_JSON_OBJECT)
		bh_write_object(write);
	else
		bh_write_array(write);
	for (const struct stripemock_value *at = value->first; at != NULL; at = at->next) {
		if (value->kind == BH_JSON_OBJECT && at->name[0] == '_' && !whole)
			continue;
		if (value->kind == BH_JSON_OBJECT)
			bh_write_name(write, at->name);
		stripemock_value_write(write, at, whole || is_callers(at));
	}
	bh_write_end(write);
}

void
stripemock_value_write(struct bh_write *write, const struct stripemock_value *value, bool whole)
{
	switch (value->kind) {
	case BH_JSON_STRING:
		bh_write_text(write, value->text);
		break;
	case BH_JSON_BOOL:
		bh_write_bool(write, value->truth);
		break;
	case BH_JSON_INT:
		bh_write_int(write, value->number);
		break;
	case BH_JSON_REAL:
		bh_write_double(write, value->real);
		break;
	case BH_JSON_ARRAY:
	case BH_JSON_OBJECT:
		write_container(write, value, whole);
		break;
	case BH_JSON_NULL:
	case BH_JSON_NONE:
		bh_write_null(write);
		break;
	}
}

const char *
stripemock_value_print(struct bh_arena *arena, const struct stripemock_value *value, bool whole)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	stripemock_value_write(&write, value, whole);
	return bh_arena_strdup(arena, bh_buf_string(&text));
}
