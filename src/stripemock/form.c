/* SPDX-License-Identifier: Apache-2.0 */
/* form.c: cuts a form into pairs, decodes them, and puts each where its brackets say. */
#include "stripemock/form.h"

#include <string.h>

#include "base/error.h"
#include "http/exchange.h"

/* One step of a name: what stands in a pair of brackets. */
struct step {
	const char *text;
	size_t len;
};

/* Cuts "a[b][]" into a, b and nothing. The count, or BH_E_INVALID. */
static int
cut(const char *name, struct step out[STRIPEMOCK_FORM_DEPTH])
{
	size_t len = strcspn(name, "[]");
	int n = 0;

	if (len == 0 || strlen(name) > STRIPEMOCK_FORM_NAME)
		return bh_error(BH_E_INVALID, "Invalid parameter name.");
	out[n++] = (struct step){name, len};
	for (name += len; *name != '\0'; name += len + 1) {
		if (*name != '[' || n == STRIPEMOCK_FORM_DEPTH)
			return bh_error(BH_E_INVALID, "Invalid parameter name.");
		name++;
		len = strcspn(name, "[]");
		if (name[len] != ']')
			return bh_error(BH_E_INVALID, "Invalid parameter name.");
		out[n++] = (struct step){name, len};
	}
	return n;
}

static struct stripemock_value *
member(struct stripemock_value *object, const char *name)
{
	for (struct stripemock_value *at = object->first; at != NULL; at = at->next) {
		if (strcmp(at->name, name) == 0)
			return at;
	}
	return NULL;
}

/* The member of this name, made if there is none; a text that stands there gives way to a container. */
static struct stripemock_value *
enter(struct stripemock_value *object, const struct step *step)
{
	struct bh_arena *arena = object->arena;
	const char *name = step->len > 0 ? bh_arena_copy(arena, step->text, step->len)
									 : bh_arena_printf(arena, "%zu", object->count);
	struct stripemock_value *found = member(object, name);

	if (found == NULL) {
		found = stripemock_value_new(arena, BH_JSON_OBJECT);
		found->name = name;
		stripemock_value_add(object, found);
	}
	found->kind = BH_JSON_OBJECT;
	return found;
}

static int
take(const char *pair, size_t len, struct stripemock_value *into)
{
	struct step steps[STRIPEMOCK_FORM_DEPTH];
	const char *equals = memchr(pair, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - pair) : len;
	const char *name = NULL, *text = "";
	struct stripemock_value *at = into;
	int rc = bh_http_decode(into->arena, pair, name_len, true, &name);
	int n;

	if (rc == 0 && equals != NULL)
		rc = bh_http_decode(into->arena, equals + 1, len - name_len - 1, true, &text);
	if (rc < 0)
		return bh_error(BH_E_INVALID, "Invalid encoding of a parameter.");
	n = cut(name, steps);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		at = enter(at, &steps[i]);
	at->kind = BH_JSON_STRING;
	at->text = text;
	at->first = at->last = NULL;
	at->count = 0;
	return 0;
}

int
stripemock_form_read(const char *text, size_t len, struct stripemock_value *into)
{
	const char *end = text + len;
	int pairs = 0;

	while (text < end) {
		const char *amp = memchr(text, '&', (size_t)(end - text));
		size_t pair_len = amp != NULL ? (size_t)(amp - text) : (size_t)(end - text);
		int rc = 0;

		if (pair_len > 0 && ++pairs > STRIPEMOCK_FORM_PAIRS)
			return bh_error(BH_E_INVALID, "Too many parameters.");
		if (pair_len > 0)
			rc = take(text, pair_len, into);
		if (rc < 0)
			return rc;
		text += pair_len + 1;
	}
	return 0;
}
