import { en } from "./en"
import { publish } from "./en/publish"

// Writing, planning and watching posts have many words, and the first page needs none of them: a page that does imports this
// for its effect. Other languages are fetched whole.
Object.assign(en, publish)
