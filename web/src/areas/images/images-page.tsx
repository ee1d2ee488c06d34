// SPDX-License-Identifier: Apache-2.0
// Pictures of the organisation: made from words, found again, looked at closely.
"use client";
import { useQueryClient } from "@tanstack/react-query";
import { FileSearch, ImagePlus, ScanSearch, Search, X } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { useModelsOf } from "@/api/models";
import { useQueryState, useSetQuery } from "@/api/url-state";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Button } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { SearchField } from "@/ui/field";
import { Image } from "@/ui/image";
import { lazyDialog } from "@/ui/lazy-dialog";
import { Callout, Empty, ErrorPanel } from "@/ui/notice";
import { Page, Row } from "@/ui/page";
import { Filters, Pager } from "@/ui/table";
import { ChoosePicture, UploadState } from "./choose";
import { EMPTY, formOf, type PictureForm } from "./form";
import { Gallery, GallerySkeleton } from "./gallery";
import styles from "./images.module.css";
import { Making, useMaking } from "./making";
import { analysisKey, contentOf, type Picture, useFound, usePictures } from "./queries";
import { imagesSnippets } from "./snippets";
import { useUpload } from "./use-upload";

const CreateDialog = lazyDialog(
	() => import("./create-dialog").then((module) => module.CreateDialog),
	(props) => props.open,
);
const PictureDrawer = lazyDialog(
	() => import("./picture-drawer").then((module) => module.PictureDrawer),
	(props) => props.id !== "",
);

/** A picture that was only shown to find others goes after an hour. */
const LIKE_KEPT_S = 3600;

export function ImagesPage() {
	const t = useTranslations("images");
	const { can } = useSession();
	if (!can("images:read"))
		return (
			<Page title={t("title")}>
				<Callout title={t("forbiddenTitle")}>{t("forbiddenText")}</Callout>
			</Page>
		);
	return <Allowed />;
}

function Allowed() {
	const t = useTranslations("images");
	const { can } = useSession();
	const writable = can("images:write");
	const models = useModelsOf("image", can("models:read"));
	const making = useMaking();
	const [creating, setCreating] = useDo("create");
	const [preset, setPreset] = useState<PictureForm>(EMPTY);
	const [text, setText] = useQueryState("q");
	const [like] = useQueryState("like");
	const [id] = useQueryState("id");
	const client = useQueryClient();
	const set = useSetQuery();
	const upload = useUpload();
	const pictures = usePictures();
	const found = useFound({ text, like });
	const searching = text !== "" || like !== "";
	const rows = searching ? found.data?.data : pictures.rows;
	const begin = (form: PictureForm) => {
		if (id !== "") set({ id: "", view: "" });
		setPreset(form);
		setCreating(true);
	};
	const analyse = async (file: File) => {
		const analysis = await upload.analyse(file);
		if (!analysis?.id || !analysis.file_id) return;
		client.setQueryData(analysisKey(analysis.file_id, false), analysis);
		void client.invalidateQueries({ queryKey: ["images"] });
		set({ id: analysis.id, view: "analysis", q: "", like: "" });
	};
	const create = writable && (
		<Button variant="primary" icon={<ImagePlus size={16} />} onClick={() => begin(EMPTY)}>
			{t("create")}
		</Button>
	);
	return (
		<Page
			title={t("title")}
			description={t("description")}
			actions={
				<>
					<CodeButton snippets={imagesSnippets} />
					{writable && (
						<ChoosePicture
							label={t("analyse")}
							icon={<FileSearch size={16} />}
							disabled={upload.uploading !== null}
							onFile={(file) => void analyse(file)}
						/>
					)}
					{create}
				</>
			}
		>
			<UploadState upload={upload} />
			<Finder text={text} onText={setText} like={like} />
			{writable && <Making making={making} />}
			<Found
				rows={rows}
				error={searching ? found.error : pictures.error}
				onRetry={searching ? () => void found.refetch() : pictures.refetch}
				searching={searching}
				create={create}
			/>
			{!searching && <Pager {...pictures.pager} />}
			<CreateDialog
				open={creating && writable}
				onOpenChange={setCreating}
				preset={preset}
				models={models}
				onMade={making.add}
			/>
			<PictureDrawer
				id={id}
				shown={rows}
				onClose={() => set({ id: "", view: "" })}
				onReuse={(picture) => begin(formOf(picture, models ?? []))}
				onEdit={(picture) => begin({ ...EMPTY, sources: [picture.file_id] })}
			/>
		</Page>
	);
}

interface FoundProps {
	rows: Picture[] | undefined;
	error: unknown;
	onRetry: () => void;
	searching: boolean;
	create: React.ReactNode;
}

function Found({ rows, error, onRetry, searching, create }: FoundProps) {
	const t = useTranslations("images");
	if (error) return <ErrorPanel error={error} onRetry={onRetry} />;
	if (!rows) return <GallerySkeleton />;
	if (rows.length > 0) return <Gallery pictures={rows} />;
	return searching ? (
		<Empty title={t("noMatch")}>{t("noMatchText")}</Empty>
	) : (
		<Empty title={t("emptyTitle")} action={create}>
			{t("emptyText")}
		</Empty>
	);
}

interface FinderProps {
	text: string;
	onText: (text: string) => void;
	/** The file that others are to be like. */
	like: string;
}

/** By words when Enter is pressed, since each search is one of the organisation's; or by a picture. */
function Finder({ text, onText, like }: FinderProps) {
	const t = useTranslations("images");
	const { can } = useSession();
	const set = useSetQuery();
	const upload = useUpload();
	const [typed, setTyped] = useState(text);
	useEffect(() => setTyped(text), [text]);
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (like !== "") set({ like: "", q: typed.trim() });
		else onText(typed.trim());
	};
	return (
		<>
			<form role="search" onSubmit={submit}>
				<Filters>
					<SearchField
						label={t("find")}
						value={typed}
						maxLength={1000}
						onChange={(event) => {
							setTyped(event.target.value);
							if (event.target.value === "") onText("");
						}}
					/>
					<Button type="submit" icon={<Search size={16} />}>
						{t("search")}
					</Button>
					{can("files:write") && (
						<ChoosePicture
							label={t("findByPicture")}
							icon={<ScanSearch size={16} />}
							disabled={upload.uploading !== null}
							onFile={(file) =>
								void upload
									.send(file, LIKE_KEPT_S)
									.then((sent) => sent !== null && set({ like: sent, q: "" }))
							}
						/>
					)}
				</Filters>
			</form>
			<UploadState upload={upload} />
			{like !== "" && (
				<Row gap={3}>
					<Image className={styles.thumb} src={contentOf(like)} alt={t("likeThis")} />
					<span>{t("likeText")}</span>
					<Button size="s" icon={<X size={14} />} onClick={() => set({ like: "" })}>
						{t("showAll")}
					</Button>
				</Row>
			)}
		</>
	);
}
