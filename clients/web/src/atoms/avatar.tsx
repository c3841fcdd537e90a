import { cn } from "@/lib/cn"

const tones = [
  "bg-accent-soft text-on-accent-soft",
  "bg-info-soft text-on-info-soft",
  "bg-ok-soft text-on-ok-soft",
  "bg-warn-soft text-on-warn-soft",
  "bg-danger-soft text-on-danger-soft",
] as const

function initials(name: string): string {
  const words = name.trim().split(/\s+/u)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? "")][0] ?? "",
  )
  return letters.join("").toLocaleUpperCase()
}

function toneOf(seed: string): string {
  let sum = 0
  for (const letter of seed) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0
  return tones[sum % tones.length] ?? tones[0]
}

/** Initials on a colour that stays with the name. Decoration: the name stands beside it. */
export function Avatar({ name, className, square }: { name: string; className?: string; square?: boolean }) {
  return (
    <span
      aria-hidden
      className={cn(
        "inline-flex size-8 shrink-0 select-none items-center justify-center font-semibold text-xs",
        square ? "rounded-md" : "rounded-full",
        toneOf(name),
        className,
      )}
    >
      {initials(name)}
    </span>
  )
}
