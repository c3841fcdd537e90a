import { type ApiProblem, isProblem, newIdempotencyKey, type Post } from "@troupe/api"
import { useCallback, useEffect, useRef, useState } from "react"
import { createPost, fetchPost, updatePost, useRemember } from "@/api/posts"
import { type Content, changesOf, contentOf, isBlank, sameContent } from "@/lib/content"
import { dropCopy, keepCopy } from "@/lib/local-drafts"
import { useLatest } from "@/lib/use-latest"

export type SaveState =
  | { kind: "new" | "saved" | "typing" | "saving" | "waiting" | "locked" }
  | { kind: "failed"; error: unknown }
  /** null: it was deleted meanwhile. */
  | { kind: "conflict"; theirs: Post | null }

const quietMs = 1_000
const againMs = 5_000

type Options = {
  workspaceId: string
  /** What is edited; undefined for a new post. */
  post: Post | undefined
  content: Content
  /** Save by itself; a scheduled post is saved only when the person says so. */
  auto: boolean
  onCreated: (post: Post) => void
}

/** The version that a change is made on: the node's row, and the content that it had. */
type Base = { post: Post; content: Content }

function isPassing(error: unknown): boolean {
  return isProblem(error) && (error.transient || error.status === 401)
}

/**
 * Saves what is typed. Every change is first kept on this device, and the copy goes only when the node has the same. Answers
 * that are lost, other people's changes and a node that is away are all met here; the composer only draws the state.
 */
