/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_server.h: what each statement of the simulated books passes through. For simulated_books.c
 * and simulated_money.c alone. */
#ifndef BH_METER_SIMULATED_SERVER_H
#define BH_METER_SIMULATED_SERVER_H

#include "meter/simulated_books.h"

/* Everything anew, the books zeroed. */
void sim_server_open(uint64_t seed, const struct sim_listener *listener);

struct sim_books *sim_server_books(void);

/* Up to the server: 0 when it is there, and may be applied. */
int sim_server_arrive(const struct bh_db *db);
/* Back from the server, where it was applied and is committed. */
int sim_server_come_back(const struct bh_db *db, bool durable);
/* Back from it, with a failure. */
int sim_server_returns(struct sim_pool *pool, int rc);

void sim_server_commit(bool durable);
void sim_server_durable(void);
bool sim_server_is_bad_luck(uint64_t one_in);
/* Whether the process of this handle lives. */
bool sim_server_lives(const struct bh_db *db);

#endif
