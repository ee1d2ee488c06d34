// SPDX-License-Identifier: Apache-2.0
// The three things with which an organisation begins; gone once they are done.
"use client";
import { Check } from "lucide-react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { LinkButton } from "@/ui/button";
import { Panel } from "@/ui/page";
import styles from "./home.module.css";

interface FirstStepsProps {
	/** Whether there are some; null while nobody knows. */
	documents: boolean | null;
	chats: boolean | null;
	keys: boolean | null;
}

export function FirstSteps({ documents, chats, keys }: FirstStepsProps) {
	const t = useTranslations("home");
	const { can } = useSession();
	const steps = [
		{
			id: "documents",
			done: documents,
			href: "/documents/?do=create",
			scope: "vector_stores:write",
		},
		{ id: "chat", done: chats, href: "/chat/", scope: "responses:write" },
		{ id: "key", done: keys, href: "/keys/?do=create", scope: "keys:write" },
	] as const;
	const offered = steps.filter((step) => can(step.scope) && step.done !== null);
	if (offered.length === 0 || offered.every((step) => step.done)) return null;
	const next = offered.find((step) => !step.done)?.id;
	return (
		<Panel title={t("stepsTitle")} description={t("stepsText")} flush>
			<ol className={styles.steps}>
				{offered.map((step, index) => (
					<li key={step.id} className={styles.step} data-done={step.done || undefined}>
						<span className={styles.number} aria-hidden>
							{step.done ? <Check size={16} /> : index + 1}
						</span>
						<div className={styles.stepText}>
							<h3>{t(`step_${step.id}`)}</h3>
							<p>{t(`step_${step.id}_text`)}</p>
							{step.done ? (
								<p className={styles.done}>{t("stepDone")}</p>
							) : (
								<LinkButton
									size="s"
									variant={step.id === next ? "primary" : undefined}
									href={step.href}
								>
									{t(`step_${step.id}_act`)}
								</LinkButton>
							)}
						</div>
					</li>
				))}
			</ol>
		</Panel>
	);
}
