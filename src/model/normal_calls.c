/* SPDX-License-Identifier: Apache-2.0 */
/* normal_calls.c: tool calls, told apart whatever upstreams name and number them by. */
#include "model/normal_calls.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/uuid.h"

/* A call as one event tells of it. */
struct told {
	int64_t index; /* -1: none */
	const char *id, *name;
	uint64_t id_hash, name_hash; /* 0: none */
	const struct bh_json *arguments;
};

/* FNV-1a; 0 for what says nothing. */
static uint64_t
hash_of(const char *text)
{
	uint64_t hash = 1469598103934665603ull;

	if (text == NULL || text[0] == '\0')
		return 0;
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211ull;
	return hash != 0 ? hash : 1;
}

static struct told
told_of(struct model_normal *normal, const struct bh_json *call, const struct bh_json *function)
{
	struct told told = {
		.index = -1,
		.id = model_normal_text(call, "id"),
		.name = model_normal_text(function, "name"),
		.arguments = bh_json_get(function, "arguments"),
	};
	static const char *const others[] = {"parameters", "input", "args"};
	int64_t number;

	if (bh_json_int(bh_json_get(call, "index"), &number) && number >= 0)
		told.index = number;
	if (told.id == NULL && bh_json_int(bh_json_get(call, "id"), &number))
		told.id = bh_arena_printf(&normal->arena, "%lld", (long long)number);
	for (size_t i = 0; told.arguments == NULL && i < BH_COUNT(others); i++)
		told.arguments = bh_json_get(function, others[i]);
	told.id_hash = hash_of(told.id);
	told.name_hash = hash_of(told.name);
	return told;
}

static bool
is_complete(const struct model_normal_call *call)
{
	return call->has_arguments && call->depth == 0 && !call->in_string;
}

static bool
has_content(const struct bh_json *arguments)
{
	enum bh_json_kind kind = bh_json_kind(arguments);

	return kind == BH_JSON_STRING ? bh_json_string_len(arguments) > 0 : kind > BH_JSON_NULL;
}

/* Whether what is told begins a call of its own, though it may have the index or id of `last`. Without a
 * name nothing begins: some give each piece a new id, others repeat the name in each. */
static bool
begins_anew(const struct model_normal *normal, const struct model_normal_call *last,
	const struct told *told)
{
	bool same_id = told->id_hash != 0 && told->id_hash == last->id;

	if (told->name == NULL)
		return false;
	if (last->name != 0 && told->name_hash != last->name)
		return true;
	if (told->id_hash != 0 && last->id != 0 && !same_id)
		return true;
	if (same_id && told->index >= 0 && told->index == last->index)
		return false;
	return last->event == normal->events ||
		((is_complete(last) || last->is_none) && has_content(told->arguments));
}

static struct model_normal_call *
by_id(struct model_normal *normal, const struct told *told)
{
	for (size_t i = normal->n_calls; told->id_hash != 0 && i > 0; i--) {
		struct model_normal_call *call = &normal->calls[i - 1];

		if (call->id == told->id_hash &&
			(told->index < 0 || call->index < 0 || told->index == call->index))
			return call;
	}
	return NULL;
}

static struct model_normal_call *
by_index(struct model_normal *normal, const struct told *told)
{
	for (size_t i = normal->n_calls; i > 0; i--) {
		if (told->index < 0 || normal->calls[i - 1].index == told->index)
			return &normal->calls[i - 1];
	}
	return NULL;
}

/* The call that goes on; NULL: a new one begins. The event's list has `n`, this is the i-th. */
static struct model_normal_call *
find_call(struct model_normal *normal, const struct told *told, size_t i, size_t n)
{
	struct model_normal_call *call = by_id(normal, told);

	/* Told by nothing but its place in the list. */
	if (told->index < 0 && told->id == NULL && told->name == NULL && n > 1 && i < normal->n_calls)
		return &normal->calls[i];
	if (call == NULL)
		call = by_index(normal, told);
	return call != NULL && begins_anew(normal, call, told) ? NULL : call;
}

/* Follows the arguments, to know when they are whole. */
static void
follow(struct model_normal_call *call, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (call->in_string) {
			if (call->is_escaped)
				call->is_escaped = false;
			else if (c == '\\')
				call->is_escaped = true;
			else if (c == '"')
				call->in_string = false;
			continue;
		}
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (!call->has_arguments)
			call->is_nested = c == '{' || c == '[';
		call->has_arguments = true;
		if (c == '"')
			call->in_string = true;
		else if (c == '{' || c == '[')
			call->depth++;
		else if ((c == '}' || c == ']') && call->depth > 0)
			call->depth--;
	}
}

/* "{}", "null" and blanks: some begin so, whatever follows. */
static bool
says_none(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", *text) != NULL)
		text++, len--;
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return len == 0 || (len == 2 && memcmp(text, "{}", 2) == 0) ||
		(len == 4 && memcmp(text, "null", 4) == 0);
}

/* The JSON in a string of JSON that holds an object: some encode twice. */
static const char *
inner_text(struct model_normal *normal, const char *text, size_t *len)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0}, inner = {0};
	const char *found;

	if (*len < 2 || text[0] != '"' || text[*len - 1] != '"' ||
		bh_json_parse(text, *len, &doc) < 0 || bh_json_string(doc.root) == NULL)
		return text;
	found = bh_json_string(doc.root);
	if (bh_json_parse(found, bh_json_string_len(doc.root), &inner) < 0 ||
		bh_json_kind(inner.root) != BH_JSON_OBJECT)
		return text;
	*len = bh_json_string_len(doc.root);
	return bh_arena_copy(&normal->arena, found, *len);
}

