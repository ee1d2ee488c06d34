// SPDX-License-Identifier: Apache-2.0
// The frame of the portals: menu on the left, notices above, the page beside.
"use client";
import { Menu as MenuIcon, Search } from "lucide-react";
import { usePathname } from "next/navigation";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { ElevationProvider } from "@/session/elevation";
import { SessionGate, useFoundSession } from "@/session/session";
import { Skeleton } from "@/ui/bits";
import { IconButton, LinkButton } from "@/ui/button";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Mark } from "./mark";
import { Navigation } from "./navigation";
import { Notices } from "./notices";
import type { Portal } from "./pages";
import styles from "./shell.module.css";
import { type ShortcutOptions, useShortcuts } from "./use-shortcuts";

const PREFETCH_AFTER_MS = 1500;

// Not needed for the first paint: fetched when the browser is idle, at the latest when one opens.
const loadOverlays = () => import("./overlays");
const Overlays = lazy(loadOverlays);

export function Shell({ portal, children }: { portal: Portal; children: ReactNode }) {
	return (
		<SessionGate
			failed={(error, retry) => (
				<Frame nav={<NavSkeleton />} alert={<ErrorPanel error={error} onRetry={retry} />} />
			)}
		>
			<ElevationProvider>
				<PortalFrame portal={portal}>{children}</PortalFrame>
			</ElevationProvider>
		</SessionGate>
	);
}

/** The same boxes in every state, so that nothing moves when the session is known. */
function Frame({
	nav,
	alert,
	children,
	bar,
	notices,
	busy,
}: {
	nav: ReactNode;
	alert?: ReactNode;
	children?: ReactNode;
	bar?: ReactNode;
	notices?: ReactNode;
	busy?: boolean;
}) {
	const t = useTranslations("shell");
	return (
		<div className={styles.shell}>
			<a className={styles.skip} href="#main">
				{t("skip")}
			</a>
			<nav className={styles.nav} aria-label={t("mainMenu")}>
				{nav}
			</nav>
			<div className={styles.column}>
				<header className={styles.bar}>{bar ?? <Mark />}</header>
				{notices}
				<main id="main" className={styles.main} tabIndex={-1} aria-busy={busy || undefined}>
					{alert && <div className={styles.alert}>{alert}</div>}
					{children}
				</main>
			</div>
		</div>
	);
}

function NavSkeleton() {
	const t = useTranslations("shell");
	return (
		<div className={styles.navSkeleton}>
			<Mark />
			<Skeleton lines={6} />
			<span className="visually-hidden" role="status">
				{t("loading")}
			</span>
		</div>
	);
}

function PortalFrame({ portal, children }: { portal: Portal; children: ReactNode }) {
	const session = useFoundSession()?.session;
	const path = usePathname();
	const [menu, setMenu] = useState(false);
	const [palette, setPalette] = useState(false);
	const [sheet, setSheet] = useState(false);
	// biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the drawer
	useEffect(() => setMenu(false), [path]);

	useEffect(() => {
		const timer = setTimeout(() => void loadOverlays().catch(() => undefined), PREFETCH_AFTER_MS);
		return () => clearTimeout(timer);
	}, []);

	const openers = { onPalette: () => setPalette(true), onSheet: () => setSheet(true) };
	const navigation = session && <Navigation portal={portal} {...openers} />;
	return (
		<>
			<Frame
				busy={!session}
				nav={navigation ?? <NavSkeleton />}
				notices={session && <Notices />}
				bar={
					session && (
						<Bar
							title={portal === "tenant" ? session.tenant.name : undefined}
							onMenu={() => setMenu(true)}
							onPalette={openers.onPalette}
						/>
					)
				}
			>
				{portal === "platform" && session?.tenant.is_platform === false ? <NotStaff /> : children}
			</Frame>
			{session && <Shortcuts portal={portal} {...openers} />}
			{(menu || palette || sheet) && (
				<Suspense>
					<Overlays
						portal={portal}
						navigation={navigation}
						menu={menu}
						onMenu={setMenu}
						palette={palette}
						onPalette={setPalette}
						sheet={sheet}
						onSheet={setSheet}
					/>
				</Suspense>
			)}
		</>
	);
}

interface BarProps {
	/** The organisation; without one, it is the platform's portal. */
	title: string | undefined;
	onMenu: () => void;
	onPalette: () => void;
}

/** On a phone, in place of the menu. */
function Bar({ title, onMenu, onPalette }: BarProps) {
	const t = useTranslations("shell");
	return (
		<>
			<IconButton label={t("openMenu")} icon={<MenuIcon size={20} />} onClick={onMenu} />
			<span className={styles.barTitle}>{title ?? t("platform")}</span>
			<IconButton label={t("searchShortcut")} icon={<Search size={18} />} onClick={onPalette} />
		</>
	);
}

function Shortcuts(options: ShortcutOptions) {
	useShortcuts(options);
	return null;
}

/** The API would refuse each call; here it is said once. */
function NotStaff() {
	const t = useTranslations("shell");
	return (
		<Page title={t("platform")} width="form">
			<Callout tone="warn" actions={<LinkButton href="/">{t("overview")}</LinkButton>}>
				{t("notStaff")}
			</Callout>
		</Page>
	);
}
