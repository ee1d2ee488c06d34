// SPDX-License-Identifier: Apache-2.0
// Where one is: chat, branch and open source live in the query. All of them change at once, so that none undoes another.
"use client";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useCallback } from "react";

export interface Place {
	/** The chat; "" is one that is not begun yet. */
	id: string;
	/** The turn whose branch is shown; "" the newest. */
	at: string;
	/** The source that is open: RESPONSE.NUMBER. */
	source: string;
	/** A file of the gallery that is to be asked about; taken out once it is picked. */
	picture: string;
	/** What the list is searched for. */
	q: string;
}

export function usePlace(): [Place, (next: Partial<Place>, options?: { push?: boolean }) => void] {
	const router = useRouter();
	const path = usePathname();
	const search = useSearchParams();
	const go = useCallback(
		(next: Partial<Place>, { push = false }: { push?: boolean } = {}) => {
			const query = new URLSearchParams(window.location.search);
			for (const [name, value] of Object.entries(next)) {
				if (value === "") query.delete(name);
				else query.set(name, value);
			}
			const text = query.toString();
			const href = text === "" ? path : `${path}?${text}`;
			if (push) router.push(href, { scroll: false });
			else router.replace(href, { scroll: false });
		},
		[router, path],
	);
	const get = (name: keyof Place) => search.get(name) ?? "";
	return [
		{
			id: get("id"),
			at: get("at"),
			source: get("source"),
			picture: get("picture"),
			q: get("q"),
		},
		go,
	];
}
