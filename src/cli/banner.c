/* SPDX-License-Identifier: Apache-2.0 */
/* banner.c: the text at the end of a start. The key itself is never printed. */
#include "cli/banner.h"

#include <stdio.h>

#include "cli/env.h"

#define QUESTION "What is the speed limit on the quays?"

void
cli_banner_print(struct cli *cli, const char *tenant, const char *admin, const char *link)
{
	const char *bold = cli->colour ? "\033[1m" : "";
	const char *plain = cli->colour ? "\033[0m" : "";
	const char *env_path = cli_env_path(cli);

	printf("\n%sBulkhead is running at %s%s\n\n", bold, cli->instance.url, plain);
	if (link != NULL)
		printf("  Set the password of the administrator (%s) with this one-time link:\n    %s\n\n",
			admin, link);
	else
		printf("  Administrator: %s (for a new link: bulkhead user link %s --tenant platform)\n\n",
			admin, admin);
	printf("  The API key of tenant %s and the environment variables for OpenAI clients are in\n   "
		   " %s\n\n",
		tenant, env_path);
	printf("%sAsk the sample document:%s\n\n  ./bulkhead ask \"" QUESTION "\"\n\n", bold, plain);
	printf("The same with curl:\n\n  set -a; . %s; set +a\n", env_path);
	puts("  curl -sN \"$OPENAI_BASE_URL/responses\" -H \"Authorization: Bearer $OPENAI_API_KEY\" "
		 "\\\n"
		 "    -H 'Content-Type: application/json' -d '{\"model\": \"default\", \"stream\": true,\n"
		 "      \"input\": \"" QUESTION "\",\n"
		 "      \"tools\": [{\"type\": \"file_search\", \"vector_store_ids\": "
		 "[\"'$VECTOR_STORE_ID'\"]}]}'\n");
	puts("And in Python, with the official client (pip install openai) and the same variables:\n\n"
		 "  import os\n"
		 "  from openai import OpenAI\n"
		 "  answer = OpenAI().responses.create(model=\"default\", input=\"" QUESTION "\",\n"
		 "      tools=[{\"type\": \"file_search\", \"vector_store_ids\": "
		 "[os.environ[\"VECTOR_STORE_ID\"]]}])\n"
		 "  print(answer.output_text)\n");
}
