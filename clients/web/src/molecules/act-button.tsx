import { type ComponentProps, useState } from "react"
import { Button } from "@/atoms/button"

type Props = Omit<ComponentProps<typeof Button>, "onClick" | "busy" | "asChild"> & {
  /** Shows its failures itself. */
  onAct: () => Promise<unknown>
}

/** A button whose work takes a while: a second click while it runs does nothing. */
export function ActButton({ onAct, size = "sm", ...props }: Props) {
  const [busy, setBusy] = useState(false)
  async function act() {
    setBusy(true)
    try {
      await onAct()
    } catch {
      // Said by whoever gave the work.
    } finally {
      setBusy(false)
    }
  }
  return <Button {...props} size={size} busy={busy} onClick={() => void act()} />
}
