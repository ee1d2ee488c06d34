/* SPDX-License-Identifier: Apache-2.0 */
/* run.h: runs bulkhead-picture over a picture, or has it draw one. Nothing of a picture is decoded in this process.
 *
 *     const struct bh_picture_order order = {.input_fd = fd, .to = "jpeg", .max_edge = 1024, .analyse = "text"};
 *     rc = bh_picture_run(&conf, &order, &run);
 *     if (rc == 0)
 *         … bh_picture_run_said(run)->made[0] is those bytes of bh_picture_run_output(run) …
 *     bh_picture_run_close(run); */
#ifndef BH_PICTURE_RUN_H
#define BH_PICTURE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "picture/said.h"

#define BH_PICTURE_OUTPUT_BYTES_MAX ((int64_t)PICTURE_OUTPUT_BYTES_MAX)

/* How a process runs the program. Strings are borrowed and outlive the run. */
struct bh_picture_conf {
	const char *program;   /* path of bulkhead-picture */
	const char *spool_dir; /* for what is written, a file without a name: on disk, not in memory */
	int64_t timeout_ms;    /* wall clock, from start to end */
	int watch_fd;          /* a client's socket: BH_E_GONE when it hangs up; 0 or -1: none */
	const bool *cancel;    /* polled every 50 ms: BH_E_CANCELLED; NULL: none */
};

/* What it is to do; zeroed members leave it to the program (picture/protocol.h says what each is). Borrowed until the
 * run has been opened. */
struct bh_picture_order {
	/* The picture: a regular file, read from its start. With `draw` and `edits`: the prompt. */
	int input_fd;
	const char *to; /* png, jpeg, webp, same; NULL: no new picture */
	int64_t max_edge, quality;
	const char *flatten; /* "rrggbb" */
	bool ai_generated;
	const char *analyse; /* "exif,colours"; NULL: nothing */
	const char *languages;
	/* What is refused by its header. */
	int64_t limit_bytes, limit_pixels, limit_edge, limit_frames;
	/* The backend for tests. */
	const char *draw;    /* "1024x1024"; NULL: it does not draw */
	const int *edit_fds; /* pictures, of which the first is edited */
	size_t n_edits;      /* 0: it does not edit */
	int mask_fd;         /* 0: none */
	int64_t variants, partials, seed;
	bool transparent;
};

/* A program at work and what it has said so far. Whoever opens it closes it, in the same thread: the program ends with
 * the thread that started it. */
struct bh_picture_run;

/* Starts it. BH_E_IO, BH_E_NO_ROOM, BH_E_UNAVAILABLE: it could not be started. */
BH_MUST_CHECK int bh_picture_run_open(const struct bh_picture_conf *conf,
	const struct bh_picture_order *order, struct bh_picture_run **out);

/* Lets it go on until it has written another picture (1; *out, borrowed) or to its end (0). BH_E_INVALID: the picture
 * is at fault, or the program crashed or overran its time on it: bh_picture_run_refusal tells. BH_E_MEMORY: it ran out
 * of memory. BH_E_GONE, BH_E_CANCELLED, BH_E_IO, BH_E_UNAVAILABLE: what it needs is not on this machine. */
BH_MUST_CHECK int bh_picture_run_next(struct bh_picture_run *run,
	const struct bh_picture_made **out);

/* What it has said; complete once bh_picture_run_next has returned 0. */
const struct bh_picture_said *bh_picture_run_said(const struct bh_picture_run *run);
/* The pictures that it has written, one after the other; borrowed, and not at any particular place in the file. */
int bh_picture_run_output(const struct bh_picture_run *run);

/* The error for whoever sent the picture, after BH_E_INVALID: BH_E_IMAGE, BH_E_IMAGE_FORMAT, BH_E_IMAGE_TOO_LARGE or
 * BH_E_INVALID, with its sentence kept; `param` names the field. */
int bh_picture_run_refusal(const struct bh_picture_run *run, const char *param);

/* open and next in one, for who waits for all of it. *out is to be closed also when this fails; NULL: it was not
 * started. */
BH_MUST_CHECK int bh_picture_run(const struct bh_picture_conf *conf,
	const struct bh_picture_order *order, struct bh_picture_run **out);

/* Ends it, if it still runs, and frees what it said and wrote. Safe on NULL. */
void bh_picture_run_close(struct bh_picture_run *run);

/* A file without a name in a folder, to be written and read. BH_E_IO, BH_E_NO_ROOM. */
BH_MUST_CHECK int bh_picture_spool(const char *dir, int *out_fd);
/* All of the bytes at its place. BH_E_NO_ROOM. */
BH_MUST_CHECK int bh_picture_spool_write(int fd, const void *bytes, size_t len);

#endif
