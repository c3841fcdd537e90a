import { type ReactNode, useEffect, useRef, useState } from "react"
import { useLocation } from "react-router"
import { cn } from "@/lib/cn"
import { PageHeader } from "@/molecules/page-header"

type Props = {
  title: string
  badge?: ReactNode
  text?: string
  actions?: ReactNode
  width?: "narrow" | "wide"
  children: ReactNode
}

/** One page of the app: document title, heading, content. Coming from another page, the focus goes to the heading. */
export function Page({ title, badge, text, actions, width = "wide", children }: Props) {
  const root = useRef<HTMLDivElement>(null)
  // "default" is the page that was loaded, where the browser's own focus order is right. Decided once: a page that writes
  // its state into the address later goes nowhere.
  const { key } = useLocation()
  const [arrived] = useState(key !== "default")
  useEffect(() => {
    if (!arrived) return
    scrollTo(0, 0)
    root.current?.querySelector("h1")?.focus({ preventScroll: true })
  }, [arrived])
  return (
    <div
      ref={root}
      className={cn(
        "mx-auto grid w-full grid-cols-[minmax(0,1fr)] gap-6 px-4 py-6 sm:px-8 sm:py-8",
        width === "wide" ? "max-w-6xl" : "max-w-3xl",
      )}
    >
      <title>{`${title} · Troupe`}</title>
      <PageHeader title={title} badge={badge} text={text} actions={actions} />
      {children}
    </div>
  )
}
