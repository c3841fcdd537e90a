import { isProblem } from "@troupe/api"
import type { MessageKey } from "./catalogue"
import { problemText } from "./problem-text"
import type { Translate } from "./translator"

// The node names its fields in English. Those we know are said in the person's language; a new network's are shown as they come.
const labels: Record<string, MessageKey> = {
  server: "connect.label_server",
  "wordpress.server": "connect.label_site",
  identifier: "connect.label_identifier",
  handle: "connect.label_handle",
  username: "connect.label_username",
  app_password: "connect.label_app_password",
  behaviour: "connect.label_behaviour",
  plc: "connect.label_plc",
}
const helps: Record<string, MessageKey> = {
  "bluesky.server": "connect.help_bluesky_server",
  "bluesky.identifier": "connect.help_bluesky_identifier",
  "bluesky.app_password": "connect.help_bluesky_app_password",
  "bluesky.plc": "connect.help_bluesky_plc",
  "wordpress.server": "connect.help_wordpress_server",
  "wordpress.username": "connect.help_wordpress_username",
  "wordpress.app_password": "connect.help_wordpress_app_password",
  "mastodon.server": "connect.help_mastodon_server",
  "sandbox.handle": "connect.help_sandbox_handle",
  "sandbox.behaviour": "connect.help_sandbox_behaviour",
}

type Field = { name: string; label: string; help: string }

export function fieldLabel(platform: string, field: Field, t: Translate): string {
  const key = labels[`${platform}.${field.name}`] ?? labels[field.name]
  return key ? t(key) : field.label
}

export function fieldHelp(platform: string, field: Field, t: Translate): string {
  const key = helps[`${platform}.${field.name}`]
  return key ? t(key) : field.help
}

/** Why a connect was not taken, in words. What belongs to one field is said there. */
export function connectProblem(error: unknown, again: boolean, t: Translate): string {
  if (!isProblem(error)) return problemText(error, t)
  const at = error.field("/return_url")
  if (at) return t("connect.failed_return", { detail: at.detail })
  switch (error.kind) {
    case "already-exists":
      return t("connect.failed_already")
    case "upstream-failed":
      return t("connect.failed_network")
    case "conflict":
      return again ? t("connect.failed_other_account") : problemText(error, t)
    case "validation-failed":
      return error.errors.some(({ pointer }) => pointer.startsWith("/fields/"))
        ? t("problem.validation_failed")
        : problemText(error, t)
    default:
      return problemText(error, t)
  }
}
