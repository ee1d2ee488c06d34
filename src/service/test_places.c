/* SPDX-License-Identifier: Apache-2.0 */
/* test_places.c: settings of addresses: what they default to, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "service/places.h"

static const struct bh_service auth = {.name = "auth", .issues_tokens = true};
static const struct bh_service rag = {.name = "rag"};
static const struct bh_service *const services[] = {&auth, &rag, NULL};

/* Loads what these variables say. */
static int
load(struct bh_arena *arena, char *const *variables, struct bh_places *out)
{
	struct bh_section sections[BH_PLACES_SECTIONS];
	int rc;

	bh_places_sections(arena, services, out, sections);
	rc = bh_conf_load(arena, BH_LIST(sections), NULL, variables);
	return rc < 0 ? rc : bh_places_check(out, services);
}

static int
load_one(const char *variable)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_places places = {0};
	char *variables[] = {bh_arena_strdup(&arena, variable), NULL};

	return load(&arena, variables, &places);
}

static void
by_default_all_are_sockets_of_this_machine(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_places places = {0};
	char *none[] = {NULL};

	(void)state;
	assert_int_equal(load(&arena, none, &places), 0);
	assert_false(bh_places_any(&places, services));
	assert_string_equal(bh_places_peer(&arena, &places, services, "/run/b", "rag"),
		"unix:/run/b/rag/http.sock");
	assert_string_equal(bh_places_listen(&arena, &places, services, "/run/b", "gateway"),
		"unix:/run/b/gateway/http.sock");
	/* What no row knows, such as an engine. */
	assert_string_equal(bh_places_peer(&arena, &places, services, "/run/b", "chat"),
		"unix:/run/b/chat/http.sock");
	assert_false(bh_places_is_remote("unix:/run/b/rag/http.sock"));
	assert_int_equal(places.drain_s, 8);
}

static void
what_is_set_is_used(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_places places = {0};
	char peer[] = "BULKHEAD_PEER_RAG=unix:/a http://b:1",
		 listen[] = "BULKHEAD_LISTEN_RAG=http://[::]:2",
		 private[] = "BULKHEAD_LISTEN_GATEWAY_PRIVATE=unix:/c",
		 drain[] = "BULKHEAD_SERVICE_DRAIN_S=30";
	char *variables[] = {peer, listen, private, drain, NULL};

	(void)state;
	assert_int_equal(load(&arena, variables, &places), 0);
	assert_true(bh_places_any(&places, services));
	assert_string_equal(bh_places_peer(&arena, &places, services, "/run/b", "rag"),
		"unix:/a http://b:1");
	assert_string_equal(bh_places_listen(&arena, &places, services, "/run/b", "rag"),
		"http://[::]:2");
	assert_string_equal(bh_places_listen(&arena, &places, services, "/run/b", "gateway"),
		"unix:/c");
	/* One of them is enough. */
	assert_true(bh_places_is_remote("unix:/a http://b:1"));
	assert_int_equal(places.drain_s, 30);
}

static void
wrong_addresses_name_their_setting(void **state)
{
	static const struct {
		const char *variable, *says;
	} wrong[] = {
		{"BULKHEAD_PEER_RAG=rag:80", "peer.rag: "},
		{"BULKHEAD_PEER_AUTH=http://a/base", "peer.auth: "},
		{"BULKHEAD_PEER_GATEWAY=http://a:0", "peer.gateway: "},
		{"BULKHEAD_PEER_RAG=http://a https://b", "peer.rag: "},
		{"BULKHEAD_PEER_RAG=https://a", "peer.ca_file"},
		{"BULKHEAD_LISTEN_RAG=8080", "listen.rag: "},
		{"BULKHEAD_LISTEN_RAG=http://a http://b", "listen.rag: "},
		{"BULKHEAD_LISTEN_GATEWAY_PRIVATE=http://a/x", "listen.gateway_private: "},
		{"BULKHEAD_SERVICE_DRAIN_S=7", "service.drain_s"},
		{"BULKHEAD_PEER_OTHER=unix:/a", "BULKHEAD_PEER_OTHER"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		assert_int_equal(load_one(wrong[i].variable), BH_E_CONFIG);
		if (strstr(bh_error_detail(BH_E_CONFIG), wrong[i].says) == NULL)
			fail_msg("%s: %s", wrong[i].variable, bh_error_detail(BH_E_CONFIG));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_default_all_are_sockets_of_this_machine),
		cmocka_unit_test(what_is_set_is_used),
		cmocka_unit_test(wrong_addresses_name_their_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
