/* SPDX-License-Identifier: Apache-2.0 */
/* archive_member.c: members of an archive in their order, each within its bound, with its checksum. */
#include "rag/archive_member.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

enum { HASH_BYTES = 64 * 1024 };

/* ---- bytes ---- */

int
rag_members_broken(const struct rag_members *members, const char *what)
{
	return bh_error(BH_E_INVALID, "The archive cannot be imported: %s, before byte %lld.", what,
		(long long)members->at);
}

int
rag_members_pread(const struct rag_members *members, int64_t at, void *out, size_t len)
{
	size_t done = 0;

	if (at < 0 || at > members->bytes || (int64_t)len > members->bytes - at)
		return rag_members_broken(members, "it ends too early");
	if (members->fd < 0) {
		if (len > 0)
			memcpy(out, members->memory + at, len);
		return 0;
	}
	while (done < len) {
		ssize_t n = pread(members->fd, (char *)out + done, len - done, at + (int64_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return bh_error(BH_E_IO, "read an archive: %m");
		done += (size_t)n;
	}
	return 0;
}

/* The next header; *out_end: the archive's end. */
int
rag_members_next(struct rag_members *members, struct rag_tar_member *out, bool *out_end)
{
	uint8_t block[RAG_TAR_BLOCK];
	int rc = rag_members_pread(members, members->at, block, sizeof(block));

	if (rc == 0 && rag_tar_read(block, out, out_end) < 0)
		rc = rag_members_broken(members, "it is not a tar archive of plain files");
	if (rc < 0)
		return rc;
	members->at += RAG_TAR_BLOCK;
	/* What it says is there must be there: nothing is read into memory for less. */
	if (!*out_end && out->bytes > members->bytes - members->at)
		return rag_members_broken(members, "it ends too early");
	return 0;
}

int
rag_members_skip_padding(struct rag_members *members, int64_t bytes)
{
	size_t n = rag_tar_padding(bytes);

	if ((int64_t)n > members->bytes - members->at)
		return rag_members_broken(members, "it ends too early");
	members->at += (int64_t)n;
	return 0;
}

/* What it has come to; it begins again. */
void
rag_members_take_hash(struct bh_hash *hash, struct bh_digest *out)
{
	bh_hash_end(hash, out);
	bh_hash_begin(hash);
}

/* The line that sha256sum writes of a member. */
void
rag_members_note(struct rag_members *members, const char *name, const struct bh_digest *digest)
{
	const char *base = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
	char line[RAG_MEMBERS_SUM_HEX + 2 + RAG_TAR_NAME + 2], hex[RAG_MEMBERS_SUM_HEX + 1];
	int len;

	bh_text_hex(digest->bytes, sizeof(digest->bytes), hex);
	len = snprintf(line, sizeof(line), "%s  %s\n", hex, base);
	bh_hash_add(&members->sums, line, (size_t)len);
	bh_hash_add(&members->all, line, (size_t)len);
	members->sums_bytes += len;
}

int
rag_members_expect(struct rag_members *members, const char *name, int64_t least, int64_t most,
	struct rag_tar_member *out)
{
	bool end = false;
	int rc = rag_members_next(members, out, &end);

	if (rc == 0 && (end || strcmp(out->name, name) != 0))
		rc = bh_error(BH_E_INVALID,
			"The archive cannot be imported: '%s' was expected before byte %lld.", name,
			(long long)members->at);
	if (rc == 0 && (out->bytes < least || out->bytes > most))
		rc = bh_error(BH_E_INVALID,
			"The archive cannot be imported: '%s' has a size that it cannot have.", name);
	return rc;
}

/* The next bytes, in pieces. */
static int
hash_into(struct rag_members *members, int64_t bytes, struct bh_hash *hash)
{
	char buffer[HASH_BYTES];
	int rc = 0;

	while (rc == 0 && bytes > 0) {
		size_t n = bytes < HASH_BYTES ? (size_t)bytes : HASH_BYTES;

		rc = rag_members_pread(members, members->at, buffer, n);
		if (rc == 0)
			bh_hash_add(hash, buffer, n);
		members->at += (int64_t)n;
		bytes -= (int64_t)n;
	}
	return rc;
}

/* Passes over what stays where it is. */
int
rag_members_hash(struct rag_members *members, int64_t bytes, struct bh_digest *out)
{
	struct bh_hash hash;
	int rc;

	bh_hash_begin(&hash);
	rc = hash_into(members, bytes, &hash);
	bh_hash_end(&hash, out);
	return rc;
}

int
rag_members_add(struct rag_members *members, int64_t bytes)
{
	return hash_into(members, bytes, &members->all);
}

/* A whole member, terminated by a NUL, in the arena. */
int
rag_members_read(struct rag_members *members, struct bh_arena *arena, const char *name,
	int64_t least, int64_t most, const char **out, size_t *out_len)
{
	struct rag_tar_member member;
	struct bh_digest digest;
	char *bytes;
	int rc = rag_members_expect(members, name, least, most, &member);

	if (rc < 0)
		return rc;
	bytes = bh_arena_alloc(arena, (size_t)member.bytes + 1);
	rc = rag_members_pread(members, members->at, bytes, (size_t)member.bytes);
	if (rc < 0)
		return rc;
	bytes[member.bytes] = '\0';
	members->at += member.bytes;
	bh_digest_sha256(bytes, (size_t)member.bytes, &digest);
	rag_members_note(members, name, &digest);
	*out = bytes;
	*out_len = (size_t)member.bytes;
	return rag_members_skip_padding(members, member.bytes);
}

/* A member that is one JSON object, into a struct; its text lies in the document. */
int
rag_members_record(struct rag_members *members, struct bh_arena *arena, const char *name,
	const struct bh_field *fields, size_t n_fields, struct bh_json_doc *doc, void *out)
{
	const char *text;
	size_t len;
	int rc = rag_members_read(members, arena, name, 2, RAG_ARCHIVE_RECORD_MAX, &text, &len);

	if (rc < 0)
		return rc;
	bh_json_close(doc);
	rc = bh_json_parse(text, len, doc);
	if (rc == 0)
		rc = bh_fields_read(arena, doc->root, fields, n_fields, "", out);
	return rc < 0 ? bh_error(BH_E_INVALID, "The archive cannot be imported: '%s': %s", name,
						bh_error_detail(rc))
				  : 0;
}

/* ---- lines ---- */

bool
rag_lines_next(struct rag_lines *lines, const char **out, size_t *out_len)
{
	const char *end;

	if (lines->at == lines->end)
		return false;
	end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	*out = lines->at;
	*out_len = (size_t)((end != NULL ? end : lines->end) - lines->at);
	lines->at = end != NULL ? end + 1 : lines->end;
	return true;
}
