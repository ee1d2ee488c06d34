/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_file.h: the file that the simulation's processes share, as it lies there: what a killed process
 * still writes is taken back. For test_simulation.c alone. */
#ifndef BH_METER_SIMULATED_FILE_H
#define BH_METER_SIMULATED_FILE_H

#include "meter/slot.h"

enum { SIM_SLOTS = 48 };

/* Makes it, laid out by slot.c. */
void sim_file_open(bool (*is_alive)(uint64_t owner));
void sim_file_close(void);
const char *sim_file_path(void);

struct meter_slot *sim_file_slots(void);
/* Frees all slots. */
void sim_file_clear(void);

/* What processes change of it: a copy, owned by the caller, and back to that. */
char *sim_file_save(void);
void sim_file_restore(const char *saved);

#endif
