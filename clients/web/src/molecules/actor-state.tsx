import type { ActorNode, ClusterNode } from "@troupe/api"
import { Badge, type Tone } from "@/atoms/badge"
import { useI18n } from "@/i18n/use-i18n"

const actorTones: Record<ActorNode["state"], Tone> = {
  starting: "info",
  active: "ok",
  passivating: "idle",
  backoff: "warn",
  quarantined: "danger",
  stopping: "idle",
}

export function ActorStateBadge({ state }: { state: ActorNode["state"] }) {
  const { t } = useI18n()
  return <Badge tone={actorTones[state]}>{t(`actor_state.${state}`)}</Badge>
}

const nodeTones: Record<ClusterNode["state"], Tone> = {
  active: "ok",
  draining: "warn",
  stopped: "idle",
  dead: "danger",
}

export function NodeStateBadge({ state }: { state: ClusterNode["state"] }) {
  const { t } = useI18n()
  return <Badge tone={nodeTones[state]}>{t(`node_state.${state}`)}</Badge>
}
