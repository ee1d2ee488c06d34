/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.h: the contents of the program folder as installed by the setup: PostgreSQL, engine and
 * models. */
#ifndef BH_SUPERVISOR_MANIFEST_H
#define BH_SUPERVISOR_MANIFEST_H

#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"

struct supervisor_model {
	const char *name;                      /* "smollm2-135m-instruct" */
	const char *path;                      /* the GGUF file; of speech, a folder or an ONNX file */
	const char *excerpts;                  /* what it answers from: "passages" or "sentences" */
	const char *template;                  /* the file of a chat template; NULL: the model's own */
	const char *licence, *source, *sha256; /* for the operator; may be NULL */
	int64_t context;                       /* tokens one input may have */
	int64_t engine_context; /* what a slot of the engine holds; context unless set-up says more */
	int64_t slots;
	int64_t dimensions; /* embedding models */
};

/* Strings live in the arena. */
struct supervisor_manifest {
	const char *python;
	const char *nginx;
	const char *postgres_bin;
	const char *engine_runner;
	const char *engine_server; /* the server that was compiled here; NULL: the one of the package */
	const char *engine_name;   /* for the operator */
	const char *speech_runner; /* NULL: the speech engines are not installed, and these are empty */
	struct supervisor_model transcription, speech;
	const char *image_runner; /* NULL: the image engine is not installed, and these are NULL */
	const char *image_server, *image_name;
	struct supervisor_model chat;
	struct supervisor_model embedding;
};

/* Reads PROGRAMS/manifest.json. `chat_model` names the chat model, one that the setup installed or, from
 * HOME/models/NAME.json, one that the operator added; empty: the one that the setup chose. BH_E_CONFIG with
 * what is missing and how to get it. */
BH_MUST_CHECK int supervisor_manifest_read(struct bh_arena *arena, const char *programs,
	const char *home, const char *chat_model, struct supervisor_manifest *out);

/* PostgreSQL's programs alone, as a container has them that makes backups; the rest of *out is empty. BH_E_CONFIG. */
BH_MUST_CHECK int supervisor_manifest_postgres(struct bh_arena *arena, const char *programs,
	struct supervisor_manifest *out);

/* The chat model of this name, and the embedding model, as the lock file of the setup (share/lock.json) describes
 * them: for a process whose engines run elsewhere. Their paths are NULL. BH_E_CONFIG. */
BH_MUST_CHECK int supervisor_manifest_pinned(struct bh_arena *arena, const char *path,
	const char *chat_model, struct supervisor_model *out_chat,
	struct supervisor_model *out_embedding);

#endif
