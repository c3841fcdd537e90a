/** A path of this app out of a query parameter; anything that could lead elsewhere becomes "/". */
export function localPath(next: string | null): string {
  if (!next) return "/"
  try {
    const url = new URL(next, location.origin)
    const inside = url.origin === location.origin && next.startsWith("/")
    return inside ? url.pathname + url.search + url.hash : "/"
  } catch {
    return "/"
  }
}
