// SPDX-License-Identifier: Apache-2.0
"use client";
// The frame itself broke. Next's own page has style elements, which the policy refuses.
import "@/design/tokens.css";
import "@/design/base.css";
import entry from "@/areas/entry/entry.module.css";

export default function GlobalError({ reset }: { reset: () => void }) {
	return (
		<html lang="en">
			<body>
				<main className={entry.frame}>
					<div className={`${entry.main} ${entry.panel}`}>
						<h1>Something broke</h1>
						<p className={entry.text}>
							Reload the page. If it happens again, tell whoever runs the platform.
						</p>
						<p className={entry.text} lang="de">
							Etwas ist kaputtgegangen. Laden Sie die Seite neu.
						</p>
						<button type="button" className={entry.link} onClick={reset}>
							Try again
						</button>
					</div>
				</main>
			</body>
		</html>
	);
}
