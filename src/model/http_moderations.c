/* SPDX-License-Identifier: Apache-2.0 */
/* http_moderations.c: POST /v1/moderations, as OpenAI's. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "json/fields.h"
#include "model/catalog.h"
#include "model/http.h"
#include "model/judge.h"
#include "model/picture.h"
#include "service/entitle.h"
#include "service/request.h"

enum { INPUTS_MOST = 256, TEXT_BYTES_MOST = 256 * 1024 };

struct moderation {
	const char *model;
	const struct bh_json *input;
	struct model_input *inputs;
	size_t n, n_images;
	bool together; /* parts of one input */
};

#define AT(member) offsetof(struct moderation, member)

static const struct bh_field fields[] = {
	{"input", BH_FIELD_ANY, AT(input), BH_REQUIRED},
	{"model", BH_FIELD_TEXT, AT(model), 0, 1, 256},
};

#undef AT

const struct bh_shape model_moderation_create = BH_SHAPE("ModerationCreate", struct moderation,
	fields);

/* ---- the request ---- */

static int
read_text(const struct bh_json *value, const char *param, struct model_input *out)
{
	if (bh_json_kind(value) != BH_JSON_STRING)
		return bh_error_param(BH_E_TYPE, param,
			"'%s' must be a string, or be an array of strings or of objects of the types text and "
			"image_url.",
			param);
	if (bh_json_string_len(value) > TEXT_BYTES_MOST)
		return bh_error_param(BH_E_RANGE, param, "A text may have at most %d bytes.",
			TEXT_BYTES_MOST);
	*out = (struct model_input){false, bh_json_string(value), bh_json_string_len(value)};
	return 0;
}

static int
read_part(const struct bh_json *part, size_t index, struct moderation *want)
{
	const char *type = bh_json_text(part, "type");
	char param[48];

	if (type != NULL && strcmp(type, "text") == 0) {
		snprintf(param, sizeof(param), "input.%zu.text", index);
		return read_text(bh_json_get(part, "text"), param, &want->inputs[index]);
	}
	if (type == NULL || strcmp(type, "image_url") != 0) {
		snprintf(param, sizeof(param), "input.%zu.type", index);
		return bh_error_param(BH_E_INVALID, param, "'%s' must be one of: text, image_url.", param);
	}
	snprintf(param, sizeof(param), "input.%zu.image_url.url", index);
	if (bh_json_kind(bh_json_get(bh_json_get(part, "image_url"), "url")) != BH_JSON_STRING)
		return bh_error_param(BH_E_TYPE, param, "'%s' must be a string.", param);
	want->inputs[index].is_image = true;
	want->n_images++;
	return 0;
}

static int
read_list(struct bh_request *req, struct moderation *want)
{
	bool has_parts = bh_json_kind(bh_json_at(want->input, 0)) == BH_JSON_OBJECT;
	char param[32];
	int rc = 0;

	want->n = bh_json_count(want->input);
	if (want->n == 0 || want->n > INPUTS_MOST)
		return bh_error_param(BH_E_RANGE, "input", "'input' must have between 1 and %d elements.",
			INPUTS_MOST);
	want->together = has_parts;
	want->inputs = bh_arena_array(req->arena, want->n, sizeof(*want->inputs));
	for (size_t i = 0; rc == 0 && i < want->n; i++) {
		snprintf(param, sizeof(param), "input.%zu", i);
		rc = has_parts ? read_part(bh_json_at(want->input, i), i, want)
					   : read_text(bh_json_at(want->input, i), param, &want->inputs[i]);
	}
	return rc;
}

static int
read_request(struct bh_request *req, struct moderation *want)
{
	int rc = bh_request_object(req, &model_moderation_create, want);

	if (rc < 0)
		return rc;
	if (bh_json_kind(want->input) == BH_JSON_ARRAY)
		return read_list(req, want);
	want->n = 1;
	want->inputs = bh_arena_array(req->arena, 1, sizeof(*want->inputs));
	return read_text(want->input, "input", want->inputs);
}

/* A model gets them as they were written anew in the sandbox. */
static int
take_images(struct bh_request *req, const struct model_entry *entry, struct moderation *want,
	struct model_pictures *out)
{
	size_t at = 0;
	int rc;

	if (want->n_images > 0 && !entry->vision)
		return bh_error_param(BH_E_UNSUPPORTED, "input", "Model '%s' does not take images.",
			entry->name);
	rc = model_pictures_take_parts(req, entry, want->input, "input", want->n_images, out);
	for (size_t i = 0; rc == 0 && i < want->n; i++) {
		if (!want->inputs[i].is_image)
			continue;
		want->inputs[i].text = out->list[at].text.data;
		want->inputs[i].len = out->list[at++].text.len;
	}
	return rc;
}

/* ---- the answer ---- */

struct answer {
	struct bh_uuid id;
	const char *model;
	struct model_verdict *results;
	size_t n;
};

static const char *
for_text(const void *row)
{
	const struct model_verdict *verdict = row;

	return (verdict->applied & MODEL_JUDGED_TEXT) != 0 ? "text" : "";
}

static const char *
for_both(const void *row)
{
	static const char *const words[] = {"", "text", "image", "text image"};
	const struct model_verdict *verdict = row;

	return words[verdict->applied & (MODEL_JUDGED_TEXT | MODEL_JUDGED_IMAGE)];
}

#define FOUND(harm) BH_FIELD_BOOL, offsetof(struct model_verdict, harms[harm])
#define SCORE(harm) BH_FIELD_DOUBLE, offsetof(struct model_verdict, scores[harm])

