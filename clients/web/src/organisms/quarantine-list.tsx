import type { ActorNode } from "@troupe/api"
import { ShieldCheck } from "lucide-react"
import { Button } from "@/atoms/button"
import { useI18n } from "@/i18n/use-i18n"
import { ConfirmDialog } from "@/molecules/confirm-dialog"
import { EmptyState } from "@/molecules/empty-state"
import { type Loaded, Panel } from "./panel"

type Props = {
  of: Loaded<ActorNode[]>
  /** There are more pages. */
  onMore?: () => void
  loadingMore: boolean
  onLift: (path: string) => Promise<unknown>
  onPick: (path: string) => void
}

/** What is left alone after failing too often, and the way to let it work again. */
export function QuarantineList({ of, onMore, loadingMore, onLift, onPick }: Props) {
  const { t } = useI18n()
  return (
    <Panel
      title={t("quarantine.title")}
      text={t("quarantine.text")}
      of={of}
      isEmpty={(items) => items.length === 0}
      empty={
        <EmptyState icon={ShieldCheck} title={t("quarantine.empty")} text={t("quarantine.empty_text")} />
      }
    >
      {(items) => (
        <>
          <ul className="mt-2 divide-y divide-line">
            {items.map((actor) => (
              <li key={actor.path} className="flex flex-wrap items-start gap-x-4 gap-y-2 px-5 py-3.5">
                <div className="grid min-w-0 flex-1 basis-64 gap-1">
                  <button
                    type="button"
                    onClick={() => onPick(actor.path)}
                    className="w-fit max-w-full cursor-pointer break-all rounded-sm text-start font-mono text-xs underline decoration-line-strong underline-offset-4 hover:decoration-accent"
                  >
                    <bdi>{actor.path}</bdi>
                  </button>
                  {actor.last_error && <p className="break-words text-danger text-sm">{actor.last_error}</p>}
                  <p className="text-ink-muted text-xs">
                    {t(`actors.level_${actor.level}`)} · {t("actors.restarts")}: {actor.restarts}
                  </p>
                </div>
                <ConfirmDialog
                  title={t("quarantine.lift_title")}
                  text={t("quarantine.lift_text", { path: actor.path })}
                  confirm={t("quarantine.lift")}
                  tone="primary"
                  onConfirm={() => onLift(actor.path)}
                >
                  <Button
                    variant="secondary"
                    size="sm"
                    aria-label={t("quarantine.lift_of", { path: actor.path })}
                  >
                    {t("quarantine.lift")}
                  </Button>
                </ConfirmDialog>
              </li>
            ))}
          </ul>
          {onMore && (
            <div className="flex justify-center border-line border-t p-3">
              <Button variant="secondary" size="sm" busy={loadingMore} onClick={onMore}>
                {t("common.more")}
              </Button>
            </div>
          )}
        </>
      )}
    </Panel>
  )
}
