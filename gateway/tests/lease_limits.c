/* SPDX-License-Identifier: Apache-2.0 */
/* lease_limits.c: what `bulkhead step gateway-limits` does, without a platform around it, for the gateway's tests. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/log.h"
#include "shared/lease.h"
#include "shared/shared.h"

static atomic_bool stopping;

static void
stop(int number)
{
	(void)number;
	atomic_store(&stopping, true);
}

int
main(int argc, char **argv)
{
	struct bh_shared_conf conf = {.timeout_ms = 200, .gateways = 1};
	struct bh_lease_server *server = NULL;
	struct bh_shared *shared = NULL;
	int rc;

	if (argc != 3) {
		fprintf(stderr, "usage: lease_limits URL SOCKET\n");
		return 2;
	}
	bh_log_open("lease_limits", BH_LOG_INFO);
	signal(SIGTERM, stop);
	signal(SIGPIPE, SIG_IGN);
	conf.url = argv[1];
	rc = bh_shared_open(&conf, &shared);
	if (rc == 0)
		rc = bh_lease_server_open(shared, argv[2], &server);
	if (rc == 0)
		rc = bh_lease_server_run(server, &stopping, 1000);
	if (rc < 0)
		bh_log_failure("lease limits", rc);
	bh_lease_server_close(server);
	bh_shared_close(shared);
	return rc < 0;
}
