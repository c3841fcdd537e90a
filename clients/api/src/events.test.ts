import { describe, expect, it, vi } from "vitest"
import { FrameParser, followEvents, type LiveEvent, type StreamState } from "./events"

const frame = (id: string, kind = "delivery.published") =>
  `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ id, kind, subject: "s", at: "2026-01-01T00:00:00Z", payload: {} })}\n\n`

describe("the frame parser", () => {
  it("gives the same frames however the bytes are cut", () => {
    const text = `retry: 500\r\n\r\n: heartbeat\n\n${frame("1")}${frame("2")}`
    for (let size = 1; size < 9; size += 1) {
      const parser = new FrameParser()
      const frames = []
      for (let at = 0; at < text.length; at += size) frames.push(...parser.push(text.slice(at, at + size)))
      expect(frames.map((one) => one.id ?? one.retry)).toEqual([500, "1", "2"])
    }
  })

  it("refuses an event without an end", () => {
    expect(() => new FrameParser().push("x".repeat(2 << 20))).toThrow("1 MiB")
  })
})

/** Follows `answers`, one for each connection, and stops after the last. */
async function follow(answers: ((request: Request) => Response | Promise<Response>)[]) {
  const stop = new AbortController()
  const events: LiveEvent[] = []
  const states: StreamState[] = []
  const cursors: (string | null)[] = []
  const waits: number[] = []
  const onReset = vi.fn()
  await followEvents({
    url: "http://node.test/events",
    signal: stop.signal,
    onEvent: (event) => events.push(event),
    onReset,
    onState: (state) => states.push(state),
    random: () => 1,
    sleep: async (ms) => {
      waits.push(ms)
      if (answers.length === 0) stop.abort()
    },
    fetch: async (request) => {
      cursors.push(request.headers.get("last-event-id"))
      const answer = answers.shift()
      if (!answer) throw new TypeError("down")
      return answer(request)
    },
  })
  return { ids: events.map((one) => one.id), states, cursors, waits, onReset }
}

describe("following events", () => {
  it("resumes after the last event that it saw", async () => {
    const seen = await follow([
      () => new Response(frame("a") + frame("b")),
      () => Promise.reject(new TypeError("down")),
      () => new Response(frame("c")),
    ])
    expect(seen.ids).toEqual(["a", "b", "c"])
    expect(seen.cursors).toEqual([null, "b", "b"])
  })

  it("waits longer after each failure, and not for ever", async () => {
    const down = () => Promise.reject(new TypeError("down"))
    const { waits } = await follow([down, down, down, down, down, down, down])
    expect(waits.slice(0, 3)).toEqual([2_500, 4_500, 8_500])
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_500)
  })

  it("takes the node's hint", async () => {
    const { waits } = await follow([() => new Response("retry: 100\n\n")])
    expect(waits).toEqual([150])
  })

  it("asks for everything anew when the cursor is too old", async () => {
    const { onReset, ids } = await follow([() => new Response(`event: reset\ndata: {}\n\n${frame("z")}`)])
    expect(onReset).toHaveBeenCalledOnce()
    expect(ids).toEqual(["z"])
  })

  it("survives an event that it cannot read", async () => {
    expect((await follow([() => new Response(`data: {nonsense\n\n${frame("a")}`)])).ids).toEqual(["a"])
  })

  it("ends when the person is no member any more", async () => {
    const later = vi.fn(() => new Response(frame("never")))
    const { ids } = await follow([() => new Response("{}", { status: 404 }), later])
    expect(ids).toEqual([])
    expect(later).not.toHaveBeenCalled()
  })

  it("drops a connection that has gone silent", async () => {
    vi.useFakeTimers()
    try {
      const silent = (request: Request) =>
        new Promise<Response>((_, reject) =>
          request.signal.addEventListener("abort", () => reject(request.signal.reason)),
        )
      const done = follow([silent])
      await vi.advanceTimersByTimeAsync(46_000)
      expect((await done).states).toContain("waiting")
    } finally {
      vi.useRealTimers()
    }
  })
})
