/* SPDX-License-Identifier: Apache-2.0 */
/* http_engines.c: how the engines of the platform's models are, for its staff. */
#include <string.h>

#include "json/fields.h"
#include "model/clients.h"
#include "model/http.h"
#include "model/pace_ask.h"
#include "model/place.h"
#include "model/store.h"
#include "model/upstream.h"
#include "service/list.h"
#include "service/request.h"

#define STATES "ready failed unknown"

struct shown {
	struct model_entry entry;
	const char *state;
	int64_t slots; /* 0: as many as come */
	int64_t running, waiting;
	struct model_pace pace;
	struct model_told told;
};

static const char *
kind_of(const void *row)
{
	return model_kind_name(((const struct shown *)row)->entry.kind);
}

static const char *
error_of(const void *row)
{
	const struct model_told *told = &((const struct shown *)row)->told;

	return told->failed_ms != 0 ? told->error : NULL;
}

#define AT(member) offsetof(struct shown, member)

static const struct bh_field engine_fields[] = {
	{"id", BH_FIELD_ID, AT(entry.id)},
	{"object", BH_FIELD_CONST, .words = "platform.engine"},
	{"model", BH_FIELD_TEXT, AT(entry.name)},
	{"kind", BH_FIELD_TEXT, .text_of = kind_of},
	{"managed", BH_FIELD_BOOL, AT(entry.managed)},
	{"state", BH_FIELD_CHOICE, AT(state), .words = STATES},
	{"slots", BH_FIELD_INT, AT(slots)},
	{"running", BH_FIELD_INT, AT(running)},
	{"waiting", BH_FIELD_INT, AT(waiting)},
	{"read_per_s", BH_FIELD_INT, AT(pace.reads)},
	{"written_per_s", BH_FIELD_INT, AT(pace.writes)},
	{"answered_at", BH_FIELD_TIME, AT(told.answered_ms), BH_NULLABLE},
	{"failed_at", BH_FIELD_TIME, AT(told.failed_ms), BH_NULLABLE},
	{"error", BH_FIELD_TEXT, .text_of = error_of, .flags = BH_NULLABLE},
};

#undef AT

const struct bh_shape model_engine_shape = BH_SHAPE("PlatformEngine", struct shown, engine_fields);

/* Our own engine is asked. Of a provider's the last call tells: one for this would be billed. */
static const char *
state_of(struct model *model, const struct model_entry *entry, const struct model_told *told)
{
	if (entry->managed)
		return model_upstream_stands(model, entry) ? "ready" : "failed";
	if (told->answered_ms == 0 && told->failed_ms == 0)
		return "unknown";
	return told->answered_ms >= told->failed_ms ? "ready" : "failed";
}

static void
show(struct model *model, const struct model_entry *entry, struct shown *out)
{
	size_t waiting, running;

	model_place_count(model, entry, &waiting, &running);
	*out = (struct shown){
		.entry = *entry,
		.running = (int64_t)running,
		.waiting = (int64_t)waiting,
	};
	(void)model_clients_told(model->clients, entry, &out->told);
	out->state = state_of(model, entry, &out->told);
	out->slots = entry->concurrency;
	if (out->slots == 0 && entry->managed && strcmp(out->state, "ready") == 0)
		out->slots = (int64_t)model_upstream_places(model, entry);
	if (strcmp(out->state, "ready") == 0)
		out->pace = entry->kind < MODEL_RERANK ? model_pace_get(model, entry)
											   : (struct model_pace){0};
}

/* GET /api/platform/engines */
int
model_http_engine_list(struct bh_request *req)
{
	struct model_entry *entries = NULL;
	struct shown *shown;
	size_t n = 0;
	int rc = model_store_model_list(req->db, &req->tenant, &entries, &n);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; i < n; i++)
		show(req->service, &entries[i], &shown[i]);
	return bh_reply_list(req, &model_engine_shape, shown, n);
}
