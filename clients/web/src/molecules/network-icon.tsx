import type { ReactNode } from "react"
import { cn } from "@/lib/cn"

// Simple signs of our own, not the networks' logos: a wing, a W on a page, a horn, a spade in the sand, a globe.
const glyphs: Record<string, ReactNode> = {
  bluesky: (
    <path d="M12 11c-1.5-3-4.5-5.5-7-6c-.5 4 .5 7 4 7.5c-2.5.5-3.5 2-1.5 4c1.5 1.5 3.5-.5 4.5-3c1 2.5 3 4.5 4.5 3c2-2 1-3.5-1.5-4c3.5-.5 4.5-3.5 4-7.5c-2.5.5-5.5 3-7 6Z" />
  ),
  wordpress: <path d="M5 7l3.5 10.5L12 8l3.5 9.5L19 7M3.5 7h4M16.5 7h4" />,
  mastodon: <path d="M6 18V9.5a3 3 0 0 1 6 0V13m0-3.5a3 3 0 0 1 6 0V18M12 13v1" />,
  sandbox: <path d="M4 18h16M7 18v-4h10v4M9.5 14v-3h5v3M12 11V5l4 1.5L12 8" />,
}
const globe = (
  <path d="M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16ZM4 12h16M12 4c3 2.5 3 13.5 0 16M12 4c-3 2.5-3 13.5 0 16" />
)

const names: Record<string, string> = {
  bluesky: "Bluesky",
  wordpress: "WordPress",
  mastodon: "Mastodon",
  sandbox: "Sandbox",
}

/** A network's name. Names are not translated. */
export function networkName(platform: string): string {
  return names[platform] ?? platform
}

type Props = { platform: string; className?: string; label?: "hidden" | "shown" | "none" }

/** A network's sign with its name, for the eye or for screen readers; "none" where the name stands beside it anyway. */
export function NetworkIcon({ platform, className, label = "hidden" }: Props) {
  return (
    <span className="inline-flex items-center gap-2">
      <svg
        aria-hidden="true"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.9"
        strokeLinecap="round"
        strokeLinejoin="round"
        className={cn("size-5 shrink-0", className)}
      >
        {glyphs[platform] ?? globe}
      </svg>
      {label !== "none" && (
        <span translate="no" className={label === "hidden" ? "sr-only" : "text-sm"}>
          {networkName(platform)}
        </span>
      )}
    </span>
  )
}
