import type { Media, Post } from "@troupe/api"
import { newId } from "./fake-data"
import { blank, pixel } from "./fake-image"
import { json, type On, problem } from "./fake-node"

/** Images of the node in memory: each content is the same pixel. */
export function addMediaRoutes(on: On) {
  const media = new Map<string, Media>()

  on("POST /v1/workspaces/{w}/media", async ({ request }) => {
    const id = newId()
    const stored: Media = {
      ...blank,
      id,
      content_type: (request.headers.get("content-type") as Media["content_type"]) ?? "image/png",
      file_name: decodeURIComponent(request.headers.get("x-file-name") ?? "") || null,
      url: `/media/${id}/content`,
    }
    media.set(id, stored)
    return json(stored, 201)
  })
  on("GET /v1/workspaces/{w}/media/{id}/content", ({ params }) =>
    media.has(params.id ?? "")
      ? new Response(pixel, { headers: { "content-type": "image/png" } })
      : problem("not-found", 404),
  )

  /** An image that is there already. */
  function addMedia(alt: string): Post["media"][number] {
    const id = newId()
    media.set(id, { ...blank, id, url: `/media/${id}/content` })
    return { media_id: id, alt }
  }

  return { addMedia }
}
