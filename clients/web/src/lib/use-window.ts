import { type RefObject, useCallback, useLayoutEffect, useState } from "react"

/** Where nothing has been laid out yet. */
const guessedPx = 600
const spare = 8

/** Which of `count` rows of one height are worth drawing in a box that scrolls, and a way to bring one into view. */
export function useWindow(box: RefObject<HTMLElement | null>, count: number, rowPx: number) {
  const [view, setView] = useState({ top: 0, height: guessedPx })
  const measure = useCallback(() => {
    const element = box.current
    if (!element) return
    const height = element.clientHeight || guessedPx
    setView((last) =>
      last.top === element.scrollTop && last.height === height ? last : { top: element.scrollTop, height },
    )
  }, [box])
  useLayoutEffect(() => {
    measure()
    const element = box.current
    if (!element) return
    const watch = new ResizeObserver(measure)
    watch.observe(element)
    return () => watch.disconnect()
  }, [box, measure])

  const reveal = useCallback(
    (row: number) => {
      const element = box.current
      if (!element) return
      const height = element.clientHeight || guessedPx
      if (row * rowPx < element.scrollTop) element.scrollTop = row * rowPx
      else if ((row + 1) * rowPx > element.scrollTop + height) element.scrollTop = (row + 1) * rowPx - height
      measure()
    },
    [box, rowPx, measure],
  )
  const from = Math.max(0, Math.floor(view.top / rowPx) - spare)
  const to = Math.min(count, Math.ceil((view.top + view.height) / rowPx) + spare)
  return { from, to, page: Math.max(1, Math.floor(view.height / rowPx) - 1), onScroll: measure, reveal }
}
