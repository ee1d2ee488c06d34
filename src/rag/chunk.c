/* SPDX-License-Identifier: Apache-2.0 */
/* chunk.c: blocks become atoms (a block, or sentences of a long one), atoms fill chunks. */
#include "rag/chunk.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "text/points.h"
#include "text/sentences.h"

enum {
	LEVELS = 6,
	MARK_TOKENS = 2,         /* what a model puts around a text */
	HEADING_BYTES_MAX = 160, /* of one heading in a path */
	HEADER_BYTES_MAX = 2000, /* of a table's column headers */
	SMALL_PART = 3,          /* a chunk under 1/3 of its size goes on past the next heading */
	PATH_PART = 4,           /* a heading path takes at most 1/4 of a chunk */
	ATOM_PART = 4,           /* an atom at most 1/4 of a chunk or overlap whose size counts */
	ATOM_LEAST = 4
};

/* The least that is put into a chunk. */
struct atom {
	size_t start, end;
	size_t tokens;
	const struct rag_block *block;
};

struct cutter {
	struct bh_arena *arena;
	const struct rag_document *document;
	const struct rag_chunk_conf *conf;
	struct bh_buf atoms;  /* of struct atom */
	struct bh_buf pieces; /* of struct rag_piece */
	const char *path[LEVELS + 1];
};

/* A chunk being filled. */
struct open_chunk {
	bool any;
	const struct rag_block *torn; /* a function that it begins in the midst of; NULL: none */
	size_t start, end, tokens, room;
	uint32_t page_start, page_end;
	const char *heading;
};

/* ---- tokens ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

size_t
rag_chunk_estimate(const char *text, size_t len)
{
	size_t tokens = 0, letters = 0, digits = 0, at = 0;

	while (at <= len) {
		size_t bytes = 1;
		uint32_t point = at < len ? bh_point_at(text, len, at, &bytes) : ' ';
		bool letter = (point < 0x80 && isalpha((int)point)) || (point >= 0xc0 && point < 0x250);
		bool digit = point < 0x80 && isdigit((int)point);

		/* A run ends: short words are one token, long ones a token for each six letters more. */
		if (!letter && letters > 0) {
			tokens += letters <= 8 ? 1 : 1 + (letters - 3) / 6;
			letters = 0;
		}
		if (!digit && digits > 0) {
			tokens += (digits + 2) / 3;
			digits = 0;
		}
		letters += letter;
		digits += digit;
		if (!letter && !digit && point > ' ')
			tokens++;
		at += bytes;
	}
	return tokens;
}

static size_t
count_tokens(const struct cutter *cutter, const char *text, size_t len)
{
	return (size_t)((double)rag_chunk_estimate(text, len) * cutter->conf->factor) + (len > 0);
}

/* ---- atoms ---- */

static void
put_atom(struct cutter *cutter, const struct rag_block *block, size_t start, size_t end)
{
	const char *text = cutter->document->text;
	struct atom atom = {.block = block};

	while (start < end && is_blank(text[start]))
		start++;
	while (end > start && is_blank(text[end - 1]))
		end--;
	if (start == end)
		return;
	atom.start = start;
	atom.end = end;
	atom.tokens = count_tokens(cutter, text + start, end - start);
	bh_buf_add(&cutter->atoms, &atom, sizeof(atom));
}

/* Cuts between words, and within a word only when it alone is too long. */
static void
put_words(struct cutter *cutter, const struct rag_block *block, size_t start, size_t end,
	size_t most)
{
	const char *text = cutter->document->text;

	while (end - start > 1 && count_tokens(cutter, text + start, end - start) > most) {
		size_t span = rag_chunk_halve(text + start, end - start);

		if (span == 0 || span >= end - start)
			break;
		put_words(cutter, block, start, start + span, most);
		start += span;
	}
	put_atom(cutter, block, start, end);
}

static void
put_sentences(struct cutter *cutter, const struct rag_block *block, size_t most)
{
	const char *text = cutter->document->text;
	size_t end;

	for (size_t start = block->start; start < block->end; start = end) {
		end = start + bh_sentences_first(text + start, block->end - start);
		put_words(cutter, block, start, end, most);
	}
}

/* Where the line behind this byte begins. */
static size_t
line_end(const struct rag_document *document, size_t at, size_t end)
{
	const char *found = memchr(document->text + at, '\n', end - at);

	return found == NULL ? end : (size_t)(found - document->text) + 1;
}

