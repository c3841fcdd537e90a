import type { AccountState, DeliveryState, PostState } from "@troupe/api"
import {
  Ban,
  CalendarClock,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  Hourglass,
  type LucideIcon,
  OctagonAlert,
  Pause,
  PenLine,
  PlugZap,
  Send,
  Unplug,
} from "lucide-react"
import { Badge, type Tone } from "@/atoms/badge"
import { useI18n } from "@/i18n/use-i18n"

type Look = { icon: LucideIcon; tone: Tone }

const looks: Record<DeliveryState | PostState, Look> = {
  draft: { icon: PenLine, tone: "idle" },
  awaiting_approval: { icon: Hourglass, tone: "info" },
  scheduled: { icon: CalendarClock, tone: "accent" },
  sending: { icon: Send, tone: "info" },
  in_doubt: { icon: CircleHelp, tone: "warn" },
  published: { icon: CircleCheck, tone: "ok" },
  partly_published: { icon: CircleDashed, tone: "warn" },
  failed: { icon: OctagonAlert, tone: "danger" },
  needs_review: { icon: CircleAlert, tone: "warn" },
  cancelled: { icon: Ban, tone: "idle" },
}

/** The state of a post or a delivery: icon, word and colour, so that no one needs the colour. */
export function StateBadge({ state }: { state: DeliveryState | PostState }) {
  const { t } = useI18n()
  const { icon: Icon, tone } = looks[state]
  return (
    <Badge tone={tone}>
      <Icon aria-hidden />
      {t(`state.${state}`)}
    </Badge>
  )
}

const accountLooks: Record<AccountState, Look> = {
  active: { icon: PlugZap, tone: "ok" },
  paused: { icon: Pause, tone: "idle" },
  reconnect_required: { icon: Unplug, tone: "warn" },
  restricted: { icon: OctagonAlert, tone: "danger" },
  disconnected: { icon: Unplug, tone: "idle" },
}

export function AccountStateBadge({ state }: { state: AccountState }) {
  const { t } = useI18n()
  const { icon: Icon, tone } = accountLooks[state]
  return (
    <Badge tone={tone}>
      <Icon aria-hidden />
      {t(`account_state.${state}`)}
    </Badge>
  )
}
