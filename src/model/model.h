/* SPDX-License-Identifier: Apache-2.0 */
/* model.h: what the files of the model service share: its state, a model as found, settings. */
#ifndef BH_MODEL_MODEL_H
#define BH_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/uuid.h"
#include "db/db.h"
#include "meter/price.h"
#include "model/rate.h"
#include "picture/turns.h"
#include "sec/digest.h"
#include "service/service.h"

struct bh_request;
struct bh_runtime;
struct bh_http_client;
struct model_adapters;
struct model_admit;
struct model_catalog;
struct model_clients;
struct model_engines;
struct meter_slots;
struct meter_terms_cache;
struct model_meter;

struct model_conf {
	int64_t first_byte_ms;       /* longest wait for an engine's head */
	int64_t idle_ms;             /* longest silence inside an answer */
	int64_t finish_ms;           /* longest a provider's answer is read on after its client left */
	int64_t keep_usage_s;        /* a usage row, after its call began */
	int64_t keep_image_charge_s; /* which pictures of a job were charged */
	int64_t keep_total_s;        /* the sums of a day, after its end */
	int64_t assumed_output;      /* tokens reserved when a request names no cap */
	int64_t answer_bytes_max;    /* largest answer of an engine that is read */
	int64_t queue_ms;            /* longest wait for a place at an engine */
	int64_t queue_tenant;        /* calls of one tenant that may wait for places */
	bool test_images;            /* without an image model, the backend for tests answers */
	/* Pictures that a request has read. */
	int64_t pictures_max;       /* of one request */
	int64_t pictures_ms;        /* for all of them, fetched and read */
	int64_t picture_bytes_max;  /* of one, as it was sent or fetched */
	int64_t picture_pixels_max; /* the same */
	int64_t picture_edge;       /* longer side, as a model gets it */
	bool share_prompt_cache;    /* engines may reuse a prompt's prefix across requests */
	/* Adapters. */
	int64_t adapters_max;       /* of one tenant */
	int64_t adapters_loaded;    /* of all, in the engine */
	int64_t adapters_idle_days; /* then one is unloaded; 0: never */
	int64_t adapter_bytes_max;
};

/* The service's state; conf first, as the skeleton wants it. */
struct model {
	struct model_conf conf;
	struct bh_runtime *runtime;      /* borrowed */
	struct model_catalog *catalog;   /* owned */
	struct model_clients *clients;   /* owned: connections to engines and providers */
	struct model_engines *engines;   /* owned: which adapters they hold */
	struct model_adapters *adapters; /* owned: on their way to the engine */
	struct model_admit *admit;       /* owned: places at engines */
	struct meter_slots *slots;   /* owned: calls in flight and token buckets, in shared memory */
	struct model_rate rate;      /* over buckets in that file, and what processes share */
	struct model_meter *meter;   /* owned: usage rows on their way to the database */
	struct bh_secret key_secret; /* seals upstream keys */
	struct bh_picture_turns picture_turns;
	char picture_path[512]; /* of bulkhead-picture */
};

enum model_kind {
	MODEL_CHAT,
	MODEL_EMBEDDING,
	MODEL_RERANK,
	MODEL_IMAGE,
	MODEL_TRANSCRIPTION, /* seconds of sound in, text out; translations as well */
	MODEL_SPEECH,        /* characters in, sound out */
	MODEL_MODERATION,    /* text and pictures in, what is harmful about them out */
	MODEL_KINDS
};

/* The backend for tests: no model, and no row of the catalogue; its pictures say so. */
#define MODEL_IMAGE_TEST "bulkhead-test-image"
#define MODEL_IMAGE_TEST_URL "test:"

/* Our own rules: no model either. */
#define MODEL_RULES "bulkhead-rules"
#define MODEL_RULES_URL "rules:"

/* How text is prepared before it is embedded. */
enum model_text_form {
	MODEL_TEXT_PLAIN,
	MODEL_TEXT_UNCASED /* NFD, combining marks stripped, lower case: uncased BERT vocabularies */
};

/* What a reranker's scores are. */
enum model_score_form {
	MODEL_SCORE_UNIT, /* from 0 to 1 */
	MODEL_SCORE_LOGIT /* any number, of which the logistic function makes one from 0 to 1 */
};

/* What of a document a chat model is given to answer from. */
enum model_excerpts {
	MODEL_EXCERPTS_PASSAGES,
	MODEL_EXCERPTS_SENTENCES /* the nearest only: more would mislead it */
};

/* A model's version in force of the price book, as meter/price.h reads it: nano-units per million. */
struct model_book {
	bool known;
	int64_t version;
	int64_t said[METER_TIERS][METER_LINES]; /* below 0: it says nothing */
};

/* A model as one request sees it. Text lives in the request's arena. */
struct model_entry {
	struct bh_uuid tenant; /* owner: the customer's tenant or the platform */
	struct bh_uuid id;
	const char *name; /* the id on the wire */
	const char *url;
	const char *upstream_name; /* its name at the engine */
	enum model_kind kind;
	enum model_text_form text_form;
	enum model_excerpts excerpts;
	enum model_score_form score_form;
	int64_t context;     /* tokens; 0: not known */
	int64_t max_output;  /* tokens; 0: the context's rest */
	int64_t dimensions;  /* embedding models; 0: not known */
	int64_t concurrency; /* calls at once; 0: no bound or, managed, what the engine says */
	int64_t created_ms;
	bool managed; /* our own engine: llama-server's extras may be used */
	bool vision;  /* a chat or moderation model that takes pictures */
	struct model_book
		book; /* where it says nothing, a managed one is free, and others have no price */
	struct bh_bytes sealed_key; /* empty: none */
	/* An adapter of the tenant's on that model, whose name is `name` then. */
	const char *base; /* the model's own name; NULL: no adapter */
	struct bh_uuid adapter, adapter_tenant;
	const char *adapter_state; /* "loading", "ready", "failed" */
	const char *adapter_error; /* why it failed; NULL: it has not */
};

/* The names of kinds and forms in rows, answers and audit lines (names.c); "" for no such one. */
const char *model_kind_name(enum model_kind kind);
const char *model_excerpts_name(enum model_excerpts excerpts);
const char *model_score_form_name(enum model_score_form form);

extern const struct bh_route model_routes[];
extern const struct bh_service model_service;

#endif
