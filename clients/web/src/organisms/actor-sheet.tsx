import { type components, isProblem } from "@troupe/api"
import { Moon } from "lucide-react"
import { Sheet, SheetContent } from "@/atoms/sheet"
import { useI18n } from "@/i18n/use-i18n"
import { ActorStateBadge } from "@/molecules/actor-state"
import { EmptyState } from "@/molecules/empty-state"
import { ErrorState } from "@/molecules/error-state"
import { Fact } from "@/molecules/fact"
import { LoadingRows } from "@/molecules/loading-rows"
import { Notice } from "@/molecules/notice"
import type { Loaded } from "./panel"

export type ActorDetail = components["schemas"]["ActorDetail"]

type Props = { path: string | undefined; of: Loaded<ActorDetail>; onClose: () => void }

/** One actor in depth, over the tree. */
export function ActorSheet({ path, of, onClose }: Props) {
  const { t } = useI18n()
  const name = path?.split("/").at(-1) ?? ""
  return (
    <Sheet open={path !== undefined} onOpenChange={(open) => !open && onClose()}>
      <SheetContent
        side="end"
        title={<bdi className="break-all">{name}</bdi>}
        closeLabel={t("common.close")}
        className="sm:max-w-lg"
      >
        {isProblem(of.error, "not-found") ? (
          <EmptyState icon={Moon} title={t("actors.gone")} />
        ) : of.data ? (
          <Detail actor={of.data} />
        ) : of.error ? (
          <ErrorState error={of.error} onRetry={() => void of.refetch?.()} retrying={of.isFetching} />
        ) : (
          <LoadingRows />
        )}
      </SheetContent>
    </Sheet>
  )
}

function Detail({ actor }: { actor: ActorDetail }) {
  const { t, number, duration } = useI18n()
  const told = flat(actor.details)
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-center gap-2">
        <ActorStateBadge state={actor.state} />
        <span className="text-ink-muted text-sm">{t(`actors.level_${actor.level}`)}</span>
      </div>
      {actor.last_error && (
        <Notice tone="warn" title={t("actors.last_error")}>
          <p className="break-words font-mono text-xs">{actor.last_error}</p>
        </Notice>
      )}
      <dl className="grid grid-cols-2 gap-4">
        <Fact label={t("actors.path")} className="col-span-2">
          <bdi className="break-all font-mono text-xs">{actor.path}</bdi>
        </Fact>
        <Fact label={t("actors.mailbox")}>{number(actor.mailbox_depth)}</Fact>
        <Fact label={t("actors.messages")}>{number(actor.messages)}</Fact>
        <Fact label={t("actors.restarts")}>{number(actor.restarts)}</Fact>
        <Fact label={t("actors.age")}>{duration(actor.age_s * 1_000)}</Fact>
        {actor.epoch !== null && <Fact label={t("actors.epoch")}>{number(actor.epoch)}</Fact>}
        {actor.level !== "entity" && <Fact label={t("actors.children")}>{number(actor.children_count)}</Fact>}
        {!actor.last_error && <Fact label={t("actors.last_error")}>{t("actors.no_error")}</Fact>}
      </dl>
      {told.length > 0 && (
        <section className="grid gap-3 border-line border-t pt-4">
          <h3 className="font-semibold text-base">{t("actors.details")}</h3>
          <dl className="grid gap-3 sm:grid-cols-2">
            {told.map(([name, value]) => (
              <Fact key={name} label={name}>
                <bdi className="break-all font-mono text-xs">{value}</bdi>
              </Fact>
            ))}
          </dl>
        </section>
      )}
    </div>
  )
}

const factsAtMost = 200

/** "dispatcher.due" and its value, for whatever an actor of this kind tells. */
export function flat(value: unknown, name = ""): [string, string][] {
  if (typeof value !== "object" || value === null) return name === "" ? [] : [[name, String(value)]]
  if (Array.isArray(value) && value.every((one) => typeof one !== "object"))
    return value.length === 0 ? [] : [[name, value.join(", ")]]
  return Object.entries(value)
    .flatMap(([key, inner]) => flat(inner, name === "" ? key : `${name}.${key}`))
    .slice(0, factsAtMost)
}
