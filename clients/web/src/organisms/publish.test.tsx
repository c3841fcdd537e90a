import { screen, within } from "@testing-library/react"
import { ApiProblem } from "@troupe/api"
import { type ComponentProps, createRef } from "react"
import { MemoryRouter } from "react-router"
import { describe, expect, it, vi } from "vitest"
import { emptyContent } from "@/lib/content"
import { expectAccessible } from "@/test/axe"
import { makeAccount, makeDelivery, makePost } from "@/test/fake-node"
import { show } from "@/test/render"
import "@/i18n/areas/publish"
import { byDay, itemsOf } from "@/lib/calendar-items"
import { AccountChips } from "./account-chips"
import { CalendarHours } from "./calendar-hours"
import { CalendarMonth } from "./calendar-month"
import { ConflictPanel } from "./conflict-panel"
import { DeliveryHelp } from "./delivery-help"
import { ImageEditor, type Pending } from "./image-editor"
import { LedgerTimeline } from "./ledger-timeline"
import { PostPreview } from "./post-preview"
import { PostTable } from "./post-table"
import { RestoreNotice } from "./restore-notice"
import { SaveStatus } from "./save-status"

const failure = new ApiProblem({ kind: "internal", status: 500, title: "internal", requestId: "req-1" })
const never = () => expect.unreachable()

describe("help with a delivery", () => {
  type Of = Parameters<typeof makeDelivery>[0]
  const help = (of: Of, more: Partial<ComponentProps<typeof DeliveryHelp>> = {}) => (
    <MemoryRouter>
      <DeliveryHelp
        delivery={makeDelivery(of)}
        account={makeAccount()}
        mayEdit
        links={{ accounts: "/accounts", edit: "/edit" }}
        onAct={async () => undefined}
        {...more}
      />
    </MemoryRouter>
  )
  const lost = { kind: "unknown_outcome" as const, detail: "The answer was cut." }

  it("asks nobody to look while the node still does", async () => {
    show(help({ state: "in_doubt", error: lost }))
    expect(screen.getByText(/It is being asked whether the post is there/)).toBeVisible()
    expect(screen.queryByRole("button")).toBeNull()
    await expectAccessible()
  })

  it("asks a person what nobody else can find out", async () => {
    show(help({ state: "needs_review", error: lost }))
    expect(screen.getByText("It is not known whether this is published.")).toBeVisible()
    expect(screen.getAllByRole("button").map(({ textContent }) => textContent)).toEqual([
      "It is published",
      "It is not there: send it",
      "Cancel delivery",
    ])
    await expectAccessible()
  })

  it("shows a viewer what is wrong and no button", () => {
    show(help({ state: "needs_review", error: lost }, { mayEdit: false }))
    expect(screen.getByText(/Look at the account/)).toBeVisible()
    expect(screen.queryByRole("button")).toBeNull()
  })

  it("says nothing where nothing is wrong", () => {
    const { container } = show(help({ state: "published", error: null }))
    expect(container).toBeEmptyDOMElement()
  })

  it("warns of a scheduled one whose account is out of service", async () => {
    const account = makeAccount({ state: "reconnect_required" })
    show(help({ state: "scheduled", error: null }, { account }))
    expect(screen.getByRole("link", { name: "Reconnect account" })).toHaveAttribute("href", "/accounts")
    await expectAccessible()
  })
})

describe("the state of saving", () => {
  it.each([
    ["new", "Nothing to save yet"],
    ["saved", "Saved"],
    ["typing", "Not saved yet"],
    ["saving", "Saving"],
    ["waiting", "Kept on this device; saved when the server is back"],
    ["conflict", "Changed by someone else"],
    ["locked", "It is on its way already; kept on this device only"],
  ] as const)("is said when it is %s", async (kind, words) => {
    show(<SaveStatus state={{ kind }} onRetry={never} />)
    expect(screen.getByRole("status")).toHaveTextContent(words)
    await expectAccessible()
  })

  it("says why it failed, and tries again", async () => {
    const retry = vi.fn()
    const { user } = show(<SaveStatus state={{ kind: "failed", error: failure }} onRetry={retry} />)
    expect(screen.getByRole("status")).toHaveTextContent(/^Not saved: ./)
    await user.click(screen.getByRole("button", { name: "Try again" }))
    expect(retry).toHaveBeenCalledOnce()
  })
})

