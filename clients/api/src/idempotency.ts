/** A new key. Keep one for each thing the person means to do, so that a second click repeats and does not double. */
export function newIdempotencyKey(): string {
  return crypto.randomUUID()
}

// These hand out or end secrets; the node takes no key there.
const withoutKey = /^\/v1\/auth\/(login|refresh|logout|logout-everywhere|password)$/

export function takesIdempotencyKey(method: string, path: string): boolean {
  return method === "POST" && !withoutKey.test(path)
}
