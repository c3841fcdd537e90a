import { type ComponentProps, useMemo } from "react"
import { Select } from "@/atoms/select"
import { timeZones } from "@/lib/time-zones"

/** Every IANA zone; `also` one that must be there even where the browser does not know it. */
export function ZoneSelect({ also, ...props }: ComponentProps<"select"> & { also?: string }) {
  const zones = useMemo(() => timeZones(also), [also])
  return (
    <Select {...props}>
      {zones.map((zone) => (
        <option key={zone} value={zone}>
          {zone.replaceAll("_", " ")}
        </option>
      ))}
    </Select>
  )
}
