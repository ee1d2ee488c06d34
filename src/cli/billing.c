/* SPDX-License-Identifier: Apache-2.0 */
/* billing.c: bulkhead credit, invoice, tax and billing check: a tenant's money. */
#include "cli/billing.h"

#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/noun.h"

/* ---- credits ---- */

static const struct cli_column credit_columns[] = {
	{"ID", "id"},
	{"CATEGORY", "category"},
	{"STATUS", "status"},
	{"AMOUNT", "amount"},
	{"DRAWN", "drawn"},
	{"REMAINING", "remaining"},
	{"CURRENCY", "currency"},
	{"PRIORITY", "priority"},
	{"EXPIRES", "expires_at"},
	{"NOTE", "note"},
};
static const struct cli_noun credits = {"credit", "billing", "credits", true, NULL,
	BH_LIST(credit_columns)};

static const struct cli_member grant_members[] = {
	{"amount", CLI_MEMBER_ARGUMENT},
	{"category", CLI_MEMBER_TEXT, CLI_OPTION(category)},
	{"currency", CLI_MEMBER_TEXT, CLI_OPTION(currency)},
	{"priority", CLI_MEMBER_INT, CLI_OPTION(priority), 0, 1000},
	{"kinds", CLI_MEMBER_TEXT, CLI_OPTION(kinds)},
	{"note", CLI_MEMBER_TEXT, CLI_OPTION(note)},
	{"expires_at", CLI_MEMBER_DAYS, CLI_OPTION(expires_days), 1, 36500, .word = "never"},
};

const struct cli_act cli_credit_grant = {&credits, "POST", NULL, BH_LIST(grant_members)};
const struct cli_act cli_credit_void = {&credits, "POST", "/void"};

static const struct cli_noun pending = {"payment", "billing", "top-up/collect", false, NULL,
	BH_LIST(credit_columns)};

const struct cli_act cli_credit_collect = {&pending, "POST", NULL};

int
cli_credit_balance(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{"BALANCE", "balance"},
		{"HELD", "held"},
		{"OWED", "owed"},
		{"CURRENCY", "currency"},
		{"PREPAID", "prepaid"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = cli_api_control(cli, "GET", cli_api_of(cli, "billing", tenant, "billing"), NULL,
			&doc);
	if (status == CLI_OK)
		cli_print_thing(cli, doc.root, BH_LIST(columns));
	return status;
}

/* ---- invoices ---- */

static const struct cli_column invoice_columns[] = {
	{"ID", "id"},
	{"NUMBER", "number"},
	{"STATUS", "status"},
	{"PAST DUE", "past_due"},
	{"FROM", "starts_on"},
	{"UNTIL", "ends_on"},
	{"SUBTOTAL", "subtotal"},
	{"TAX", "tax"},
	{"DUE", "amount_due"},
	{"REMAINING", "amount_remaining"},
	{"CURRENCY", "currency"},
};
const struct cli_noun cli_invoices = {"invoice", "billing", "invoices", true, NULL,
	BH_LIST(invoice_columns), .found_by = {"number"}};

static const struct cli_member create_members[] = {
	{"ends_on", CLI_MEMBER_TEXT, CLI_OPTION(until)},
	{"minimum", CLI_MEMBER_TEXT, CLI_OPTION(minimum)},
	{"amount", CLI_MEMBER_TEXT, CLI_OPTION(amount)},
	{"description", CLI_MEMBER_TEXT, CLI_OPTION(name)},
	{"note", CLI_MEMBER_TEXT, CLI_OPTION(note)},
};
static const struct cli_member pay_members[] = {
	{"reference", CLI_MEMBER_TEXT, CLI_OPTION(reference)},
	{"amount", CLI_MEMBER_TEXT, CLI_OPTION(amount)},
};
static const struct cli_member note_members[] = {
	{"reason", CLI_MEMBER_TEXT, CLI_OPTION(note)},
	{"amount", CLI_MEMBER_TEXT, CLI_OPTION(amount)},
};

const struct cli_act cli_invoice_show = {&cli_invoices, "GET", ""};
const struct cli_act cli_invoice_create = {&cli_invoices, "POST", NULL, BH_LIST(create_members)};
const struct cli_act cli_invoice_remove = {&cli_invoices, "DELETE", "", .verb_end = "removed"};
const struct cli_act cli_invoice_finalize = {&cli_invoices, "POST", "/finalize"};
const struct cli_act cli_invoice_pay = {&cli_invoices, "POST", "/pay", BH_LIST(pay_members),
	CLI_OPTION(reference), "the payment's own reference; the same one is taken once"};
const struct cli_act cli_invoice_void = {&cli_invoices, "POST", "/void"};
const struct cli_act cli_invoice_write_off = {&cli_invoices, "POST", "/write-off"};
const struct cli_act cli_invoice_credit_note = {&cli_invoices, "POST", "/credit-note",
	BH_LIST(note_members), CLI_OPTION(note), "the reason, which is printed on the credit note"};

/* ---- tax ---- */

static const struct cli_column tax_columns[] = {
	{"COUNTRY", "country"},
	{"RATE", "rate"},
	{"NAME", "name"},
	{"INCLUSIVE", "inclusive"},
	{"FROM", "effective_on"},
};
static const struct cli_noun rates = {"tax", "billing", "tax-rates", false, "platform",
	BH_LIST(tax_columns)};

static const struct cli_member tax_members[] = {
	{"country", CLI_MEMBER_ARGUMENT},
	{"rate", CLI_MEMBER_TEXT, CLI_OPTION(rate)},
	{"name", CLI_MEMBER_TEXT, CLI_OPTION(name)},
	{"inclusive", CLI_MEMBER_ON, CLI_OPTION(inclusive)},
	{"effective_on", CLI_MEMBER_TEXT, CLI_OPTION(since)},
};

const struct cli_act cli_tax_set = {&rates, "PUT", NULL, BH_LIST(tax_members), CLI_OPTION(rate),
	"the rate in percent, such as 19"};

/* ---- who is billed ---- */

static const struct cli_column profile_columns[] = {
	{"NAME", "name"},
	{"COUNTRY", "country"},
	{"VAT ID", "vat_id"},
	{"CONFIRMED", "vat_confirmed_at"},
	{"BY", "vat_confirmed_by"},
};
static const struct cli_noun confirmation = {"profile", "billing", "billing-profile/confirm-vat",
	false, NULL, BH_LIST(profile_columns)};

static const struct cli_member confirm_members[] = {
	{"vat_id", CLI_MEMBER_ARGUMENT},
	{"confirmed_by", CLI_MEMBER_TEXT, CLI_OPTION(note)},
};

const struct cli_act cli_billing_confirm_vat = {&confirmation, "POST", NULL,
	BH_LIST(confirm_members), CLI_OPTION(note), "who confirmed the number, and how"};

/* ---- the proof ---- */

/* Appends a tenant's proof; *out_ok becomes false where something does not add up. */
static int
add_proof(struct cli *cli, const char *tenant, struct bh_write *write, bool *out_ok)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	bool ok = false;
	int status;

	bh_buf_text(&body, "{}");
	status = cli_api_control(cli, "POST", cli_api_of(cli, "billing", tenant, "billing/check"),
		&body, &doc);
	if (status != CLI_OK)
		return status;
	bh_write_json(write, doc.root);
	if (!bh_json_bool(bh_json_get(doc.root, "ok"), &ok) || !ok)
		*out_ok = false;
	return CLI_OK;
}

