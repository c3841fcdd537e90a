import "@/i18n/areas/publish"
import { newIdempotencyKey, type Post, type PostState, type Schedule } from "@troupe/api"
import { CalendarX, ChevronLeft, ChevronRight, PenLine } from "lucide-react"
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react"
import { Link, useNavigate, useSearchParams } from "react-router"
import { useAccounts } from "@/api/accounts"
import { rangeHolds, useMovePost, usePostRange } from "@/api/posts"
import { Button } from "@/atoms/button"
import { Card } from "@/atoms/card"
import { Tabs, TabsList, TabsTrigger } from "@/atoms/tabs"
import { useProblemToast, useToast } from "@/contexts/toasts"
import { useWorkspace } from "@/contexts/workspace"
import { useI18n } from "@/i18n/use-i18n"
import { byDay, type Item, isMovable, itemsOf } from "@/lib/calendar-items"
import { useLatest } from "@/lib/use-latest"
import { useNow } from "@/lib/use-now"
import * as clock from "@/lib/wall-clock"
import { EmptyState } from "@/molecules/empty-state"
import { ErrorState } from "@/molecules/error-state"
import { LoadingRows } from "@/molecules/loading-rows"
import { Notice } from "@/molecules/notice"
import type { EntryEvents } from "@/organisms/calendar-entry"
import { CalendarHours } from "@/organisms/calendar-hours"
import { CalendarList } from "@/organisms/calendar-list"
import { CalendarMonth } from "@/organisms/calendar-month"
import { PostFilters, postStates } from "@/organisms/post-filters"
import { ScheduleDialog } from "@/organisms/schedule-dialog"
import { Page } from "@/templates/page"

const views = ["month", "week", "day", "list"] as const
type View = (typeof views)[number]
/** Posts without a time have no place here. */
const states = postStates.filter((state) => state !== "draft")

function daysOf(view: View, day: clock.Day, first: number): clock.Day[] {
  if (view === "month") return clock.monthGrid(day, first)
  if (view === "day") return [day]
  if (view === "week")
    return Array.from({ length: 7 }, (_, at) => clock.addDays(clock.startOfWeek(day, first), at))
  const start = `${day.slice(0, 7)}-01`
  const count = Number(clock.addDays(clock.addMonths(start, 1), -1).slice(8))
  return Array.from({ length: count }, (_, at) => clock.addDays(start, at))
}

/** `/calendar`: what goes out when, and moving it. View, day and filters live in the address. */
export function CalendarPage() {
  const { t, region, zone } = useI18n()
  const { workspace, may } = useWorkspace()
  const [params, setParams] = useSearchParams()
  const accounts = useAccounts(workspace.id)
  const today = clock.dayOf(useNow(), zone)
  const view = views.find((one) => one === params.get("view")) ?? "month"
  const given = params.get("day") ?? ""
  const day = /^\d{4}-\d{2}-\d{2}$/.test(given) && clock.isLocalTime(`${given}T00:00`) ? given : today
  const state = states.find((one) => one === params.get("state"))
  const account = params.get("account") ?? ""

  const first = clock.firstWeekday(region)
  const days = useMemo(() => daysOf(view, day, first), [view, day, first])
  const begin = days[0] ?? day
  const end = days.at(-1) ?? day
  const posts = usePostRange(workspace.id, {
    from: clock.startOfDay(begin, zone).toISOString(),
    to: clock.startOfDay(clock.addDays(end, 1), zone).toISOString(),
    state: state && ([state] as PostState[]),
    account_id: account || undefined,
  })

  const set = useCallback(
    (change: Record<string, string>) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before)
          for (const [name, value] of Object.entries(change))
            if (value) next.set(name, value)
            else next.delete(name)
          return next
        },
        { replace: true },
      ),
    [setParams],
  )
  const step = (by: number) => {
    if (view === "day") set({ day: clock.addDays(day, by) })
    else if (view === "week") set({ day: clock.addDays(day, 7 * by) })
    else set({ day: clock.addMonths(`${day.slice(0, 7)}-01`, by) })
  }
  return (
    <Page
      title={t("calendar.title")}
      text={t("calendar.text", { zone })}
      actions={
        may("editor") && (
          <Button asChild>
            <Link to={`/w/${workspace.id}/compose`}>
              <PenLine aria-hidden />
              {t("posts.new")}
            </Link>
          </Button>
        )
      }
    >
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="flex min-w-full items-center gap-2 sm:min-w-0">
          <div className="order-last flex gap-2 sm:order-first">
            <Button
              variant="secondary"
              size="icon"
              aria-label={t("calendar.previous")}
              onClick={() => step(-1)}
            >
              <ChevronLeft aria-hidden className="rtl:rotate-180" />
            </Button>
            <Button variant="secondary" size="icon" aria-label={t("calendar.next")} onClick={() => step(1)}>
              <ChevronRight aria-hidden className="rtl:rotate-180" />
            </Button>
          </div>
          <h2 aria-live="polite" className="grow font-semibold text-lg sm:ms-1">
            <RangeName view={view} day={day} begin={begin} end={end} />
          </h2>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <Button variant="secondary" onClick={() => set({ day: "" })}>
            {t("calendar.today")}
          </Button>
          <Tabs value={view} onValueChange={(next) => set({ view: next })}>
            <TabsList aria-label={t("calendar.view")}>
              {views.map((one) => (
                <TabsTrigger key={one} value={one} aria-controls={undefined} className="max-sm:px-2.5">
                  {t(`calendar.${one}`)}
                </TabsTrigger>
              ))}
            </TabsList>
          </Tabs>
        </div>
      </div>
      <PostFilters
        state={state ?? ""}
        account={account}
        accounts={accounts.data ?? []}
        states={states}
        onState={(value) => set({ state: value })}
        onAccount={(value) => set({ account: value })}
      />
      {posts.data && posts.data.length >= rangeHolds && (
        <Notice tone="info">{t("calendar.too_many", { count: rangeHolds })}</Notice>
      )}
      <Card aria-label={t("calendar.title")} aria-busy={posts.isFetching} className="overflow-hidden">
        {posts.data === undefined ? (
          posts.isError ? (
            <ErrorState
              error={posts.error}
              onRetry={() => void posts.refetch()}
              retrying={posts.isFetching}
            />
          ) : (
            <LoadingRows rows={6} />
          )
        ) : (
          <Grid view={view} day={day} days={days} today={today} posts={posts.data} onDay={set} />
        )}
      </Card>
      <p className="hidden text-ink-muted text-sm md:block">{t("calendar.hint")}</p>
    </Page>
  )
}

