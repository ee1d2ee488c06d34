/* SPDX-License-Identifier: Apache-2.0 */
/* processors.h: how many processors this process may use, for what goes with the machine. */
#ifndef BH_BASE_PROCESSORS_H
#define BH_BASE_PROCESSORS_H

/* Of its affinity, and no more than its control group's quota comes to, rounded up; at least 1. */
unsigned bh_processors(void);

/* What a control group's cpu.max ("QUOTA PERIOD" or "max PERIOD", in microseconds) leaves of `most`. */
unsigned bh_processors_within(const char *cpu_max, unsigned most);

#endif
