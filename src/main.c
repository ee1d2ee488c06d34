/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the services this executable holds; everything else is the command table in cli/commands.c. */
#include <stddef.h>

#include "agent/agent.h"
#include "auth/auth.h"
#include "billing/billing.h"
#include "cli/cli.h"
#include "finetune/finetune.h"
#include "model/model.h"
#include "multimodal/multimodal.h"
#include "rag/rag.h"
#include "stripemock/stripemock.h"

static const struct bh_service *const services[] = {
	&auth_service,
	&stripemock_service,
	&billing_service,
	&model_service,
	&rag_service,
	&multimodal_service,
	&finetune_service,
	&agent_service,
	NULL,
};

int
main(int argc, char **argv)
{
	return cli_main(argc, argv, services);
}
