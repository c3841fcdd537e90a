// Before the first paint, so that a dark page does not flash white. A file of its own: the CSP allows no inline script.
// Keep in step with src/contexts/theme.tsx.
;(() => {
  let choice = "system"
  try {
    choice = localStorage.getItem("troupe.theme") || "system"
  } catch {}
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches)
  document.documentElement.dataset.theme = dark ? "dark" : "light"
})()
