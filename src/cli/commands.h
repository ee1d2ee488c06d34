/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h: the functions behind the command table, by file. */
#ifndef BH_CLI_COMMANDS_H
#define BH_CLI_COMMANDS_H

#include "cli/cli.h"

struct bh_json;

/* platform.c */
int cli_platform_up(struct cli *cli);
int cli_platform_down(struct cli *cli);
int cli_platform_status(struct cli *cli);
int cli_platform_restart(struct cli *cli);
int cli_platform_version(struct cli *cli);

/* upgrade.c */
int cli_upgrade_run(struct cli *cli);

/* process.c */
int cli_process_serve(struct cli *cli);
int cli_process_migrate(struct cli *cli);
int cli_process_distribute(struct cli *cli);
int cli_process_step(struct cli *cli);

/* logs.c */
int cli_logs_show(struct cli *cli);
int cli_logs_audit(struct cli *cli);

/* audit.c */
int cli_audit_search(struct cli *cli);
int cli_audit_verify(struct cli *cli);

/* apart.c */
int cli_secrets_create(struct cli *cli);
int cli_gateway_conf(struct cli *cli);
int cli_gateway_serve(struct cli *cli);
int cli_gateway_limits(struct cli *cli);
int cli_probe(struct cli *cli);

/* doctor.c */
int cli_doctor_run(struct cli *cli);

/* top.c */
int cli_top_run(struct cli *cli);

/* env.c */
int cli_env_print(struct cli *cli);

/* services.c */
int cli_services_print(struct cli *cli);

/* routes.c */
int cli_routes_print(struct cli *cli);

/* manual.c */
int cli_manual_print(struct cli *cli);

/* completion.c */
int cli_completion_print(struct cli *cli);

/* tenant.c */
int cli_tenant_set(struct cli *cli);
int cli_tenant_delete(struct cli *cli);
extern const struct cli_act cli_tenant_create, cli_tenant_suspend, cli_tenant_resume;

/* user.c */
extern const struct cli_act cli_user_new, cli_user_set_role, cli_user_disable, cli_user_enable;
int cli_user_create(struct cli *cli);
int cli_user_link(struct cli *cli);
int cli_user_switch(struct cli *cli);

/* invitation.c */
extern const struct cli_act cli_invitation_new, cli_invitation_resend, cli_invitation_revoke;
int cli_invitation_create(struct cli *cli);
int cli_outbox_list(struct cli *cli);

/* key.c */
/* team.c */
extern const struct cli_act cli_team_new, cli_team_rename, cli_team_archive;

extern const struct cli_act cli_key_new, cli_key_set, cli_key_revoke;
int cli_key_create(struct cli *cli);

/* receipt.c */
extern const struct cli_act cli_receipt_show;
int cli_receipt_list(struct cli *cli);
void cli_receipt_print(const struct cli *cli, const struct bh_json *receipt);

/* model.c */
extern const struct cli_act cli_model_add, cli_model_remove;
int cli_model_default(struct cli *cli);

/* price.c */
int cli_price_list(struct cli *cli);
int cli_price_set(struct cli *cli);
int cli_price_import(struct cli *cli);

/* plan.c */
extern const struct cli_act cli_plan_new, cli_plan_revise, cli_plan_show, cli_plan_archive;
int cli_plan_create(struct cli *cli);

/* subscription.c */
extern const struct cli_act cli_subscription_start, cli_subscription_show, cli_subscription_change,
	cli_subscription_pause, cli_subscription_resume, cli_subscription_cancel, cli_subscription_all;
int cli_subscription_run(struct cli *cli);

/* pull.c */
int cli_model_pull(struct cli *cli);

/* store.c */
extern const struct cli_act cli_store_list;
int cli_store_set(struct cli *cli);
void cli_store_print(const struct cli *cli, const struct bh_json *store);

/* finetune.c */
extern const struct cli_act cli_finetune_list, cli_finetune_get, cli_finetune_cancel;

/* archive.c */
int cli_store_export(struct cli *cli);
int cli_store_import(struct cli *cli);

/* object.c */
int cli_object_copy(struct cli *cli);

/* backup.c */
int cli_backup_create(struct cli *cli);
int cli_backup_forget(struct cli *cli);
int cli_backup_list(struct cli *cli);
int cli_backup_verify(struct cli *cli);
int cli_backup_restore(struct cli *cli);

/* limit.c */
int cli_limit_list(struct cli *cli);
int cli_limit_set(struct cli *cli);

/* stripe.c */
int cli_stripe_status(struct cli *cli);
int cli_stripe_connect(struct cli *cli);
int cli_stripe_disconnect(struct cli *cli);
int cli_stripe_outbox(struct cli *cli);
int cli_stripe_retry(struct cli *cli);

/* cors.c */
int cli_cors_list(struct cli *cli);
int cli_cors_set(struct cli *cli);

/* usage.c */
int cli_usage_list(struct cli *cli);
int cli_usage_costs(struct cli *cli);
int cli_usage_correct(struct cli *cli);

/* stripe_mock.c */
int cli_stripe_mock_run(struct cli *cli);

/* billing.c */
extern const struct cli_act cli_credit_grant, cli_credit_void, cli_credit_collect;
int cli_credit_balance(struct cli *cli);
extern const struct cli_act cli_invoice_show, cli_invoice_create, cli_invoice_remove,
	cli_invoice_finalize, cli_invoice_pay, cli_invoice_void, cli_invoice_write_off,
	cli_invoice_credit_note;
extern const struct cli_act cli_tax_set, cli_billing_confirm_vat;
int cli_billing_check(struct cli *cli);

/* invoice_pdf.c */
int cli_invoice_pdf(struct cli *cli);

/* demo.c */
int cli_demo_seed(struct cli *cli);
int cli_demo_reset(struct cli *cli);

/* ask.c */
int cli_ask(struct cli *cli);

/* engines.c: tells the model service which models the managed engines serve. */
int cli_engines_register(struct cli *cli);
/* The same for the image engine alone; a model that no engine serves any more is removed. */
int cli_image_register(struct cli *cli);
/* The same for engines that run apart, at engine.chat_url and engine.embedding_url. */
int cli_engine_register(struct cli *cli);

/* quickstart.c: registers the managed engines' models and, unless switched off, makes what the first
 * start promises: tenant, administrator, key, sample document; then prints the banner. Safe to repeat. */
int cli_quickstart(struct cli *cli);

#endif
