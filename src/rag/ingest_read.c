/* SPDX-License-Identifier: Apache-2.0 */
/* ingest_read.c: a job's document: found as it was read before, or read now, in turns. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "rag/ingest.h"
#include "rag/object.h"
#include "rag/parked.h"
#include "rag/quota.h"
#include "rag/store.h"

enum { READING_MS = 500 }; /* between looks whether others wait */

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int
keep_document(struct bh_db *tx, void *ctx)
{
	struct rag_ingest *ingest = ctx;
	int rc = bh_lease_fence(tx, ingest->lease);

	if (rc == 0)
		rc = rag_store_document_add(tx, &ingest->lease->tenant, &ingest->attachment.file_id,
			&ingest->document);
	return rc < 0 ? rc : rag_quota_check(tx, &ingest->lease->tenant, NULL, &ingest->rag->conf);
}

static struct rag_extract_conf
extract_conf(struct rag_ingest *ingest)
{
	const struct rag_conf *conf = &ingest->rag->conf;

	return (struct rag_extract_conf){
		.program = ingest->rag->extract_path,
		.timeout_ms = conf->extract_timeout_s * 1000,
		.characters_max = conf->document_characters_max,
		.ocr_languages = strcmp(conf->ocr_languages, "off") == 0 ? NULL : conf->ocr_languages,
		.ocr_s = conf->ocr_timeout_s,
		.cancel = &ingest->job->stop.now,
		.pause = &ingest->yield,
		.pages_done = &ingest->done,
		.pages = &ingest->total,
	};
}

static int
open_reader(struct rag_ingest *ingest, struct rag_extraction **out)
{
	const struct rag_extract_conf conf = extract_conf(ingest);
	const struct bh_uuid *tenant = &ingest->lease->tenant;
	BH_AUTO(close_fd) int fd = -1;
	struct rag_file file;
	int rc = rag_store_file_get(ingest->db, tenant, &ingest->attachment.file_id, &file);

	if (rc == BH_E_NOT_FOUND)
		return rag_ingest_fail(ingest, "invalid_file", "The file has expired.");
	if (rc == 0 && file.bytes > RAG_FILE_BYTES_MAX)
		return rag_ingest_fail(ingest, "unsupported_file",
			"A file in a vector store must have at most 512 MB.");
	if (rc == 0)
		rc = rag_object_open(ingest->rag, tenant, &file, &fd);
	if (rc == BH_E_NOT_FOUND)
		return rag_ingest_fail(ingest, "server_error",
			"The file's content is missing from the object store.");
	return rc < 0 ? rc : rag_extract_open(&conf, fd, file.filename, file.content_type, out);
}

/* A reader for which there is no room is ended: its job begins anew at its next turn. */
static void
park(struct rag_ingest *ingest, struct rag_extraction **extraction)
{
	const struct rag_parked_name name = {ingest->lease->tenant, ingest->lease->job,
		ingest->attachment.id};

	if (rag_parked_put(ingest->rag->parked, &name, *extraction, bh_clock_steady_ms()))
		*extraction = NULL;
}

static int
extract(struct rag_ingest *ingest, struct rag_extraction **extraction)
{
	const struct rag_extract_conf conf = extract_conf(ingest);
	int rc = *extraction != NULL ? 0 : open_reader(ingest, extraction);

	if (rc < 0)
		return rc;
	__atomic_store_n(&ingest->reading_since_ms, bh_clock_steady_ms(), __ATOMIC_RELAXED);
	rc = rag_extract_listen(*extraction, &conf, ingest->db->arena, &ingest->document,
		&ingest->failure);
	__atomic_store_n(&ingest->reading_since_ms, 0, __ATOMIC_RELAXED);
	if (rc == RAG_EXTRACT_PAUSED) {
		park(ingest, extraction);
		return BH_E_CANCELLED;
	}
	return rc < 0 ? rc : bh_tx_run(ingest->db, keep_document, ingest);
}

/* While it waits: whether it has to end, or others have work for its thread. */
static bool
gives_way(struct rag_ingest *ingest)
{
	bool others = false;

	if (rag_ingest_is_braked(ingest))
		return true;
	if (bh_job_others_wait(ingest->job, ingest->db, &others) < 0 || !others)
		return false;
	__atomic_store_n(&ingest->yield, true, __ATOMIC_RELAXED);
	return true;
}

