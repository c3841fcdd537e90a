import { en } from "../en"
import { operations } from "../en/operations"

// As in accounts.ts.
Object.assign(en, operations)
