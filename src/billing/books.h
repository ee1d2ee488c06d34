/* SPDX-License-Identifier: Apache-2.0 */
/* books.h: the jobs that keep a tenant's books. */
#ifndef BH_BILLING_BOOKS_H
#define BH_BILLING_BOOKS_H

#include "billing/invoice.h"

struct bh_job;

#define BILLING_JOB_NIGHTLY "nightly" /* posts, ends credits, reminds, proves; adds itself again */
#define BILLING_JOB_TOP_UP "top_up"   /* a balance is low */

/* They must be done eventually: none is ever given up. */
int billing_books_nightly(struct bh_job *job);
int billing_books_top_up(struct bh_job *job);
int billing_books_invoice(struct bh_job *job); /* BILLING_JOB_INVOICE */

#endif
