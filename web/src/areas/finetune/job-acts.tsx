// SPDX-License-Identifier: Apache-2.0
// What can be done with a job and with what came of it.
"use client";
import { Ban, Download, MessageSquare, Pause, Play, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useModels } from "@/api/models";
import { useSession } from "@/session/session";
import { Button, LinkButton } from "@/ui/button";
import { ConfirmDialog } from "@/ui/dialog";
import { ErrorPanel } from "@/ui/notice";
import { useToast } from "@/ui/toast";
import { resultFileOf } from "./curve";
import { type Act, isOver, type Job, useAct, useDeleteModel } from "./queries";

export function JobActs({ job }: { job: Job }) {
	const { can } = useSession();
	if (isOver(job)) return <Ended job={job} />;
	return can("finetune:write") ? <UnderWay job={job} /> : null;
}

function UnderWay({ job }: { job: Job }) {
	const t = useTranslations("finetune");
	const toast = useToast();
	const act = useAct(job.id);
	const [cancelling, setCancelling] = useState(false);
	const other: Act = job.bulkhead.paused ? "resume" : "pause";
	return (
		<>
			<Button
				icon={other === "pause" ? <Pause size={16} /> : <Play size={16} />}
				busy={act.isPending && act.variables === other}
				onClick={() =>
					act.mutate(other, {
						onError: (error) => toast(toApiError(error).message, { error: true }),
					})
				}
			>
				{t(other)}
			</Button>
			<Button icon={<Ban size={16} />} onClick={() => setCancelling(true)}>
				{t("cancel")}
			</Button>
			<ConfirmDialog
				open={cancelling}
				onOpenChange={(open) => {
					setCancelling(open);
					act.reset();
				}}
				title={t("cancelTitle")}
				description={t("cancelText")}
				action={t("cancel")}
				busy={act.isPending}
				onConfirm={() => act.mutate("cancel", { onSuccess: () => setCancelling(false) })}
			>
				{act.error && <ErrorPanel error={act.error} />}
			</ConfirmDialog>
		</>
	);
}

/** A model that was deleted since is none of those that there are. */
function Ended({ job }: { job: Job }) {
	const t = useTranslations("finetune");
	const toast = useToast();
	const { can } = useSession();
	const remove = useDeleteModel();
	const [removing, setRemoving] = useState(false);
	const models = useModels(can("models:read")).data?.data;
	const model = models?.find(({ id }) => id === job.fine_tuned_model)?.id;
	const file = resultFileOf(job.result_files);
	return (
		<>
			{file !== null && can("files:read") && (
				<LinkButton
					href={`/v1/files/${file}/content`}
					download={`${job.id}.gguf`}
					icon={<Download size={16} />}
				>
					{t("downloadAdapter")}
				</LinkButton>
			)}
			{model !== undefined && can("models:write") && (
				<Button icon={<Trash2 size={16} />} onClick={() => setRemoving(true)}>
					{t("deleteModel")}
				</Button>
			)}
			{model !== undefined && can("responses:write") && (
				<LinkButton
					variant="primary"
					href={`/chat/?model=${encodeURIComponent(model)}`}
					icon={<MessageSquare size={16} />}
				>
					{t("useInChat")}
				</LinkButton>
			)}
			<ConfirmDialog
				open={removing && model !== undefined}
				onOpenChange={(open) => {
					setRemoving(open);
					remove.reset();
				}}
				title={t("deleteTitle")}
				description={t("deleteText")}
				action={t("deleteModel")}
				name={model}
				busy={remove.isPending}
				onConfirm={() =>
					model !== undefined &&
					remove.mutate(model, {
						onSuccess: () => {
							setRemoving(false);
							toast(t("deletedToast"));
						},
					})
				}
			>
				{remove.error && <ErrorPanel error={remove.error} />}
			</ConfirmDialog>
		</>
	);
}
