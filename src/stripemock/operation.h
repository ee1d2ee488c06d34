/* SPDX-License-Identifier: Apache-2.0 */
/* operation.h: the calls of the API as a table (operations.def), and what many of them share. */
#ifndef BH_STRIPEMOCK_OPERATION_H
#define BH_STRIPEMOCK_OPERATION_H

#include "stripemock/params.h"
#include "stripemock/work.h"

/* A row of operations.def; its route stands at the same place in stripemock_routes. */
struct stripemock_operation {
	const char *method;
	const char *kind; /* of the object that it is about */
	const struct stripemock_param *params;
	int (*run)(struct stripemock_work *work, const struct stripemock_operation *operation);
};

extern const struct stripemock_operation stripemock_operations[];
extern const size_t stripemock_n_operations;

/* Copies parameters into an object of the same form, those named in `but` ("items expand") aside: objects are
 * merged; of metadata, empty values go. */
void stripemock_operation_apply(struct stripemock_value *body,
	const struct stripemock_value *params, const char *but);

/* The object of the path, which exists and is not deleted. */
BH_MUST_CHECK int stripemock_operation_object(struct stripemock_work *work,
	const struct stripemock_operation *operation, struct stripemock_doc **out);
/* The object of that parameter; *out is NULL where it is not given. */
BH_MUST_CHECK int stripemock_operation_param(struct stripemock_work *work, const char *kind,
	const char *param, struct stripemock_doc **out);
/* The customer of the parameter `customer`, with its clock entered. */
BH_MUST_CHECK int stripemock_operation_customer(struct stripemock_work *work,
	struct stripemock_doc **out);

/* {"object":"list",…} of these, as they are shown. */
BH_MUST_CHECK int stripemock_operation_page(struct stripemock_work *work, const char *url,
	struct stripemock_doc **docs, size_t n, bool more);
struct stripemock_value *stripemock_operation_list(struct bh_arena *arena, const char *url);
/* A page of objects: kind, customer and members say which; the parameters which page. */
BH_MUST_CHECK int stripemock_operation_pages(struct stripemock_work *work,
	const struct stripemock_filter *of, const char *url);
/* What the parameters say of the page; cursors are objects. */
BH_MUST_CHECK int stripemock_operation_filter(struct stripemock_work *work,
	struct stripemock_filter *filter);

/* ---- runs that are the same for many kinds ---- */

int stripemock_operation_retrieve(struct stripemock_work *work,
	const struct stripemock_operation *operation);
/* Every parameter besides those of the page is a member that the objects must have. */
int stripemock_operation_list_all(struct stripemock_work *work,
	const struct stripemock_operation *operation);
/* Changes the object by the parameters; the event is "KIND.updated". */
int stripemock_operation_update(struct stripemock_work *work,
	const struct stripemock_operation *operation);
/* The object is removed; answers {"deleted":true}. The event is "KIND.deleted". */
int stripemock_operation_delete(struct stripemock_work *work,
	const struct stripemock_operation *operation);

/* customer.c */
struct stripemock_doc *stripemock_customer_new(struct stripemock_work *work);

/* mock.c: what goes wrong on request, as an object. */
struct stripemock_value *stripemock_fault_state(struct stripemock *mock, struct bh_arena *arena);

/* ---- the others, by file ---- */

#define OPERATION(method, path, audit, kind, params, run) \
	int run(struct stripemock_work *work, const struct stripemock_operation *operation); \
	extern const struct stripemock_param params[];
#include "stripemock/operations.def"
#undef OPERATION

/* What is at the ends of most tables of lists. */
#define STRIPEMOCK_PAGE_PARAMS \
	{"limit", STRIPEMOCK_INT}, {"starting_after", STRIPEMOCK_TEXT}, \
		{"ending_before", STRIPEMOCK_TEXT}, {"created.gte", STRIPEMOCK_INT}, \
		{"created.gt", STRIPEMOCK_INT}, {"created.lte", STRIPEMOCK_INT}, \
	{ \
		"created.lt", STRIPEMOCK_INT \
	}

#define STRIPEMOCK_ADDRESS_PARAMS(of) \
	{of "address.line1", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{of "address.line2", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{of "address.city", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{of "address.country", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{of "address.postal_code", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
	{ \
		of "address.state", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY \
	}

#endif
