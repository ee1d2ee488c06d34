// SPDX-License-Identifier: Apache-2.0
// Rules of the pages on the whole platform.
import type { Tone } from "@/ui/bits";
import type { AuditFilter, Engine, Health, PlatformInvoice, PlatformMail } from "./queries";

export const SPANS = ["all", "hour", "day", "week", "month"] as const;
export type Span = (typeof SPANS)[number];

const SPAN_S = { hour: 3600, day: 86_400, week: 7 * 86_400, month: 30 * 86_400 };

export function spanFrom(span: Exclude<Span, "all">, nowS: number): number {
	return nowS - SPAN_S[span];
}

/** The query of an address; "" without any filter. */
export function auditQuery(filter: AuditFilter & { format?: string }): string {
	const query = new URLSearchParams(
		Object.entries(filter).map(([name, value]) => [name, String(value)]),
	).toString();
	return query === "" ? "" : `?${query}`;
}

export function outcomeOf(status: number): { tone: Tone; word: "done" | "refused" | "failed" } {
	if (status >= 500) return { tone: "bad", word: "failed" };
	if (status >= 400) return { tone: "warn", word: "refused" };
	return { tone: "good", word: "done" };
}

export const INVOICE_TONES: Record<PlatformInvoice["state"], Tone> = {
	draft: "neutral",
	open: "info",
	paid: "good",
	void: "neutral",
	uncollectible: "bad",
};

export const ENGINE_TONES: Record<Engine["state"], Tone> = {
	ready: "good",
	failed: "bad",
	unknown: "neutral",
};

const MAIL_TONES: Record<PlatformMail["state"], Tone> = {
	pending: "info",
	sent: "good",
	dead: "neutral",
	local: "warn",
};

/** What was tried in vain waits for its next try all the same. */
export function mailState(mail: Pick<PlatformMail, "state" | "error">): {
	tone: Tone;
	word: PlatformMail["state"] | "failing";
} {
	if (mail.state === "pending" && mail.error !== null) return { tone: "bad", word: "failing" };
	return { tone: MAIL_TONES[mail.state], word: mail.state };
}

/** The API may know a kind that this console does not. */
export function mailKind(text: string): "invitation" | "reset" | null {
	return text === "invitation" || text === "reset" ? text : null;
}

type Process = NonNullable<Health["processes"]>[number];

export const PROCESS_TONES: Record<Process["state"], Tone> = {
	waiting: "neutral",
	starting: "info",
	ready: "good",
	restarting: "warn",
	stopping: "warn",
	stopped: "bad",
	failed: "bad",
};

const DISK_LOW = 0.1;
const CONNECTIONS_HIGH = 0.9;
const QUEUE_OLD_S = 300;
const AUDIT_BEHIND_BYTES = 10_000_000;
const TRANSACTION_OLD_S = 600;

export type Concern =
	| { kind: "process"; name: string }
	| { kind: "disk"; share: number }
	| { kind: "connections"; share: number }
	| { kind: "queue"; name: string; seconds: number }
	| { kind: "audit"; name: string }
	| { kind: "transaction"; seconds: number };

/** What of the platform's health wants a look, worst first. */
export function concernsOf(health: Health): Concern[] {
	const { database, disk } = health;
	const found: Concern[] = [];
	for (const process of health.processes ?? [])
		if (PROCESS_TONES[process.state] === "bad" || process.state === "restarting")
			found.push({ kind: "process", name: process.name });
	if (disk && disk.bytes > 0 && disk.free_bytes / disk.bytes < DISK_LOW)
		found.push({ kind: "disk", share: disk.free_bytes / disk.bytes });
	const connections =
		database.connections_max === 0 ? 0 : database.connections / database.connections_max;
	if (connections > CONNECTIONS_HIGH) found.push({ kind: "connections", share: connections });
	if ((database.oldest_transaction_s ?? 0) > TRANSACTION_OLD_S)
		found.push({ kind: "transaction", seconds: database.oldest_transaction_s ?? 0 });
	for (const queue of health.queues)
		if (queue.ready > 0 && queue.oldest_s > QUEUE_OLD_S)
			found.push({ kind: "queue", name: queue.queue, seconds: queue.oldest_s });
	for (const file of health.audit)
		if (file.behind_bytes > AUDIT_BEHIND_BYTES) found.push({ kind: "audit", name: file.source });
	return found;
}
