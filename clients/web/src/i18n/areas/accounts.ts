import { en } from "../en"
import { accounts } from "../en/accounts"

// The English words of this area come with its pages, not with the first one. Every other language is fetched whole.
Object.assign(en, accounts)