/* Cuts code between its lines, if possible where one is empty. */
static void
put_lines(struct cutter *cutter, const struct rag_block *block, size_t most)
{
	const char *text = cutter->document->text;

	for (size_t start = block->start, end; start < block->end; start = end) {
		const char *empty = memmem(text + start, block->end - start, "\n\n", 2);

		end = empty == NULL ? block->end : (size_t)(empty - text) + 2;
		/* Small enough that little room is lost where it does not fit. */
		if (count_tokens(cutter, text + start, end - start) > most / 2)
			end = line_end(cutter->document, start, block->end);
		put_words(cutter, block, start, end, most);
	}
}

/* Most tokens of a piece of prose, by estimate. When sizes are counted, a piece is only found to be larger
 * than estimated when it is too late to cut it: they are small. So they are when chunks overlap, which they do
 * by whole pieces. */
static size_t
prose_most(const struct rag_chunk_conf *conf, size_t most)
{
	if (conf->by_size)
		most = conf->tokens / ATOM_PART;
	if (conf->by_size && conf->overlap > 0 && conf->overlap / ATOM_PART < most)
		most = conf->overlap / ATOM_PART;
	return most < ATOM_LEAST ? ATOM_LEAST : most;
}

/* By size alone, prose is cut at any sentence. Rows and functions stay whole where they fit. */
static void
make_atoms(struct cutter *cutter)
{
	const struct rag_document *document = cutter->document;
	size_t most = cutter->conf->tokens - cutter->conf->tokens / PATH_PART - MARK_TOKENS;
	size_t prose = prose_most(cutter->conf, most);

	for (size_t i = 0; i < document->n_blocks; i++) {
		const struct rag_block *block = &document->blocks[i];
		size_t len = block->end - block->start;
		bool whole = count_tokens(cutter, document->text + block->start, len) <= most;

		if (whole &&
			(!cutter->conf->by_size || block->kind == RAG_BLOCK_TABLE_ROW ||
				block->kind == RAG_BLOCK_CODE))
			put_atom(cutter, block, block->start, block->end);
		else if (block->kind == RAG_BLOCK_CODE)
			put_lines(cutter, block, most);
		else
			put_sentences(cutter, block, prose);
	}
}

/* ---- headings ---- */

/* A heading's text on one line, cut to a sensible length. */
static const char *
one_line(struct cutter *cutter, size_t start, size_t end, size_t bytes_max)
{
	size_t len = bh_text_cut(cutter->document->text + start, end - start, bytes_max);
	char *line = bh_arena_copy(cutter->arena, cutter->document->text + start, len);

	for (size_t i = 0; i < len; i++)
		if (is_blank(line[i]))
			line[i] = ' ';
	return line;
}

static size_t
level_of(const struct rag_block *block)
{
	return block->level < 1 ? 1 : block->level > LEVELS ? LEVELS : block->level;
}

static void
push_heading(struct cutter *cutter, const struct rag_block *block)
{
	size_t level = level_of(block), i;

	cutter->path[level] = one_line(cutter, block->start, block->end, HEADING_BYTES_MAX);
	for (i = level + 1; i <= LEVELS; i++)
		cutter->path[i] = NULL;
}

/* What a chunk that begins with the atom has to say of its block: the column headers of a table, or the
 * signature of a function that it begins in the midst of. As much as may be said. "" if nothing. */
static const char *
header_of(struct cutter *cutter, const struct atom *atom, size_t most)
{
	const struct rag_block *block = atom->block;
	size_t bytes = HEADER_BYTES_MAX;
	const char *line = "";

	if (block->header_end <= block->header_start ||
		(block->kind == RAG_BLOCK_CODE && atom->start < block->header_end))
		return line;
	do {
		line = one_line(cutter, block->header_start, block->header_end, bytes);
		bytes = bytes < strlen(line) ? bytes : strlen(line);
		bytes -= bytes / 4;
	} while (bytes > 0 && count_tokens(cutter, line, strlen(line)) > most);
	return line;
}

/* The path above `level`, and the header of what the chunk starts in the midst of. When it would take too
 * much of the chunk, the outermost headings go first. */
