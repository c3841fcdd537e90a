/** Darkens and locks the page behind a modal layer (see `data-scroll-lock` in styles.css). */
export function Scrim() {
  return <div data-scroll-lock aria-hidden className="fixed inset-0 z-40 animate-fade-in bg-scrim" />
}
