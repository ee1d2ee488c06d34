/* SPDX-License-Identifier: Apache-2.0 */
/* test_s3_list.c: pages of listings: objects with their marks, tenants, and what is none of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "object/s3.h"

#define T "0190a0b0c0d07e0f8000000000000001"
#define A "0190a0b0c0d07e0f80000000000000aa"
#define B "0190a0b0c0d07e0f80000000000000bb"
#define ITEM(key, time) \
	"<Contents><Key>" key "</Key><LastModified>" time "</LastModified><ETag>&quot;x&quot;</ETag>" \
	"<Size>1</Size><Owner><ID>me</ID></Owner></Contents>"
#define PAGE(more, items) \
	"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>" more \
		items "</ListBucketResult>"
#define LAST "<IsTruncated>false</IsTruncated>"
#define MORE \
	"<IsTruncated>true</IsTruncated><NextContinuationToken>next&amp;1</NextContinuationToken>"
#define DAY1 "1970-01-02T00:00:00.000Z"
#define DAY2 "1970-01-03T00:00:00.000Z"

static void
list_open(struct s3_list *list, const char *tenant)
{
	*list = (struct s3_list){.page = calloc(1001, sizeof(struct s3_listed))};
	assert_non_null(list->page);
	if (tenant != NULL)
		assert_int_equal(bh_uuid_parse_id(tenant, "", &list->tenant), 0);
}

static void
list_shut(struct s3_list *list)
{
	free(list->page);
	bh_buf_close(&list->token);
}

static int
parse(struct s3_list *list, const char *text)
{
	return s3_list_parse(list, text, strlen(text));
}

static void
a_mark_belongs_to_the_object_before_it(void **state)
{
	struct s3_list list;

	(void)state;
	list_open(&list, T);
	assert_int_equal(parse(&list,
						 PAGE(LAST,
							 ITEM(T "/" A, DAY1) ITEM(T "/" A ".unnamed", DAY2)
								 ITEM(T "/" B, DAY2))),
		0);
	assert_true(list.last);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.page[0].changed_ms, 86400000);
	assert_true(list.page[0].marked);
	assert_int_equal(list.page[0].marked_ms, 2 * 86400000);
	assert_false(list.page[1].marked);
	list_shut(&list);
}

static void
a_mark_is_found_on_the_next_page(void **state)
{
	struct s3_list list;

	(void)state;
	list_open(&list, T);
	assert_int_equal(parse(&list, PAGE(MORE, ITEM(T "/" A, DAY1))), 0);
	assert_false(list.last);
	assert_string_equal(bh_buf_string(&list.token), "next&1");
	assert_int_equal(parse(&list, PAGE(LAST, ITEM(T "/" A ".unnamed", DAY2))), 0);
	assert_int_equal(list.n, 1);
	assert_true(list.page[0].marked);
	list_shut(&list);
}

static void
what_is_none_of_the_tenants_objects_is_passed_over(void **state)
{
	struct s3_list list;

	(void)state;
	list_open(&list, T);
	assert_int_equal(parse(&list,
						 PAGE(LAST,
							 ITEM(A "/" B, DAY1) ITEM(T "/x", DAY1) ITEM("", DAY1)
								 ITEM(T "/" A ".unnamed", DAY1) ITEM(T "/" A "/" B, DAY1)
									 ITEM(T "/" A ".other", DAY1) ITEM(T, DAY1))),
		0);
	assert_int_equal(list.n, 0);
	list_shut(&list);
}

static void
tenants_are_the_prefixes(void **state)
{
	struct s3_list list;

	(void)state;
	list_open(&list, NULL);
	assert_int_equal(parse(&list,
						 PAGE(LAST,
							 "<CommonPrefixes><Prefix>" T "/</Prefix></CommonPrefixes>"
							 "<CommonPrefixes><Prefix>logs/</Prefix></CommonPrefixes>"
							 "<CommonPrefixes><Prefix>" A
							 "0</Prefix></CommonPrefixes>" ITEM(B, DAY1))),
		0);
	assert_int_equal(list.n, 1);
	list_shut(&list);
}

static void
what_is_no_listing_is_refused(void **state)
{
	static const char *const texts[] = {"", "<Error><Code>AccessDenied</Code></Error>",
		PAGE("<IsTruncated>true</IsTruncated>", ""), "<html><body/></html>"};
	struct s3_list list;

	(void)state;
	list_open(&list, T);
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		assert_int_equal(parse(&list, texts[i]), BH_E_PROTOCOL);
	list_shut(&list);
}

static void
a_listing_that_does_not_go_on_ends(void **state)
{
	struct s3_list list;

	(void)state;
	list_open(&list, T);
	assert_int_equal(parse(&list, PAGE(MORE, "")), 0);
	assert_int_equal(parse(&list, PAGE(MORE, "")), BH_E_PROTOCOL);
	list_shut(&list);
}

static void
a_page_longer_than_asked_for_is_refused(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct s3_list list;

	(void)state;
	list_open(&list, T);
	bh_buf_text(&text, "<ListBucketResult>");
	for (int i = 0; i < 1002; i++)
		bh_buf_printf(&text, "<Contents><Key>" T "/0190a0b0c0d07e0f8%015x</Key></Contents>",
			(unsigned)i);
	bh_buf_text(&text, "</ListBucketResult>");
	assert_int_equal(parse(&list, bh_buf_string(&text)), BH_E_PROTOCOL);
	list_shut(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mark_belongs_to_the_object_before_it),
		cmocka_unit_test(a_mark_is_found_on_the_next_page),
		cmocka_unit_test(what_is_none_of_the_tenants_objects_is_passed_over),
		cmocka_unit_test(tenants_are_the_prefixes),
		cmocka_unit_test(what_is_no_listing_is_refused),
		cmocka_unit_test(a_listing_that_does_not_go_on_ends),
		cmocka_unit_test(a_page_longer_than_asked_for_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
