/* SPDX-License-Identifier: Apache-2.0 */
/* scrape.h: metrics of the running platform's processes, as text and as samples. */
#ifndef BH_CLI_SCRAPE_H
#define BH_CLI_SCRAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "cli/cli.h"

/* The metrics of a process ("gateway", "model"), through the control socket. The HTTP status, or a negative error. */
int cli_scrape(struct cli *cli, const char *name, struct bh_buf *out);

/* One sample of a metric. */
struct cli_sample {
	const char *labels; /* borrowed: what is between the braces; not terminated */
	size_t labels_len;
	double value;
};

/* The next sample of that name at or behind *at, which is moved behind it. False: there is none. */
bool cli_sample_next(const char **at, const char *name, struct cli_sample *out);

/* Copies a label's value; false if the sample has none of this name, or it does not fit. */
bool cli_sample_label(const struct cli_sample *sample, const char *label, char *out, size_t size);

/* The sum of a metric's samples whose label begins with this (NULL: all). */
double cli_sample_sum(const char *text, const char *name, const char *label, const char *begins);

/* A histogram: rising bounds in seconds, the last infinite, and how many were no longer. */
enum { CLI_BUCKETS_MOST = 24 };
struct cli_histogram {
	double bounds[CLI_BUCKETS_MOST], below[CLI_BUCKETS_MOST];
	size_t n;
};

/* Adds up the samples NAME_bucket by their bounds. */
void cli_histogram_read(const char *text, const char *name, struct cli_histogram *out);

/* The time within which that part of what came between the two was done, by proportion in its bucket; -1: nothing came. */
double cli_histogram_quantile(const struct cli_histogram *before, const struct cli_histogram *after,
	double part);

#endif