/* Of a tenant one document is read at a time, each reader having much memory and a processor. Its other
 * worker waits here and gives its place to whoever else has work. */
static int
wait_to_read(struct rag_ingest *ingest, struct rag_turn *turn)
{
	const struct bh_uuid *tenant = &ingest->lease->tenant;
	int rc;

	while ((rc = rag_turns_enter(&ingest->rag->readings, tenant, READING_MS, turn)) == BH_E_BUSY) {
		if (gives_way(ingest))
			return BH_E_CANCELLED;
	}
	return rc;
}

/* As it was read for this file before, or for another one with the same bytes. */
static int
find_document(struct rag_ingest *ingest, bool *out_found)
{
	const struct bh_uuid *tenant = &ingest->lease->tenant, *file = &ingest->attachment.file_id;
	bool found = false;
	int rc = rag_store_document_find(ingest->db, tenant, file, &ingest->document, &found);

	if (rc == 0 && !found) {
		rc = rag_store_document_find_equal(ingest->db, tenant, file, &ingest->document, &found);
		if (rc == 0 && found)
			rc = bh_tx_run(ingest->db, keep_document, ingest);
	}
	if (rc == 0)
		*out_found = found;
	return rc;
}

static void
close_extraction(struct rag_extraction **extraction)
{
	rag_extract_close(*extraction);
}

/* Beside the others; after it ran out of memory, alone. What others have left stopped has memory, too: they begin
 * anew. */
static int
wait_for_room(struct rag_ingest *ingest, bool alone)
{
	struct rag *rag = ingest->rag;

	while (rag_readers_enter(&rag->readers, alone, READING_MS) == BH_E_BUSY) {
		if (gives_way(ingest))
			return BH_E_CANCELLED;
	}
	if (alone)
		(void)rag_parked_drop(rag->parked, NULL);
	return 0;
}

/* The first time it may have been others' memory; the second time it is told. */
static int
judge_memory(struct rag_ingest *ingest, bool alone)
{
	const struct bh_uuid *job = &ingest->lease->job;

	if (!alone) {
		rag_readers_note(&ingest->rag->readers, job);
		return bh_error(BH_E_UNAVAILABLE, "the document reader ran out of memory");
	}
	rag_readers_forget(&ingest->rag->readers, job);
	return rag_ingest_fail(ingest, "invalid_file",
		"The file could not be read because it needs more memory than the document reader can "
		"have.");
}

static int
extract_in_room(struct rag_ingest *ingest, struct rag_extraction **extraction)
{
	bool alone = rag_readers_was_short(&ingest->rag->readers, &ingest->lease->job);
	int rc = wait_for_room(ingest, alone);

	if (rc < 0) {
		if (*extraction != NULL && !rag_ingest_is_braked(ingest))
			park(ingest, extraction);
		return rc;
	}
	rc = extract(ingest, extraction);
	rag_readers_leave(&ingest->rag->readers);
	if (rc == BH_E_MEMORY)
		return judge_memory(ingest, alone);
	if (rc == 0)
		rag_readers_forget(&ingest->rag->readers, &ingest->lease->job);
	return rc;
}

/* The reader that an earlier turn has left is this one's from its beginning. Where the document cannot be read
 * now it waits for the next; otherwise it ends. */
int
rag_ingest_read(struct rag_ingest *ingest)
{
	BH_AUTO(close_extraction)
	struct rag_extraction *extraction = rag_parked_take(ingest->rag->parked, &ingest->lease->tenant,
		&ingest->lease->job);
	struct rag_turn turn;
	bool found = false;
	int rc = find_document(ingest, &found);

	if (found)
		return rc;
	if (rc == 0)
		rc = wait_to_read(ingest, &turn);
	if (rc < 0) {
		if (extraction != NULL && !rag_ingest_is_braked(ingest))
			park(ingest, &extraction);
		return rc;
	}
	rc = extract_in_room(ingest, &extraction);
	rag_turns_leave(&ingest->rag->readings, &turn);
	return rc;
}
