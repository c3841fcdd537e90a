import { problemOf } from "./problem"
import type { components } from "./schema"
import { type Fetch, sleepUntil } from "./transport"

/** One line of a workspace's story, as the node's outbox tells it. */
export type LiveEvent = components["schemas"]["Event"]

export type StreamState = "connecting" | "open" | "waiting"

export type StreamOptions = {
  url: string
  fetch: Fetch
  signal: AbortSignal
  onEvent: (event: LiveEvent) => void
  /** The node no longer keeps what came after our cursor: fetch everything anew. */
  onReset: () => void
  onState?: (state: StreamState) => void
  after?: string
  /** The node's heartbeat comes each 15 s; three missed ones mean a dead connection. */
  silenceMs?: number
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
  random?: () => number
}

type Frame = { id?: string; event?: string; data?: string; retry?: number }

const bufferLimit = 1 << 20

/** Cuts a stream of text into frames. Lines end in LF, CR or CRLF; a frame ends with an empty line. */
export class FrameParser {
  #rest = ""
  #frame: Frame = {}

  push(chunk: string): Frame[] {
    this.#rest += chunk
    if (this.#rest.length > bufferLimit) throw new Error("an event of more than 1 MiB")
    const frames: Frame[] = []
    // A CR at the very end may be half of a CRLF: it waits for the next chunk.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ""
    for (const line of lines) {
      if (line === "") {
        if (Object.keys(this.#frame).length > 0) frames.push(this.#frame)
        this.#frame = {}
      } else this.#line(line)
    }
    return frames
  }

  #line(line: string): void {
    const colon = line.indexOf(":")
    if (colon === 0) return
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1))
    if (name === "data")
      this.#frame.data = this.#frame.data === undefined ? value : `${this.#frame.data}\n${value}`
    else if (name === "event") this.#frame.event = value
    else if (name === "id") this.#frame.id = value
    else if (name === "retry" && /^\d+$/.test(value)) this.#frame.retry = Number(value)
  }
}

function eventOf(frame: Frame): LiveEvent | undefined {
  if (frame.data === undefined) return undefined
  try {
    const data: unknown = JSON.parse(frame.data)
    if (typeof data !== "object" || data === null) return undefined
    const event = data as Partial<LiveEvent>
    return {
      id: event.id ?? frame.id ?? "",
      kind: event.kind ?? frame.event ?? "message",
      subject: event.subject ?? "",
      at: event.at ?? "",
      payload: event.payload ?? {},
    }
  } catch {
    return undefined // One unreadable event must not end the stream of all others.
  }
}

/**
 * Follows the node's events until `signal` aborts: resumes after the last one seen, waits longer after each failure (with
 * jitter, so that a restarted node is not met by everyone at once), and gives up only when the session has ended.
 */
export async function followEvents(options: StreamOptions): Promise<void> {
  const { signal } = options
  const sleep = options.sleep ?? sleepUntil
  const random = options.random ?? Math.random
  let cursor = options.after
  let hintMs = 1_000
  let failures = 0

  async function read(): Promise<void> {
    const silence = new AbortController()
    const request = new Request(options.url, {
      headers: { accept: "text/event-stream", ...(cursor === undefined ? {} : { "last-event-id": cursor }) },
      signal: AbortSignal.any([signal, silence.signal]),
      cache: "no-store",
    })
    let watchdog: ReturnType<typeof setTimeout> | undefined
    const heard = () => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => silence.abort(new Error("no heartbeat")), options.silenceMs ?? 45_000)
    }
    heard()
    try {
      const response = await options.fetch(request)
      if (!response.ok || response.body === null)
        throw problemOf(response, await response.json().catch(() => undefined))
      options.onState?.("open")
      const parser = new FrameParser()
      const reader = response.body
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
        .getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        heard()
        failures = 0
        for (const frame of parser.push(value)) take(frame)
      }
    } finally {
      clearTimeout(watchdog)
    }
  }

  function take(frame: Frame): void {
    if (frame.retry !== undefined) hintMs = Math.min(frame.retry, 60_000)
    if (frame.id) cursor = frame.id
    if (frame.event === "reset") options.onReset()
    else {
      const event = eventOf(frame)
      if (event) options.onEvent(event)
    }
  }

  while (!signal.aborted) {
    options.onState?.("connecting")
    try {
      await read()
    } catch (error) {
      if (signal.aborted) return
      // 401 after a refresh: the session is over. 404: no member any more.
      if (typeof error === "object" && error !== null && "status" in error)
        if (error.status === 401 || error.status === 403 || error.status === 404)
          return options.onState?.("waiting")
      failures += 1
    }
    if (signal.aborted) return
    options.onState?.("waiting")
    const ceiling = Math.min(30_000, hintMs * 2 ** Math.min(failures, 8))
    try {
      await sleep(hintMs / 2 + random() * ceiling, signal)
    } catch {
      return
    }
  }
}
