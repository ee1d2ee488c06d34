/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.h: gathers the facts that findings are judged by (finding.h). */
#ifndef BH_CLI_DOCTOR_H
#define BH_CLI_DOCTOR_H

#include "cli/cli.h"
#include "cli/finding.h"

/* All but the database. Text lies in the instance's arena. */
void cli_doctor_machine(struct cli *cli, struct cli_machine *out);

/* Asks an external database, and the embedded one while the platform runs. */
void cli_doctor_database(struct cli *cli, struct cli_machine *machine);

/* Whether a server answers PING at redis://[:PASSWORD@]HOST:PORT. *out_fault is NULL, or says why not. */
void cli_doctor_valkey(struct bh_arena *arena, const char *url, const char **out_fault);

#endif
