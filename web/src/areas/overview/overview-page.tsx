// The first page of an organisation: what it is, how a program reaches it, and where everything else is.
"use client";
import { useTranslations } from "use-intl";
import { useSampleModel } from "@/api/sample-model";
import { snippets } from "@/areas/keys/snippets";
import { useSession } from "@/session/session";
import { PageList } from "@/shell/page-list";
import { LinkButton } from "@/ui/button";
import { CodeBlock, CopyId, Secret } from "@/ui/copy";
import { DescriptionList, Grid, Page, Panel, Stack } from "@/ui/page";
import { useRoleName } from "@/ui/role";

export function OverviewPage() {
	const t = useTranslations("overview");
	const shell = useTranslations("shell");
	const role = useRoleName();
	const { session } = useSession();
	return (
		<Page title={shell("overview")} description={t("description")}>
			<Grid min="l">
				<FirstRequest />
				<Panel title={session.tenant.name}>
					<DescriptionList
						items={[
							{ term: t("organisation"), value: <CopyId id={session.tenant.id} /> },
							{ term: t("plan"), value: session.plan },
							{ term: t("role"), value: role(session.role) },
						]}
					/>
				</Panel>
			</Grid>
			<Stack gap={3}>
				<h2>{t("go")}</h2>
				<PageList portal="tenant" />
			</Stack>
		</Page>
	);
}

function FirstRequest() {
	const t = useTranslations("overview");
	const { can } = useSession();
	const model = useSampleModel();
	const curl = snippets(location.origin, model).find((snippet) => snippet.id === "curl");
	return (
		<Panel
			title={t("firstRequest")}
			description={t("firstRequestText")}
			actions={
				can("keys:write") && <LinkButton href="/keys/?do=create">{t("createKey")}</LinkButton>
			}
		>
			<Stack gap={3}>
				<Secret value={`${location.origin}/v1`} label={t("copyBaseUrl")} />
				{curl && <CodeBlock code={curl.code} label={curl.label} />}
			</Stack>
		</Panel>
	);
}
