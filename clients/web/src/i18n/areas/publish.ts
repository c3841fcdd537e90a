import { en } from "../en"
import { publish } from "../en/publish"

// The English words of writing, planning and watching posts come with their pages, not with the first one.
Object.assign(en, publish)
