// SPDX-License-Identifier: Apache-2.0
// A chat that is not begun yet, as the export holds it: what conversation.tsx shows, without anything to press.
import styles from "./chat.module.css";
import type en from "./en.json";

export function EarlyChat({ words }: { words: typeof en }) {
	return (
		<div className={styles.page}>
			<div className={`${styles.side} ${styles.earlySide}`} />
			<div className={styles.conversation}>
				<div className={styles.head}>
					<div className={styles.earlyButton} />
					<div className={styles.earlyTitle}>{words.new}</div>
				</div>
				<div className={styles.scrollBox}>
					<div className={styles.turns}>
						<div className={styles.welcome}>
							<p className={styles.welcomeTitle}>{words.welcome}</p>
							<p className={styles.hint}>{words.welcomeText}</p>
							<div className={styles.suggestions}>
								{[words.suggestSummary, words.suggestFind, words.suggestDraft].map((each) => (
									<div key={each} className={styles.suggestion}>
										{each}
									</div>
								))}
							</div>
						</div>
					</div>
				</div>
				<div className={styles.foot}>
					<div className={styles.composer}>
						<div className={styles.field}>{words.placeholder}</div>
						<div className={styles.earlyRow} />
					</div>
				</div>
			</div>
		</div>
	);
}
