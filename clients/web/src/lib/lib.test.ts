import { describe, expect, it } from "vitest"
import { richText } from "./rich-text"
import { countBytes, countText } from "./text-count"
import { findUrls } from "./urls"
import * as clock from "./wall-clock"

describe("counting", () => {
  it("counts as each network does", () => {
    const family = "👨‍👩‍👧‍👦 ok"
    expect(countText(family, { text_unit: "graphemes", url_weight: 0 })).toBe(4)
    expect(countText(family, { text_unit: "utf16_units", url_weight: 0 })).toBe(14)
    expect(countText(family, { text_unit: "code_points", url_weight: 0 })).toBe(10)
    expect(countText(family, { text_unit: "bytes", url_weight: 0 })).toBe(28)
    expect(countBytes("é")).toBe(2)
    expect(countText("a\r\nb", { text_unit: "graphemes", url_weight: 0 })).toBe(3)
  })

  it("weighs links and shortens mentions for Mastodon", () => {
    const limits = { text_unit: "mastodon", url_weight: 23 } as const
    expect(countText("see https://example.org/a/very/long/path?with=query", limits)).toBe(4 + 23)
    expect(countText("hi @ada@social.example.org!", limits)).toBe("hi @ada!".length)
    expect(countText("mail a@b.example.org", limits)).toBe(20)
  })

  it("weighs text for X", () => {
    const limits = { text_unit: "x_weighted", url_weight: 23 } as const
    expect(countText("añ 漢 👍🏽", limits)).toBe(2 + 1 + 2 + 1 + 2)
  })

  it("weighs links in other units", () => {
    expect(countText("https://example.org/x y", { text_unit: "graphemes", url_weight: 10 })).toBe(12)
  })
})

describe("links", () => {
  const links = (text: string) => findUrls(text).map(({ begin, end }) => text.slice(begin, end))
  it("end before punctuation and unpaired brackets", () => {
    expect(links("(https://example.org/a_(b)).")).toEqual(["https://example.org/a_(b)"])
    expect(links("Look: https://example.org, https://b.example.org/?q=1!")).toEqual([
      "https://example.org",
      "https://b.example.org/?q=1",
    ])
  })
  it("need a host with a dot", () => {
    expect(links("https://localhost http:// x@https://example.org")).toEqual([])
  })
  it("stand out in the preview beside mentions and tags", () => {
    const kinds = (text: string, platform: string) =>
      richText(text, platform)
        .filter(({ kind }) => kind !== "plain")
        .map(({ text, kind }) => `${kind} ${text}`)
    expect(kinds("@ada.example.org #loom https://example.org/#x", "bluesky")).toEqual([
      "mention @ada.example.org",
      "tag #loom",
      "link https://example.org/#x",
    ])
    expect(kinds("@ada@example.org", "mastodon")).toEqual(["mention @ada@example.org"])
    expect(kinds("@ada #loom", "wordpress")).toEqual([])
    expect(
      richText("a #b c", "mastodon")
        .map(({ text }) => text)
        .join(""),
    ).toBe("a #b c")
  })
})

describe("the wall clock", () => {
  it("knows the gap and its neighbours", () => {
    expect(clock.meaningOf("2026-03-29T02:30", "Europe/Berlin")).toEqual({
      kind: "never",
      before: "2026-03-29T01:59",
      after: "2026-03-29T03:00",
    })
    expect(clock.meaningOf("2026-03-08T02:00", "America/New_York")).toMatchObject({
      after: "2026-03-08T03:00",
    })
    expect(clock.meaningOf("2026-10-04T02:15", "Australia/Lord_Howe")).toMatchObject({
      before: "2026-10-04T01:59",
      after: "2026-10-04T02:30",
    })
  })

  it("knows both meanings of a time that happens twice", () => {
    const twice = clock.meaningOf("2026-10-25T02:30", "Europe/Berlin")
    expect(twice).toEqual({
      kind: "twice",
      earlier: new Date("2026-10-25T00:30:00Z"),
      later: new Date("2026-10-25T01:30:00Z"),
    })
  })

  it("goes there and back on every hour of a year", () => {
    for (const zone of ["Europe/Berlin", "America/St_Johns"])
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 3_600_000) {
        const meaning = clock.meaningOf(clock.toLocal(at, zone), zone)
        const instants =
          meaning.kind === "once"
            ? [meaning.at]
            : meaning.kind === "twice"
              ? [meaning.earlier, meaning.later]
              : []
        expect(instants.map(Number)).toContain(at)
      }
  })

  it("has short and long days", () => {
    const length = (day: string, zone: string) =>
      (clock.startOfDay(clock.addDays(day, 1), zone).getTime() - clock.startOfDay(day, zone).getTime()) /
      3_600_000
    expect(length("2026-03-29", "Europe/Berlin")).toBe(23)
    expect(length("2026-10-25", "Europe/Berlin")).toBe(25)
    expect(length("2026-10-04", "Australia/Lord_Howe")).toBe(23.5)
    const hours = (day: string) =>
      clock
        .hoursOf(day, "Europe/Berlin")
        .flatMap(({ hour, clock }) => (clock === "once" ? [] : [`${hour} ${clock}`]))
    expect(hours("2026-03-29")).toEqual(["2 never"])
    expect(hours("2026-10-25")).toEqual(["2 twice"])
    expect(hours("2026-07-01")).toEqual([])
  })

  it("lays out months and weeks", () => {
    const grid = clock.monthGrid("2026-02-14", 1)
    expect([grid[0], grid.at(-1)]).toEqual(["2026-01-26", "2026-03-01"])
    expect(["2027-02-01", "2026-11-30", "2026-08-15"].map((day) => clock.monthGrid(day, 1).length)).toEqual([
      28, 42, 42,
    ])
    expect(clock.startOfWeek("2026-02-15", 0)).toBe("2026-02-15")
    expect(clock.addMonths("2026-01-31", 1)).toBe("2026-02-28")
    expect(clock.isLocalTime("2026-02-30T10:00")).toBe(false)
    expect(clock.isLocalTime("2026-02-28T10:00")).toBe(true)
  })
})
