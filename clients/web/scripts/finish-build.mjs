// After `vite build`: the licences of what is shipped, a compressed twin of each file, and the size budget of the first page.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"

const web = fileURLToPath(new URL("..", import.meta.url))
const dist = join(web, "dist")
const budget = 165_000
const compressed = new Set([".html", ".js", ".css", ".svg", ".txt", ".json"])

/** Everything that the web app's dependencies bring, by walking the lock; tools (devDependencies) are not shipped. */
function licences() {
  const root = join(web, "..")
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))
  const seen = new Set()
  function walk(key) {
    if (key === undefined || seen.has(key)) return
    seen.add(key)
    const entry = packages[key]
    if (entry.link) return walk(entry.resolved)
    for (const name of Object.keys(entry.dependencies ?? {})) {
      let from = key
      while (true) {
        const at = `${from ? `${from}/` : ""}node_modules/${name}`
        if (packages[at]) {
          walk(at)
          break
        }
        if (from === "") break
        const up = from.lastIndexOf("/node_modules/")
        from = up < 0 ? "" : from.slice(0, up)
      }
    }
  }
  walk("web")
  const parts = ["Troupe's web app contains these packages, with thanks to those who wrote them.\n"]
  for (const key of [...seen].filter((one) => one.includes("node_modules/") && !packages[one].link).sort()) {
    const folder = join(root, key)
    if (!existsSync(folder)) continue
    const name = key.slice(key.lastIndexOf("node_modules/") + "node_modules/".length)
    if (name.startsWith("@types/")) continue
    const text = readdirSync(folder).find((one) => /^(licen[cs]e|copying)(\.|$)/i.test(one))
    parts.push(
      `${"-".repeat(80)}\n${name} ${packages[key].version} (${packages[key].license ?? "see its text"})\n`,
    )
    if (text) parts.push(`${readFileSync(join(folder, text), "utf8").trim()}\n`)
  }
  writeFileSync(join(dist, "third-party-licences.txt"), parts.join("\n"))
}

const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"))

/** What the browser must fetch for these: themselves, and all that they import at once. */
function closure(entries) {
  const seen = new Set()
  const visit = (key) => {
    if (seen.has(key)) return
    if (!manifest[key]) throw new Error(`${key} is not in the build`)
    seen.add(key)
    for (const next of manifest[key].imports ?? []) visit(next)
  }
  for (const entry of entries) visit(entry)
  return [...seen].map((key) => manifest[key].file).filter((file) => file.endsWith(".js"))
}

/** The parts that `main.ts` runs one after the other; `src/first` holds nothing else. */
const first = Object.keys(manifest).filter((key) => key.startsWith("src/first/"))

/** Names them in the page, so that none is fetched only when the one before has run. */
function preload() {
  const page = join(dist, "index.html")
  const html = readFileSync(page, "utf8")
  const links = closure(first)
    .filter((file) => !html.includes(file))
    .map((file) => `    <link rel="modulepreload" crossorigin href="/${file}">\n`)
  writeFileSync(page, html.replace("  </head>", `${links.join("")}  </head>`))
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
  )
}

function compress() {
  for (const file of files(dist)) {
    if (!compressed.has(extname(file))) continue
    const bytes = readFileSync(file)
    const brotli = brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    })
    const gzip = gzipSync(bytes, { level: 9 })
    // A twin that is no smaller would only cost the reader time.
    if (brotli.length < bytes.length) writeFileSync(`${file}.br`, brotli)
    if (gzip.length < bytes.length) writeFileSync(`${file}.gz`, gzip)
  }
}

/** Everything that a page needs before it is there: the entry, what it runs first, and the lazy pages on the way. */
function checkBudget() {
  const pages = {
    "sign-in": ["src/pages/sign-in-page.tsx"],
    dashboard: ["src/pages/workspace-layout.tsx", "src/pages/dashboard-page.tsx"],
  }
  let failed = false
  for (const [page, entries] of Object.entries(pages)) {
    const size = closure(["index.html", ...first, ...entries]).reduce(
      (sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length,
      0,
    )
    const over = size > budget
    failed ||= over
    console.log(
      `${page}: ${(size / 1000).toFixed(1)} kB of script, gzip${over ? `: more than ${budget / 1000} kB` : ""}`,
    )
  }
  if (failed) process.exit(1)
}

/** The CSP knows no inline script or style. */
function checkInline() {
  const html = readFileSync(join(dist, "index.html"), "utf8")
  if (/<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/.test(html))
    throw new Error(`inline code in ${dirname(dist)}/dist/index.html`)
}

preload()
checkInline()
checkBudget()
licences()
compress()
