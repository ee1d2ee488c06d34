/* SPDX-License-Identifier: Apache-2.0 */
/* transcript_file.h: a transcript as a text file of the tenant, in one of its vector stores. */
#ifndef BH_MULTIMODAL_TRANSCRIPT_FILE_H
#define BH_MULTIMODAL_TRANSCRIPT_FILE_H

#include "base/macros.h"

struct bh_request;
struct multimodal_form;
struct multimodal_transcript;

/* Before anything is heard: whether the credential may write files and stores, the form's store is the tenant's, and there is
 * room. Nothing is asked where the form names no store. BH_E_FORBIDDEN, BH_E_NOT_FOUND (also for another tenant's store) and
 * BH_E_STORAGE, which name the field; and what bh_peer_ask tells. */
BH_MUST_CHECK int multimodal_transcript_file_check(struct bh_request *req,
	const struct multimodal_form *form);

/* Keeps what was heard and attaches it; says in transcript->own which file it is, or what went wrong: the transcript itself was
 * paid for, and is answered all the same. Where nothing was said there is no file. Does nothing where the form names no
 * store. BH_E_GONE, BH_E_CANCELLED. */
BH_MUST_CHECK int multimodal_transcript_file_keep(struct bh_request *req, const char *store,
	const char *recording, struct multimodal_transcript *transcript);

#endif
