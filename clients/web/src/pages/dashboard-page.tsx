import { CalendarClock, CircleCheck, PlugZap, Sparkles } from "lucide-react"
import { useDeferredValue, useMemo } from "react"
import { Link } from "react-router"
import { useSummary } from "@/api/summary"
import { Button } from "@/atoms/button"
import { useWorkspace } from "@/contexts/workspace"
import { useI18n } from "@/i18n/use-i18n"
import { EmptyState } from "@/molecules/empty-state"
import { AccountHealth } from "@/organisms/account-health"
import { DeliveryList } from "@/organisms/delivery-list"
import { Panel } from "@/organisms/panel"
import { SummaryStats } from "@/organisms/summary-stats"
import { Page } from "@/templates/page"

export function DashboardPage() {
  const { t } = useI18n()
  const { workspace } = useWorkspace()
  // Drawn in short pieces, so that neither the first nor the hundredth one holds up what a person does.
  const { data, error, isPending, isError, isFetching, refetch } = useSummary(workspace.id)
  const summary = useDeferredValue(
    useMemo(
      () => ({ data, error, isPending, isError, isFetching, refetch }),
      [data, error, isPending, isError, isFetching, refetch],
    ),
  )
  const hrefOf = (accountId: string) => `/w/${workspace.id}/accounts/${accountId}`
  return (
    <Page title={t("dashboard.title")} text={t("dashboard.text")}>
      {!summary.isError && <SummaryStats summary={summary.data} />}
      <div className="grid items-start gap-4 lg:grid-cols-2 lg:gap-6">
        <Panel
          title={t("dashboard.person")}
          of={summary}
          rows={6}
          isEmpty={(all) => all.attention.deliveries.length + all.attention.accounts.length === 0}
          empty={
            <EmptyState
              icon={Sparkles}
              title={t("dashboard.person_empty")}
              text={t("dashboard.person_empty_text")}
            />
          }
        >
          {(all) => (
            <div className="divide-y divide-line">
              <AccountHealth accounts={all.attention.accounts} hrefOf={hrefOf} />
              <DeliveryList deliveries={all.attention.deliveries} when="due" />
            </div>
          )}
        </Panel>
        <Panel
          title={t("dashboard.next")}
          // Below another one, on a phone, it would jump as well.
          className={summary.isPending ? "max-lg:hidden" : undefined}
          of={summary}
          rows={6}
          isEmpty={(all) => all.next.length === 0}
          empty={
            <EmptyState
              icon={CalendarClock}
              title={t("dashboard.next_empty")}
              text={t("dashboard.next_empty_text")}
            />
          }
        >
          {(all) => <DeliveryList deliveries={all.next} when="due" />}
        </Panel>
        {/* Not before the row above has its height: they would jump. */}
        {!summary.isPending && (
          <>
            <Panel
              title={t("dashboard.went")}
              of={summary}
              isEmpty={(all) => all.published_24h.items.length === 0}
              empty={
                <EmptyState
                  icon={CircleCheck}
                  title={t("dashboard.went_empty")}
                  text={t("dashboard.went_empty_text")}
                />
              }
            >
              {(all) => <DeliveryList deliveries={all.published_24h.items} when="published" />}
            </Panel>
            <Panel
              title={t("dashboard.accounts")}
              of={summary}
              isEmpty={(all) => all.accounts.length === 0}
              empty={
                <EmptyState
                  icon={PlugZap}
                  title={t("dashboard.accounts_empty")}
                  text={t("dashboard.accounts_empty_text")}
                  action={
                    <Button asChild>
                      <Link to="welcome">{t("dashboard.start")}</Link>
                    </Button>
                  }
                />
              }
            >
              {(all) => <AccountHealth accounts={all.accounts} hrefOf={hrefOf} />}
            </Panel>
          </>
        )}
      </div>
    </Page>
  )
}
