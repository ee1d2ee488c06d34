/* SPDX-License-Identifier: Apache-2.0 */
/* billing.h: what the commands about invoices share. */
#ifndef BH_CLI_BILLING_H
#define BH_CLI_BILLING_H

#include "cli/noun.h"

extern const struct cli_noun cli_invoices;

#endif
