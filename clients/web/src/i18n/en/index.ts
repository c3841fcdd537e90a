import type { accounts } from "./accounts"
import { auth } from "./auth"
import { common } from "./common"
import { dashboard } from "./dashboard"
import type { operations } from "./operations"
import type { publish } from "./publish"
import { settings } from "./settings"
import { shell } from "./shell"

const first = { ...common, ...shell, ...auth, ...dashboard, ...settings }

/**
 * One file for each area; a new area is added here and in `../de/index.ts`. One that is imported as a type only comes with
 * its pages, which import `../areas/<area>`.
 */
export const en = first as typeof first & typeof accounts & typeof operations & typeof publish
