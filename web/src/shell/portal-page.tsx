// SPDX-License-Identifier: Apache-2.0
// What every page of a portal stands in: until it is known who is here, what the export holds of it; then the page.
"use client";
import { type ReactNode, useState } from "react";
import { Area, fetchArea } from "@/i18n/area";
import type { AreaName } from "@/i18n/areas";
import { useFoundSession } from "@/session/session";

interface PortalPageProps {
	/** Whose messages it has. */
	area: AreaName;
	also?: AreaName[];
	/** `<EarlyPage>`: what is shown of it before any script runs. */
	early: ReactNode;
	children: ReactNode;
}

export function PortalPage({ area, also = [], early, children }: PortalPageProps) {
	const known = useFoundSession() !== null;
	// Who comes from another page keeps that one until this is there.
	const [first] = useState(!known);
	// Asked for once, however often this renders: they come while it is asked who is here.
	fetchArea(area, ...also);
	if (!known) return early;
	return (
		<Area name={area} also={also} waiting={first ? early : null}>
			{children}
		</Area>
	);
}
