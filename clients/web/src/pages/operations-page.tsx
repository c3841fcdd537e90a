import "@/i18n/areas/operations"
import { useState } from "react"
import { useSearchParams } from "react-router"
import { useMe } from "@/api/me"
import {
  useActor,
  useActorChildren,
  useActorTree,
  useLiftQuarantine,
  useNodes,
  useQuarantine,
  useShards,
} from "@/api/operations"
import { Badge } from "@/atoms/badge"
import { Label } from "@/atoms/label"
import { Switch } from "@/atoms/switch"
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/atoms/tabs"
import { useToast } from "@/contexts/toasts"
import { useI18n } from "@/i18n/use-i18n"
import { LoadingRows } from "@/molecules/loading-rows"
import { ActorSheet } from "@/organisms/actor-sheet"
import { ActorTree } from "@/organisms/actor-tree"
import { NodeTable } from "@/organisms/node-table"
import { Panel } from "@/organisms/panel"
import { QuarantineList } from "@/organisms/quarantine-list"
import { ShardTable } from "@/organisms/shard-table"
import { Page } from "@/templates/page"
import { NotFoundPage } from "./not-found-page"

const views = ["tree", "quarantine", "nodes", "shards"] as const

/** For users who operate the instance; for others the node says that there is no such thing, and so does this page. */
export function OperationsPage() {
  const me = useMe()
  if (me.data === undefined && !me.isError) return <LoadingRows />
  return me.data?.operator ? <Operations /> : <NotFoundPage />
}

function Operations() {
  const { t } = useI18n()
  const [query, setQuery] = useSearchParams()
  const [live, setLive] = useState(true)
  const view = views.find((one) => one === query.get("view")) ?? "tree"
  const path = query.get("actor") ?? undefined
  const actor = useActor(path, { live })
  const quarantine = useQuarantine({ live })
  const lift = useLiftQuarantine()
  const toast = useToast()

  function set(name: "view" | "actor", value: string | undefined) {
    setQuery(
      (last) => {
        const next = new URLSearchParams(last)
        if (value === undefined) next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true, preventScrollReset: true },
    )
  }
  const pick = (one: string) => set("actor", one)
  const inQuarantine = quarantine.data?.pages.flatMap((page) => page.items)
  return (
    <Page
      title={t("operations.title")}
      text={t("operations.text")}
      actions={
        <span className="flex items-center gap-2">
          <Label htmlFor="refresh">{t("operations.refresh")}</Label>
          <Switch id="refresh" checked={live} onCheckedChange={setLive} />
        </span>
      }
    >
      <Tabs value={view} onValueChange={(next) => set("view", next)} className="min-w-0">
        <div className="-mx-4 overflow-x-auto px-4 py-1 sm:mx-0 sm:px-0">
          <TabsList aria-label={t("operations.views")}>
            {views.map((one) => (
              <TabsTrigger key={one} value={one}>
                {t(`operations.${one}`)}
                {one === "quarantine" && inQuarantine && inQuarantine.length > 0 && (
                  <Badge tone="danger">{inQuarantine.length}</Badge>
                )}
              </TabsTrigger>
            ))}
          </TabsList>
        </div>
        <TabsContent value="tree">
          <Tree live={live} onPick={pick} />
        </TabsContent>
        <TabsContent value="quarantine">
          <QuarantineList
            of={{ ...quarantine, data: inQuarantine }}
            onMore={quarantine.hasNextPage ? () => void quarantine.fetchNextPage() : undefined}
            loadingMore={quarantine.isFetchingNextPage}
            onPick={pick}
            onLift={async (one) => {
              await lift.mutateAsync(one)
              toast({ tone: "ok", title: t("quarantine.lifted") })
            }}
          />
        </TabsContent>
        <TabsContent value="nodes">
          <Nodes live={live} />
        </TabsContent>
        <TabsContent value="shards">
          <Shards live={live} />
        </TabsContent>
      </Tabs>
      <ActorSheet path={path} of={actor} onClose={() => set("actor", undefined)} />
    </Page>
  )
}

function Tree({ live, onPick }: { live: boolean; onPick: (path: string) => void }) {
  const { t } = useI18n()
  const tree = useActorTree({ live })
  // The node is unfolded from the start: until the person folds it there is no need to know its name.
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const root = tree.data
  const open = new Set(unfolded)
  if (root && !folded.has(root.path)) open.add(root.path)
  const shards = [...unfolded].filter((path) => path.split("/").length === 3)
  const fetched = useActorChildren(shards, { live })
  const below = (path: string) => fetched[shards.indexOf(path)]

  function toggle(paths: string[], to: boolean) {
    const change = (last: ReadonlySet<string>, add: boolean) => {
      const next = new Set(last)
      for (const path of paths) {
        if (add) next.add(path)
        else next.delete(path)
      }
      return next
    }
    setUnfolded((last) => change(last, to))
    setFolded((last) => change(last, !to))
  }
  return (
    <Panel title={t("actors.title", { name: root?.name ?? "" })} text={t("actors.text")} of={tree} rows={6}>
      {(node) => (
        <ActorTree
          root={node}
          open={open}
          onOpen={toggle}
          below={below}
          onRetry={(path) => void fetched[shards.indexOf(path)]?.refetch()}
          onPick={onPick}
        />
      )}
    </Panel>
  )
}

function Nodes({ live }: { live: boolean }) {
  const nodes = useNodes({ live })
  const shards = useShards({ live })
  return <NodeTable of={nodes} at={nodes.dataUpdatedAt} shards={shards.data} />
}

function Shards({ live }: { live: boolean }) {
  return <ShardTable of={useShards({ live })} />
}