static int
add_proofs(struct cli *cli, struct bh_write *write, bool *out_ok)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *data;
	char tenant[BH_UUID_TEXT];
	int status = CLI_OK;

	if (cli->options.tenant != NULL) {
		status = cli_api_option_tenant(cli, NULL, tenant);
		return status != CLI_OK ? status : add_proof(cli, tenant, write, out_ok);
	}
	status = cli_api_list(cli, "/api/auth/api/tenants", &doc);
	data = bh_json_get(doc.root, "data");
	for (size_t i = 0; status == CLI_OK && i < bh_json_count(data); i++)
		status = add_proof(cli, bh_json_get_string(bh_json_at(data, i), "id"), write, out_ok);
	return status;
}

static void
print_mismatches(const struct bh_json *list)
{
	const struct bh_json *data = bh_json_get(list, "data");

	for (size_t i = 0; i < bh_json_count(data); i++) {
		const struct bh_json *proof = bh_json_at(data, i);
		const struct bh_json *all = bh_json_get(proof, "mismatches");

		for (size_t j = 0; j < bh_json_count(all); j++) {
			const struct bh_json *one = bh_json_at(all, j);
			int64_t expected = 0, found = 0;

			(void)bh_json_int(bh_json_get(one, "expected"), &expected);
			(void)bh_json_int(bh_json_get(one, "found"), &found);
			cli_say("tenant %s: %s, %s: expected %lld, found %lld",
				bh_json_get_string(proof, "tenant_id"), bh_json_get_string(one, "check"),
				bh_json_get_string(one, "subject"), (long long)expected, (long long)found);
		}
	}
}

int
cli_billing_check(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{"TENANT", "tenant_id"},
		{"OK", "ok"},
		{"BALANCE", "balance"},
		{"UNBILLED", "unbilled"},
		{"OPEN INVOICES", "open_invoices"},
		{"CURRENCY", "currency"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc whole = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	bool ok = true;
	int status;

	bh_write_object(&write);
	bh_write_name(&write, "data");
	bh_write_array(&write);
	status = add_proofs(cli, &write, &ok);
	bh_write_end(&write);
	bh_write_end(&write);
	if (status != CLI_OK)
		return status;
	if (bh_json_parse(text.data, text.len, &whole) == 0) {
		cli_print_list(cli, whole.root, BH_LIST(columns));
		if (!cli->options.json)
			print_mismatches(whole.root);
	}
	return ok ? CLI_OK : CLI_FAILED;
}
