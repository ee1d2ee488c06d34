/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_form.c: any bytes as a form, checked against the tables of all calls: nothing of it is more than was sent, and what
 * is printed is JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stripemock/form.h"
#include "stripemock/operation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
count(const struct stripemock_value *value, unsigned depth)
{
	size_t n = 1;

	if (depth > STRIPEMOCK_FORM_DEPTH)
		abort();
	for (const struct stripemock_value *at = value->first; at != NULL; at = at->next)
		n += count(at, depth + 1);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	struct stripemock_value *form = stripemock_value_new(&arena, BH_JSON_OBJECT);
	struct stripemock_problem problem = {0};
	struct stripemock_value *again;
	int rc = size > 0 ? stripemock_form_read((const char *)data + 1, size - 1, form) : 0;

	if (count(form, 0) > size * STRIPEMOCK_FORM_DEPTH + 1)
		abort();
	if (stripemock_value_read(&arena, stripemock_value_print(&arena, form, true), &again) < 0)
		abort();
	if (rc == 0 && size > 0 &&
		!stripemock_params_check(stripemock_operations[data[0] % stripemock_n_operations].params,
			form, &problem) &&
		(problem.status != 400 || problem.message == NULL))
		abort();
	bh_arena_close(&arena);
	return 0;
}