describe("what was found on this device", () => {
  it("is quoted shortly, with a sign that there is more", async () => {
    show(
      <RestoreNotice
        text={"word ".repeat(40)}
        savedAt={new Date().toISOString()}
        onRestore={never}
        onDiscard={never}
      />,
    )
    expect(screen.getByText(/word…”$/)).toBeVisible()
    await expectAccessible()
  })
})

describe("two versions", () => {
  const mine = { ...emptyContent, text: "Mine" }

  it("leave only one's own where the other was deleted", async () => {
    const keep = vi.fn()
    const { user } = show(
      <ConflictPanel mine={mine} theirs={null} accounts={[]} onKeep={keep} onTake={never} />,
    )
    expect(screen.getByText("It was deleted meanwhile. Keeping yours makes a new post.")).toBeVisible()
    expect(screen.queryByRole("button", { name: "Take theirs" })).toBeNull()
    await user.click(screen.getByRole("button", { name: "Keep mine" }))
    expect(keep).toHaveBeenCalledOnce()
    await expectAccessible()
  })
})

describe("images", () => {
  const editor = (more: Partial<ComponentProps<typeof ImageEditor<Pending>>> = {}) => (
    <ImageEditor
      media={[]}
      pending={[]}
      altLimit={0}
      picker={createRef<HTMLInputElement>()}
      image={(id, alt) => <img src={`data:,${id}`} alt={alt} />}
      onAdd={never}
      onChange={never}
      onRetry={never}
      onRemovePending={never}
      {...more}
    />
  )
  const file = new File(["x"], "mill.png", { type: "image/png" })

  it("show how far they are, and what failed with another try", async () => {
    const [retry, remove] = [vi.fn(), vi.fn()]
    const sent = { key: "a", file, progress: 0.4, error: null }
    const failed = { key: "b", file, progress: 0, error: failure }
    const { user } = show(editor({ pending: [sent, failed], onRetry: retry, onRemovePending: remove }))
    expect(screen.getByRole("progressbar", { name: "Uploading mill.png" })).toHaveAttribute(
      "aria-valuenow",
      "40",
    )
    expect(screen.getByRole("alert")).toHaveTextContent(/^Not uploaded: ./)
    await expectAccessible()
    await user.click(screen.getByRole("button", { name: "Upload again" }))
    expect(retry).toHaveBeenCalledWith(failed)
    await user.click(screen.getAllByRole("button", { name: "Remove" })[1] as HTMLElement)
    expect(remove).toHaveBeenCalledWith("b")
  })

  it("count what is said of them against the smallest limit", async () => {
    show(editor({ media: [{ media_id: "1", alt: "👩‍🚀 too long" }], altLimit: 5 }))
    expect(screen.getByLabelText("Alternative text")).toHaveAttribute("aria-invalid", "true")
    await expectAccessible()
  })

  it("cannot be moved beyond the ends", () => {
    const media = ["1", "2"].map((media_id) => ({ media_id, alt: "" }))
    show(editor({ media }))
    expect(screen.getByRole("button", { name: "Move image 1 forward" })).toBeDisabled()
    expect(screen.getByRole("button", { name: "Move image 2 back" })).toBeDisabled()
  })
})

describe("accounts to choose", () => {
  it("tell of one that is not well only where it is chosen", async () => {
    const ill = makeAccount({ id: "ill", display_name: "Mill", state: "reconnect_required" })
    const { rerender } = show(<AccountChips accounts={[ill]} chosen={[]} disabled={false} onToggle={never} />)
    expect(screen.queryByText(/waits or fails/)).toBeNull()
    rerender(<AccountChips accounts={[ill]} chosen={["ill"]} disabled={false} onToggle={never} />)
    expect(screen.getByText(/waits or fails until it is mended/)).toBeVisible()
  })
})

