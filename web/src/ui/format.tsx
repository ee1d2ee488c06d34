// SPDX-License-Identifier: Apache-2.0
// Numbers, money and times, always in the reader's language and zone.
"use client";
import { useFormatter, useTimeZone, useTranslations } from "use-intl";
import { useServerNow } from "@/api/use-server-now";
import styles from "./format.module.css";
import { Tooltip } from "./tooltip";

const NANOS = 1_000_000_000n;

/** Whole nano-units, as the API gives them; a string where it may pass 2^53. */
export type Nanos = number | string | bigint;

/** Decimals of an amount: two from a cent up, as many as it takes to see something below. */
export function moneyParts(nanos: Nanos): { value: number; digits: number } {
	const whole = BigInt(nanos);
	const value = Number(whole / NANOS) + Number(whole % NANOS) / 1e9;
	const size = Math.abs(value);
	if (size === 0 || size >= 0.01) return { value, digits: 2 };
	return { value, digits: Math.min(9, Math.ceil(-Math.log10(size)) + 1) };
}

export function useMoney() {
	const format = useFormatter();
	return (nanos: Nanos, currency: string) => {
		const { value, digits } = moneyParts(nanos);
		return format.number(value, {
			style: "currency",
			currency: currency.toUpperCase(),
			minimumFractionDigits: digits,
			maximumFractionDigits: digits,
		});
	};
}

export function Money({ nanos, currency }: { nanos: Nanos; currency: string }) {
	const money = useMoney();
	return <span className={styles.figure}>{money(nanos, currency)}</span>;
}

/** `compact`: 1.2 M instead of 1,204,331, with the whole number as its title. */
export function Num({ value, compact, unit }: { value: number; compact?: boolean; unit?: string }) {
	const format = useFormatter();
	const whole = format.number(value, { maximumFractionDigits: 2 });
	const shown =
		compact && Math.abs(value) >= 10_000
			? format.number(value, { notation: "compact", maximumFractionDigits: 1 })
			: whole;
	return (
		<span className={styles.figure} title={shown === whole ? undefined : whole}>
			{shown}
			{unit !== undefined && ` ${unit}`}
		</span>
	);
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

export function Bytes({ value }: { value: number }) {
	const format = useFormatter();
	const step = value < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3));
	return (
		<span className={styles.figure}>
			{format.number(value / 1000 ** step, {
				style: "unit",
				unit: UNITS[step],
				unitDisplay: "short",
				maximumFractionDigits: step === 0 || value / 1000 ** step >= 100 ? 0 : 1,
			})}
		</span>
	);
}

interface TimeProps {
	/** Unix time in seconds, as the API gives it, or an ISO date. */
	at: number | string;
	/** "5 minutes ago" instead of the date; the date is in the tooltip. */
	relative?: boolean;
	/** The day alone. */
	dateOnly?: boolean;
}

/** A time in the reader's zone; UTC on hover and focus. */
export function Time({ at, relative, dateOnly }: TimeProps) {
	const format = useFormatter();
	const zone = useTimeZone();
	const date = new Date(typeof at === "number" ? at * 1000 : at);
	const local = () =>
		format.dateTime(
			date,
			dateOnly ? { dateStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" },
		);
	const utc = () =>
		format.dateTime(date, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
	return (
		<Tooltip
			text={() => (
				<>
					{relative && (
						<>
							{local()} ({zone})<br />
						</>
					)}
					{utc()} UTC
				</>
			)}
		>
			<time dateTime={date.toISOString()} className={styles.time} tabIndex={0}>
				{relative ? <Relative date={date} /> : local()}
			</time>
		</Tooltip>
	);
}

function Relative({ date }: { date: Date }) {
	const format = useFormatter();
	const t = useTranslations("ui");
	const now = useServerNow(30_000);
	return Math.abs(now.getTime() - date.getTime()) < 45_000
		? t("justNow")
		: format.relativeTime(date, now);
}

/** A length of time: 850 ms, 3.2 s, 4 min 5 s. */
export function Duration({ ms }: { ms: number }) {
	const format = useFormatter();
	const unit = (value: number, name: string, digits = 0) =>
		format.number(value, {
			style: "unit",
			unit: name,
			unitDisplay: "short",
			maximumFractionDigits: digits,
		});
	const seconds = ms / 1000;
	let shown: string;
	if (ms < 1000) shown = unit(ms, "millisecond");
	else if (seconds < 60) shown = unit(seconds, "second", 1);
	else if (seconds < 3600)
		shown = `${unit(Math.floor(seconds / 60), "minute")} ${unit(Math.round(seconds % 60), "second")}`;
	else
		shown = `${unit(Math.floor(seconds / 3600), "hour")} ${unit(Math.round((seconds % 3600) / 60), "minute")}`;
	return <span className={styles.figure}>{shown}</span>;
}

/** Where a value is absent; read out as a word. */
export function None({ children }: { children?: string }) {
	const t = useTranslations("ui");
	return (
		<span className={styles.none}>
			{children ?? (
				<>
					<span aria-hidden>–</span>
					<span className="visually-hidden">{t("none")}</span>
				</>
			)}
		</span>
	);
}
