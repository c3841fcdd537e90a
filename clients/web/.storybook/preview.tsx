import { preview } from "../src/test/story-preview"
import "../src/styles.css"

export default { ...preview }
