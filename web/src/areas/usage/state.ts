// SPDX-License-Identifier: Apache-2.0
// What the page of usage shows, as the address says it.
"use client";
import { useNow } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import type { Filter } from "./queries";
import { RANGES, type Range, type RangeName, rangeOf, type Width, widthsFor } from "./range";
import type { GroupBy, Measure } from "./sums";

export interface UsageState {
	/** Only what the reader used. */
	own: boolean;
	/** Whether the reader may choose. */
	mayChoose: boolean;
	setOwn: (own: boolean) => void;
	name: RangeName;
	range: Range;
	setName: (name: RangeName) => void;
	setCustom: (edge: "from" | "to", seconds: number) => void;
	width: Width;
	widths: Width[];
	setWidth: (width: Width) => void;
	by: GroupBy;
	setBy: (by: GroupBy) => void;
	measure: Measure;
	setMeasure: (measure: Measure) => void;
	filter: Filter;
	setFilter: (name: keyof Filter, value: string) => void;
	request: string;
	setRequest: (request: string) => void;
	utc: boolean;
	setUtc: (utc: boolean) => void;
}

function oneOf<T extends string>(text: string, words: readonly T[], preset: T): T {
	return words.includes(text as T) ? (text as T) : preset;
}

function seconds(text: string): number | null {
	return /^\d{1,12}$/.test(text) ? Number(text) : null;
}

/** Moves on by the minute, so that what is asked stays the same within one. */
function useMinute(): number {
	const now = useNow({ updateInterval: 60_000 });
	return Math.floor(now.getTime() / 60_000) * 60;
}

export function useUsageState(): UsageState {
	const { can } = useSession();
	const minute = useMinute();
	const [ownText, setOwn] = useQueryState("own");
	const [nameText, setName] = useQueryState("range", "month");
	const [from, setFrom] = useQueryState("from");
	const [to, setTo] = useQueryState("to");
	const [widthText, setWidth] = useQueryState("width");
	const [byText, setBy] = useQueryState("by", "model");
	const [measureText, setMeasure] = useQueryState("measure", "cost");
	const [model, setModel] = useQueryState("model");
	const [key, setKey] = useQueryState("key");
	const [member, setMember] = useQueryState("member");
	const [team, setTeam] = useQueryState("team");
	const [request, setRequest] = useQueryState("request");
	const [zone, setZone] = useQueryState("zone", "utc");

	const mayChoose = can("usage:read");
	const own = !mayChoose || ownText === "1";
	const name = oneOf(nameText, [...RANGES, "custom"] as const, "month");
	const fromS = seconds(from);
	const toS = seconds(to);
	const custom = fromS !== null && toS !== null ? { from: fromS, to: toS } : null;
	const range = rangeOf(name, minute, custom);
	const widths = widthsFor(range);
	const setters = { model: setModel, key: setKey, member: setMember, team: setTeam };
	const groups = own ? (["model", "kind", "key", "team"] as const) : GROUPS;
	return {
		own,
		mayChoose,
		setOwn: (next) => setOwn(next ? "1" : ""),
		name,
		range,
		setName: (next) => {
			if (next === "custom" && custom === null) {
				setFrom(String(range.from));
				setTo(String(range.to));
			}
			setName(next);
		},
		setCustom: (edge, value) => (edge === "from" ? setFrom : setTo)(String(value)),
		width: oneOf(widthText, widths, widths[0] ?? "1d"),
		widths,
		setWidth: (next) => setWidth(next === widths[0] ? "" : next),
		by: oneOf(byText, groups, "model"),
		setBy,
		measure: oneOf(measureText, ["cost", "requests", "tokens"] as const, "cost"),
		setMeasure,
		filter: { model, key, member: own ? "" : member, team },
		setFilter: (which, value) => setters[which](value),
		request,
		setRequest,
		utc: zone !== "local",
		setUtc: (next) => setZone(next ? "utc" : "local"),
	};
}

export const GROUPS = ["model", "kind", "key", "member", "team"] as const;
