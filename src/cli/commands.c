/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c: the command table. */
#include "cli/commands.h"

#include <stdio.h>

#include "cli/noun.h"

#define NOTHING CLI_NEEDS_NOTHING
#define PLACE CLI_NEEDS_PLACE
#define INSTANCE CLI_NEEDS_INSTANCE

const struct cli_command cli_commands[] = {
	/* noun     verb       arguments     least most options                        need */
	{"up", NULL, "", 0, 0, "detach", INSTANCE, "Start the platform and supervise it.",
		cli_platform_up},
	{"down", NULL, "", 0, 0, "", PLACE, "Stop the platform.", cli_platform_down},
	{"status", NULL, "", 0, 0, "json", PLACE,
		"Show all processes; exit status 0 if ready, 1 if not ready, 3 if not running.",
		cli_platform_status},
	{"restart", NULL, "NAME", 1, 1, "reload", INSTANCE,
		"Restart one process and wait until it is ready.", cli_platform_restart},
	{"logs", NULL, "[NAME]", 0, 1, "follow lines", PLACE,
		"Print the last lines of one log, or of all logs.", cli_logs_show},
	{"doctor", NULL, "", 0, 0, "", INSTANCE,
		"Check this machine and print every setting with its origin.", cli_doctor_run},
	{"env", NULL, "", 0, 0, "json", INSTANCE,
		"Print the environment variables for OpenAI clients, as shell commands.", cli_env_print},
	{"ask", NULL, "QUESTION", 1, 1, "json", INSTANCE,
		"Ask a question about the sample document; streams an answer with citations.", cli_ask},
	{"tenant", "create", "NAME", 1, 1, "json", INSTANCE, "Create a tenant.", cli_noun_run,
		&cli_tenant_create},
	{"tenant", "list", "", 0, 0, "json", INSTANCE, "List tenants.", cli_noun_list,
		&cli_tenant_create},
	{"tenant", "set", "TENANT", 1, 1, "grounding json", INSTANCE,
		"Set how far the answers of a tenant are bound to its documents; without an option, show "
		"it.",
		cli_tenant_set},
	{"tenant", "suspend", "TENANT", 1, 1, "json", INSTANCE,
		"Suspend a tenant: all of its credentials are refused at once.", cli_noun_run,
		&cli_tenant_suspend},
	{"tenant", "resume", "TENANT", 1, 1, "json", INSTANCE, "Resume a suspended tenant.",
		cli_noun_run, &cli_tenant_resume},
	{"tenant", "delete", "TENANT", 1, 1, "confirm json", INSTANCE,
		"Delete a tenant with everything that it has; --confirm must repeat its name.",
		cli_tenant_delete},
	{"user", "create", "EMAIL", 1, 1, "tenant role name password-stdin json", INSTANCE,
		"Add a user to a tenant; without a password, prints a one-time link to set one.",
		cli_user_create, &cli_user_new},
	{"user", "list", "", 0, 0, "tenant json", INSTANCE, "List a tenant's users.", cli_noun_list,
		&cli_user_new},
	{"user", "set-role", "USER", 1, 1, "tenant role json", INSTANCE,
		"Change a user's role (by id or email).", cli_noun_run, &cli_user_set_role},
	{"user", "disable", "USER", 1, 1, "tenant everywhere json", INSTANCE,
		"Disable a user in a tenant, or everywhere; takes effect at once.", cli_user_switch,
		&cli_user_disable},
	{"user", "enable", "USER", 1, 1, "tenant everywhere json", INSTANCE, "Enable a disabled user.",
		cli_user_switch, &cli_user_enable},
	{"user", "link", "USER", 1, 1, "tenant json", INSTANCE,
		"Print a one-time link to set a password.", cli_user_link},
	{"key", "create", "", 0, 0,
		"tenant name scope expires-days requests-per-minute concurrency json", INSTANCE,
		"Create an API key; it is shown only once.", cli_key_create, &cli_key_new},
	{"key", "list", "", 0, 0, "tenant json", INSTANCE, "List a tenant's API keys.", cli_noun_list,
		&cli_key_new},
	{"key", "set", "KEY", 1, 1, "tenant name expires-days requests-per-minute concurrency json",
		INSTANCE, "Change the limits, name or expiry of an API key (by id, name or prefix).",
		cli_noun_run, &cli_key_set},
	{"key", "revoke", "KEY", 1, 1, "tenant json", INSTANCE,
		"Revoke an API key; takes effect at once.", cli_noun_run, &cli_key_revoke},
	{"model", "list", "", 0, 0, "tenant json", INSTANCE,
		"List the models of a tenant and those of the platform.", cli_noun_list, &cli_model_add},
	{"model", "add", "NAME", 1, 1,
		"url upstream-model kind context dimensions concurrency tenant api-key-stdin price-in "
		"price-out score-form "
		"no-probe json",
		INSTANCE, "Add a model on any OpenAI-compatible server; without --tenant, for all tenants.",
		cli_noun_run, &cli_model_add},
	{"model", "remove", "NAME", 1, 1, "tenant json", INSTANCE, "Remove a model.", cli_noun_run,
		&cli_model_remove},
	{"model", "default", "NAME", 1, 1, "tenant kind json", INSTANCE,
		"Set the model that the name `default` refers to.", cli_model_default},
	{"model", "pull", "[NAME|URL|FILE]", 0, 1, "sha256 name token-stdin remove json", INSTANCE,
		"Install a chat model for the managed engine (engine.chat_model); without an argument, "
		"list "
		"those that are known.",
		cli_model_pull},
	{"limit", "list", "", 0, 0, "tenant json", INSTANCE,
		"Show the limits, budget and storage of a tenant.", cli_limit_list},
	{"limit", "set", "", 0, 0,
		"tenant key requests-per-minute tokens-per-minute concurrency budget-month storage files "
		"json",
		INSTANCE,
		"Set the limits, monthly budget and storage of a tenant, or the limits of an API key.",
		cli_limit_set},
	{"store", "list", "", 0, 0, "tenant json", INSTANCE, "List the vector stores of a tenant.",
		cli_noun_list, &cli_store_list},
	{"store", "set", "STORE", 1, 1, "tenant embedding-model json", INSTANCE,
		"Change the embedding model of a vector store; it is searched with the old one until all "
		"new vectors exist. Naming the model that it has cancels the change.",
		cli_store_set},
	{"store", "export", "STORE", 1, 1, "tenant out", INSTANCE,
		"Write a vector store with its files, chunks and vectors to a tar archive.",
		cli_store_export},
	{"store", "import", "FILE", 1, 1, "tenant name embedding-model json", INSTANCE,
		"Create a vector store from such an archive, and wait until it is complete.",
		cli_store_import},
	{"receipt", "list", "", 0, 0, "tenant json", INSTANCE,
		"List the deletions of tenants, or what the deletions of a tenant's files and vector "
		"stores "
		"have removed.",
		cli_receipt_list},
	{"receipt", "show", "RECEIPT", 1, 1, "json", INSTANCE,
		"Show the receipt of a tenant's deletion.", cli_noun_run, &cli_receipt_show},
	{"stripe", "status", "", 0, 0, "json", INSTANCE,
		"Show which account at Stripe is used, or that the mock is.", cli_stripe_status},
	{"stripe", "connect", "", 0, 0, "api-key-stdin json", INSTANCE,
		"Use an account at Stripe: its secret key and the webhook endpoint's secret on stdin.",
		cli_stripe_connect},
	{"stripe", "disconnect", "", 0, 0, "json", INSTANCE,
		"Forget the account; what it has to be told waits.", cli_stripe_disconnect},
	{"stripe", "outbox", "", 0, 0, "tenant json", INSTANCE,
		"List what Stripe was not told yet about a tenant, or refused.", cli_stripe_outbox},
	{"stripe", "retry", "", 0, 0, "tenant json", INSTANCE,
		"Send again what Stripe refused about a tenant.", cli_stripe_retry},
	{"cors", "list", "", 0, 0, "tenant json", INSTANCE,
		"List the origins whose browser pages may use a tenant's credentials.", cli_cors_list},
	{"cors", "set", "ORIGIN...", 1, 32, "tenant json", INSTANCE,
		"Set these origins (all of them, or none); see the setting gateway.cors.", cli_cors_set},
	{"usage", NULL, "", 0, 0, "tenant request before quarantined lines json", INSTANCE,
		"Print usage rows, one per model call.", cli_usage_list},
	{"object", "copy", "", 0, 0, "from to json", INSTANCE,
		"Copy all uploaded files from one object store to another; the platform may be running.",
		cli_object_copy},
	{"audit", "tail", "", 0, 0, "tenant request follow lines json", PLACE,
		"Print the last lines of the audit log, optionally of one tenant or request.",
		cli_logs_audit},
	{"migrate", NULL, "", 0, 0, "print-roles", INSTANCE,
		"Migrate the database schema to this version.", cli_process_migrate},
	{"serve", NULL, "NAME", 1, 1, "", INSTANCE,
		"Run one service in the foreground, for containers and systemd.", cli_process_serve},
	{"services", NULL, "", 0, 0, "json", NOTHING,
		"List the services with their users, database roles and permitted calls.",
		cli_services_print},
	{"version", NULL, "", 0, 0, "json", NOTHING, "Print the version.", cli_platform_version},
	/* The supervisor's, the build's and the tests' own: not listed. */
	{"man", NULL, "", 0, 0, "", NOTHING, NULL, cli_manual_print},
	{"completion", NULL, "", 0, 0, "", NOTHING, NULL, cli_completion_print},
	{"routes", NULL, "", 0, 0, "json", NOTHING, NULL, cli_routes_print},
	{"step", NULL, "NAME", 1, 1, "", INSTANCE, NULL, cli_process_step},
	{0},
};

const char *
cli_command_name(const struct cli_command *command, char out[CLI_NAME_MAX])
{
	snprintf(out, CLI_NAME_MAX, command->verb != NULL ? "%s %s" : "%s", command->noun,
		command->verb);
	return out;
}
