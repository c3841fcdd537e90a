import { readdirSync } from "node:fs"
import { join } from "node:path"
import { composeStories, setProjectAnnotations } from "@storybook/react-vite"
import { cleanup } from "@testing-library/react"
import { afterEach, describe, expect, it } from "vitest"
import { expectAccessible } from "./axe"
import { preview } from "./story-preview"

type Stories = Parameters<typeof composeStories>[0]

const folder = join(import.meta.dirname, "..", "organisms")
const modules = import.meta.glob<Stories>("../organisms/*.stories.tsx", { eager: true })
const nameOf = (path: string) => path.replace(/^.*\//, "").replace(/\..*$/, "")

setProjectAnnotations(preview)
afterEach(cleanup)

describe("stories", () => {
  it("exist for every organism", () => {
    const told = new Set(Object.keys(modules).map(nameOf))
    const organisms = readdirSync(folder).filter((file) => !/\.(test|stories)\./.test(file))
    expect(organisms.filter((file) => !told.has(nameOf(file)))).toEqual([])
  })
})

describe.each(Object.entries(modules))("the story %s", (_, module) => {
  it.each(Object.entries<{ run: () => Promise<void> }>(composeStories(module)))(
    "%s is drawn, and accessible",
    async (_, story) => {
      await story.run()
      await expectAccessible()
    },
  )
})
