// SPDX-License-Identifier: Apache-2.0
// What needs attention, a line each, with the way to where it is dealt with.
"use client";
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { Amount } from "@/ui/amount";
import { Time } from "@/ui/format";
import { Link } from "@/ui/link";
import { Muted } from "@/ui/page";
import type { Attention } from "./attention";
import styles from "./home.module.css";

const FIRST = 8;

export function AttentionList({
	found,
	partial,
}: {
	found: Attention[];
	/** There is more than was looked at. */
	partial: boolean | undefined;
}) {
	const t = useTranslations("home");
	if (found.length === 0)
		return (
			<p className={styles.calm}>
				<CircleCheck size={16} aria-hidden />
				{partial ? t("nothingNewest") : t("nothing")}
			</p>
		);
	return (
		<>
			<ul className={styles.list}>
				{found.slice(0, FIRST).map((each) => (
					<Line key={keyOf(each)} found={each} />
				))}
			</ul>
			{(found.length > FIRST || partial) && (
				<p className={styles.pad}>
					<Muted>
						{found.length > FIRST && t("more", { count: found.length - FIRST })}{" "}
						{partial && t("newest")}
					</Muted>
				</p>
			)}
		</>
	);
}

function keyOf(found: Attention): string {
	switch (found.kind) {
		case "failed":
		case "import":
			return `${found.kind} ${found.store.id}`;
		case "budget":
			return `budget ${found.budget.kind} ${found.budget.id}`;
		case "invoice":
			return `invoice ${found.invoice.id}`;
		case "key":
			return `key ${found.key.id}`;
		default:
			return found.kind;
	}
}

function Line({ found }: { found: Attention }) {
	const t = useTranslations("home");
	const Mark = found.tone === "bad" ? CircleAlert : TriangleAlert;
	const { href, title, text } = useWords(found);
	return (
		<li className={styles.line} data-tone={found.tone}>
			<Mark size={16} aria-hidden />
			<span className={styles.words}>
				<span className="visually-hidden">{t(found.tone)} </span>
				<Link className={styles.title} href={href}>
					{title}
				</Link>
				<span className={styles.facts}>{text}</span>
			</span>
		</li>
	);
}

function useWords(found: Attention): { href: string; title: ReactNode; text: ReactNode } {
	const t = useTranslations("home");
	const format = useFormatter();
	switch (found.kind) {
		case "failed":
			return {
				href: `/documents/?${new URLSearchParams({ id: found.store.id, status: "failed" })}`,
				title: t("failed", { count: found.store.file_counts.failed }),
				text: <bdi>{found.store.name || t("unnamed")}</bdi>,
			};
		case "import":
			return {
				href: `/documents/?${new URLSearchParams({ id: found.store.id })}`,
				title: t("importFailed"),
				text: <bdi>{found.store.name || t("unnamed")}</bdi>,
			};
		case "budget":
			return {
				href: "/usage/?tab=budgets",
				title: t(`${found.share >= 1 ? "used" : "near"}_${found.span}`, {
					share: format.number(found.share, { style: "percent", maximumFractionDigits: 0 }),
				}),
				text: (
					<bdi>
						{found.budget.kind === "tenant"
							? t("budget_tenant")
							: `${t(`budget_${found.budget.kind}`)} ${found.budget.name ?? ""}`}
					</bdi>
				),
			};
		case "invoice":
			return {
				href: `/billing/?${new URLSearchParams({ tab: "invoices", id: found.invoice.id })}`,
				title: t(found.invoice.past_due ? "invoicePastDue" : "invoiceOpen", {
					number: found.invoice.number ?? "",
				}),
				text: (
					<>
						<Amount value={found.invoice.amount_remaining} currency={found.invoice.currency} />
						{found.invoice.due_at !== null && (
							<>
								{" · "}
								{t.rich("due", { time: () => <Time at={found.invoice.due_at ?? 0} dateOnly /> })}
							</>
						)}
					</>
				),
			};
		case "key":
			return {
				href: "/keys/",
				title: t("keyExpires", { name: found.key.name || found.key.prefix }),
				text: <Time at={found.key.expires_at ?? 0} relative />,
			};
		case "vat":
			return { href: "/billing/?tab=profile", title: t("vat"), text: t("vatText") };
		case "mfa":
			return { href: "/account/", title: t("mfa"), text: t("mfaText") };
	}
}
