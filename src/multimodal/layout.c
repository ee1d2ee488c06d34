/* SPDX-License-Identifier: Apache-2.0 */
/* layout.c: a block begins where the number of the words' block changes, and a line likewise. */
#include "multimodal/layout.h"

#include <string.h>

static void
surround(struct bh_picture_box *box, const struct bh_picture_box *by)
{
	int64_t right = box->x + box->width, bottom = box->y + box->height;

	right = by->x + by->width > right ? by->x + by->width : right;
	bottom = by->y + by->height > bottom ? by->y + by->height : bottom;
	box->x = by->x < box->x ? by->x : box->x;
	box->y = by->y < box->y ? by->y : box->y;
	box->width = right - box->x;
	box->height = bottom - box->y;
}

/* How many words from the first on belong to one line, or to one block. */
static size_t
line_of(const struct bh_picture_word *words, size_t n)
{
	size_t i = 1;

	while (i < n && words[i].line == words[0].line && words[i].block == words[0].block)
		i++;
	return i;
}

static size_t
block_of(const struct bh_picture_word *words, size_t n)
{
	size_t i = 1;

	while (i < n && words[i].block == words[0].block)
		i++;
	return i;
}

static void
read_line(struct bh_arena *arena, const struct bh_picture_word *words, size_t n,
	struct multimodal_line *out)
{
	size_t len = 0, at = 0;
	char *text;

	for (size_t i = 0; i < n; i++)
		len += strlen(words[i].text) + 1;
	text = bh_arena_alloc(arena, len);
	out->box = words[0].box;
	for (size_t i = 0; i < n; i++) {
		size_t bytes = strlen(words[i].text);

		surround(&out->box, &words[i].box);
		memcpy(text + at, words[i].text, bytes);
		at += bytes;
		text[at++] = i + 1 < n ? ' ' : '\0';
	}
	out->text = text;
}

static void
read_block(struct bh_arena *arena, const struct bh_picture_word *words, size_t n,
	struct multimodal_block *out)
{
	int64_t confidence = 0;
	size_t lines = 0;

	for (size_t i = 0; i < n; i += line_of(words + i, n - i))
		lines++;
	*out = (struct multimodal_block){.box = words[0].box, .words = (int64_t)n};
	out->lines = bh_arena_array(arena, lines, sizeof(*out->lines));
	for (size_t i = 0; i < n;) {
		size_t of_line = line_of(words + i, n - i);
		struct multimodal_line *line = &out->lines[out->n_lines++];

		read_line(arena, words + i, of_line, line);
		surround(&out->box, &line->box);
		i += of_line;
	}
	for (size_t i = 0; i < n; i++)
		confidence += words[i].confidence;
	out->confidence = confidence / (int64_t)n;
}

void
multimodal_layout_of(struct bh_arena *arena, const struct bh_picture_word *words, size_t n,
	struct multimodal_block **out, size_t *out_n)
{
	size_t blocks = 0;

	for (size_t i = 0; i < n; i += block_of(words + i, n - i))
		blocks++;
	*out = bh_arena_array(arena, blocks + 1, sizeof(**out));
	*out_n = 0;
	for (size_t i = 0; i < n;) {
		size_t of_block = block_of(words + i, n - i);

		read_block(arena, words + i, of_block, &(*out)[(*out_n)++]);
		i += of_block;
	}
}
