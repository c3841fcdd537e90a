import { auth } from "./auth"
import { common } from "./common"
import { dashboard } from "./dashboard"
import { settings } from "./settings"
import { shell } from "./shell"

/** One file for each area; a new area is added here and in `../de/index.ts`. */
export const en = { ...common, ...shell, ...auth, ...dashboard, ...settings }
