import { existsSync, readFileSync, statSync } from "node:fs"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { extname, join, normalize } from "node:path"
import { fileURLToPath } from "node:url"
import { createFakeNode, type FakeNode } from "../src/test/fake-node.ts"

const dist = fileURLToPath(new URL("../dist", import.meta.url))
const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
}

/** The policy under which the node serves the app. */
export const csp =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: https:; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

let shared: FakeNode | undefined

/** Answers one API call out of `node`, streams included. */
export async function answer(from: IncomingMessage, to: ServerResponse, node?: FakeNode): Promise<void> {
  shared ??= createFakeNode()
  const chunks: Buffer[] = []
  for await (const chunk of from) chunks.push(chunk as Buffer)
  const gone = new AbortController()
  to.on("close", () => gone.abort())
  const request = new Request(`http://${from.headers.host ?? "127.0.0.1"}${from.url ?? "/"}`, {
    method: from.method,
    headers: Object.entries(from.headers).map(([name, value]) => [name, String(value)] as [string, string]),
    body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
    signal: gone.signal,
  })
  const response = await (node ?? shared).handle(request)
  to.writeHead(response.status, Object.fromEntries(response.headers))
  to.flushHeaders()
  const reader = response.body?.getReader()
  gone.signal.addEventListener("abort", () => void reader?.cancel().catch(() => undefined))
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) to.write(part.value)
  to.end()
}

function file(path: string, to: ServerResponse, signedIn: boolean): void {
  const inside = join(dist, normalize(path))
  const found =
    inside.startsWith(dist) && existsSync(inside) && statSync(inside).isFile() ? inside : undefined
  const name = found ?? join(dist, "index.html")
  to.writeHead(200, {
    "content-type": types[extname(name)] ?? "application/octet-stream",
    "content-security-policy": csp,
    "x-content-type-options": "nosniff",
  })
  // A browser that never signed in would not ask for its session. This script comes before all others.
  if (signedIn && path === "/theme.js") to.write('localStorage.setItem("troupe.session", "1")\n')
  to.end(readFileSync(name))
}

/** The built app with the node's headers, and `node` behind it, on a free loopback port. */
export async function startFakeServer(node: FakeNode): Promise<{ server: Server; url: string }> {
  const server = createServer((from, to) => {
    const path = new URL(from.url ?? "/", "http://x").pathname
    if (path.startsWith("/v1/")) answer(from, to, node).catch(() => to.destroy())
    else file(path, to, node.state.signedIn)
  })
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return { server, url: `http://127.0.0.1:${address.port}` }
}
