/* SPDX-License-Identifier: Apache-2.0 */
/* picture.c: each picture of a request through the sandbox, one after the other. */
#include "model/picture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "model/model.h"
#include "picture/run.h"
#include "picture/turns.h"
#include "sec/digest.h"
#include "service/request.h"

enum {
	LOW_EDGE = 512,
	QUALITY = 90,
	WORDS_LEAST = 1024, /* bytes that are told of a picture */
	WORDS_MOST = 8192,
	/* As OpenAI counts the tokens of pictures, by tiles; others count otherwise, and their figures settle the call. */
	TILE_EDGE = 512,
	TILE_TOKENS = 170,
	PICTURE_TOKENS = 85,
	BYTES_PER_TOKEN = 3
};

#define DATA_URL "data:image/jpeg;base64,"

/* What is done for one request. */
struct taking {
	struct bh_request *req;
	struct model *model;
	const struct model_entry *entry;
	size_t n; /* pictures of the request */
	int64_t until_ms;
	struct model_pictures *out;
};

static struct bh_picture_order
order_of(const struct taking *taking, const char *detail, int fd)
{
	const struct model_conf *conf = &taking->model->conf;
	bool low = detail != NULL && strcmp(detail, "low") == 0;
	struct bh_picture_order order = {
		.input_fd = fd,
		.limit_bytes = conf->picture_bytes_max,
		.limit_pixels = conf->picture_pixels_max,
	};

	if (!taking->entry->vision) {
		order.analyse = "text,codes,colours";
		return order;
	}
	/* What every model and server reads. */
	order.to = "jpeg";
	order.flatten = "ffffff";
	order.quality = QUALITY;
	order.max_edge = low && LOW_EDGE < conf->picture_edge ? LOW_EDGE : conf->picture_edge;
	return order;
}

static int64_t
tokens_of(const struct bh_picture_made *made, const char *detail)
{
	int64_t across = (made->width + TILE_EDGE - 1) / TILE_EDGE;
	int64_t down = (made->height + TILE_EDGE - 1) / TILE_EDGE;

	if (detail != NULL && strcmp(detail, "low") == 0)
		return PICTURE_TOKENS;
	return PICTURE_TOKENS + across * down * TILE_TOKENS;
}

/* The picture that was written, as a data URL. */
static int
put_picture(struct taking *taking, const struct bh_picture_run *run, struct model_picture *picture)
{
	const struct bh_picture_said *said = bh_picture_run_said(run);
	const struct bh_picture_made *made = &said->made[0];
	size_t len = said->n_made == 1 ? (size_t)made->bytes : 0;
	size_t room = sizeof(DATA_URL) + 4 * ((len + 2) / 3) + 1;
	BH_AUTO(bh_buf_close) struct bh_buf bytes = {0};
	int rc;

	if (len == 0)
		return bh_error(BH_E_UNAVAILABLE, "the picture reader wrote no picture");
	/* The picture, its text, and the request to the model in which that stands. */
	rc = bh_request_hold(taking->req, len + 2 * room);
	if (rc < 0)
		return rc;
	if (pread(bh_picture_run_output(run), bh_buf_room(&bytes, len), len, made->offset) !=
		(ssize_t)len)
		return bh_error(BH_E_IO, "read a picture: %m");
	bh_buf_text(&picture->text, DATA_URL);
	picture->text.len += bh_base64_encode(bytes.data, len, bh_buf_room(&picture->text, room));
	taking->out->tokens += tokens_of(made, picture->detail);
	return 0;
}

/* What is told of it leaves room for the rest of the conversation. */
static size_t
words_most(const struct taking *taking)
{
	int64_t share = taking->entry->context > 0
		? taking->entry->context / 2 * BYTES_PER_TOKEN / (int64_t)taking->n
		: WORDS_MOST;

	return share < WORDS_LEAST ? WORDS_LEAST : share > WORDS_MOST ? WORDS_MOST : (size_t)share;
}

static void
put_words(struct taking *taking, const struct bh_picture_run *run, bool has_text,
	struct model_picture *picture)
{
	model_picture_words(bh_picture_run_said(run), has_text, words_most(taking), &picture->text);
	taking->out->tokens += (int64_t)picture->text.len / BYTES_PER_TOKEN + 1;
}

static void
run_end(struct bh_picture_run **run)
{
	bh_picture_run_close(*run);
	*run = NULL;
}

static int
run_once(struct taking *taking, const struct bh_picture_order *order, struct bh_picture_run **out)
{
	const struct bh_picture_conf conf = {
		.program = taking->model->picture_path,
		.spool_dir = bh_runtime_spool_dir(taking->req->runtime),
		.timeout_ms = taking->until_ms - bh_clock_steady_ms(),
		.watch_fd = bh_http_client_fd(taking->req->http),
		.cancel = bh_runtime_stop_flag(taking->req->runtime),
	};

	return bh_picture_run(&conf, order, out);
}

