import { act, render, screen } from "@testing-library/react"
import { afterEach, describe, expect, it, vi } from "vitest"
import { type Deferred, deferred, useDeferred } from "./deferred"

function Probe({ part, wanted }: { part: Deferred<string>; wanted: boolean }) {
  return <p>{useDeferred(part, wanted) ?? "nothing yet"}</p>
}

afterEach(() => {
  vi.useRealTimers()
})

describe("a deferred part", () => {
  it("comes at once when it is wanted, and is fetched once for all", async () => {
    const load = vi.fn(async () => "here")
    const part = deferred(load)
    render(
      <>
        <Probe part={part} wanted />
        <Probe part={part} wanted />
      </>,
    )
    expect(await screen.findAllByText("here")).toHaveLength(2)
    expect(load).toHaveBeenCalledOnce()
  })

  it("comes by itself while nobody waits", async () => {
    vi.useFakeTimers()
    const load = vi.fn(async () => "here")
    render(<Probe part={deferred(load)} wanted={false} />)
    await act(() => vi.advanceTimersByTimeAsync(1_000))
    expect(load).not.toHaveBeenCalled()
    await act(() => vi.advanceTimersByTimeAsync(4_000))
    expect(screen.getByText("here")).toBeVisible()
  })

  it("comes with the connection when it was wanted without one", async () => {
    const load = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error("offline"))
    load.mockResolvedValue("here")
    render(<Probe part={deferred(load)} wanted />)
    await act(async () => undefined)
    expect(screen.getByText("nothing yet")).toBeVisible()
    act(() => void dispatchEvent(new Event("online")))
    expect(await screen.findByText("here")).toBeVisible()
    expect(load).toHaveBeenCalledTimes(2)
  })
})
