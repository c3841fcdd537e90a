import { isProblem } from "@troupe/api"
import type { Translate } from "./translator"

/** A failed call in words for a person. The node's own `detail` is English and exact, so it wins only where we have nothing better. */
export function problemText(error: unknown, t: Translate): string {
  if (!isProblem(error)) return t("problem.unknown")
  switch (error.kind) {
    case "offline":
    case "timed-out":
      return t("problem.offline")
    case "rate-limited":
    case "too-many-connections":
      return t("problem.rate_limited", { seconds: error.retryAfterS ?? 0 })
    case "forbidden":
      return t("problem.forbidden")
    case "not-found":
      return t("problem.not_found")
    case "unauthenticated":
      return t("problem.unauthenticated")
    case "wrong-credentials":
      return t("problem.wrong_credentials")
    case "already-exists":
      return t("problem.already_exists")
    case "already-sending":
      return t("problem.already_sending")
    case "precondition-failed":
      return t("problem.precondition_failed")
    case "conflict":
      return error.detail ?? t("problem.conflict")
    case "validation-failed":
      return error.errors[0]?.detail ?? t("problem.validation_failed")
    case "quarantined":
      return t("problem.quarantined")
    case "overloaded":
    case "unavailable":
      return t("problem.overloaded")
    default:
      return error.status >= 500 ? t("problem.internal") : (error.detail ?? t("problem.unknown"))
  }
}
