// SPDX-License-Identifier: Apache-2.0
// Step-up: an act that needs a fresh proof asks for the password or a code, and is repeated.
"use client";
import {
	createContext,
	lazy,
	type ReactNode,
	Suspense,
	useCallback,
	useContext,
	useState,
} from "react";
import { type ApiError, toApiError } from "@/api/errors";

const ElevationDialog = lazy(() => import("./elevation-dialog"));

type Elevated = <T>(act: () => Promise<T>) => Promise<T>;

const ElevationContext = createContext<Elevated | null>(null);

/** `const elevated = useElevation(); … mutationFn: (id) => elevated(() => data(api.DELETE(…)))` */
export function useElevation(): Elevated {
	const elevated = useContext(ElevationContext);
	if (!elevated) throw new Error("useElevation outside of a portal");
	return elevated;
}

interface Waiting {
	/** The act's own error, if the reader gives up. */
	refusal: ApiError;
	resolve: (proved: boolean) => void;
}

export function ElevationProvider({ children }: { children: ReactNode }) {
	const [waiting, setWaiting] = useState<Waiting | null>(null);
	const prove = useCallback(
		(refusal: ApiError) => new Promise<boolean>((resolve) => setWaiting({ refusal, resolve })),
		[],
	);
	const elevated = useCallback<Elevated>(
		async (act) => {
			try {
				return await act();
			} catch (failure) {
				const error = toApiError(failure);
				if (error.code !== "elevation_required" || !(await prove(error))) throw error;
				return await act();
			}
		},
		[prove],
	);
	const end = (proved: boolean) => {
		waiting?.resolve(proved);
		setWaiting(null);
	};
	return (
		<ElevationContext value={elevated}>
			{children}
			{waiting && (
				<Suspense>
					<ElevationDialog onEnd={end} />
				</Suspense>
			)}
		</ElevationContext>
	);
}
