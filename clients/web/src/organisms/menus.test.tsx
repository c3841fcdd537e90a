import { screen, waitFor } from "@testing-library/react"
import { describe, expect, it, vi } from "vitest"
import { expectAccessible } from "@/test/axe"
import { makeUser, makeWorkspace } from "@/test/fake-node"
import { show } from "@/test/render"
import { LiveState } from "./live-state"
import { UserMenu } from "./user-menu"
import { WorkspaceSwitcher } from "./workspace-switcher"

const nothing = () => undefined

describe("the menu of the person", () => {
  const menu = (onSignOut = nothing) => (
    <UserMenu
      user={makeUser()}
      theme="system"
      onTheme={nothing}
      language="en"
      onLanguage={nothing}
      onSignOut={onSignOut}
    />
  )

  it("opens and closes by its button, and by keyboard alone", async () => {
    const { user } = show(menu())
    const button = screen.getByRole("button", { name: /^Account:/ })
    await user.click(button)
    expect(await screen.findByRole("menu", { name: /^Account:/ })).toBeVisible()
    expect(button).toHaveAttribute("aria-expanded", "true")
    await expectAccessible()
    await user.click(button)
    await waitFor(() => expect(screen.queryByRole("menu")).toBeNull())
    button.focus()
    await user.keyboard("{ArrowDown}")
    await screen.findByRole("menu")
    await user.keyboard("{ArrowDown}{Escape}")
    await waitFor(() => expect(screen.queryByRole("menu")).toBeNull())
    expect(button).toHaveFocus()
  })

  it("does what is chosen, and closes", async () => {
    const leave = vi.fn()
    const { user } = show(menu(leave))
    await user.click(screen.getByRole("button", { name: /^Account:/ }))
    await user.click(await screen.findByRole("menuitem", { name: "Sign out" }))
    expect(leave).toHaveBeenCalledOnce()
    await waitFor(() => expect(screen.queryByRole("menu")).toBeNull())
  })
})

describe("the menu of workspaces", () => {
  it("marks the one that is open, and leads to another", async () => {
    const [here, there] = [makeWorkspace(), makeWorkspace({ name: "Difference Club" })]
    const onSwitch = vi.fn()
    const { user } = show(
      <WorkspaceSwitcher workspace={here} workspaces={[here, there]} onSwitch={onSwitch} onNew={nothing} />,
    )
    await user.click(screen.getByRole("button", { name: /Switch$/ }))
    expect(await screen.findByRole("menuitemradio", { checked: true })).toHaveTextContent(here.name)
    await user.click(screen.getByRole("menuitemradio", { name: "Difference Club" }))
    expect(onSwitch).toHaveBeenCalledWith(there.id)
  })
})

describe("the state of the stream", () => {
  it("says more when it is looked at, until Escape", async () => {
    const { user } = show(<LiveState state="waiting" />)
    await user.tab()
    const more = screen.getByRole("tooltip")
    expect(screen.getByRole("button")).toHaveAccessibleDescription(more.textContent ?? "")
    await expectAccessible()
    await user.keyboard("{Escape}")
    expect(screen.queryByRole("tooltip")).toBeNull()
  })
})
