import type { Account } from "@troupe/api"
import { useDeferredValue, useMemo } from "react"
import { Button } from "@/atoms/button"
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/atoms/tabs"
import { Textarea } from "@/atoms/textarea"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"
import { type Content, type Count, changeTarget, countsFor, targetOf } from "@/lib/content"
import { ConfirmDialog } from "@/molecules/confirm-dialog"
import { NetworkIcon } from "@/molecules/network-icon"

/** The tab of the text that every account gets which has none of its own. */
export const allTab = "all"

type Props = {
  content: Content
  /** The chosen ones. */
  accounts: readonly Account[]
  tab: string
  onTab: (tab: string) => void
  onChange: (content: Content) => void
  onPasteFiles: (files: File[]) => void
}

/** The text, and a version of its own for each account that wants one, with how much of each limit is used. */
export function TextEditor({ content, accounts, tab, onTab, onChange, onPasteFiles }: Props) {
  const { t } = useI18n()
  const name = (account: Account) => account.display_name || account.handle
  const shared = accounts.filter((account) => targetOf(content, account.id)?.text == null)

  function box(text: string, label: string, placeholder: string, write: (text: string) => void) {
    return (
      <Textarea
        aria-label={label}
        placeholder={placeholder}
        value={text}
        dir="auto"
        maxLength={100_000}
        lang={content.language ?? undefined}
        onChange={(event) => write(event.target.value)}
        onPaste={(event) => {
          const files = [...event.clipboardData.files]
          if (files.length === 0) return
          event.preventDefault()
          onPasteFiles(files)
        }}
        className="max-h-[60dvh] min-h-40"
      />
    )
  }

  return (
    <Tabs value={tab} onValueChange={onTab}>
      {accounts.length > 1 && (
        <div className="-mx-1 overflow-x-auto px-1 py-1">
          <TabsList aria-label={t("compose.versions")}>
            <TabsTrigger value={allTab} className="shrink-0 whitespace-nowrap">
              {t("compose.all")}
            </TabsTrigger>
            {accounts.map((account) => (
              <TabsTrigger key={account.id} value={account.id} className="max-w-48 shrink-0">
                <NetworkIcon platform={account.platform} className="size-4" />
                <span className="truncate" dir="auto">
                  {name(account)}
                </span>
                {targetOf(content, account.id)?.text != null && (
                  <>
                    <span aria-hidden className="size-1.5 rounded-full bg-spot" />
                    <span className="sr-only">{t("post.own_version")}</span>
                  </>
                )}
              </TabsTrigger>
            ))}
          </TabsList>
        </div>
      )}
      <TabsContent value={allTab} className="mt-2 grid grid-cols-[minmax(0,1fr)] gap-2">
        {box(content.text, t("compose.text_all"), t("compose.placeholder"), (text) =>
          onChange({ ...content, text }),
        )}
        <Counts text={content.text} accounts={shared} />
      </TabsContent>
      {accounts.map((account) => {
        const own = targetOf(content, account.id)?.text ?? null
        const set = (text: string | null) => onChange(changeTarget(content, account.id, { text }))
        return (
          <TabsContent
            key={account.id}
            value={account.id}
            className="mt-2 grid grid-cols-[minmax(0,1fr)] gap-2"
          >
            {own === null ? (
              <div className="grid justify-items-start gap-3 rounded-md border border-line border-dashed p-4">
                <p className="text-ink-muted text-sm">{t("compose.own_text", { account: name(account) })}</p>
                <p className="w-full whitespace-pre-wrap break-words text-sm" dir="auto">
                  {content.text}
                </p>
                <Button variant="secondary" size="sm" onClick={() => set(content.text)}>
                  {t("compose.own")}
                </Button>
              </div>
            ) : (
              <>
                {box(own, t("compose.text_for", { account: name(account) }), t("compose.placeholder"), set)}
                {own.trim() === "" || own === content.text ? (
                  <Button variant="link" className="justify-self-start" onClick={() => set(null)}>
                    {t("compose.drop_own")}
                  </Button>
                ) : (
                  <ConfirmDialog
                    title={t("compose.drop_own_confirm", { account: name(account) })}
                    text={t("compose.drop_own_text")}
                    confirm={t("compose.drop_own")}
                    onConfirm={async () => set(null)}
                  >
                    <Button variant="link" className="justify-self-start">
                      {t("compose.drop_own")}
                    </Button>
                  </ConfirmDialog>
                )}
              </>
            )}
            <Counts text={own ?? content.text} accounts={[account]} />
          </TabsContent>
        )
      })}
    </Tabs>
  )
}

type Line = Count & { account: Account }

/** One line for each limit that differs; counting follows typing at its own pace. */
function Counts({ text, accounts }: { text: string; accounts: readonly Account[] }) {
  const { t, number } = useI18n()
  const calm = useDeferredValue(text)
  const lines = useMemo(() => {
    const seen = new Map<string, Line>()
    for (const account of accounts)
      for (const count of countsFor(calm, account.limits)) {
        // A limit of thousands of bytes is worth a line only when it comes near.
        if (count.unit === "bytes" && count.used < count.limit * 0.8) continue
        const key = `${account.platform} ${count.unit} ${count.limit}`
        if (!seen.has(key)) seen.set(key, { ...count, account })
      }
    return [...seen.values()]
  }, [calm, accounts])
  if (lines.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1">
      {lines.map(({ account, used, limit, unit }) => {
        const over = used > limit
        const near = !over && used > limit * 0.9
        return (
          <li
            key={`${account.id} ${unit}`}
            className={cn(
              "tabular flex items-center gap-1.5 text-sm",
              over ? "font-semibold text-danger" : near ? "text-ink" : "text-ink-muted",
            )}
          >
            <NetworkIcon platform={account.platform} className="size-4" />
            <span aria-hidden>
              {number(used)}/{number(limit)}
            </span>
            <span className="sr-only">
              {t("compose.count", { used, limit, unit: t(`compose.unit_${unit}`) })}
            </span>
            {over && <span>{t("compose.count_over", { count: used - limit })}</span>}
          </li>
        )
      })}
    </ul>
  )
}
