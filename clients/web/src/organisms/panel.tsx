import type { ReactNode } from "react"
import { Card, CardHeader, CardText, CardTitle } from "@/atoms/card"
import { ErrorState } from "@/molecules/error-state"
import { LoadingRows } from "@/molecules/loading-rows"

/** What a query gives, for an organism that draws all of its states. A `UseQueryResult` fits. */
export type Loaded<T> = { data: T | undefined; error: unknown; isFetching?: boolean; refetch?: () => unknown }

type Props<T> = {
  title: string
  text?: string
  action?: ReactNode
  of: Loaded<T>
  isEmpty?: (data: T) => boolean
  empty?: ReactNode
  rows?: number
  children: (data: T) => ReactNode
  className?: string
}

/** A titled card that is loading, failed, empty or full. Data that is shown stays when a later fetch fails. */
export function Panel<T>({ title, text, action, of, isEmpty, empty, rows, children, className }: Props<T>) {
  return (
    <Card className={className} aria-label={title} aria-busy={of.data === undefined && !of.error}>
      <CardHeader>
        <div className="grid gap-0.5">
          <CardTitle>{title}</CardTitle>
          {text && <CardText>{text}</CardText>}
        </div>
        {action}
      </CardHeader>
      {of.data !== undefined ? (
        isEmpty?.(of.data) ? (
          empty
        ) : (
          children(of.data)
        )
      ) : of.error ? (
        <ErrorState
          error={of.error}
          onRetry={of.refetch && (() => void of.refetch?.())}
          retrying={of.isFetching}
        />
      ) : (
        <LoadingRows rows={rows} />
      )}
    </Card>
  )
}
