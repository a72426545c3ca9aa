import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import { meaningOf, type ReportEvent } from './meaning.ts'
import type { KeptReport } from './reader.ts'
import type * as shapes from './shapes.ts'
import type { Attempt } from './state.ts'
import { failureView } from './view.ts'

type ReportView = View<typeof shapes.Report>

/**
 * Reports, newest first. A report that a device repeats unchanged is shown once, with `repeats`, at the time
 * of the first. The claimed time is part of a report: a clock that stands still reports nothing new.
 */
export const reportViews = (newestFirst: readonly KeptReport[], attempt: Attempt): ReportView[] => {
  const views: ReportView[] = []
  for (const { receivedAt, event } of newestFirst) {
    const content = contentOf(event, attempt)
    const newer = views.at(-1)
    if (newer && isSame(newer, content))
      Object.assign(newer, { receivedAt: iso(receivedAt), repeats: newer.repeats + 1 })
    else views.push({ receivedAt: iso(receivedAt), ...content, repeats: 0 })
  }
  return views
}

type Content = Omit<ReportView, 'receivedAt' | 'repeats'>

const contentOf = (event: ReportEvent, attempt: Attempt): Content => {
  const meaning = meaningOf(event, attempt)
  const head = { kind: event.kind, meaning, claimedTime: event.eventTimeText }
  if (event.kind === 'versionReport') return { ...head, firmware: event.firmware, software: event.software }
  const { resultCode, percent, version, description } = event
  const failure = meaning === 'failed' ? failureView(resultCode) : undefined
  return { ...head, failure, resultCode, percent, version, description }
}

const isSame = (view: ReportView, content: Content): boolean =>
  JSON.stringify({ ...content }) === JSON.stringify(withoutTime(view))

const withoutTime = ({ receivedAt: _, repeats: __, ...content }: ReportView) => content
