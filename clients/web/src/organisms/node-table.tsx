import type { ClusterNode, Shard } from "@troupe/api"
import { Badge } from "@/atoms/badge"
import { Table, Td, Th, Tr } from "@/atoms/table"
import { useI18n } from "@/i18n/use-i18n"
import { useNow } from "@/lib/use-now"
import { NodeStateBadge } from "@/molecules/actor-state"
import { Time } from "@/molecules/time"
import { type Loaded, Panel } from "./panel"

type Props = {
  of: Loaded<ClusterNode[]>
  /** When the nodes were asked: what is left of a lease counts from there. */
  at: number
  /** Of the node that answers, for what waits in its shards. */
  shards: readonly Shard[] | undefined
}

export function NodeTable({ of, at, shards }: Props) {
  const { t, number, duration } = useI18n()
  return (
    <Panel title={t("nodes.title")} text={t("nodes.text")} of={of}>
      {(nodes) => (
        <div className="mt-3">
          <Table label={t("nodes.title")}>
            <thead>
              <tr>
                <Th>{t("nodes.node")}</Th>
                <Th>{t("actors.state")}</Th>
                <Th>{t("nodes.lease")}</Th>
                <Th className="text-end">{t("nodes.shards")}</Th>
                <Th className="text-end">{t("nodes.entities")}</Th>
                <Th className="text-end">
                  <span title={t("nodes.due_text")}>{t("nodes.due")}</span>
                </Th>
                <Th className="text-end">
                  <span title={t("nodes.lag_text")}>{t("nodes.lag")}</span>
                </Th>
                <Th>{t("nodes.started")}</Th>
                <Th>{t("nodes.version")}</Th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => {
                const mine = node.self ? shards?.filter((shard) => shard.owner_node === node.name) : undefined
                return (
                  <Tr key={`${node.name} ${node.incarnation}`}>
                    <Td>
                      <div className="grid min-w-36">
                        <span className="flex items-center gap-2 font-medium">
                          <bdi>{node.name}</bdi>
                          {node.self && <Badge tone="accent">{t("nodes.self")}</Badge>}
                        </span>
                        <span className="whitespace-nowrap text-ink-muted text-xs">
                          <bdi>{node.http_address}</bdi> ·{" "}
                          {t("shards.incarnation", { count: node.incarnation })}
                        </span>
                      </div>
                    </Td>
                    <Td>
                      <NodeStateBadge state={node.state} />
                    </Td>
                    <Td className="whitespace-nowrap">
                      <Lease node={node} at={at} />
                    </Td>
                    <Td className="tabular text-end">{number(node.shards)}</Td>
                    <Td className="tabular text-end">{sum(mine, "entities", number)}</Td>
                    <Td className="tabular text-end">{sum(mine, "due", number)}</Td>
                    <Td className="tabular whitespace-nowrap text-end">
                      {node.lag_ms > 0 ? duration(node.lag_ms) : t("nodes.no_lag")}
                    </Td>
                    <Td className="whitespace-nowrap text-ink-muted">
                      <Time at={node.started_at} show="relative" />
                    </Td>
                    <Td className="whitespace-nowrap text-ink-muted">{node.version}</Td>
                  </Tr>
                )
              })}
            </tbody>
          </Table>
        </div>
      )}
    </Panel>
  )
}

function sum(
  shards: readonly Shard[] | undefined,
  of: "entities" | "due",
  number: (value: number) => string,
) {
  return shards ? number(shards.reduce((total, shard) => total + (shard[of] ?? 0), 0)) : "–"
}

/** A lease that is over is what another node waits for to take the shards. */
function Lease({ node, at }: { node: ClusterNode; at: number }) {
  const { t, duration, relative } = useI18n()
  const now = useNow()
  const until = new Date(node.lease_until)
  const left = until.getTime() - at
  if (left > 0) return t("nodes.lease_left", { left: duration(left) })
  return (
    <span className={node.state === "stopped" ? "text-ink-muted" : "font-medium text-danger"}>
      {t("nodes.lease_over", { ago: relative(until, now) })}
    </span>
  )
}
