// The pages that a session may open, as a list of links.
"use client";
import { usePathname } from "next/navigation";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Link } from "@/ui/link";
import styles from "./page-list.module.css";
import { type Portal, pages } from "./pages";

export function PageList({ portal }: { portal: Portal }) {
	const t = useTranslations("shell");
	const { can } = useSession();
	const path = usePathname();
	const shown = pages[portal].filter(
		(page) => page.href !== path && (page.scope === undefined || can(page.scope)),
	);
	return (
		<ul className={styles.list}>
			{shown.map((page) => (
				<li key={page.href}>
					<Link href={page.href} className={styles.link}>
						<page.icon size={18} aria-hidden />
						{t(page.label)}
					</Link>
				</li>
			))}
		</ul>
	);
}
