// SPDX-License-Identifier: Apache-2.0
// Form fields: label above, hint below, an error in its place. They take what react-hook-form's register gives.
"use client";
import { CircleAlert, Eye, EyeOff } from "lucide-react";
import {
	type InputHTMLAttributes,
	type ReactNode,
	type Ref,
	type TextareaHTMLAttributes,
	useId,
	useState,
} from "react";
import { useTranslations } from "use-intl";
import styles from "./field.module.css";

export interface FieldText {
	label: ReactNode;
	hint?: ReactNode;
	error?: ReactNode;
	/** Marks what may stay empty; everything else is required. */
	optional?: boolean;
}

export interface Aria {
	/** The label's is `${id}-label`. */
	id: string;
	"aria-describedby": string | undefined;
	"aria-invalid": true | undefined;
}

/** The frame of any control: the function gets what ties it to its label and its texts. */
export function Field({
	label,
	hint,
	error,
	optional,
	children,
}: FieldText & { children: (aria: Aria) => ReactNode }) {
	const t = useTranslations("ui");
	const id = useId();
	const described = [hint !== undefined && `${id}-hint`, error && `${id}-error`]
		.filter(Boolean)
		.join(" ");
	return (
		<div className={styles.field}>
			<label id={`${id}-label`} className={styles.label} htmlFor={id}>
				{label}
				{optional && <span className={styles.optional}>{t("optional")}</span>}
			</label>
			{children({
				id,
				"aria-describedby": described || undefined,
				"aria-invalid": error ? true : undefined,
			})}
			{hint !== undefined && (
				<p id={`${id}-hint`} className={styles.hint}>
					{hint}
				</p>
			)}
			{error && (
				<p id={`${id}-error`} className={styles.error} role="alert">
					<CircleAlert size={14} aria-hidden />
					{error}
				</p>
			)}
		</div>
	);
}

type TextFieldProps = FieldText &
	InputHTMLAttributes<HTMLInputElement> & {
		ref?: Ref<HTMLInputElement>;
		prefix?: ReactNode;
		suffix?: ReactNode;
	};

export function TextField({
	label,
	hint,
	error,
	optional,
	prefix,
	suffix,
	...rest
}: TextFieldProps) {
	return (
		<Field label={label} hint={hint} error={error} optional={optional}>
			{(aria) => (
				<span className={styles.box} data-invalid={aria["aria-invalid"]}>
					{prefix !== undefined && <span className={styles.affix}>{prefix}</span>}
					<input type="text" {...rest} {...aria} className={styles.input} />
					{suffix !== undefined && <span className={styles.affix}>{suffix}</span>}
				</span>
			)}
		</Field>
	);
}

/** Pasting and password managers work; what is typed can be shown. */
export function PasswordField({
	label,
	hint,
	error,
	optional,
	...rest
}: Omit<TextFieldProps, "type" | "prefix" | "suffix">) {
	const t = useTranslations("ui");
	const [shown, setShown] = useState(false);
	return (
		<Field label={label} hint={hint} error={error} optional={optional}>
			{(aria) => (
				<span className={styles.box} data-invalid={aria["aria-invalid"]}>
					<input
						{...rest}
						{...aria}
						type={shown ? "text" : "password"}
						spellCheck={false}
						autoCapitalize="none"
						className={styles.input}
					/>
					<button
						type="button"
						className={styles.reveal}
						aria-pressed={shown}
						aria-label={t("showPassword")}
						onClick={() => setShown(!shown)}
					>
						{shown ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
					</button>
				</span>
			)}
		</Field>
	);
}

type TextAreaProps = FieldText &
	TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> };

export function TextArea({ label, hint, error, optional, rows = 4, ...rest }: TextAreaProps) {
	return (
		<Field label={label} hint={hint} error={error} optional={optional}>
			{(aria) => (
				<span className={styles.box} data-invalid={aria["aria-invalid"]}>
					<textarea rows={rows} {...rest} {...aria} className={styles.input} />
				</span>
			)}
		</Field>
	);
}

/** A search box without a visible label; `/` focuses the one of the page. */
export function SearchField({
	label,
	...rest
}: { label: string } & InputHTMLAttributes<HTMLInputElement>) {
	return (
		<span className={`${styles.box} ${styles.search}`}>
			<input
				type="search"
				data-search
				placeholder={label}
				{...rest}
				aria-label={label}
				className={styles.input}
			/>
		</span>
	);
}
