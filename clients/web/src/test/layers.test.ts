import { readdirSync, readFileSync } from "node:fs"
import { basename, join, relative, sep } from "node:path"
import ts from "typescript"
import { describe, expect, it } from "vitest"

const src = join(import.meta.dirname, "..")

/** What each layer may import: atoms <- molecules <- organisms <- templates <- pages; only pages and contexts fetch. */
const allowed: Record<string, readonly string[]> = {
  lib: ["lib"],
  i18n: ["i18n", "lib"],
  atoms: ["atoms", "lib"],
  molecules: ["molecules", "atoms", "i18n", "lib"],
  organisms: ["organisms", "molecules", "atoms", "i18n", "lib"],
  templates: ["templates", "organisms", "molecules", "atoms", "i18n", "lib"],
  api: ["api", "lib"],
  contexts: ["contexts", "api", "atoms", "i18n", "lib"],
  first: ["api", "i18n", "lib", "."],
  pages: ["pages", "templates", "organisms", "molecules", "atoms", "contexts", "api", "i18n", "lib", "."],
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => join(src, file))
const shipped = files.filter(
  (file) => !/\.(test|stories)\.tsx?$/.test(file) && !relative(src, file).startsWith("test"),
)

function layerOf(path: string): string {
  const parts = relative(src, path).split(sep)
  return parts.length > 1 ? (parts[0] ?? ".") : "."
}

function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"), true, true)
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith(".") || name.startsWith("@/"))
    .map((name) => (name.startsWith("@/") ? join(src, name.slice(2)) : join(file, "..", name)))
}

function wrongImports(): string[] {
  return shipped.flatMap((file) => {
    const may = allowed[layerOf(file)]
    if (!may) return []
    return importsOf(file)
      .filter((target) => !may.includes(layerOf(target)))
      .map((target) => `${relative(src, file)} imports ${relative(src, target)}`)
  })
}

/** Words in the code instead of the catalogue: text between tags, and attributes that people hear or see. */
function untranslated(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, "utf8"),
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.TSX,
  )
  const found: string[] = []
  const spoken = /^(aria-label|aria-description|placeholder|title|alt|label|text)$/
  function visit(node: ts.Node) {
    if (ts.isJsxText(node) && /\p{L}/u.test(node.text)) found.push(node.text.trim())
    if (ts.isJsxAttribute(node) && node.initializer && ts.isStringLiteral(node.initializer))
      if (
        spoken.test(node.name.getText()) &&
        /\p{L}/u.test(node.initializer.text) &&
        !/^(hidden|shown|none)$/.test(node.initializer.text)
      )
        found.push(`${node.name.getText()}="${node.initializer.text}"`)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found.map((text) => `${relative(src, file)}: ${text}`)
}

describe("the source", () => {
  it("imports only down the atomic levels", () => {
    expect(wrongImports()).toEqual([])
  })

  it("names files in kebab-case", () => {
    expect(files.filter((file) => !/^[a-z0-9]+([.-][a-z0-9]+)*\.tsx?$/.test(basename(file)))).toEqual([])
  })

  it("says every word through the catalogue", () => {
    expect(shipped.filter((file) => file.endsWith(".tsx")).flatMap(untranslated)).toEqual([])
  })

  it("lays out by start and end, not left and right", () => {
    const physical = /["\s:](-?(m|p)[lr]-|(left|right)-|text-(left|right)\b|rounded-[lr]-|border-[lr]\b)/
    expect(
      shipped.filter((file) => file.endsWith(".tsx") && physical.test(readFileSync(file, "utf8"))),
    ).toEqual([])
  })
})
