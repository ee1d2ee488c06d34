// SPDX-License-Identifier: Apache-2.0
// Dialogs and drawers. Focus goes in, stays in, and returns to where it came from.
"use client";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { useTranslations } from "use-intl";
import { Button, IconButton } from "./button";
import { TextField } from "./field";
import styles from "./overlay.module.css";

interface OverlayProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	title: ReactNode;
	description?: ReactNode;
	children?: ReactNode;
	/** Buttons, the primary one last. */
	footer?: ReactNode;
	/** False where closing by a click beside it would lose something. */
	dismissible?: boolean;
}

const FOCUSABLE = "a[href], button, input, select, textarea, [tabindex]";

/** What is longer than its window and has nothing to go to is scrolled by keys once it has the focus itself. */
function scrollable(body: HTMLElement | null) {
	if (body && body.scrollHeight > body.clientHeight && !body.querySelector(FOCUSABLE))
		body.tabIndex = 0;
}

function Overlay({
	className,
	open,
	onOpenChange,
	title,
	description,
	children,
	footer,
	dismissible = true,
}: OverlayProps & { className: string }) {
	const t = useTranslations("ui");
	return (
		<Base.Root
			open={open}
			onOpenChange={(next, details) => {
				if (!next && !dismissible && details.reason === "outside-press") return;
				onOpenChange(next);
			}}
		>
			<Base.Portal>
				<Base.Backdrop className={styles.backdrop} />
				<Base.Popup className={className} data-modal>
					<div className={styles.head}>
						<div className={styles.headText}>
							<Base.Title className={styles.title}>{title}</Base.Title>
							{description !== undefined && (
								<Base.Description className={styles.description}>{description}</Base.Description>
							)}
						</div>
					</div>
					{children !== undefined && (
						<div className={styles.body} ref={scrollable}>
							{children}
						</div>
					)}
					{footer !== undefined && <div className={styles.foot}>{footer}</div>}
					{/* Last, so that the focus begins in what the dialog is for. */}
					<Base.Close
						render={
							<IconButton
								label={t("close")}
								icon={<X size={18} />}
								size="s"
								className={styles.close}
							/>
						}
					/>
				</Base.Popup>
			</Base.Portal>
		</Base.Root>
	);
}

export function Dialog({ wide, ...rest }: OverlayProps & { wide?: boolean }) {
	return (
		<Overlay {...rest} className={wide ? `${styles.dialog} ${styles.wide}` : `${styles.dialog}`} />
	);
}

export function Drawer({ side = "right", ...rest }: OverlayProps & { side?: "right" | "left" }) {
	return (
		<Overlay
			{...rest}
			className={side === "left" ? `${styles.drawer} ${styles.left}` : `${styles.drawer}`}
		/>
	);
}

interface FormDialogProps extends Omit<OverlayProps, "footer"> {
	submit: ReactNode;
	onSubmit: (event: FormEvent<HTMLFormElement>) => void;
	busy?: boolean;
	wide?: boolean;
	danger?: boolean;
	disabled?: boolean;
}

/** A dialog around one form: Enter sends it, and it closes by its own success only. */
export function FormDialog({
	submit,
	onSubmit,
	busy,
	danger,
	disabled,
	children,
	...rest
}: FormDialogProps) {
	const t = useTranslations("ui");
	const form = useId();
	return (
		<Dialog
			{...rest}
			dismissible={false}
			footer={
				<>
					<Button onClick={() => rest.onOpenChange(false)}>{t("cancel")}</Button>
					<Button
						type="submit"
						form={form}
						variant={danger ? "danger" : "primary"}
						busy={busy}
						disabled={disabled}
					>
						{submit}
					</Button>
				</>
			}
		>
			<form
				id={form}
				noValidate
				onSubmit={(event) => {
					event.preventDefault();
					event.stopPropagation();
					if (!busy && !disabled) onSubmit(event);
				}}
			>
				{children}
			</form>
		</Dialog>
	);
}

interface ConfirmDialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	title: ReactNode;
	/** What will happen, and whether it can be undone. */
	description: ReactNode;
	/** The verb of the title, never "OK". */
	action: ReactNode;
	onConfirm: () => void;
	busy?: boolean;
	/** Where the act cannot be undone: the name that has to be typed. */
	name?: string;
	children?: ReactNode;
}

export function ConfirmDialog({ name, action, onConfirm, children, ...rest }: ConfirmDialogProps) {
	const t = useTranslations("ui");
	const [typed, setTyped] = useState("");
	return (
		<FormDialog
			{...rest}
			danger
			submit={action}
			disabled={name !== undefined && typed.trim() !== name}
			onOpenChange={(open) => {
				setTyped("");
				rest.onOpenChange(open);
			}}
			onSubmit={onConfirm}
		>
			{children}
			{name !== undefined && (
				<TextField
					label={t.rich("typeName", { name: () => <strong>{name}</strong> })}
					value={typed}
					onChange={(event) => setTyped(event.target.value)}
					autoComplete="off"
					spellCheck={false}
				/>
			)}
		</FormDialog>
	);
}
