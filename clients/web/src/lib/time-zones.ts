/** The zone of this machine, as a first guess for a new workspace. */
export function localTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC"
}

/** Every IANA zone the browser knows, and `also` in any case. */
export function timeZones(also?: string): string[] {
  const known = new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])
  if (also) known.add(also)
  return [...known].sort()
}
