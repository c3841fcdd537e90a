import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"

const css = readFileSync(join(import.meta.dirname, "../tokens.css"), "utf8")

function tokens(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split("}")[0] ?? ""
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]),
  )
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

const text = [
  ...["ink", "ink-muted", "ink-faint", "accent", "danger"].flatMap((ink) =>
    ["canvas", "surface", "raised"].map((ground) => [ink, ground]),
  ),
  ...["ink", "ink-muted", "accent"].map((ink) => [ink, "sunken"]),
  ...["accent", "danger"].map((ground) => [`on-${ground}`, ground]),
  ...["accent", "danger"].map((ground) => [`on-${ground}`, `${ground}-hover`]),
  ...["accent", "danger", "warn", "ok", "info", "idle"].map((tone) => [`on-${tone}-soft`, `${tone}-soft`]),
  ["on-ok-soft", "surface"],
  ["canvas", "ink"],
]
const shapes = [
  ["line-strong", "surface"],
  ["line-strong", "canvas"],
  ["focus", "canvas"],
  ["focus", "surface"],
]

it.each([":root", '[data-theme="dark"]'])("%s has AA contrast in every pair that is used", (selector) => {
  const of = tokens(selector)
  const weak = (pairs: string[][], least: number) =>
    pairs.flatMap(([a = "", b = ""]) => {
      const ratio = contrast(of[a] ?? "", of[b] ?? "")
      return ratio >= least ? [] : [`${a} on ${b}: ${ratio.toFixed(2)}`]
    })
  expect([...weak(text, 4.5), ...weak(shapes, 3)]).toEqual([])
})
