import { type Account, type Issue, isProblem, newIdempotencyKey, type Post, type Schedule } from "@troupe/api"
import { CalendarClock, Keyboard, PlugZap, Send } from "lucide-react"
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react"
import { Link, useNavigate } from "react-router"
import { useActOnPost, validatePost } from "@/api/posts"
import { Button } from "@/atoms/button"
import { Card, CardBody, CardHeader, CardText, CardTitle } from "@/atoms/card"
import { Input } from "@/atoms/input"
import { useProblemToast, useToast } from "@/contexts/toasts"
import { useWorkspace } from "@/contexts/workspace"
import { useI18n } from "@/i18n/use-i18n"
import { contentOf, firstContent, isContent, toggleTarget, troublesFor } from "@/lib/content"
import { allCopies, copyOf, dropCopy } from "@/lib/local-drafts"
import { EmptyState } from "@/molecules/empty-state"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { AccountChips } from "@/organisms/account-chips"
import { ConflictPanel } from "@/organisms/conflict-panel"
import { ImageEditor, imageTypes } from "@/organisms/image-editor"
import { IssueList } from "@/organisms/issue-list"
import { PostPreviews } from "@/organisms/post-previews"
import { RestoreNotice } from "@/organisms/restore-notice"
import { SaveStatus } from "@/organisms/save-status"
import { ScheduleDialog } from "@/organisms/schedule-dialog"
import { ShortcutsDialog } from "@/organisms/shortcuts-dialog"
import { allTab, TextEditor } from "@/organisms/text-editor"
import { Page } from "@/templates/page"
import { MediaImage } from "../media-image"
import { useAutosave } from "./use-autosave"
import { useShortcuts } from "./use-shortcuts"
import { useUploads } from "./use-uploads"

/** Long enough to read the toast and press its button. */
const undoMs = 8_000
const imagesAtMost = 20

type Props = { post: Post | undefined; accounts: readonly Account[] }

