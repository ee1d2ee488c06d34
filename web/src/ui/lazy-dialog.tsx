// SPDX-License-Identifier: Apache-2.0
// Dialogs with forms are fetched when they first open: a page does not pay for what most visits never see.
"use client";
import { type ComponentType, lazy, Suspense, useState } from "react";

/**
 * `const CreateDialog = lazyDialog(() => import("./create-dialog").then((m) => m.CreateDialog), (props) => props.open)`.
 * Once it was open it stays, so that it closes as it should.
 */
export function lazyDialog<Props extends object>(
	load: () => Promise<ComponentType<Props>>,
	isOpen: (props: Props) => boolean,
) {
	const Inner = lazy(async () => ({ default: await load() }));
	// biome-ignore lint/correctness/noComponentHookFactories: called once per module, never in a render
	return function LazyDialog(props: Props) {
		const [wanted, setWanted] = useState(false);
		if (isOpen(props) && !wanted) setWanted(true);
		if (!wanted) return null;
		return (
			<Suspense>
				<Inner {...props} />
			</Suspense>
		);
	};
}
