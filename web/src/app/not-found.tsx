// SPDX-License-Identifier: Apache-2.0
// An address that leads nowhere. Part of every page's load, so without messages; Next's own has style elements.
import entry from "@/areas/entry/entry.module.css";
import { Mark } from "@/shell/mark";

export default function NotFound() {
	return (
		<div className={entry.frame}>
			<header className={entry.head}>
				<Mark large />
			</header>
			<main className={entry.main}>
				<div className={entry.panel}>
					<h1>No such page</h1>
					<p className={entry.text}>The address leads nowhere. It may be an old link.</p>
					<p className={entry.text} lang="de">
						Diese Seite gibt es nicht. Vielleicht ist es ein alter Link.
					</p>
					<a className={entry.link} href="/">
						Overview
					</a>
				</div>
			</main>
		</div>
	);
}
