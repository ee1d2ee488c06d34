/* SPDX-License-Identifier: Apache-2.0 */
/* parts.c: code points of a document become bytes of a text, and back. */
#include "agent/parts.h"

#include <string.h>

#include "base/text.h"

enum { GAP = 2 /* line breaks between chunks that do not meet */ };

/* ---- the text around ---- */

/* Gives each part its place; false where the text is not made of them. */
static bool
place(const char *text, size_t len, struct agent_part *parts, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		struct agent_part *part = &parts[i];
		int64_t end = i > 0 ? parts[i - 1].end : part->start;
		size_t points;

		part->from = part->start > end ? part->start : end;
		part->to = part->end;
		if (part->start < 0 || part->end <= part->from)
			return false;
		at += part->start > end ? GAP : 0;
		points = (size_t)(part->end - part->from);
		if (at > len)
			return false;
		part->at = (struct bh_span){at, at + bh_text_offset(text + at, len - at, points)};
		if (bh_text_points(text + at, part->at.end - at) != points)
			return false;
		at = part->at.end;
	}
	return at == len;
}

static bool
is_own(const struct agent_passage *passage, const struct agent_part *part)
{
	return passage->chunk_id != NULL && part->chunk_id != NULL &&
		strcmp(passage->chunk_id, part->chunk_id) == 0;
}

void
agent_parts_lay(struct agent_passage *passage, const char *around, struct agent_part *parts,
	size_t n)
{
	size_t len = strlen(around), own = 0;

	while (own < n && !is_own(passage, &parts[own]))
		own++;
	if (own == n || !place(around, len, parts, n))
		return;
	passage->text = around;
	passage->len = len;
	passage->parts = parts;
	passage->n_parts = n;
	/* What it shares with the chunk before stands there. */
	passage->found = parts[own].at;
}

/* ---- cutting ---- */

static bool
is_same(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static bool
is_same_document(const struct agent_passage *one, const struct agent_passage *other)
{
	return is_same(one->file_id, other->file_id) && is_same(one->store_id, other->store_id);
}

/* Its own part, where it has none around. */
static void
lay_alone(struct bh_arena *arena, struct agent_passage *passage)
{
	int64_t points;

	if (passage->n_parts > 0)
		return;
	points = (int64_t)bh_text_points(passage->text, passage->len);
	passage->parts = bh_arena_array(arena, 1, sizeof(*passage->parts));
	passage->n_parts = 1;
	passage->found = (struct bh_span){0, passage->len};
	passage->parts[0] = (struct agent_part){.chunk_id = passage->chunk_id,
		.start = passage->start,
		.from = passage->start,
		.end = passage->start + points,
		.to = passage->start + points,
		.page_start = passage->page_start,
		.page_end = passage->page_end,
		.has_page_start = passage->has_page_start,
		.has_page_end = passage->has_page_end,
		.at = passage->found};
}

/* What of a part does not lie within the points from `start` to `end`: its beginning or its end. */
static void
trim(const struct agent_passage *passage, int64_t start, int64_t end, struct agent_part *part)
{
	const char *text = passage->text + part->at.start;
	size_t len = part->at.end - part->at.start;

	if (part->from >= start && part->from < end) {
		int64_t from = part->to < end ? part->to : end;

		part->at.start += bh_text_offset(text, len, (size_t)(from - part->from));
		part->from = from;
	} else if (part->from < start && part->to > start) {
		part->at.end = part->at.start + bh_text_offset(text, len, (size_t)(start - part->from));
		part->to = start;
	}
}

/* Whether the better passage holds the one that was found, which it then has found as well. */
static bool
is_held(struct agent_passage *better, int64_t from, int64_t end)
{
	const struct agent_part *first = &better->parts[0], *last = &better->parts[better->n_parts - 1];

	if (from < first->from || end > last->to)
		return false;
	for (size_t i = 0; i < better->n_parts; i++) {
		const struct agent_part *part = &better->parts[i];

		if (part->to <= from || part->from >= end)
			continue;
		if (part->at.start < better->found.start)
			better->found.start = part->at.start;
		if (part->at.end > better->found.end)
			better->found.end = part->at.end;
	}
	return true;
}

/* The parts `first` to `last` become all of the passage. */
static void
keep(struct bh_arena *arena, struct agent_passage *passage, size_t first, size_t last, size_t own)
{
	size_t start = passage->parts[first].at.start, end = passage->parts[last].at.end;

	passage->text = bh_arena_copy(arena, passage->text + start, end - start);
	passage->len = end - start;
	for (size_t i = first; i <= last; i++) {
		passage->parts[i].at.start -= start;
		passage->parts[i].at.end -= start;
	}
	passage->found = passage->parts[own].at;
	passage->parts += first;
	passage->n_parts = last - first + 1;
}

static bool
is_empty(const struct agent_part *part)
{
	return part->from >= part->to;
}

bool
agent_parts_cut(struct bh_arena *arena, struct agent_passage *better, size_t n,
	struct agent_passage *passage)
{
	size_t own = 0, first, last;

	lay_alone(arena, passage);
	while (passage->parts[own].at.end <= passage->found.start)
		own++;
	for (size_t i = 0; i < n; i++) {
		if (!is_same_document(&better[i], passage))
			continue;
		if (is_held(&better[i], passage->parts[own].from, passage->parts[own].to))
			return false;
		for (size_t j = 0; j < passage->n_parts; j++)
			trim(passage, better[i].parts[0].from, better[i].parts[better[i].n_parts - 1].to,
				&passage->parts[j]);
	}
	if (is_empty(&passage->parts[own]))
		return false;
	/* What is left on the far side of a better passage is not around this one any more. */
	for (first = own; first > 0 && !is_empty(&passage->parts[first - 1]); first--)
		continue;
	for (last = own; last + 1 < passage->n_parts && !is_empty(&passage->parts[last + 1]); last++)
		continue;
	keep(arena, passage, first, last, own);
	return true;
}

/* ---- places ---- */

const struct agent_part *
agent_parts_at(const struct agent_passage *passage, size_t byte)
{
	const struct agent_part *found = passage->parts;

	for (size_t i = 1; i < passage->n_parts && passage->parts[i].at.start <= byte; i++)
		found = &passage->parts[i];
	return found;
}

int64_t
agent_parts_point(const struct agent_passage *passage, size_t byte)
{
	const struct agent_part *part = agent_parts_at(passage, byte);
	size_t end;

	if (part == NULL)
		return passage->start + (int64_t)bh_text_points(passage->text, byte);
	end = byte < part->at.end ? byte : part->at.end;
	return part->from +
		(int64_t)bh_text_points(passage->text + part->at.start, end - part->at.start);
}
