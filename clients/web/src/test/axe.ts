import axe from "axe-core"
import { expect } from "vitest"

/** Fails with what is wrong and where. Colours are measured elsewhere: jsdom paints nothing (tokens.test.ts, e2e). */
export async function expectAccessible(root: Element = document.body): Promise<void> {
  const { violations } = await axe.run(root, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } })
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`)).toEqual([])
}
