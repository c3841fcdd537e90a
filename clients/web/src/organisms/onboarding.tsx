import type { Account, Post } from "@troupe/api"
import { Check } from "lucide-react"
import { type ReactNode, useState } from "react"
import { Button } from "@/atoms/button"
import { Card } from "@/atoms/card"
import { Input } from "@/atoms/input"
import { Textarea } from "@/atoms/textarea"
import { useI18n } from "@/i18n/use-i18n"
import { cn } from "@/lib/cn"
import { FormField } from "@/molecules/form-field"
import { FormProblem } from "@/molecules/form-problem"
import { Notice } from "@/molecules/notice"
import { StateBadge } from "@/molecules/state-badge"

type Props = {
  /** May this person connect accounts, and write posts? */
  mayConnect: boolean
  mayWrite: boolean
  suggestedHandle: string
  account: Account | undefined
  connecting: boolean
  connectError: unknown
  onConnect: (handle: string) => void
  post: Post | undefined
  publishing: boolean
  publishError: unknown
  onPublish: (text: string) => void
}

/** The first run: connect the sandbox, publish a post, watch it go out. */
export function Onboarding(props: Props) {
  const { t } = useI18n()
  const { account, post } = props
  const [handle, setHandle] = useState(props.suggestedHandle)
  const [text, setText] = useState(t("welcome.post_example"))
  const [missing, setMissing] = useState<"handle" | "text">()
  return (
    <ol className="grid gap-4">
      <Step
        number={1}
        done={!!account}
        title={t("welcome.step_connect")}
        text={t("welcome.step_connect_text")}
      >
        {account ? (
          <Notice tone="ok">{t("welcome.connected", { handle: account.handle })}</Notice>
        ) : props.mayConnect ? (
          <form
            noValidate
            className="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault()
              setMissing(handle.trim() === "" ? "handle" : undefined)
              if (handle.trim() !== "" && !props.connecting) props.onConnect(handle.trim())
            }}
          >
            <FormProblem error={props.connectError} />
            <FormField
              label={t("welcome.handle")}
              hint={t("welcome.handle_hint")}
              error={missing === "handle" ? t("field.required") : undefined}
            >
              {(control) => (
                <Input
                  {...control}
                  autoComplete="off"
                  value={handle}
                  onChange={(event) => setHandle(event.target.value)}
                />
              )}
            </FormField>
            <Button type="submit" busy={props.connecting} className="w-fit">
              {t("welcome.connect")}
            </Button>
          </form>
        ) : (
          <Notice tone="info">{t("welcome.viewer")}</Notice>
        )}
      </Step>
      <Step
        number={2}
        done={post?.state === "published"}
        waiting={!account}
        title={t("welcome.step_post")}
        text={t("welcome.step_post_text")}
      >
        {account && props.mayWrite && !post && (
          <form
            noValidate
            className="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault()
              setMissing(text.trim() === "" ? "text" : undefined)
              if (text.trim() !== "" && !props.publishing) props.onPublish(text)
            }}
          >
            <FormProblem error={props.publishError} />
            <FormField label={t("welcome.post")} error={missing === "text" ? t("field.required") : undefined}>
              {(control) => (
                <Textarea
                  {...control}
                  dir="auto"
                  value={text}
                  onChange={(event) => setText(event.target.value)}
                />
              )}
            </FormField>
            <Button type="submit" busy={props.publishing} className="w-fit">
              {t("welcome.publish")}
            </Button>
          </form>
        )}
        {post && (
          <div className="grid gap-3 rounded-md bg-sunken p-4" role="status">
            <p className="break-words" dir="auto">
              {post.text}
            </p>
            <StateBadge state={post.state} />
            <p className="text-ink-muted text-sm">
              {t(post.state === "published" ? "welcome.published" : "welcome.sent_text")}
            </p>
          </div>
        )}
      </Step>
    </ol>
  )
}

type StepProps = {
  number: number
  done: boolean
  waiting?: boolean
  title: string
  text: string
  children: ReactNode
}

function Step({ number, done, waiting, title, text, children }: StepProps) {
  return (
    <li>
      <Card className="flex gap-4 p-5 sm:p-6">
        <span
          aria-hidden
          className={cn(
            "tabular inline-flex size-8 shrink-0 items-center justify-center rounded-full font-semibold text-sm",
            done
              ? "bg-ok-soft text-on-ok-soft"
              : waiting
                ? "bg-idle-soft text-on-idle-soft"
                : "bg-accent text-on-accent",
          )}
        >
          {done ? <Check className="size-4" strokeWidth={3} /> : number}
        </span>
        <div className="grid min-w-0 flex-1 gap-4">
          <div className="grid gap-0.5">
            <h2 className="font-semibold text-lg">{title}</h2>
            <p className="text-ink-muted text-sm">{text}</p>
          </div>
          {children}
        </div>
      </Card>
    </li>
  )
}
