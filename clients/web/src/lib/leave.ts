/** Sends the browser to another site. Refuses everything that is not the web: an answer must not become a script. */
export function leaveFor(url: string): void {
  if (!/^https?:$/.test(new URL(url).protocol)) throw new Error("not a web address")
  location.assign(url)
}
