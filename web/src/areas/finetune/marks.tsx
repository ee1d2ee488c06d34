// SPDX-License-Identifier: Apache-2.0
// What the list and the page of a job both show of it.
"use client";
import { useTranslations } from "use-intl";
import { decimalToNanos } from "@/api/decimal";
import { useServerNow } from "@/api/use-server-now";
import { useCurrency } from "@/areas/models/queries";
import { useSession } from "@/session/session";
import { Badge, type Tone } from "@/ui/bits";
import { Duration, Money, Num } from "@/ui/format";
import { isOver, type Job } from "./queries";

const STATES = {
	validating_files: "info",
	queued: "neutral",
	running: "info",
	succeeded: "good",
	failed: "bad",
	cancelled: "neutral",
} as const satisfies Record<string, Tone>;

export function Status({ job }: { job: Job }) {
	const t = useTranslations("finetune");
	const status = Object.keys(STATES).find((each) => each === job.status) as
		| keyof typeof STATES
		| undefined;
	if (job.bulkhead.paused && !isOver(job)) return <Badge tone="warn">{t("paused")}</Badge>;
	if (status === undefined) return <Badge>{job.status}</Badge>;
	return <Badge tone={STATES[status]}>{t(`status_${status}`)}</Badge>;
}

/** `most` is what it may become: nothing so far is not free. */
export function Cost({ value, most = value }: { value: string; most?: string }) {
	const t = useTranslations("finetune");
	const { can } = useSession();
	const currency = useCurrency(can("billing:read"));
	const nanos = decimalToNanos(value) ?? 0n;
	if ((decimalToNanos(most) ?? 0n) === 0n && nanos === 0n) return t("free");
	return currency === null ? (
		<Num value={Number(value)} />
	) : (
		<Money nanos={nanos} currency={currency} />
	);
}

export function Took({ job }: { job: Job }) {
	const now = useServerNow(5000);
	const end = job.finished_at ?? now.getTime() / 1000;
	return <Duration ms={Math.max(0, Math.round(end - job.created_at)) * 1000} />;
}
