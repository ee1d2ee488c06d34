// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import type { Health } from "./queries";
import { auditQuery, concernsOf, mailKind, mailState, outcomeOf, spanFrom } from "./state";

const CALM = {
	processes: [{ name: "auth", kind: "service", state: "ready" }],
	queues: [{ queue: "rag", ready: 3, scheduled: 0, running: 1, oldest_s: 4 }],
	database: { connections: 10, connections_max: 100, oldest_transaction_s: null },
	disk: { bytes: 100, free_bytes: 50 },
	audit: [{ source: "auth", bytes: 10, behind_bytes: 10, indexed_at: 1 }],
} as unknown as Health;

const kinds = (more: object) => concernsOf({ ...CALM, ...more } as Health).map((each) => each.kind);

describe("what wants a look", () => {
	test("a calm platform: nothing, also where something is not known", () => {
		expect(kinds({})).toEqual([]);
		expect(kinds({ processes: null, disk: null })).toEqual([]);
	});

	test("a process that failed, a full disk, connections, a late queue, an index that is behind", () => {
		expect(kinds({ processes: [{ name: "rag", state: "failed" }] })).toEqual(["process"]);
		expect(kinds({ disk: { bytes: 100, free_bytes: 5 } })).toEqual(["disk"]);
		expect(kinds({ database: { connections: 95, connections_max: 100 } })).toEqual(["connections"]);
		expect(kinds({ queues: [{ queue: "rag", ready: 1, oldest_s: 900 }] })).toEqual(["queue"]);
		expect(kinds({ audit: [{ source: "auth", behind_bytes: 20_000_000 }] })).toEqual(["audit"]);
		expect(
			kinds({ database: { connections: 1, connections_max: 9, oldest_transaction_s: 4000 } }),
		).toEqual(["transaction"]);
	});

	test("a queue whose jobs all run is not late", () => {
		expect(kinds({ queues: [{ queue: "rag", ready: 0, oldest_s: 900 }] })).toEqual([]);
	});
});

describe("the log", () => {
	test("an address holds exactly the filters", () => {
		expect(auditQuery({})).toBe("");
		expect(auditQuery({ action: "key.", text: "a b&c", from: 5 })).toBe(
			"?action=key.&text=a+b%26c&from=5",
		);
	});

	test("outcomes by status; what the platform did by itself is done", () => {
		expect([0, 204, 403, 500].map((status) => outcomeOf(status).word)).toEqual([
			"done",
			"done",
			"refused",
			"failed",
		]);
	});

	test("spans reach back from now", () => {
		expect(spanFrom("day", 100_000)).toBe(13_600);
	});
});

test("mail that was tried in vain is told from mail that waits for its first try", () => {
	expect(mailState({ state: "pending", error: null }).word).toBe("pending");
	expect(mailState({ state: "pending", error: "451 try later" }).word).toBe("failing");
	expect(mailState({ state: "dead", error: "its link does not work any more" }).word).toBe("dead");
	expect(mailKind("reset")).toBe("reset");
	expect(mailKind("newsletter")).toBeNull();
});
