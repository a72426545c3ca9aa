import Alert from '@cloudscape-design/components/alert'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Logs } from '../api/records.ts'
import { moduleNames } from '../words/modules.ts'
import { Ago, Time } from '../words/time.tsx'
import { listingFailures } from './use-logs.ts'

type Props = { newest: Logs['newest'] | undefined; awaited: string | undefined }

/** A note that a dock's answer is awaited, and until when; or what its newest answer left out, and why. */
export const ListingNotices = ({ newest, awaited }: Props) => {
  if (awaited)
    return (
      <Alert type="info" header="The dock was asked which logs it and its aircraft hold">
        Waiting for its answer until <Time at={awaited} />.
      </Alert>
    )
  const failures = newest ? listingFailures(newest) : []
  if (!newest || failures.length === 0) return null
  return (
    <SpaceBetween size="s">
      {failures.map(({ module, failure }) => (
        <Alert
          key={module ?? 'dock'}
          type="warning"
          header={`${module ? `${moduleNames[module]}: ` : ''}${failure.reason}`}
        >
          {failure.advice} Last asked <Ago at={newest.createdAt} />.
        </Alert>
      ))}
    </SpaceBetween>
  )
}
