// SPDX-License-Identifier: Apache-2.0
// The menu: organisation on top, pages by what one wants, the account below.
"use client";
import {
	ArrowLeftRight,
	ChevronsUpDown,
	Keyboard,
	LogOut,
	Search,
	ShieldCheck,
	UserRound,
} from "lucide-react";
import { usePathname } from "next/navigation";
import { useTranslations } from "use-intl";
import { api, leaveFor } from "@/api/client";
import { toApiError } from "@/api/errors";
import { LOCALES, type Locale, useLocale } from "@/i18n/locale";
import { useSession } from "@/session/session";
import { setTheme, type Theme } from "@/session/theme";
import { Kbd } from "@/ui/bits";
import { Link } from "@/ui/link";
import { Menu, type MenuGroup } from "@/ui/menu";
import { useRoleName } from "@/ui/role";
import { useToast } from "@/ui/toast";
import { Mark } from "./mark";
import { type PageEntry, type Portal, pages } from "./pages";
import styles from "./shell.module.css";
import { useThemeChoice } from "./use-theme-choice";

interface NavigationProps {
	portal: Portal;
	onPalette: () => void;
	onSheet: () => void;
}

const GROUPS = ["use", "build", "manage"] as const;

export function Navigation({ portal, onPalette, onSheet }: NavigationProps) {
	const t = useTranslations("shell");
	const { can } = useSession();
	const path = usePathname();
	const shown = pages[portal].filter((page) => page.scope === undefined || can(page.scope));
	return (
		<div className={styles.navInner}>
			<div className={styles.navTop}>
				<Mark />
			</div>
			<Organisation portal={portal} />
			<button type="button" className={styles.search} onClick={onPalette}>
				<Search size={15} aria-hidden />
				<span>{t("searchShortcut")}</span>
				<Kbd>{isMac() ? "⌘ K" : "Ctrl K"}</Kbd>
			</button>
			<div className={styles.groups}>
				{GROUPS.map((group) => {
					const entries = shown.filter((page) => page.group === group);
					if (entries.length === 0) return null;
					return (
						<div key={group} className={styles.group}>
							{portal === "tenant" && <p className={styles.groupName}>{t(group)}</p>}
							<ul>
								{entries.map((page) => (
									<NavItem key={page.href} page={page} current={path === page.href} />
								))}
							</ul>
						</div>
					);
				})}
			</div>
			<AccountMenu onSheet={onSheet} portal={portal} />
		</div>
	);
}

function NavItem({ page, current }: { page: PageEntry; current: boolean }) {
	const t = useTranslations("shell");
	return (
		<li>
			<Link href={page.href} className={styles.item} aria-current={current ? "page" : undefined}>
				<page.icon size={16} aria-hidden />
				{t(page.label)}
			</Link>
		</li>
	);
}

export function isMac() {
	return /Mac|iPhone|iPad/.test(navigator.userAgent);
}

/** Always in the same corner. Changing the organisation is a new session: everything is asked anew. */
function Organisation({ portal }: { portal: Portal }) {
	const t = useTranslations("shell");
	const { session } = useSession();
	const role = useRoleName();
	const toast = useToast();
	const switchTo = async (tenant: string) => {
		try {
			await leaveFor("/", () => api.POST("/api/auth/session/switch", { body: { tenant } }));
		} catch (failure) {
			const error = toApiError(failure);
			// The target wants a second factor, which this session has not shown: sign in there.
			if (error.code === "mfa_required")
				location.assign(`/sign-in/?tenant=${encodeURIComponent(tenant)}`);
			else toast(error.message, { error: true });
		}
	};
	const groups: MenuGroup[] = [
		{
			label: t("switchTo"),
			items: session.tenants.map((tenant) => ({
				label: tenant.name,
				hint: role(tenant.role),
				checked: tenant.id === session.tenant.id,
				onSelect: () => tenant.id !== session.tenant.id && void switchTo(tenant.id),
			})),
		},
	];
	if (session.tenant.is_platform)
		groups.push({
			items: [
				portal === "tenant"
					? { label: t("toPlatform"), icon: <ShieldCheck size={16} />, href: "/platform/" }
					: {
							label: t("toTenant", { tenant: session.tenant.name }),
							icon: <ArrowLeftRight size={16} />,
							href: "/",
						},
			],
		});
	return (
		<Menu
			align="start"
			groups={groups}
			trigger={
				<button type="button" className={styles.organisation}>
					<span
						className={styles.initial}
						data-platform={portal === "platform" || undefined}
						aria-hidden
					>
						{initial(session.tenant.name)}
					</span>
					<span className={styles.organisationText}>
						<span className="visually-hidden">{t("organisation")}: </span>
						<span className={styles.organisationName}>
							{portal === "platform" ? t("platform") : session.tenant.name}
						</span>
						<span className={styles.organisationRole}>{role(session.role)}</span>
					</span>
					<ChevronsUpDown size={14} aria-hidden />
				</button>
			}
		/>
	);
}

function initial(name: string) {
	return [...name.trim()][0]?.toUpperCase() ?? "?";
}

const THEMES: { value: Theme; label: "themeLight" | "themeDark" | "themeSystem" }[] = [
	{ value: "light", label: "themeLight" },
	{ value: "dark", label: "themeDark" },
	{ value: "system", label: "themeSystem" },
];

function AccountMenu({ onSheet, portal }: { onSheet: () => void; portal: Portal }) {
	const t = useTranslations("shell");
	const { session, signOut } = useSession();
	const { locale, setLocale } = useLocale();
	const [theme, remember] = useThemeChoice();
	const toast = useToast();
	const { account } = session;
	const told = (error: unknown) => toast(toApiError(error).message, { error: true });
	/** Applied at once; the account's copy follows, and its failure is told. */
	const keep = (change: { theme?: Theme; locale?: "en" | "de" }) =>
		void api.PATCH("/api/auth/profile", { body: change }).catch(told);
	const groups: MenuGroup[] = [
		{
			items: [
				{ label: t("account"), icon: <UserRound size={16} />, href: "/account/" },
				{ label: t("shortcuts"), icon: <Keyboard size={16} />, onSelect: onSheet },
			],
		},
		{
			label: t("theme"),
			items: THEMES.map(({ value, label }) => ({
				label: t(label),
				checked: theme === value,
				onSelect: () => {
					setTheme(value);
					remember(value);
					keep({ theme: value });
				},
			})),
		},
		{
			label: t("language"),
			items: (Object.keys(LOCALES) as Locale[])
				.filter((value) => value !== "en-XA" || process.env.NODE_ENV === "development")
				.map((value) => ({
					label: LOCALES[value],
					checked: locale === value,
					onSelect: () => {
						setLocale(value);
						if (value !== "en-XA") keep({ locale: value });
					},
				})),
		},
		{
			items: [
				{
					label: t("signOut"),
					icon: <LogOut size={16} />,
					onSelect: () => void signOut().catch(told),
				},
			],
		},
	];
	return (
		<div className={styles.accountMenu} data-portal={portal}>
			<Menu
				align="start"
				side="top"
				groups={groups}
				trigger={
					<button type="button" className={styles.account}>
						<span className={styles.avatar} aria-hidden>
							{initial(account.name || account.email)}
						</span>
						<span className={styles.organisationText}>
							<span className={styles.organisationName}>{account.name || account.email}</span>
							{account.name && <span className={styles.organisationRole}>{account.email}</span>}
						</span>
						<ChevronsUpDown size={14} aria-hidden />
					</button>
				}
			/>
		</div>
	);
}