static const char *
heading_path(struct cutter *cutter, size_t above, const struct atom *atom)
{
	size_t most = cutter->conf->tokens / PATH_PART, first;
	const char *header = header_of(cutter, atom, most);

	for (first = 1; first <= LEVELS + 1; first++) {
		struct bh_buf path = {0};
		const char *copy;
		size_t i;

		for (i = first; i < above; i++)
			if (cutter->path[i] != NULL)
				bh_buf_printf(&path, "%s%s", path.len > 0 ? " > " : "", cutter->path[i]);
		if (header[0] != '\0')
			bh_buf_printf(&path, "%s%s", path.len > 0 ? " > " : "", header);
		copy = bh_arena_strdup(cutter->arena, bh_buf_string(&path));
		bh_buf_close(&path);
		if (count_tokens(cutter, copy, strlen(copy)) <= most || first > LEVELS)
			return copy;
	}
	return "";
}

/* ---- chunks ---- */

static void
flush(struct cutter *cutter, struct open_chunk *open)
{
	struct rag_piece piece = {open->start, open->end, open->page_start, open->page_end,
		open->heading};

	if (open->any)
		bh_buf_add(&cutter->pieces, &piece, sizeof(piece));
	*open = (struct open_chunk){0};
}

static bool
is_code(const struct atom *atom)
{
	return atom->block->kind == RAG_BLOCK_CODE;
}

/* True for the part of a block that its text begins with. */
static bool
is_first(const struct cutter *cutter, const struct atom *atom)
{
	const char *text = cutter->document->text + atom->block->start;

	return atom->start - atom->block->start <= strspn(text, " \n\t");
}

static void
take(struct cutter *cutter, struct open_chunk *open, const struct atom *atom, size_t above)
{
	if (!open->any) {
		size_t path_tokens;

		open->any = true;
		open->heading = heading_path(cutter, above, atom);
		path_tokens = count_tokens(cutter, open->heading, strlen(open->heading));
		open->room = cutter->conf->by_size ? cutter->conf->tokens
			: cutter->conf->tokens > path_tokens + MARK_TOKENS
			? cutter->conf->tokens - path_tokens - MARK_TOKENS
			: 1;
		open->start = atom->start;
		if (is_code(atom) && !is_first(cutter, atom))
			open->torn = atom->block;
		open->page_start = atom->block->page;
	}
	open->end = atom->end;
	open->tokens += atom->tokens;
	open->page_end = atom->block->page;
}

/* Takes the headings out of the path that a piece of code is no longer below. True if there were any. */
static bool
leave_headings(struct cutter *cutter, const struct atom *atom)
{
	bool any = false;

	if (!is_code(atom) || atom->block->level == 0)
		return false;
	for (size_t i = level_of(atom->block); i <= LEVELS; i++) {
		any = any || cutter->path[i] != NULL;
		cutter->path[i] = NULL;
	}
	return any;
}

/* True for a function's first part. */
static bool
begins_function(const struct cutter *cutter, const struct atom *atom)
{
	return is_code(atom) && atom->block->header_end > atom->block->header_start &&
		is_first(cutter, atom);
}

/* Whether the chunk ends before the atom: it does not fit, or something of its own begins. A chunk that is
 * still small goes on, unless it began inside another function, whose signature stands above it. */
static bool
divides(const struct cutter *cutter, const struct open_chunk *open, const struct atom *atom,
	bool left)
{
	bool begins = left || atom->block->kind == RAG_BLOCK_HEADING || begins_function(cutter, atom);

	return open->tokens + atom->tokens > open->room ||
		(begins && open->tokens > open->room / SMALL_PART) ||
		(open->torn != NULL && open->torn != atom->block);
}

/* Headings divide: one starts a chunk anew unless the one before it is still small. A heading is in
 * the path of what follows it; it is text only inside a chunk, or when nothing follows it. */
static void
fill_by_structure(struct cutter *cutter, const struct atom *atoms, size_t n)
{
	struct open_chunk open = {0};
	const struct atom *waiting = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct atom *atom = &atoms[i];
		bool heading = atom->block->kind == RAG_BLOCK_HEADING;

		if (heading && waiting != NULL && level_of(atom->block) <= level_of(waiting->block)) {
			take(cutter, &open, waiting, level_of(waiting->block));
			waiting = NULL;
		}
		if (divides(cutter, &open, atom, leave_headings(cutter, atom)) && open.any)
			flush(cutter, &open);
		if (!heading) {
			take(cutter, &open, atom, LEVELS + 1);
			waiting = NULL;
			continue;
		}
		if (open.any)
			take(cutter, &open, atom, level_of(atom->block));
		else
			waiting = atom;
		push_heading(cutter, atom->block);
	}
	if (waiting != NULL)
		take(cutter, &open, waiting, level_of(waiting->block));
	flush(cutter, &open);
}

