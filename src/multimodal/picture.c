/* SPDX-License-Identifier: Apache-2.0 */
/* picture.c: a turn, and the program. */
#include "multimodal/picture.h"

#include "base/error.h"
#include "multimodal/multimodal.h"
#include "picture/run.h"
#include "service/runtime.h"

enum { WAIT_MS = 60000, RUN_MS = 90000 };

int
multimodal_picture_run(const struct multimodal_reader *reader, const struct bh_picture_order *order,
	struct bh_picture_run **out)
{
	struct multimodal *multimodal = reader->multimodal;
	const struct bh_picture_conf conf = {
		.program = multimodal->picture_path,
		.spool_dir = bh_runtime_spool_dir(multimodal->runtime),
		.timeout_ms = RUN_MS,
		.watch_fd = reader->watch_fd,
		.cancel = reader->cancel,
	};
	const struct bh_picture_wait wait = {WAIT_MS, reader->watch_fd, reader->cancel};
	struct bh_picture_turn turn;
	int rc = bh_picture_turns_enter(&multimodal->turns, reader->tenant, &wait, &turn);

	if (rc < 0)
		return rc;
	rc = bh_picture_run(&conf, order, out);
	bh_picture_turns_leave(&multimodal->turns, &turn);
	return rc;
}

int
multimodal_picture_made(const struct bh_picture_run *run, const struct bh_picture_made **out)
{
	const struct bh_picture_said *said = bh_picture_run_said(run);

	if (said->n_made != 1 || said->n_heads == 0 || said->made[0].partial != 0)
		return bh_error(BH_E_PROTOCOL, "the picture reader wrote no picture");
	*out = &said->made[0];
	return 0;
}
