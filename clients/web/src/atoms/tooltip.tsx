import { cloneElement, type ReactElement, type ReactNode, useId, useState } from "react"

/** More about a control that already has a name; never the only place where something is said. Escape puts it away. */
export function Tooltip({
  text,
  children,
}: {
  text: ReactNode
  children: ReactElement<{ "aria-describedby"?: string }>
}) {
  const id = useId()
  const [shown, setShown] = useState(false)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: listens for the control inside, which is what one acts on
    <span
      className="relative inline-flex w-fit"
      onPointerEnter={(event) => event.pointerType !== "touch" && setShown(true)}
      onPointerLeave={() => setShown(false)}
      onFocus={() => setShown(true)}
      onBlur={() => setShown(false)}
      onKeyDown={(event) => event.key === "Escape" && setShown(false)}
    >
      {cloneElement(children, shown ? { "aria-describedby": id } : {})}
      {shown && (
        <span
          id={id}
          role="tooltip"
          className="absolute inset-s-0 bottom-full z-50 w-52 animate-fade-in pb-1.5 text-xs"
        >
          <span className="block rounded-md bg-ink px-2.5 py-1.5 text-canvas shadow-md">{text}</span>
        </span>
      )}
    </span>
  )
}
