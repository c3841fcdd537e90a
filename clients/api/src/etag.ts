/** The ETag of a version, as `If-Match` takes it. */
export function etagOf(version: number): string {
  return `"v${version}"`
}

/** Header parameters for a change that must not overwrite someone else's: 412 when it was changed meanwhile. */
export function ifMatch(version: number): { "If-Match": string } {
  return { "If-Match": etagOf(version) }
}
