/* SPDX-License-Identifier: Apache-2.0 */
/* ingest_read.c: a job's document: found as it was read before, or read now, in turns. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "rag/ingest.h"
#include "rag/meter.h"
#include "rag/object.h"
#include "rag/parked.h"
#include "rag/quota.h"
#include "rag/store.h"

enum {
	READING_MS = 500,        /* between looks whether others wait */
	SHORT_BYTES = 256 * 1024 /* of a document that is read beside a long one of its tenant */
};

/* Where a document is read: its tenant's one seat, or the one for short documents while that is taken. */
struct seat {
	struct rag_turns *turns;
	struct rag_turn turn;
};

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
extract_conf(struct rag_ingest *ingest, bool is_short)
{
	const struct rag_conf *conf = &ingest->rag->conf;

	return (struct rag_extract_conf){
		.program = ingest->rag->extract_path,
		.timeout_ms = conf->extract_timeout_s * 1000,
		.characters_max = conf->document_characters_max,
		.ocr_languages = strcmp(conf->ocr_languages, "off") == 0 ? NULL : conf->ocr_languages,
		.ocr_s = conf->ocr_timeout_s,
		.is_short = is_short,
		.cancel = &ingest->job->stop.now,
		.pause = &ingest->yield,
		.pages_done = &ingest->done,
		.pages = &ingest->total,
	};
}

static int
open_reader(struct rag_ingest *ingest, const struct rag_extract_conf *conf,
	struct rag_extraction **out)
{
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
	return rc < 0 ? rc : rag_extract_open(conf, fd, file.filename, file.content_type, out);
}

/* A reader for which there is no room is ended: its job begins anew at its next turn. So it does where the next one
 * has not been started yet. */
static void
park(struct rag_ingest *ingest, struct rag_extraction **extraction)
{
	const struct rag_parked_name name = {ingest->lease->tenant, ingest->lease->job,
		ingest->attachment.id};

	if (rag_extract_lives(*extraction) &&
		rag_parked_put(ingest->rag->parked, &name, *extraction, bh_clock_steady_ms()))
		*extraction = NULL;
}

static int
extract(struct rag_ingest *ingest, bool is_short, struct rag_extraction **extraction)
{
	const struct rag_extract_conf conf = extract_conf(ingest, is_short);
	int rc = *extraction != NULL ? 0 : open_reader(ingest, &conf, extraction);

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
	if (rc != 0)
		return rc;
	/* Before it is kept: who dies in between reads it again, and says the same again. */
	rc = rag_meter_pages(ingest->rag, &ingest->lease->tenant, &ingest->attachment.file_id,
		ingest->document.pages);
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

/* Of a tenant one document is read at a time, each reader having much memory and a processor; but a short one does
 * not wait for the end of a long one. Its other worker does not wait here for a second long one, and gives its place to whoever else
 * has work. */
static int
wait_to_read(struct rag_ingest *ingest, bool is_short, struct seat *seat)
{
	const struct bh_uuid *tenant = &ingest->lease->tenant;
	struct rag *rag = ingest->rag;

	for (;;) {
		seat->turns = &rag->readings;
		if (rag_turns_enter(seat->turns, tenant, READING_MS, &seat->turn) == 0)
			return 0;
		seat->turns = &rag->short_readings;
		if (is_short && rag_turns_enter(seat->turns, tenant, 0, &seat->turn) == 0)
			return 0;
		if (gives_way(ingest))
			return BH_E_CANCELLED;
		/* Short ones of the tenant may be behind it. */
		if (!is_short) {
			ingest->later = true;
			return BH_E_CANCELLED;
		}
	}
}

/* What has few bytes is soon read, unless it has pictures, which shows at once. What is gone is found out later. */
static int
find_length(struct rag_ingest *ingest, bool *out_short)
{
	struct rag_file file;
	int rc = rag_store_file_get(ingest->db, &ingest->lease->tenant, &ingest->attachment.file_id,
		&file);

	*out_short = rc == 0 && file.bytes <= SHORT_BYTES;
	return rc == BH_E_NOT_FOUND ? 0 : rc;
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
extract_in_room(struct rag_ingest *ingest, bool is_short, struct rag_extraction **extraction)
{
	bool alone = rag_readers_was_short(&ingest->rag->readers, &ingest->lease->job);
	int rc = wait_for_room(ingest, alone);

	if (rc < 0) {
		if (*extraction != NULL && !rag_ingest_is_braked(ingest))
			park(ingest, extraction);
		return rc;
	}
	rc = extract(ingest, is_short, extraction);
	rag_readers_leave(&ingest->rag->readers);
	if (rc == BH_E_MEMORY)
		return judge_memory(ingest, alone);
	if (rc == 0)
		rag_readers_forget(&ingest->rag->readers, &ingest->lease->job);
	return rc;
}

/* In the seat that is free; a short one that turns out to be long goes on in the other. */
static int
read_in_seat(struct rag_ingest *ingest, bool is_short, struct rag_extraction **extraction)
{
	struct seat seat;
	int rc = wait_to_read(ingest, is_short, &seat);

	if (rc < 0) {
		if (*extraction != NULL && !rag_ingest_is_braked(ingest))
			park(ingest, extraction);
		return rc;
	}
	rc = extract_in_room(ingest, seat.turns == &ingest->rag->short_readings, extraction);
	rag_turns_leave(seat.turns, &seat.turn);
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
	bool found = false, is_short = false;
	int rc = find_document(ingest, &found);

	if (found)
		return rc;
	/* One that was stopped has been read for long. */
	if (rc == 0 && extraction == NULL)
		rc = find_length(ingest, &is_short);
	if (rc == 0)
		rc = read_in_seat(ingest, is_short, &extraction);
	return rc == RAG_EXTRACT_LONG ? read_in_seat(ingest, false, &extraction) : rc;
}
