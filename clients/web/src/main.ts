import "./styles.css"

// The libraries one after the other, each in a task of its own: all at once they would hold up a slow phone for a quarter of
// a second. `finish-build.mjs` names them in index.html, so that they are fetched together all the same.
const libraries = [
  () => import("./first/react"),
  () => import("./first/router"),
  () => import("./first/query"),
  () => import("./first/words"),
]

/** Lets the browser do what waits: paint, answer to the person. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

const root = document.getElementById("root")
if (!root) throw new Error("index.html has no #root")

for (const library of libraries) {
  await library()
  await breath()
}
const { start } = await import("./first/start")
await breath()
start(root)
