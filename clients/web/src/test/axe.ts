import axe from "axe-core"
import { expect } from "vitest"

// jsdom paints nothing and knows no media queries: colours are measured in tokens.test.ts, and what is hidden at a width
// (the phone's bar beside the sidebar) in the browser (e2e/shots.ts).
const notHere = ["color-contrast", "region", "landmark-no-duplicate-banner", "landmark-unique"]

/** Fails with what is wrong and where. */
export async function expectAccessible(root: Element = document.body): Promise<void> {
  const rules = Object.fromEntries(notHere.map((rule) => [rule, { enabled: false }]))
  // Of what is right nothing is told: to name it all takes longer than to find it.
  const { violations } = await axe.run(root, { rules, resultTypes: ["violations"] })
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`)).toEqual([])
}