export function useAutosave(options: Options) {
  const { workspaceId, auto } = options
  const remember = useLatest(useRemember(workspaceId))
  const onCreated = useLatest(options.onCreated)
  const [content, setContent] = useState(options.content)
  const [state, setState] = useState<SaveState>({ kind: options.post ? "saved" : "new" })
  const [post, setPost] = useState(options.post)
  const now = useRef(options.content)
  const base = useRef<Base | undefined>(
    options.post && { post: options.post, content: contentOf(options.post) },
  )
  // A create is repeated with the very body it was begun with: another one under the same key is refused.
  const creating = useRef<{ key: string; content: Content | undefined }>({
    key: newIdempotencyKey(),
    content: undefined,
  })
  const running = useRef<Promise<Post | undefined>>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const blocked = useRef(false)
  const gone = useRef(false)

  const copyId = useCallback(() => base.current?.post.id ?? `new-${creating.current.key}`, [])

  const rebase = useCallback((saved: Post, as: Content) => {
    base.current = { post: saved, content: as }
    setPost(saved)
  }, [])

  const say = useCallback((next: SaveState) => !gone.current && setState(next), [])

  /** One step towards the node having what is here. Answers whether it has it now. */
  const step = useCallback(async (): Promise<boolean> => {
    const wanted = now.current
    const on = base.current
    if (!on) {
      if (isBlank(wanted)) return true
      creating.current.content ??= wanted
      const { key, content: first } = creating.current
      const made = await createPost(workspaceId, first, key)
      dropCopy(workspaceId, `new-${key}`)
      rebase(made, first)
      remember.current(made)
      onCreated.current(made)
    } else {
      const changes = changesOf(on.content, wanted)
      if (Object.keys(changes).length > 0) {
        const saved = await updatePost(workspaceId, on.post, changes)
        rebase(saved, wanted)
        remember.current(saved)
      }
    }
    return base.current !== undefined && sameContent(base.current.content, now.current)
  }, [workspaceId, rebase, remember, onCreated])

  /** What a refusal means. True: go on and try again. */
  const meet = useCallback(
    async (error: unknown): Promise<boolean> => {
      if (isProblem(error, "idempotency-mismatch")) {
        creating.current = { key: newIdempotencyKey(), content: undefined }
        return true
      }
      const on = base.current
      if (on && (isProblem(error, "precondition-failed") || isProblem(error, "not-found"))) {
        const theirs = await fetchPost(workspaceId, on.post.id).catch((problem: ApiProblem) => {
          if (isProblem(problem, "not-found")) return null
          throw problem
        })
        const has = theirs && contentOf(theirs)
        // Our own change whose answer was lost, or a change of something else than the content.
        if (has && (sameContent(has, now.current) || sameContent(has, on.content))) {
          rebase(theirs, has)
          return true
        }
        blocked.current = true
        say({ kind: "conflict", theirs })
        return false
      }
      if (isProblem(error, "already-sending")) {
        blocked.current = true
        say({ kind: "locked" })
        return false
      }
      throw error
    },
    [workspaceId, rebase, say],
  )

  const run = useCallback(async (): Promise<Post | undefined> => {
    say({ kind: "saving" })
    for (;;) {
      try {
        if (!(await step())) continue
        const on = base.current
        dropCopy(workspaceId, copyId())
        say({ kind: on ? "saved" : "new" })
        return on?.post
      } catch (error) {
        try {
          if (await meet(error)) continue
          return undefined
        } catch (problem) {
          say(isPassing(problem) ? { kind: "waiting" } : { kind: "failed", error: problem })
          throw problem
        }
      }
    }
  }, [workspaceId, step, meet, say, copyId])

  /** Saves at once. The post as the node has it then; undefined when it could not be saved. */
  const flush = useCallback((): Promise<Post | undefined> => {
    clearTimeout(timer.current)
    if (blocked.current) return Promise.resolve(undefined)
    running.current ??= run().finally(() => {
      running.current = undefined
    })
    return running.current
  }, [run])

  const later = useCallback(
    (ms: number) => {
      clearTimeout(timer.current)
      if (blocked.current || gone.current) return
      timer.current = setTimeout(() => void flush().catch(() => later(againMs)), ms)
    },
    [flush],
  )

  const change = useCallback(
    (next: Content | ((before: Content) => Content)) => {
      now.current = typeof next === "function" ? next(now.current) : next
      setContent(now.current)
      const clean = base.current && sameContent(base.current.content, now.current)
      if (clean || (!base.current && isBlank(now.current))) {
        dropCopy(workspaceId, copyId())
        if (!blocked.current && !running.current) say({ kind: base.current ? "saved" : "new" })
        return
      }
      keepCopy(workspaceId, copyId(), {
        content: now.current,
        version: base.current?.post.version ?? null,
        key: creating.current.key,
        savedAt: new Date().toISOString(),
      })
      if (blocked.current) return
      say({ kind: "typing" })
      if (auto) later(quietMs)
    },
    [workspaceId, auto, later, say, copyId],
  )

  useEffect(() => {
    gone.current = false
    const again = () => {
      if (auto && base.current && !sameContent(base.current.content, now.current)) later(0)
      else if (auto && !base.current && !isBlank(now.current)) later(0)
    }
    addEventListener("online", again)
    return () => {
      removeEventListener("online", again)
      gone.current = true
      clearTimeout(timer.current)
      // Leaving the page: what is not saved yet goes now; the copy on this device stays until it is.
      if (auto && !blocked.current) void flush().catch(() => undefined)
    }
  }, [auto, later, flush])

  /** Someone else's version came by itself: taken where nothing of ours would be lost. */
  const offer = useCallback(
    (theirs: Post) => {
      const on = base.current
      if (!on || theirs.id !== on.post.id || theirs.version <= on.post.version) return
      if (running.current || blocked.current || !sameContent(on.content, now.current)) return
      const has = contentOf(theirs)
      rebase(theirs, has)
      now.current = has
      setContent(has)
    },
    [rebase],
  )

  const keepMine = useCallback(
    (theirs: Post | null) => {
      blocked.current = false
      if (theirs) rebase(theirs, contentOf(theirs))
      else {
        dropCopy(workspaceId, copyId())
        base.current = undefined
        creating.current = { key: newIdempotencyKey(), content: undefined }
      }
      change({ ...now.current })
      void flush().catch(() => later(againMs))
    },
    [workspaceId, rebase, change, flush, later, copyId],
  )

  const takeTheirs = useCallback(
    (theirs: Post) => {
      blocked.current = false
      rebase(theirs, contentOf(theirs))
      change(contentOf(theirs))
    },
    [rebase, change],
  )

  /** Takes up what an earlier page left on this device, on the version that it was typed on. */
  const restore = useCallback(
    (copy: { content: Content; version: number | null; key: string }) => {
      const on = base.current
      if (on && copy.version !== null && copy.version !== on.post.version)
        base.current = { ...on, post: { ...on.post, version: copy.version } }
      if (!on) {
        dropCopy(workspaceId, copyId())
        creating.current = { key: copy.key, content: undefined }
      }
      change(copy.content)
    },
    [workspaceId, change, copyId],
  )

  return { content, change, state, post, flush, offer, keepMine, takeTheirs, restore, copyId }
}
