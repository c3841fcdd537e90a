import { calendar } from "./calendar"
import { compose } from "./compose"
import { post } from "./post"

export const publish = { ...post, ...compose, ...calendar }
