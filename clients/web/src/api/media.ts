import { useQuery } from "@tanstack/react-query"
import { ApiProblem, type Media, offlineProblem, problemOf } from "@troupe/api"
import { client, session } from "./client"
import { keys } from "./keys"

const silenceMs = 120_000

type Upload = {
  workspaceId: string
  file: File
  /** The same for each try of one file, so that a lost answer stores it once. */
  key: string
  signal: AbortSignal
  onProgress: (part: number) => void
}

/** Sends the bytes. By XMLHttpRequest: fetch tells nothing of how far an upload is. */
export async function uploadMedia(upload: Upload): Promise<Media> {
  const token = await session.token()
  const first = await send(upload, token)
  if (first.status !== 401) return read(first)
  return read(await send(upload, await session.refresh(token)))
}

function read(answer: Response): Promise<Media> {
  return answer.json().then(
    (body: unknown) => {
      if (!answer.ok) throw problemOf(answer, body)
      return body as Media
    },
    () => {
      throw problemOf(answer, undefined)
    },
  )
}

function send({ workspaceId, file, key, signal, onProgress }: Upload, token: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const request = new XMLHttpRequest()
    const stop = () => request.abort()
    const fail = () => reject(signal.aborted ? signal.reason : offlineProblem(new Error("upload failed")))
    request.open("POST", `${client.baseUrl}/v1/workspaces/${workspaceId}/media`)
    request.timeout = silenceMs
    request.setRequestHeader("authorization", `Bearer ${token}`)
    request.setRequestHeader("content-type", file.type)
    request.setRequestHeader("x-troupe-client", "web")
    request.setRequestHeader("idempotency-key", key)
    const name = encodeURIComponent(file.name.replace(/[/\p{Cc}]/gu, "_"))
    if (name && name.length <= 255) request.setRequestHeader("x-file-name", name)
    request.upload.onprogress = ({ loaded, total }) => total > 0 && onProgress(loaded / total)
    request.onload = () => {
      const headers = new Headers()
      for (const header of ["x-request-id", "retry-after"]) {
        const value = request.getResponseHeader(header)
        if (value !== null) headers.set(header, value)
      }
      resolve(new Response(request.responseText, { status: request.status, headers }))
    }
    request.onerror = fail
    request.ontimeout = fail
    request.onabort = fail
    request.onloadend = () => signal.removeEventListener("abort", stop)
    signal.addEventListener("abort", stop, { once: true })
    request.send(file)
  })
}

/** The bytes of an image. They need the access token, so an `<img>` cannot fetch them itself; and they never change. */
export function useMediaContent(workspaceId: string, mediaId: string | undefined) {
  return useQuery({
    queryKey: keys.media(workspaceId, mediaId ?? ""),
    enabled: mediaId !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const url = `${client.baseUrl}/v1/workspaces/${workspaceId}/media/${mediaId}/content`
      const answer = await client.fetch(new Request(url, { signal }))
      if (!answer.ok) throw problemOf(answer, await answer.json().catch(() => undefined))
      const bytes = await answer.blob()
      if (!/^image\/(png|jpeg|gif|webp)$/.test(bytes.type))
        throw new ApiProblem({ kind: "unknown", status: answer.status, title: `not an image: ${bytes.type}` })
      return bytes
    },
  })
}
