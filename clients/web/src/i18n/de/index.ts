import type { Catalogue } from "../catalogue"
import { accounts } from "./accounts"
import { auth } from "./auth"
import { common } from "./common"
import { dashboard } from "./dashboard"
import { operations } from "./operations"
import { publish } from "./publish"
import { settings } from "./settings"
import { shell } from "./shell"

/** The same files as `../en`; a key that is missing here does not compile. */
export const de: Catalogue = {
  ...common,
  ...shell,
  ...auth,
  ...dashboard,
  ...settings,
  ...accounts,
  ...operations,
  ...publish,
}
