/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: a Valkey of a test's own; linked by tests only. */
#ifndef BH_SHARED_TESTING_H
#define BH_SHARED_TESTING_H

#include <stdbool.h>
#include <sys/types.h>

#include "shared/shared.h"

struct bh_test_valkey {
	char folder[64];
	char url[96]; /* for limits.shared */
	pid_t pid;    /* 0: not running */
};

/* Whether there is a server program (BULKHEAD_TEST_VALKEY, or valkey-server or redis-server of the path); where
 * there is none it says so on stderr, and the program is skipped. */
bool bh_test_valkey_named(void);

/* Makes a folder for its socket and starts it. Exits the program when it does not come up: it is the ground. */
void bh_test_valkey_open(struct bh_test_valkey *out);
/* Starts it again after bh_test_valkey_kill; what it held is gone. */
void bh_test_valkey_start(struct bh_test_valkey *valkey);
void bh_test_valkey_kill(struct bh_test_valkey *valkey);
/* Forgets all keys and scripts. */
void bh_test_valkey_flush(const struct bh_test_valkey *valkey);
/* Forgets the keys alone. */
void bh_test_valkey_empty(const struct bh_test_valkey *valkey);
void bh_test_valkey_close(struct bh_test_valkey *valkey);

/* A client of it, with time enough for a busy machine. */
struct bh_shared *bh_test_valkey_client(const struct bh_test_valkey *valkey);

/* Asks until it is there again. */
void bh_test_valkey_wait(struct bh_shared *shared);

#endif