export function Composer({ post: given, accounts }: Props) {
  const { t, dateTime, zone } = useI18n()
  const { workspace } = useWorkspace()
  const navigate = useNavigate()
  const toast = useToast()
  const showProblem = useProblemToast()
  const act = useActOnPost(workspace.id)
  const auto = given === undefined || given.state === "draft"
  const [first] = useState(() => firstContent(given, accounts))
  const saving = useAutosave({
    workspaceId: workspace.id,
    post: given,
    content: first,
    auto,
    // The address follows without a new page, so that a reload comes back to this post and the focus stays.
    onCreated: ({ id }) => history.replaceState(history.state, "", `/w/${workspace.id}/posts/${id}/edit`),
  })
  const { content, change, state, flush } = saving
  const [found, setFound] = useState(() => {
    if (given) {
      const copy = copyOf(workspace.id, given.id, isContent)
      return copy && { id: given.id, ...copy }
    }
    return allCopies(workspace.id, isContent).find(({ id }) => id.startsWith("new-"))
  })
  const [tab, setTab] = useState(allTab)
  const [asking, setAsking] = useState<{ key: string }>()
  const [help, setHelp] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const [issues, setIssues] = useState<Issue[]>([])
  const picker = useRef<HTMLInputElement>(null)
  const uploads = useUploads(workspace.id, (media_id, file) => {
    change((before) => ({ ...before, media: [...before.media, { media_id, alt: "" }] }))
    toast({
      tone: "ok",
      title: t("compose.image_uploaded", { name: file.name || t("compose.image_unnamed") }),
    })
  })

  const chosen = useMemo(
    () => accounts.filter((account) => content.targets.some((target) => target.account_id === account.id)),
    [accounts, content.targets],
  )
  const calm = useDeferredValue(content)
  const troubles = useMemo(
    () => chosen.flatMap((account) => troublesFor(calm, account)).filter((one) => one.kind !== "empty"),
    [chosen, calm],
  )
  const { offer } = saving
  useEffect(() => {
    if (given) offer(given)
  }, [given, offer])

  // The node's own word on the saved text; while typing goes on, the counts here speak.
  const savedVersion = state.kind === "saved" && saving.post ? saving.post.version : undefined
  const savedId = saving.post?.id
  useEffect(() => {
    if (savedVersion === undefined || savedId === undefined) return
    let current = true
    validatePost(workspace.id, savedId).then(
      ({ validation }) => current && setIssues(validation.issues),
      () => undefined,
    )
    return () => {
      current = false
    }
  }, [savedVersion, savedId, workspace.id])
  const told = savedVersion === undefined ? [] : issues.filter(({ code }) => code !== "empty")

  const addImages = useCallback(
    (files: File[]) => {
      const good = files.filter((file) => imageTypes.includes(file.type))
      for (const { name } of files.filter((file) => !imageTypes.includes(file.type)))
        toast({ tone: "danger", title: t("compose.images_bad_type", { name }) })
      const room = imagesAtMost - content.media.length - uploads.pending.length
      if (good.length > room)
        toast({ tone: "danger", title: t("compose.images_too_many", { count: imagesAtMost }) })
      uploads.add(good.slice(0, Math.max(0, room)))
    },
    [content.media.length, uploads, toast, t],
  )

  /** Why it cannot go out as it is; undefined when it can. */
  function obstacle(): string | undefined {
    if (content.targets.length === 0) return t("compose.no_accounts")
    if (uploads.pending.length > 0) return t("compose.uploading")
    return undefined
  }

  /** Everything typed is saved, then `then` runs on that very version. */
  async function withSaved(then: (post: Post) => Promise<void>) {
    if (busy) return
    const wrong = obstacle()
    if (wrong) {
      toast({ tone: "danger", title: wrong })
      return
    }
    setBusy(true)
    setError(null)
    try {
      const saved = await flush()
      if (saved) await then(saved)
      else if (state.kind === "new") toast({ tone: "danger", title: t("compose.preview_empty") })
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(false)
    }
  }

  async function leave(scheduled: Post, title: string, durationMs?: number) {
    const undo = () =>
      void act
        .mutateAsync({ post: scheduled, action: { do: "unschedule" }, key: newIdempotencyKey() })
        .then(() => {
          toast({ tone: "ok", title: t("post.undone") })
          return navigate(`/w/${workspace.id}/posts/${scheduled.id}/edit`)
        })
        .catch(showProblem)
    toast({
      tone: "ok",
      title,
      durationMs: durationMs ?? undoMs,
      action: { label: t("post.undo"), run: undo },
    })
    await navigate(`/w/${workspace.id}/posts/${scheduled.id}`)
  }

  const schedule = (when: Schedule, at: Date) =>
    withSaved(async (post) => {
      const key = asking?.key ?? newIdempotencyKey()
      const scheduled = await act.mutateAsync({ post, action: { do: "schedule", schedule: when }, key })
      setAsking(undefined)
      await leave(scheduled, t("post.scheduled", { when: dateTime(at, zone) }))
    })

  /** Scheduled for a few seconds ahead, by the node's clock, so that it leaves even when this page is closed, and can be taken back. */
  const publishNow = () =>
    withSaved(async (post) => {
      const { validation, aheadMs } = await validatePost(workspace.id, post.id)
      setIssues(validation.issues)
      if (!validation.valid) {
        const [issue] = validation.issues
        toast({
          tone: "danger",
          title: t("compose.issues", { count: validation.issues.length }),
          text: issue?.detail,
        })
        return
      }
      const at = new Date(Date.now() + aheadMs + undoMs).toISOString()
      const scheduled = await act.mutateAsync({
        post,
        action: { do: "schedule", schedule: { at } },
        key: newIdempotencyKey(),
      })
      await leave(scheduled, t("compose.leaving", { seconds: undoMs / 1_000 }), undoMs)
    })

  const saveNow = () =>
    withSaved(async ({ id }) => {
      toast({ tone: "ok", title: t("compose.saved") })
      if (!auto) await navigate(`/w/${workspace.id}/posts/${id}`)
    })

  const openSchedule = () => {
    const wrong = obstacle()
    if (wrong) toast({ tone: "danger", title: wrong })
    else {
      setError(null)
      setAsking({ key: newIdempotencyKey() })
    }
  }
  const tabs = [allTab, ...chosen.map(({ id }) => id)]
  const shown = tabs.includes(tab) ? tab : allTab
  const shortcuts = useShortcuts([
    {
      keys: "Mod+Enter",
      does: "compose.shortcut_schedule",
      run: () => (auto ? openSchedule() : void saveNow()),
    },
    { keys: "Mod+Shift+Enter", does: "compose.shortcut_publish", run: () => auto && void publishNow() },
    { keys: "Mod+S", does: "compose.shortcut_save", run: () => void saveNow() },
    { keys: "Alt+I", does: "compose.shortcut_images", run: () => picker.current?.click() },
    {
      keys: "Alt+N",
      does: "compose.shortcut_versions",
      run: () => setTab(tabs[(tabs.indexOf(shown) + 1) % tabs.length] ?? allTab),
    },
    { keys: "Mod+/", does: "compose.shortcut_help", run: () => setHelp(true) },
  ])

  const draw = (mediaId: string, alt: string) => (
    <MediaImage workspaceId={workspace.id} mediaId={mediaId} alt={alt} />
  )
  const altLimits = chosen.map(({ limits }) => limits.max_alt_text).filter((limit) => limit > 0)
  const titled =
    content.title !== null || chosen.some((one) => one.platform === "wordpress" || one.limits.needs_title)
  const aboutTime = isProblem(error) && asking !== undefined

  return (
    <Page
      title={t(given ? "compose.edit_title" : "compose.title")}
      actions={
        <>
          <Button
            variant="ghost"
            size="icon"
            aria-label={t("compose.shortcuts")}
            className="max-sm:hidden"
            onClick={() => setHelp(true)}
          >
            <Keyboard aria-hidden />
          </Button>
          {auto ? (
            <>
              <Button variant="secondary" busy={busy && !asking} onClick={() => void publishNow()}>
                <Send aria-hidden />
                {t("compose.publish_now")}
              </Button>
              <Button onClick={openSchedule}>
                <CalendarClock aria-hidden />
                {t("compose.schedule")}
              </Button>
            </>
          ) : (
            <Button busy={busy} onClick={() => void saveNow()}>
              {t("compose.save")}
            </Button>
          )}
        </>
      }
    >
      <div className="-mt-3 grid grid-cols-[minmax(0,1fr)] gap-3">
        {auto || state.kind !== "typing" ? (
          <SaveStatus state={state} onRetry={() => void flush().catch(() => undefined)} />
        ) : (
          <p className="text-ink-muted text-sm">{t("compose.save_manual")}</p>
        )}
        {!aboutTime && <FormProblem error={error} />}
        {found && (
          <RestoreNotice
            text={found.content.text}
            savedAt={found.savedAt}
            onRestore={() => {
              saving.restore(found)
              setFound(undefined)
            }}
            onDiscard={() => {
              dropCopy(workspace.id, found.id)
              setFound(undefined)
            }}
          />
        )}
        {state.kind === "conflict" && (
          <ConflictPanel
            mine={content}
            theirs={state.theirs && contentOf(state.theirs)}
            accounts={accounts}
            onKeep={() => saving.keepMine(state.theirs)}
            onTake={() => state.theirs && saving.takeTheirs(state.theirs)}
          />
        )}
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)] lg:gap-6">
        <Card>
          <CardBody className="grid grid-cols-[minmax(0,1fr)] gap-5">
            <section aria-label={t("compose.accounts")} className="grid grid-cols-[minmax(0,1fr)] gap-2">
              <h2 className="font-medium text-sm">{t("compose.accounts")}</h2>
              {accounts.length === 0 ? (
                <EmptyState
                  icon={PlugZap}
                  title={t("compose.accounts_empty")}
                  text={t("compose.accounts_empty_text")}
                  action={
                    <Button asChild>
                      <Link to={`/w/${workspace.id}/accounts`}>{t("compose.connect")}</Link>
                    </Button>
                  }
                />
              ) : (
                <AccountChips
                  accounts={accounts}
                  chosen={content.targets.map((target) => target.account_id)}
                  disabled={busy}
                  onToggle={(id) => change((before) => toggleTarget(before, id))}
                />
              )}
            </section>
            {titled && (
              <FormField label={t("compose.post_title")} hint={t("compose.post_title_hint")} optional>
                {(control) => (
                  <Input
                    {...control}
                    dir="auto"
                    maxLength={500}
                    value={content.title ?? ""}
                    onChange={(event) => {
                      const title = event.target.value || null
                      change((before) => ({ ...before, title }))
                    }}
                  />
                )}
              </FormField>
            )}
            <section aria-label={t("compose.text")}>
              <TextEditor
                content={content}
                accounts={chosen}
                tab={shown}
                onTab={setTab}
                onChange={change}
                onPasteFiles={addImages}
              />
            </section>
            <section aria-label={t("compose.images")}>
              <ImageEditor
                media={content.media}
                pending={uploads.pending}
                altLimit={altLimits.length > 0 ? Math.min(...altLimits) : 0}
                picker={picker}
                image={draw}
                onAdd={addImages}
                onChange={(media) => change((before) => ({ ...before, media }))}
                onRetry={uploads.retry}
                onRemovePending={uploads.remove}
              />
            </section>
            <IssueList troubles={troubles} issues={told} accounts={accounts} />
          </CardBody>
        </Card>
        <Card aria-label={t("compose.preview")} className="lg:sticky lg:top-6">
          <CardHeader>
            <div className="grid gap-0.5">
              <CardTitle>{t("compose.preview")}</CardTitle>
              <CardText>{t("compose.preview_text")}</CardText>
            </div>
          </CardHeader>
          <CardBody>
            <PostPreviews content={calm} accounts={chosen} tab={shown} onTab={setTab} draw={draw} />
          </CardBody>
        </Card>
      </div>
      {asking && (
        <ScheduleDialog
          key={asking.key}
          open
          onOpenChange={() => setAsking(undefined)}
          at={new Date(Math.ceil((Date.now() + 3_600_000) / 900_000) * 900_000)}
          mode="schedule"
          busy={busy}
          error={error}
          onSubmit={(when, at) => void schedule(when, at)}
        />
      )}
      <ShortcutsDialog open={help} onOpenChange={setHelp} shortcuts={shortcuts} />
    </Page>
  )
}
