/* SPDX-License-Identifier: Apache-2.0 */
/* portal.c: sessions of the billing portal and its configurations. */
#include "base/arena.h"
#include "stripemock/operation.h"

#define CONFIGURATION_PARAMS \
	{"active", STRIPEMOCK_BOOL}, {"name", STRIPEMOCK_TEXT}, {"metadata", STRIPEMOCK_MAP}, \
		{"default_return_url", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{"business_profile.headline", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{"business_profile.privacy_policy_url", STRIPEMOCK_TEXT}, \
		{"business_profile.terms_of_service_url", STRIPEMOCK_TEXT}, \
		{"features.customer_update.enabled", STRIPEMOCK_BOOL}, \
		{"features.customer_update.allowed_updates[]", STRIPEMOCK_TEXT}, \
		{"features.invoice_history.enabled", STRIPEMOCK_BOOL}, \
		{"features.payment_method_update.enabled", STRIPEMOCK_BOOL}, \
		{"features.subscription_cancel.enabled", STRIPEMOCK_BOOL}, \
	{ \
		"features.subscription_cancel.mode", STRIPEMOCK_CHOICE, 0, "at_period_end immediately" \
	}

const struct stripemock_param portal_configuration_params[] = {
	CONFIGURATION_PARAMS,
	{0},
};

const struct stripemock_param portal_configuration_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"active", STRIPEMOCK_BOOL},
	{"is_default", STRIPEMOCK_BOOL},
	{0},
};

const struct stripemock_param portal_session_params[] = {
	{"customer", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"configuration", STRIPEMOCK_TEXT},
	{"return_url", STRIPEMOCK_TEXT},
	{"locale", STRIPEMOCK_TEXT},
	{0},
};

static const char configuration_template[] =
	"{'active':true,'application':null,'business_profile':{'headline':null,"
	"'privacy_policy_url':null,'terms_of_service_url':null},'default_return_url':null,"
	"'features':{'customer_update':{'allowed_updates':[],'enabled':false},"
	"'invoice_history':{'enabled':true},'payment_method_update':{'enabled':true,"
	"'payment_method_configuration':null},'subscription_cancel':{'cancellation_reason':"
	"{'enabled':false,'options':[]},'enabled':true,'mode':'at_period_end',"
	"'proration_behavior':'none'},'subscription_update':{'billing_cycle_anchor':null,"
	"'default_allowed_updates':[],'enabled':false,'proration_behavior':'none',"
	"'schedule_at_period_end':{'conditions':[]},'trial_update_behavior':'end_trial'}},"
	"'is_default':false,'login_page':{'enabled':false,'url':null},'metadata':{},'name':null}";

static struct stripemock_doc *
new_configuration(struct stripemock_work *work, bool is_default)
{
	struct stripemock_doc *doc = stripemock_work_new(work, "billing_portal.configuration", "bpc",
		configuration_template);

	put_bool(doc->body, "is_default", is_default);
	put_int(doc->body, "updated", work->now_s);
	return doc;
}

int
stripemock_portal_configuration_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_work_check_url(work, "default_return_url");

	(void)operation;
	if (rc < 0)
		return rc;
	doc = new_configuration(work, false);
	stripemock_operation_apply(doc->body, work->params, "");
	rc = stripemock_work_event(work, "billing_portal.configuration.created", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_portal_configuration_update(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	int rc = stripemock_work_check_url(work, "default_return_url");

	return rc < 0 ? rc : stripemock_operation_update(work, operation);
}

/* The account's own, made when it is first needed. */
static int
default_configuration(struct stripemock_work *work, struct stripemock_doc **out)
{
	struct stripemock_filter filter = {.kind = "billing_portal.configuration",
		.members = "{\"is_default\":true}",
		.limit = 1};
	struct stripemock_doc **docs;
	size_t n;
	int rc = stripemock_work_lock(work);

	if (rc == 0)
		rc = stripemock_work_list(work, &filter, &docs, &n);
	if (rc < 0)
		return rc;
	*out = n > 0 ? docs[0] : new_configuration(work, true);
	return 0;
}

int
stripemock_portal_session_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *customer, *configuration, *doc;
	int rc = stripemock_operation_param(work, "customer", "customer", &customer);

	(void)operation;
	if (rc == 0)
		rc = stripemock_operation_param(work, "billing_portal.configuration", "configuration",
			&configuration);
	if (rc == 0)
		rc = stripemock_work_check_url(work, "return_url");
	if (rc == 0 && configuration == NULL)
		rc = default_configuration(work, &configuration);
	if (rc < 0)
		return rc;
	doc = stripemock_work_new(work, "billing_portal.session", "bps",
		"{'configuration':null,'customer':null,'customer_account':null,'flow':null,"
		"'locale':null,'on_behalf_of':null,'return_url':null}");
	put_copy(doc->body, "return_url",
		stripemock_value_at(configuration->body, "default_return_url"));
	stripemock_operation_apply(doc->body, work->params, "");
	put_text(doc->body, "configuration", configuration->id);
	put_text(doc->body, "url",
		bh_arena_printf(work->arena, "%s/mock-stripe/portal/%s", work->mock->conf.page_url,
			doc->id));
	rc = stripemock_work_event(work, "billing_portal.session.created", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}