describe("a story", () => {
  it.each([
    ["loading", { data: undefined, error: null }, "Loading"],
    ["failed", { data: undefined, error: failure }, "Request req-1"],
    ["empty", { data: [], error: null }, "Nothing happened yet."],
  ])("is drawn %s", async (_, of, words) => {
    show(<LedgerTimeline of={of} label="What happened" />)
    expect(screen.getByText(words)).toBeInTheDocument()
    await expectAccessible()
  })
})

describe("a preview", () => {
  const image = (id: string, alt: string) => <img src={`data:,${id}`} alt={alt} />
  const media = [{ media_id: "1", alt: "The mill" }]

  it.each(["sandbox", "bluesky", "mastodon", "wordpress"])(
    "shows what goes to %s, and runs none of it",
    async (platform) => {
      const text = "Head\n\n<img src=x onerror=alert(1)> https://example.org"
      show(
        <PostPreview
          account={makeAccount({ platform })}
          text={text}
          title={null}
          media={media}
          image={image}
        />,
      )
      expect(screen.getByText(/<img src=x/)).toBeVisible()
      expect(screen.getByText("https://example.org")).toHaveClass(/text-accent/)
      expect(screen.getByRole("img", { name: "The mill" })).toBeVisible()
      expect(document.querySelector("img[src=x]")).toBeNull()
      await expectAccessible()
    },
  )
})

describe("rows of posts", () => {
  it("name the accounts, and the network once", async () => {
    const [one, two] = ["Mill", "Store"].map((display_name) =>
      makeAccount({ id: display_name, display_name }),
    )
    const deliveries = [one, two].map((account) =>
      makeDelivery({ account_id: account?.id, platform: "sandbox" }),
    )
    show(
      <MemoryRouter>
        <PostTable
          posts={[makePost({ text: "To both", deliveries })]}
          accounts={[one, two].flatMap((account) => account ?? [])}
          base="/w/1"
          selected={undefined}
          onSelect={never}
        />
      </MemoryRouter>,
    )
    const row = screen.getByRole("listitem")
    expect(within(row).getByText("Mill, Store")).toBeVisible()
    expect(within(row).getAllByText("Sandbox")).toHaveLength(1)
    expect(within(row).queryByRole("checkbox")).toBeNull()
    await expectAccessible()
  })
})

describe("calendars", () => {
  const events = { onOpen: never, onKey: never }
  const shared = { today: "2027-07-15", events, tabbable: undefined, onMove: never }
  const of = (times: string[]) =>
    byDay(
      itemsOf(
        times.map((at) => makePost({ text: at, state: "scheduled", scheduled_at: at })),
        "UTC",
      ),
    )

  it("fold a busy day, and lead to it", async () => {
    const times = Array.from({ length: 6 }, (_, hour) => `2027-07-15T1${hour}:00:00.000Z`)
    const open = vi.fn()
    const days = ["12", "13", "14", "15", "16", "17", "18"].map((day) => `2027-07-${day}`)
    const { user } = show(
      <CalendarMonth {...shared} days={days} month="2027-07" items={of(times)} onDay={open} />,
    )
    expect(document.querySelectorAll("[data-entry]")).toHaveLength(3)
    await user.click(screen.getByRole("button", { name: /^3 more posts: show/ }))
    expect(open).toHaveBeenCalledWith("2027-07-15")
    await expectAccessible()
  })

  it("show a day by its hours", async () => {
    const items = of(["2027-07-15T05:30:00.000Z"])
    show(<CalendarHours {...shared} days={["2027-07-15"]} items={items} onDay={never} />)
    const cell = document.querySelector<HTMLElement>('[data-cell="2027-07-15T05"]')
    expect(within(cell as HTMLElement).getByRole("button", { name: /^05:30/ })).toBeVisible()
    await expectAccessible()
  })
})
