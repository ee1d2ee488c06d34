/* SPDX-License-Identifier: Apache-2.0 */
/* image_test.c: the backend for tests: bulkhead-picture draws, and writes into the picture that it is no model. */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "model/image.h"
#include "picture/run.h"
#include "sec/digest.h"
#include "service/runtime.h"

enum { DRAW_MS = 60000, PICTURE_BYTES_MOST = 64 * 1024 * 1024 };

static void
end(struct model_image_maker *maker)
{
	bh_picture_run_close(maker->run);
	maker->run = NULL;
	bh_buf_close(&maker->base64);
}

/* The program ends with the thread that starts it: it is started when the first piece is asked for. */
static int
begin(struct model_image_maker *maker, struct bh_request *req)
{
	(void)req;
	end(maker);
	maker->is_over = false;
	return 0;
}

static int
write_prompt(const struct model_image_maker *maker, int *out_fd)
{
	size_t len = strlen(maker->want->prompt);
	int rc = bh_picture_spool(bh_runtime_spool_dir(maker->model->runtime), out_fd);

	if (rc == 0 && write(*out_fd, maker->want->prompt, len) != (ssize_t)len)
		rc = bh_error(BH_E_NO_ROOM, "spool a prompt: %m");
	return rc;
}

static int
start(struct model_image_maker *maker)
{
	const struct model_image *want = maker->want;
	const struct bh_picture_conf conf = {
		.program = maker->model->picture_path,
		.spool_dir = bh_runtime_spool_dir(maker->model->runtime),
		.timeout_ms = DRAW_MS,
		.watch_fd = maker->client_fd,
		.cancel = bh_runtime_stop_flag(maker->model->runtime),
	};
	struct bh_picture_order order = {
		.draw = want->n_inputs == 0 ? want->size : NULL,
		.edit_fds = want->inputs,
		.n_edits = want->n_inputs,
		.mask_fd = want->mask,
		.to = "png",
		.seed = want->seed + maker->index,
		.partials = want->partials,
		.transparent = strcmp(want->background, "transparent") == 0,
	};
	int rc = write_prompt(maker, &order.input_fd);

	if (rc == 0)
		rc = bh_picture_run_open(&conf, &order, &maker->run);
	if (order.input_fd > 0)
		close(order.input_fd);
	return rc;
}

static int
encode(struct model_image_maker *maker, const struct bh_picture_made *made)
{
	size_t len = (size_t)made->bytes;
	struct bh_buf bytes = {0};
	int rc = 0;

	if (made->bytes > PICTURE_BYTES_MOST)
		return bh_error(BH_E_UPSTREAM, "the backend for tests made too large a picture");
	if (pread(bh_picture_run_output(maker->run), bh_buf_room(&bytes, len), len, made->offset) !=
		(ssize_t)len)
		rc = bh_error(BH_E_IO, "read a picture: %m");
	bh_buf_reset(&maker->base64);
	if (rc == 0)
		maker->base64.len = bh_base64_encode(bytes.data, len,
			bh_buf_room(&maker->base64, 4 * (len / 3 + 1) + 1));
	bh_buf_close(&bytes);
	return rc;
}

static int
next(struct model_image_maker *maker, struct model_image_piece *out)
{
	const struct bh_picture_made *made;
	int rc = maker->run == NULL ? start(maker) : 0;

	if (rc == 0)
		rc = bh_picture_run_next(maker->run, &made);
	if (rc == BH_E_INVALID)
		return bh_picture_run_refusal(maker->run, maker->want->n_inputs > 0 ? "image" : "prompt");
	if (rc <= 0)
		return rc < 0 ? rc : BH_E_EMPTY;
	rc = encode(maker, made);
	*out = (struct model_image_piece){
		.partial = made->partial,
		.base64 = bh_buf_string(&maker->base64),
		.is_test = true,
	};
	return rc;
}

const struct model_image_driver model_image_test = {begin, next, end};