function RangeName({ view, day, begin, end }: { view: View; day: string; begin: string; end: string }) {
  const { t, region } = useI18n()
  const show = (at: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(region, { ...options, timeZone: "UTC" }).format(new Date(`${at}T00:00Z`))
  if (view === "day") return show(day, { dateStyle: "long" })
  if (view === "week")
    return t("calendar.range", {
      from: show(begin, { day: "numeric", month: "short" }),
      to: show(end, { dateStyle: "medium" }),
    })
  return show(day, { month: "long", year: "numeric" })
}

type GridProps = {
  view: View
  day: clock.Day
  days: readonly clock.Day[]
  today: clock.Day
  posts: Post[]
  onDay: (change: Record<string, string>) => void
}

/** The posts at their places, and every way of moving one. */
function Grid({ view, day, days, today, posts, onDay: go }: GridProps) {
  const { t, zone, dateTime } = useI18n()
  const { workspace, may } = useWorkspace()
  const navigate = useNavigate()
  const toast = useToast()
  const showProblem = useProblemToast()
  const move = useMovePost(workspace.id)
  const [asking, setAsking] = useState<{ post: Post; at: Date; key: string }>()
  const [current, setCurrent] = useState<string>()
  const root = useRef<HTMLDivElement>(null)
  const items = useMemo(() => itemsOf(posts, zone), [posts, zone])
  const placed = useMemo(() => byDay(items), [items])
  const tabbable = current && items.some(({ post }) => post.id === current) ? current : items[0]?.post.id

  function send(post: Post, schedule: Schedule, at: Date, said: "calendar.moved" | "calendar.moved_back") {
    const before = post.scheduled_at
    return move
      .mutateAsync({ post, schedule, at: at.toISOString(), key: newIdempotencyKey() })
      .then((moved) => {
        const back = said === "calendar.moved" && before !== null && Date.parse(before) > Date.now()
        toast({
          tone: "ok",
          title: t(said, { when: dateTime(at, zone) }),
          action: back
            ? {
                label: t("calendar.move_back"),
                run: () =>
                  void send(moved, { at: before }, new Date(before), "calendar.moved_back").catch(
                    () => undefined,
                  ),
              }
            : undefined,
        })
      })
      .catch((error: unknown) => {
        if (!asking) showProblem(error)
        throw error
      })
  }

  /** To a wall-clock time; asks where that time does not exist or comes twice. */
  function moveTo(post: Post, local: clock.LocalTime) {
    if (!may("editor")) return
    if (!isMovable(post)) {
      toast({ tone: "danger", title: t("calendar.not_movable") })
      return
    }
    const meaning = clock.meaningOf(local, zone)
    if (meaning.kind !== "once") {
      const at = meaning.kind === "twice" ? meaning.earlier : closest(meaning.after, zone)
      move.reset()
      setAsking({ post, at, key: newIdempotencyKey() })
      return
    }
    if (meaning.at.toISOString() === post.scheduled_at) return
    if (meaning.at <= new Date()) {
      toast({ tone: "danger", title: t("calendar.past") })
      return
    }
    void send(post, { local, zone }, meaning.at, "calendar.moved").catch(() => undefined)
  }

  const entryOf = (id: string) => root.current?.querySelector<HTMLElement>(`[data-entry="${CSS.escape(id)}"]`)
  function focus(id: string | undefined) {
    if (!id) return
    setCurrent(id)
    entryOf(id)?.focus()
  }

  // In another cell a post is another element: the keyboard follows it there, or to its day where it is folded away.
  const followed = useRef<string>(undefined)
  useEffect(() => {
    const id = followed.current
    if (!id || asking || (document.activeElement && document.activeElement !== document.body)) return
    const item = items.find(({ post }) => post.id === id)
    const target =
      entryOf(id) ?? (item && root.current?.querySelector<HTMLElement>(`[data-day="${item.day}"] button`))
    target?.focus()
  })
  useEffect(() => {
    const elsewhere = () => {
      followed.current = undefined
    }
    document.addEventListener("pointerdown", elsewhere)
    return () => document.removeEventListener("pointerdown", elsewhere)
  }, [])

  function onKey(event: KeyboardEvent<HTMLElement>, item: Item) {
    const { post } = item
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }
    const by = steps[event.key]
    if (event.key.toLowerCase() === "m" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (!may("editor")) return
      event.preventDefault()
      if (!isMovable(post)) return toast({ tone: "danger", title: t("calendar.not_movable") })
      followed.current = post.id
      move.reset()
      setAsking({ post, at: new Date(post.scheduled_at ?? Date.now()), key: newIdempotencyKey() })
    } else if (by !== undefined && event.altKey) {
      event.preventDefault()
      setCurrent(post.id)
      followed.current = post.id
      const hourly = (view === "week" || view === "day") && Math.abs(by) === 7
      if (hourly) {
        const at = Date.parse(post.scheduled_at ?? "") + (by / 7) * 3_600_000
        moveTo(post, clock.toLocal(at, zone))
      } else moveTo(post, `${clock.addDays(item.day, by)}T${item.time}`)
    } else if (by !== undefined && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      // In the order in which they stand on the screen.
      const shown = [...(root.current?.querySelectorAll<HTMLElement>("[data-entry]") ?? [])].map(
        (entry) => entry.dataset.entry,
      )
      const order = items.map(({ post: { id } }) => id).filter((id) => shown.includes(id))
      focus(order[order.indexOf(post.id) + (by > 0 ? 1 : -1)])
    }
  }

  const latest = useLatest({ onKey, moveTo, posts })
  const [events] = useState<EntryEvents>(() => ({
    onOpen: (id) => void navigate(`/w/${workspace.id}/posts/${id}`),
    onKey: (event, item) => latest.current.onKey(event, item),
  }))
  const onDay = useCallback((to: clock.Day) => go({ view: "day", day: to }), [go])
  const onMove = useCallback(
    (id: string, to: clock.Day, hour?: number) => {
      const post = latest.current.posts.find((one) => one.id === id)
      if (!post?.scheduled_at) return
      const time = clock.toLocal(Date.parse(post.scheduled_at), zone).slice(11)
      const moved = hour === undefined ? time : `${String(hour).padStart(2, "0")}:${time.slice(3)}`
      latest.current.moveTo(post, `${to}T${moved}`)
    },
    [latest, zone],
  )

  const shared = { today, items: placed, events, tabbable, onDay, onMove }
  return (
    <div ref={root}>
      {view === "month" ? (
        <CalendarMonth {...shared} days={days} month={day.slice(0, 7)} />
      ) : view === "list" ? (
        placed.size === 0 ? (
          <EmptyState icon={CalendarX} title={t("calendar.empty")} text={t("calendar.empty_text")} />
        ) : (
          <CalendarList items={placed} events={events} tabbable={tabbable} />
        )
      ) : (
        <CalendarHours {...shared} days={days} />
      )}
      {asking && (
        <ScheduleDialog
          key={asking.key}
          open
          onOpenChange={() => setAsking(undefined)}
          at={asking.at}
          mode="move"
          about={(asking.post.title || asking.post.text).slice(0, 120)}
          busy={move.isPending}
          error={move.error}
          onSubmit={(schedule, at) =>
            void send(asking.post, schedule, at, "calendar.moved").then(
              () => setAsking(undefined),
              () => undefined,
            )
          }
        />
      )}
    </div>
  )
}

/** The instant of a wall-clock time that is known to exist. */
function closest(local: clock.LocalTime, zone: string): Date {
  const meaning = clock.meaningOf(local, zone)
  return meaning.kind === "once"
    ? meaning.at
    : meaning.kind === "twice"
      ? meaning.earlier
      : new Date(`${local}:00Z`)
}