/* As text, whatever the upstream sends; a value that is not text is always all of them. Behind a whole object
 * nothing follows: some tell it once more at the end. *bytes grows by what is held back. */
static void
take_arguments(struct model_normal *normal, struct model_normal_call *call,
	const struct bh_json *arguments, struct model_call_piece *piece, int64_t *bytes)
{
	bool is_first = !call->has_arguments;
	struct bh_buf text = {0};

	if (call->is_nested && is_complete(call))
		return;
	if (bh_json_kind(arguments) == BH_JSON_STRING) {
		piece->arguments = bh_json_string(arguments);
		piece->arguments_len = bh_json_string_len(arguments);
	} else if (bh_json_kind(arguments) > BH_JSON_NULL && is_first) {
		bh_json_append(&text, arguments);
		piece->arguments = bh_arena_copy(&normal->arena, text.data, text.len);
		piece->arguments_len = text.len;
		bh_buf_close(&text);
	}
	if (is_first && says_none(piece->arguments, piece->arguments_len)) {
		call->is_none = call->is_none || has_content(arguments);
		*bytes += (int64_t)piece->arguments_len;
		piece->arguments_len = 0;
	}
	if (is_first && piece->arguments_len > 0)
		piece->arguments = inner_text(normal, piece->arguments, &piece->arguments_len);
	follow(call, piece->arguments, piece->arguments_len);
}

/* The id that the client gets: the upstream's, unless it has none or another call has it. */
static const char *
client_id(struct model_normal *normal, const struct told *told)
{
	struct bh_uuid made;
	char *text;
	size_t n = 0;

	for (size_t i = 0; i < normal->n_calls; i++)
		n += normal->calls[i].id == told->id_hash;
	if (told->id != NULL && n == 0)
		return told->id;
	made = bh_uuid_new();
	text = bh_arena_alloc(&normal->arena, 48);
	bh_uuid_format_id(&made, "call_", text, 48);
	return text;
}

/* More of a call, old or new; nothing where a piece says nothing. */
static int
take_call(struct model_normal *normal, const struct told *told, struct model_normal_call *call,
	struct model_piece *piece)
{
	struct model_call_piece more = {0};
	bool is_new = call == NULL;

	if (is_new) {
		if (normal->n_calls == MODEL_CALLS_MOST)
			return bh_error(BH_E_UPSTREAM, "the upstream called more than %d functions",
				MODEL_CALLS_MOST);
		more.id = client_id(normal, told);
		call = &normal->calls[normal->n_calls++];
		*call = (struct model_normal_call){.index = told->index};
		more.arguments = "";
	}
	more.index = call - normal->calls;
	call->event = normal->events;
	if (call->id == 0)
		call->id = told->id_hash;
	if (call->name == 0)
		call->name = told->name_hash;
	if (!call->is_named && told->name != NULL) {
		more.name = told->name;
		call->is_named = true;
	}
	take_arguments(normal, call, told->arguments, &more, &piece->bytes);
	piece->bytes += (int64_t)more.arguments_len +
		(int64_t)(more.name != NULL ? strlen(more.name) : 0);
	if (is_new || more.name != NULL || more.arguments_len > 0)
		piece->calls[piece->n_calls++] = more;
	return 0;
}

/* The call's function: in an object of its own, or beside the id. */
static const struct bh_json *
function_of(const struct bh_json *call)
{
	const struct bh_json *function = bh_json_get(call, "function");

	return bh_json_kind(function) == BH_JSON_OBJECT ? function : call;
}

/* Room for n more of the piece's calls. */
static void
make_room(struct model_normal *normal, size_t n, struct model_piece *piece)
{
	struct model_call_piece *calls = bh_arena_array(&normal->arena, piece->n_calls + n,
		sizeof(*calls));

	if (piece->n_calls > 0)
		memcpy(calls, piece->calls, piece->n_calls * sizeof(*calls));
	piece->calls = calls;
}

int
model_normal_calls(struct model_normal *normal, const struct bh_json *message, bool is_whole,
	struct model_piece *piece)
{
	const struct bh_json *calls = bh_json_get(message, "tool_calls");
	const struct bh_json *old = bh_json_get(message, "function_call");
	size_t n = bh_json_kind(calls) == BH_JSON_ARRAY ? bh_json_count(calls)
		: bh_json_kind(calls) == BH_JSON_OBJECT     ? 1
		: bh_json_kind(old) == BH_JSON_OBJECT       ? 1
													: 0;
	int rc = 0;

	if (n == 0)
		return 0;
	make_room(normal, n, piece);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct bh_json *call = bh_json_kind(calls) == BH_JSON_ARRAY ? bh_json_at(calls, i)
			: bh_json_kind(calls) == BH_JSON_OBJECT                       ? calls
																		  : old;
		struct told told = told_of(normal, call, function_of(call));

		if (bh_json_kind(call) == BH_JSON_OBJECT)
			rc = take_call(normal, &told, is_whole ? NULL : find_call(normal, &told, i, n), piece);
	}
	return rc;
}

void
model_normal_fill(struct model_normal *normal, bool is_cut, struct model_piece *piece)
{
	for (size_t i = 0; i < normal->n_calls; i++) {
		struct model_call_piece *more = NULL;

		if (normal->calls[i].has_arguments || (is_cut && !normal->calls[i].is_none))
			continue;
		make_room(normal, 1, piece);
		for (size_t j = 0; j < piece->n_calls; j++) {
			if (piece->calls[j].index == (int64_t)i)
				more = &piece->calls[j];
		}
		if (more == NULL) {
			more = &piece->calls[piece->n_calls++];
			*more = (struct model_call_piece){.index = (int64_t)i};
		}
		more->arguments = "{}";
		more->arguments_len = 2;
		normal->calls[i].has_arguments = true;
	}
}
