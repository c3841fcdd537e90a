import { Direction as Radix } from "radix-ui"
import type { ReactNode } from "react"
import { useDirection } from "@/lib/use-direction"

/** Menus, tabs and radio buttons take the page for one from left to right unless they are told. */
export function Direction({ children }: { children: ReactNode }) {
  return <Radix.Provider dir={useDirection()}>{children}</Radix.Provider>
}
