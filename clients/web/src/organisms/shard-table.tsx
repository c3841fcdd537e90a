import type { Shard } from "@troupe/api"
import { Boxes } from "lucide-react"
import { useState } from "react"
import { Select } from "@/atoms/select"
import { Table, Td, Th, Tr } from "@/atoms/table"
import { useI18n } from "@/i18n/use-i18n"
import { EmptyState } from "@/molecules/empty-state"
import { Pagination } from "@/molecules/pagination"
import { Time } from "@/molecules/time"
import { type Loaded, Panel } from "./panel"

const perPage = 50
const nobody = "?nobody"

/** Who owns which shard, by pages, of one owner or of all. */
export function ShardTable({ of }: { of: Loaded<Shard[]> }) {
  const { t, number } = useI18n()
  const [owner, setOwner] = useState("")
  const [page, setPage] = useState(0)
  const owners = [...new Set(of.data?.map((shard) => shard.owner_node ?? nobody))].sort()
  const shown = (shards: Shard[]) =>
    owner === "" ? shards : shards.filter((shard) => (shard.owner_node ?? nobody) === owner)
  return (
    <Panel
      title={t("shards.title")}
      text={
        of.data &&
        t("shards.text", {
          count: of.data.length,
          orphans: of.data.filter((shard) => shard.owner_node === null).length,
        })
      }
      of={of}
      action={
        <Select
          aria-label={t("shards.filter")}
          className="w-44"
          value={owner}
          onChange={(event) => {
            setOwner(event.target.value)
            setPage(0)
          }}
        >
          <option value="">{t("shards.filter_all")}</option>
          {owners.map((one) => (
            <option key={one} value={one}>
              {one === nobody ? t("shards.no_owner") : one}
            </option>
          ))}
        </Select>
      }
      isEmpty={(shards) => shown(shards).length === 0}
      empty={<EmptyState icon={Boxes} title={t("shards.empty")} />}
    >
      {(all) => {
        const shards = shown(all)
        // What was refreshed may have become shorter than the page that was open.
        const at = Math.min(page, Math.ceil(shards.length / perPage) - 1)
        const from = at * perPage
        const to = Math.min(shards.length, from + perPage)
        return (
          <div className="mt-3">
            <Table label={t("shards.title")}>
              <thead>
                <tr>
                  <Th className="text-end">{t("shards.shard")}</Th>
                  <Th>{t("shards.owner")}</Th>
                  <Th className="text-end">{t("shards.epoch")}</Th>
                  <Th className="text-end">{t("shards.adoptions")}</Th>
                  <Th className="text-end">{t("shards.entities")}</Th>
                  <Th className="text-end">{t("shards.due")}</Th>
                  <Th>{t("shards.changed")}</Th>
                </tr>
              </thead>
              <tbody>
                {shards.slice(from, to).map((shard) => (
                  <Tr key={shard.shard_id}>
                    <Td className="tabular text-end font-medium">{shard.shard_id}</Td>
                    <Td className="whitespace-nowrap">
                      {shard.owner_node === null ? (
                        <span className="text-danger">{t("shards.no_owner")}</span>
                      ) : (
                        <>
                          <bdi>{shard.owner_node}</bdi>
                          {shard.owner_incarnation !== null && (
                            <span className="text-ink-muted text-xs">
                              {" · "}
                              {t("shards.incarnation", { count: shard.owner_incarnation })}
                            </span>
                          )}
                        </>
                      )}
                    </Td>
                    <Td className="tabular text-end">{number(shard.epoch)}</Td>
                    <Td className="tabular text-end">{number(shard.adoptions)}</Td>
                    <Td className="tabular text-end">{here(shard.entities)}</Td>
                    <Td className="tabular text-end">{here(shard.due)}</Td>
                    <Td className="whitespace-nowrap text-ink-muted">
                      <Time at={shard.changed_at} show="relative" />
                    </Td>
                  </Tr>
                ))}
              </tbody>
            </Table>
            {shards.length > perPage && (
              <div className="grid gap-2 border-line border-t px-5 py-3">
                <p role="status" className="tabular text-center text-ink-muted text-sm">
                  {t("shards.range", { from: from + 1, to, count: shards.length })}
                </p>
                <Pagination
                  onPrevious={at > 0 ? () => setPage(at - 1) : undefined}
                  onNext={to < shards.length ? () => setPage(at + 1) : undefined}
                />
              </div>
            )}
          </div>
        )
      }}
    </Panel>
  )

  function here(value: number | null) {
    return value === null ? <span title={t("shards.elsewhere")}>–</span> : number(value)
  }
}
