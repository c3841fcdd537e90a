import type { Account } from "@troupe/api"
import { type ReactNode, useState } from "react"
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/atoms/tabs"
import { useI18n } from "@/i18n/use-i18n"
import { type Content, versionFor } from "@/lib/content"
import { NetworkIcon } from "@/molecules/network-icon"
import { PostPreview } from "./post-preview"
import { allTab } from "./text-editor"

type Props = {
  content: Content
  accounts: readonly Account[]
  tab: string
  onTab: (tab: string) => void
  draw: (mediaId: string, alt: string) => ReactNode
}

/** One preview at a time; it follows the version that is being written. */
export function PostPreviews({ content, accounts, tab, onTab, draw }: Props) {
  const { t } = useI18n()
  const [own, setOwn] = useState<string>()
  const ids = accounts.map(({ id }) => id)
  const shown = tab !== allTab ? tab : own && ids.includes(own) ? own : ids[0]
  if (shown === undefined)
    return <p className="py-6 text-center text-ink-muted text-sm">{t("compose.preview_none")}</p>
  return (
    <Tabs
      value={shown}
      onValueChange={(id) => {
        setOwn(id)
        if (tab !== allTab) onTab(id)
      }}
    >
      <div className="-mx-1 overflow-x-auto px-1 py-1">
        <TabsList aria-label={t("compose.preview")}>
          {accounts.map((account) => (
            <TabsTrigger key={account.id} value={account.id} className="max-w-40 shrink-0">
              <NetworkIcon platform={account.platform} className="size-4" />
              <span className="truncate" dir="auto">
                {account.display_name || account.handle}
              </span>
            </TabsTrigger>
          ))}
        </TabsList>
      </div>
      {accounts.map((account) => (
        <TabsContent key={account.id} value={account.id} className="mt-3">
          <PostPreview account={account} {...versionFor(content, account.id)} image={draw} />
        </TabsContent>
      ))}
    </Tabs>
  )
}