/* The first atom of the next chunk: as many of the last ones as fit into the overlap, never all, and
 * only so many that the atom behind them still fits (a chunk of mere overlap would say nothing new). */
static size_t
step_back(const struct cutter *cutter, const struct atom *atoms, size_t first, size_t next)
{
	size_t ahead = atoms[next].tokens, shared = 0;

	while (next > first + 1 && shared + atoms[next - 1].tokens <= cutter->conf->overlap &&
		shared + atoms[next - 1].tokens + ahead <= cutter->conf->tokens)
		shared += atoms[--next].tokens;
	return next;
}

static void
fill_by_size(struct cutter *cutter, const struct atom *atoms, size_t n)
{
	size_t first = 0, reached = 0;

	while (first < n) {
		struct open_chunk open = {0};
		size_t i;

		for (i = first; i < n && (!open.any || open.tokens + atoms[i].tokens <= open.room); i++) {
			if (i >= reached)
				leave_headings(cutter, &atoms[i]);
			if (atoms[i].block->kind == RAG_BLOCK_HEADING && i >= reached)
				push_heading(cutter, atoms[i].block);
			take(cutter, &open, &atoms[i],
				atoms[i].block->kind == RAG_BLOCK_HEADING ? level_of(atoms[i].block) : LEVELS + 1);
		}
		reached = i;
		flush(cutter, &open);
		first = i < n ? step_back(cutter, atoms, first, i) : n;
	}
}

size_t
rag_chunk_halve(const char *text, size_t len)
{
	size_t middle = len / 2, away;

	for (away = 0; away < len / 4; away++) {
		if (is_blank(text[middle + away]))
			return middle + away;
		if (away <= middle && is_blank(text[middle - away]))
			return middle - away;
	}
	middle = bh_text_cut(text, len, middle);
	if (middle > 0)
		return middle;

	/* Two code points at most: the first one is the half. */
	return bh_text_offset(text, len, 1);
}

void
rag_chunk_atoms(struct bh_arena *arena, const struct rag_document *document,
	const struct rag_chunk_conf *conf, const char *const **out, size_t *out_n)
{
	struct cutter cutter = {.arena = arena, .document = document, .conf = conf};
	const struct atom *atoms;
	const char **texts;
	size_t n;

	make_atoms(&cutter);
	atoms = (const struct atom *)(const void *)cutter.atoms.data;
	n = cutter.atoms.len / sizeof(*atoms);
	texts = bh_arena_array(arena, n + 1, sizeof(*texts));
	for (size_t i = 0; i < n; i++)
		texts[i] = bh_arena_copy(arena, document->text + atoms[i].start,
			atoms[i].end - atoms[i].start);
	bh_buf_close(&cutter.atoms);
	*out = texts;
	*out_n = n;
}

void
rag_chunk_document(struct bh_arena *arena, const struct rag_document *document,
	const struct rag_chunk_conf *conf, struct rag_piece **out, size_t *out_n)
{
	struct cutter cutter = {.arena = arena, .document = document, .conf = conf};
	struct atom *atoms;
	size_t n;

	BH_ASSERT(conf->tokens >= 32 && conf->factor > 0);
	make_atoms(&cutter);
	atoms = (struct atom *)(void *)cutter.atoms.data;
	n = cutter.atoms.len / sizeof(*atoms);
	for (size_t i = 0; conf->counts != NULL && i < n; i++)
		atoms[i].tokens = (size_t)conf->counts[i];
	if (conf->by_size)
		fill_by_size(&cutter, atoms, n);
	else
		fill_by_structure(&cutter, atoms, n);

	*out_n = cutter.pieces.len / sizeof(struct rag_piece);
	*out = (struct rag_piece *)(void *)bh_arena_copy(arena, bh_buf_string(&cutter.pieces),
		cutter.pieces.len);
	bh_buf_close(&cutter.pieces);
	bh_buf_close(&cutter.atoms);
}
