/* SPDX-License-Identifier: Apache-2.0 */
/* archive_member.h: the members of an archive, one behind the other, with the checksums that they come to.
 *
 * Whatever is read is within the bound that the caller gives, and nothing is read into memory for less than what is
 * there. All errors: BH_E_INVALID with a sentence for the client, BH_E_IO. */
#ifndef RAG_ARCHIVE_MEMBER_H
#define RAG_ARCHIVE_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "json/fields.h"
#include "rag/tar.h"
#include "sec/digest.h"

#define RAG_ARCHIVE_RECORD_MAX (256 * BH_KIB) /* a member that is one JSON object */
#define RAG_MEMBERS_SUM_HEX 64

struct rag_members {
	int fd;                /* borrowed; its position is not used; -1: `memory` */
	const uint8_t *memory; /* borrowed */
	int64_t bytes, at;     /* of all; read so far */
	struct bh_hash all;    /* owned: of what the checksums of all folders must be */
	struct bh_hash sums;   /* owned: of what this folder's must be */
	int64_t sums_bytes;
};

/* The refusal, with the place. */
int rag_members_broken(const struct rag_members *members, const char *what);
/* Reads bytes of the archive wherever they lie. */
BH_MUST_CHECK int rag_members_pread(const struct rag_members *members, int64_t at, void *out,
	size_t len);
/* The next header; *out_end: the archive's end. */
BH_MUST_CHECK int rag_members_next(struct rag_members *members, struct rag_tar_member *out,
	bool *out_end);
/* The header of this member, which has so many bytes. */
BH_MUST_CHECK int rag_members_expect(struct rag_members *members, const char *name, int64_t least,
	int64_t most, struct rag_tar_member *out);
BH_MUST_CHECK int rag_members_skip_padding(struct rag_members *members, int64_t bytes);
/* Passes over what stays where it is, in pieces. */
BH_MUST_CHECK int rag_members_hash(struct rag_members *members, int64_t bytes,
	struct bh_digest *out);
/* A whole member, terminated by a NUL, in the arena. */
BH_MUST_CHECK int rag_members_read(struct rag_members *members, struct bh_arena *arena,
	const char *name, int64_t least, int64_t most, const char **out, size_t *out_len);
/* A member that is one JSON object, into a struct; its text lies in the document. */
BH_MUST_CHECK int rag_members_record(struct rag_members *members, struct bh_arena *arena,
	const char *name, const struct bh_field *fields, size_t n_fields, struct bh_json_doc *doc,
	void *out);

/* Adds the line that sha256sum writes of a member to both hashes. */
void rag_members_note(struct rag_members *members, const char *name,
	const struct bh_digest *digest);
/* The same of lines that are the next bytes: checksums that were compared before. */
BH_MUST_CHECK int rag_members_add(struct rag_members *members, int64_t bytes);
/* What a hash has come to; it begins again. */
void rag_members_take_hash(struct bh_hash *hash, struct bh_digest *out);

/* A page of JSON lines. */
struct rag_lines {
	const char *at, *end;
};
bool rag_lines_next(struct rag_lines *lines, const char **out, size_t *out_len);

#endif