static int
read_it(struct taking *taking, int fd, const char *param, struct model_picture *picture)
{
	struct bh_picture_order order = order_of(taking, picture->detail, fd);
	BH_AUTO(run_end) struct bh_picture_run *run = NULL;
	bool has_text = order.analyse != NULL;
	int rc = run_once(taking, &order, &run);

	/* Recognition of text and codes may not be installed; what is left is said all the same. */
	if (rc == BH_E_UNAVAILABLE && has_text) {
		has_text = false;
		run_end(&run);
		order.analyse = "colours";
		rc = run_once(taking, &order, &run);
	}
	if (rc == BH_E_INVALID)
		return bh_picture_run_refusal(run, param);
	if (rc < 0)
		return rc;
	if (taking->entry->vision)
		return put_picture(taking, run, picture);
	put_words(taking, run, has_text, picture);
	return 0;
}

static int
take_one(struct taking *taking, const struct bh_json *image, const char *param)
{
	const struct bh_json *url = bh_json_get(image, "url");
	const char *detail = bh_json_text(image, "detail");
	struct model_picture *picture = &taking->out->list[taking->out->n++];
	struct bh_picture_turn turn;
	struct bh_picture_wait wait = {
		.most_ms = taking->until_ms - bh_clock_steady_ms(),
		.watch_fd = bh_http_client_fd(taking->req->http),
		.cancel = bh_runtime_stop_flag(taking->req->runtime),
	};
	int fd = -1, rc;

	if (detail != NULL && strcmp(detail, "auto") != 0)
		picture->detail = detail;
	if (wait.most_ms <= 0)
		return bh_error_param(BH_E_IMAGE, param,
			"The images before this one took all of the time that is allowed for them.");
	rc = model_picture_source(taking->req, bh_json_string(url), bh_json_string_len(url), param,
		taking->until_ms, &fd);
	if (rc < 0)
		return rc;
	rc = bh_picture_turns_enter(&taking->model->picture_turns, &taking->req->tenant, &wait, &turn);
	if (rc == 0) {
		rc = read_it(taking, fd, param, picture);
		bh_picture_turns_leave(&taking->model->picture_turns, &turn);
	}
	close(fd);
	return rc;
}

/* `at`: the field of these parts. */
static int
take_parts(struct taking *taking, const struct bh_json *parts, const char *at)
{
	char param[80];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < bh_json_count(parts); i++) {
		const struct bh_json *image = model_picture_part(bh_json_at(parts, i));

		snprintf(param, sizeof(param), "%s.%zu.image_url", at, i);
		if (image != NULL)
			rc = take_one(taking, image, param);
	}
	return rc;
}

static int
take_all(struct taking *taking, const struct bh_json *messages)
{
	char at[48];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < bh_json_count(messages); i++) {
		const struct bh_json *content = bh_json_get(bh_json_at(messages, i), "content");

		snprintf(at, sizeof(at), "messages.%zu.content", i);
		if (bh_json_kind(content) == BH_JSON_ARRAY)
			rc = take_parts(taking, content, at);
	}
	return rc;
}

const struct bh_json *
model_picture_part(const struct bh_json *part)
{
	const char *type = bh_json_text(part, "type");

	return type != NULL && strcmp(type, "image_url") == 0 ? bh_json_get(part, "image_url") : NULL;
}

/* Makes ready for n pictures of that field. */
static int
begin(struct bh_request *req, const struct model_entry *entry, const char *field, size_t n,
	struct model_pictures *out, struct taking *taking)
{
	struct model *model = req->service;

	if (n > (size_t)model->conf.pictures_max)
		return bh_error_param(BH_E_RANGE, field, "A request may have at most %lld images.",
			(long long)model->conf.pictures_max);
	*taking = (struct taking){
		.req = req,
		.model = model,
		.entry = entry,
		.n = n,
		.until_ms = bh_clock_steady_ms() + model->conf.pictures_ms,
		.out = out,
	};
	out->list = bh_arena_array(req->arena, n, sizeof(*out->list));
	out->in_words = !entry->vision;
	return 0;
}

int
model_pictures_take(struct bh_request *req, const struct model_entry *entry,
	const struct bh_json *messages, size_t n, struct model_pictures *out)
{
	struct taking taking;
	int rc = n == 0 ? 0 : begin(req, entry, "messages", n, out, &taking);

	if (rc < 0 || n == 0)
		return rc;
	rc = take_all(&taking, messages);
	bh_audit_int(&req->audit, "images", (int64_t)out->n);
	return rc;
}

int
model_pictures_take_parts(struct bh_request *req, const struct model_entry *entry,
	const struct bh_json *parts, const char *field, size_t n, struct model_pictures *out)
{
	struct taking taking;
	int rc = n == 0 ? 0 : begin(req, entry, field, n, out, &taking);

	if (rc < 0 || n == 0)
		return rc;
	rc = take_parts(&taking, parts, field);
	bh_audit_int(&req->audit, "images", (int64_t)out->n);
	return rc;
}

void
model_pictures_close(struct model_pictures *pictures)
{
	for (size_t i = 0; i < pictures->n; i++)
		bh_buf_close(&pictures->list[i].text);
	*pictures = (struct model_pictures){0};
}