static const struct bh_field category_fields[] = {
	{"hate", FOUND(MODEL_HATE)},
	{"hate/threatening", FOUND(MODEL_HATE_THREATENING)},
	{"harassment", FOUND(MODEL_HARASSMENT)},
	{"harassment/threatening", FOUND(MODEL_HARASSMENT_THREATENING)},
	{"illicit", FOUND(MODEL_ILLICIT)},
	{"illicit/violent", FOUND(MODEL_ILLICIT_VIOLENT)},
	{"self-harm", FOUND(MODEL_SELF_HARM)},
	{"self-harm/intent", FOUND(MODEL_SELF_HARM_INTENT)},
	{"self-harm/instructions", FOUND(MODEL_SELF_HARM_INSTRUCTIONS)},
	{"sexual", FOUND(MODEL_SEXUAL)},
	{"sexual/minors", FOUND(MODEL_SEXUAL_MINORS)},
	{"violence", FOUND(MODEL_VIOLENCE)},
	{"violence/graphic", FOUND(MODEL_VIOLENCE_GRAPHIC)},
};

static const struct bh_field score_fields[] = {
	{"hate", SCORE(MODEL_HATE)},
	{"hate/threatening", SCORE(MODEL_HATE_THREATENING)},
	{"harassment", SCORE(MODEL_HARASSMENT)},
	{"harassment/threatening", SCORE(MODEL_HARASSMENT_THREATENING)},
	{"illicit", SCORE(MODEL_ILLICIT)},
	{"illicit/violent", SCORE(MODEL_ILLICIT_VIOLENT)},
	{"self-harm", SCORE(MODEL_SELF_HARM)},
	{"self-harm/intent", SCORE(MODEL_SELF_HARM_INTENT)},
	{"self-harm/instructions", SCORE(MODEL_SELF_HARM_INSTRUCTIONS)},
	{"sexual", SCORE(MODEL_SEXUAL)},
	{"sexual/minors", SCORE(MODEL_SEXUAL_MINORS)},
	{"violence", SCORE(MODEL_VIOLENCE)},
	{"violence/graphic", SCORE(MODEL_VIOLENCE_GRAPHIC)},
};

static const struct bh_field applied_fields[] = {
	{"hate", BH_FIELD_WORDS, .text_of = for_text},
	{"hate/threatening", BH_FIELD_WORDS, .text_of = for_text},
	{"harassment", BH_FIELD_WORDS, .text_of = for_text},
	{"harassment/threatening", BH_FIELD_WORDS, .text_of = for_text},
	{"illicit", BH_FIELD_WORDS, .text_of = for_text},
	{"illicit/violent", BH_FIELD_WORDS, .text_of = for_text},
	{"self-harm", BH_FIELD_WORDS, .text_of = for_both},
	{"self-harm/intent", BH_FIELD_WORDS, .text_of = for_both},
	{"self-harm/instructions", BH_FIELD_WORDS, .text_of = for_both},
	{"sexual", BH_FIELD_WORDS, .text_of = for_both},
	{"sexual/minors", BH_FIELD_WORDS, .text_of = for_text},
	{"violence", BH_FIELD_WORDS, .text_of = for_both},
	{"violence/graphic", BH_FIELD_WORDS, .text_of = for_both},
};

static const struct bh_field result_fields[] = {
	{"flagged", BH_FIELD_BOOL, offsetof(struct model_verdict, flagged)},
	{"categories", BH_FIELD_OBJECT, BH_FIELDS(category_fields)},
	{"category_scores", BH_FIELD_OBJECT, BH_FIELDS(score_fields)},
	{"category_applied_input_types", BH_FIELD_OBJECT, BH_FIELDS(applied_fields)},
};

static const struct bh_field result_row = {"", BH_FIELD_OBJECT, BH_FIELDS(result_fields)};

#define AT(member) offsetof(struct answer, member)

static const struct bh_field answer_fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = "modr-"},
	{"model", BH_FIELD_TEXT, AT(model)},
	{"results", BH_FIELD_ARRAY, AT(results), BH_ELEMENTS(struct answer, results, n, &result_row)},
};

#undef AT

const struct bh_shape model_moderation_shape = BH_SHAPE("Moderation", struct answer, answer_fields);

/* How many were flagged, and for what: never the text. */
static void
note(struct bh_request *req, const struct answer *answer)
{
	struct model_verdict all = {0};
	BH_AUTO(bh_buf_close) struct bh_buf names = {0};
	int64_t flagged = 0;

	for (size_t i = 0; i < answer->n; i++) {
		flagged += answer->results[i].flagged;
		model_verdict_add(&all, &answer->results[i]);
	}
	bh_audit_int(&req->audit, "flagged", flagged);
	model_verdict_names(&all, &names);
	if (names.len > 0)
		bh_audit_text(&req->audit, "categories", bh_buf_string(&names));
}

int
model_http_moderation_create(struct bh_request *req)
{
	BH_AUTO(model_pictures_close) struct model_pictures pictures = {0};
	struct moderation want = {.model = "default"};
	struct model_entry entry = {0};
	struct answer answer = {.id = bh_uuid_new()};
	int rc = read_request(req, &want);

	if (rc == 0)
		rc = model_catalog_find(req->service, req->db, &req->tenant, want.model, MODEL_MODERATION,
			&entry);
	if (rc == 0)
		rc = bh_entitle_model(&req->claims, entry.name);
	if (rc == 0)
		rc = take_images(req, &entry, &want, &pictures);
	answer.n = want.together ? 1 : want.n;
	answer.model = entry.name;
	if (rc == 0) {
		answer.results = bh_arena_array(req->arena, answer.n, sizeof(*answer.results));
		rc = model_judge(req, &entry, want.inputs, want.n, want.together, 0, answer.results);
	}
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	note(req, &answer);
	return bh_reply_object(req, 200, &model_moderation_shape, &answer);
}
