import { type Piece, richText } from "@/lib/rich-text"

const looks: Record<Piece["kind"], string | undefined> = {
  plain: undefined,
  link: "text-accent underline decoration-accent/40 underline-offset-2",
  mention: "font-medium text-accent",
  tag: "text-accent",
}

/** Text of a post with its links, mentions and tags in the colour of links. They are only shown, never followed. */
export function RichText({ text, platform }: { text: string; platform: string }) {
  return (
    <span className="whitespace-pre-wrap break-words" dir="auto">
      {richText(text, platform).map(({ at, text: piece, kind }) =>
        kind === "plain" ? (
          piece
        ) : (
          <span key={at} className={looks[kind]}>
            {piece}
          </span>
        ),
      )}
    </span>
  )
}
