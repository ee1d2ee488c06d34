// SPDX-License-Identifier: Apache-2.0
// Who is here: asked once, kept for all pages; before it is known, a portal shows what is the same for everybody.
"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import {
	createContext,
	type ReactNode,
	useContext,
	useDeferredValue,
	useEffect,
	useMemo,
	useState,
} from "react";
import { api, data, leaveFor, refused } from "@/api/client";
import { toApiError } from "@/api/errors";
import type { components } from "@/api/schema.gen";
import { hasChosenLocale, useLocale } from "@/i18n/locale";
import { isIncluded } from "./plan";
import { signInAddress } from "./return-path";
import { hasChosenTheme, setTheme } from "./theme";
import { UNCHOSEN_ZONE } from "./zone";

export type Session = components["schemas"]["ConsoleSession"];

interface SessionState {
	session: Session;
	/** Whether the session has a scope, and the plan its service; for what is shown. The API checks for itself. */
	can: (scope: string) => boolean;
	/** The session has ended while the page was open. */
	ended: boolean;
	/** It may do less than when the page was opened. */
	lessened: boolean;
	/** After an act that answered with a new session. */
	renew: (session: Session) => void;
	signOut: () => Promise<void>;
}

const SessionContext = createContext<SessionState | null>(null);

export function useSession(): SessionState {
	const state = useContext(SessionContext);
	if (!state) throw new Error("useSession outside of a portal, or before it is known who is here");
	return state;
}

/** Null while it is asked: for the frame, which is there before. */
export function useFoundSession(): SessionState | null {
	return useContext(SessionContext);
}

const KEY = ["session"] as const;

/** After an act that changed what the session says. */
export function useRefreshSession(): () => void {
	const client = useQueryClient();
	return () => void client.invalidateQueries({ queryKey: KEY });
}

interface SessionGateProps {
	failed: (error: unknown, retry: () => void) => ReactNode;
	/** The same before and after, so that what is painted stays. */
	children: ReactNode;
}

export function SessionGate({ failed, children }: SessionGateProps) {
	const client = useQueryClient();
	const [ended, setEnded] = useState(false);
	const query = useQuery({
		queryKey: KEY,
		queryFn: () => data(api.GET("/api/auth/session")),
		staleTime: 300_000,
		// Signing in again in another tab ends the notice in this one.
		refetchOnWindowFocus: ended ? "always" : true,
	});
	const session = query.data;
	const lessened = useLessened(session);
	const away = query.error !== null && toApiError(query.error).status === 401;

	useEffect(() => {
		const end = () => setEnded(true);
		// What one may do has become less: the menu and the buttons follow.
		const ask = () => void client.invalidateQueries({ queryKey: KEY });
		refused.addEventListener("session", end);
		refused.addEventListener("rights", ask);
		return () => {
			refused.removeEventListener("session", end);
			refused.removeEventListener("rights", ask);
		};
	}, [client]);
	useEffect(() => {
		if (away && !session) location.replace(signInAddress());
		setEnded(away && session !== undefined);
	}, [away, session]);
	useAccountLook(session);

	const state = useMemo<SessionState | null>(
		() =>
			session
				? {
						session,
						ended,
						lessened,
						can: (scope) =>
							session.scopes.includes(scope) && isIncluded(session.entitlements, scope),
						renew: (next) => client.setQueryData(KEY, next),
						signOut: async () => {
							await leaveFor("/sign-in/", async () => {
								try {
									await api.DELETE("/api/auth/session");
								} catch (error) {
									// Another tab was faster: there is nothing left to sign out of.
									if (toApiError(error).status !== 401) throw error;
								}
							});
						},
					}
				: null,
		[session, ended, lessened, client],
	);
	// A whole page comes of it: rendered in slices, so that a slow machine answers meanwhile.
	const shown = useDeferredValue(state);
	if (!state && query.error && !away) return failed(query.error, () => void query.refetch());
	return <SessionContext value={shown}>{children}</SessionContext>;
}

/** Whether a right has gone since this organisation's page was opened. */
function useLessened(session: Session | undefined): boolean {
	const [first, setFirst] = useState<Session>();
	if (session && session.tenant.id !== first?.tenant.id) setFirst(session);
	return first?.scopes.some((scope) => session && !session.scopes.includes(scope)) ?? false;
}

/**
 * What the account keeps comes along to a browser in which nothing else was chosen. Its presets mean "not chosen":
 * then the browser's own language and time zone hold.
 */
function useAccountLook(session: Session | undefined) {
	const { setLocale, setZone } = useLocale();
	const theme = session?.account.theme;
	const locale = session?.account.locale;
	const zone = session?.account.time_zone;
	useEffect(() => {
		if ((theme === "light" || theme === "dark") && !hasChosenTheme()) setTheme(theme);
	}, [theme]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: only when the account's own changes
	useEffect(() => {
		if (locale === "de" && !hasChosenLocale()) setLocale(locale);
	}, [locale]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: only when the account's own changes
	useEffect(() => setZone(zone === undefined || zone === UNCHOSEN_ZONE ? null : zone), [zone]);
}
