/* SPDX-License-Identifier: Apache-2.0 */
/* test_traffic.c: what is read of the gateway's metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/traffic.h"
#include "base/macros.h"
#include "service/service.h"

static const struct bh_route routes[] = {
	{"GET", "/v1/files/{id}", "files:read", "data", "file.get", 0, 1000, NULL},
	{"POST", "/v1/files", "files:write", "data", "file.create", 0, 1000, NULL},
	{"POST", "/v1/chat", "chat", "inference", "chat", 0, 1000, NULL},
	{0},
};
static const struct bh_service service = {.name = "probe", .routes = routes};
static const struct bh_service *const services[] = {&service, NULL};

static struct auth_traffic
read_text(const char *text)
{
	struct auth_traffic traffic;

	auth_traffic_read(text, strlen(text), services, &traffic);
	return traffic;
}

#define COUNT(route, status, n) \
	"bulkhead_gateway_requests_total{route=\"" route "\",status=\"" status \
	"\",decision=\"allowed\"} " n "\n"
#define BELOW(route, le, n) \
	"bulkhead_gateway_request_duration_seconds_bucket{route=\"" route "\",le=\"" le "\"} " n "\n"

static void
requests_are_counted_by_class(void **state)
{
	struct auth_traffic traffic = read_text("# HELP x\n" COUNT("/v1/files/{id}", "2xx", "10")
			COUNT("/v1/files", "4xx", "3") COUNT("/v1/files", "5xx", "2")
				COUNT("/v1/chat", "2xx", "7") COUNT("/elsewhere", "4xx", "1"));

	(void)state;
	assert_int_equal(traffic.n, 3);
	assert_string_equal(traffic.classes[0].name, "data");
	assert_int_equal(traffic.classes[0].requests, 15);
	assert_int_equal(traffic.classes[0].refused, 3);
	assert_int_equal(traffic.classes[0].failed, 2);
	assert_string_equal(traffic.classes[1].name, "inference");
	assert_string_equal(traffic.classes[2].name, "other");
}

static void
quantiles_lie_between_the_bounds(void **state)
{
	struct auth_traffic traffic = read_text(BELOW("/v1/files", "0.1", "50") BELOW("/v1/files",
		"0.5", "90") BELOW("/v1/files", "+Inf", "100") BELOW("/v1/files/{id}", "0.1", "0")
			BELOW("/v1/files/{id}", "0.5", "100") BELOW("/v1/files/{id}", "+Inf", "100"));
	const struct auth_traffic_class *class = &traffic.classes[0];

	(void)state;
	assert_int_equal((int)auth_traffic_quantile(&traffic, class, 0.25), 100);
	assert_int_equal((int)auth_traffic_quantile(&traffic, class, 0.6), 300);
	/* beyond the last bound that is one */
	assert_int_equal((int)auth_traffic_quantile(&traffic, class, 0.99), 500);
}

static void
what_is_no_metric_is_passed_over(void **state)
{
	struct auth_traffic traffic = read_text(
		"bulkhead_gateway_requests_total{route=\"/v1/files\n"
		"bulkhead_gateway_requests_total{route=\"/v1/files\",status=\"2xx\"} x\n" BELOW("/v1/files",
			"nan", "5") BELOW("/v1/files", "0.5", "-1") "rubbish");

	(void)state;
	for (size_t i = 0; i < traffic.n; i++)
		assert_int_equal(traffic.classes[i].requests, 0);
	assert_int_equal(traffic.n_bounds, 0);
	assert_true(auth_traffic_quantile(&traffic, &traffic.classes[0], 0.5) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_counted_by_class),
		cmocka_unit_test(quantiles_lie_between_the_bounds),
		cmocka_unit_test(what_is_no_metric_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
