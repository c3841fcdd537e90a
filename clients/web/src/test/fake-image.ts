import type { Media } from "@troupe/api"

/** One pixel of PNG. */
export const pixel = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg=="),
  (c) => c.charCodeAt(0),
)

/** What the node tells of it. */
export const blank: Omit<Media, "id" | "url"> = {
  content_type: "image/png",
  bytes: 68,
  width: 1,
  height: 1,
  sha256: "0".repeat(64),
  file_name: null,
  created_at: new Date().toISOString(),
}
