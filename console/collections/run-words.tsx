import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { Collection, CollectionRun, Upload } from '../api/records.ts'
import { Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'
import { causeText, leftOutText, runMeaning } from './words.ts'

export const Enabled = ({ of: { enabled } }: { of: Pick<Collection, 'enabled'> }) => (
  <StatusIndicator type={enabled ? 'success' : 'stopped'}>{enabled ? 'Enabled' : 'Disabled'}</StatusIndicator>
)

/** The cause of a collection of logs, with a link to the collection. */
export const CauseWords = ({ of }: { of: NonNullable<Upload['cause']> }) => (
  <>
    <Foreign text={causeText(of)} />, <Time at={of.at} />, by{' '}
    <Link href={`/collections/${of.collectionId}`}>{of.collectionId}</Link>
  </>
)

/** The state of a run, and the reason of a failure. */
export const RunStatus = ({ run }: { run: CollectionRun }) => {
  const { type, text } = runMeaning(run)
  return (
    <>
      <StatusIndicator type={type}>{text}</StatusIndicator>
      {run.failure && (
        <Box fontSize="body-s">
          <Foreign text={`${run.failure.reason} ${run.failure.advice}`} />
        </Box>
      )}
      {run.covers > 0 && (
        <Box fontSize="body-s" color="text-body-secondary">
          for {run.covers.toLocaleString('en')} more of its causes, too
        </Box>
      )}
    </>
  )
}

export const LeftOutWords = ({ of }: { of: CollectionRun['leftOut'] }) =>
  of.length === 0
    ? '–'
    : of.map((one) => (
        <div key={`${one.module} ${one.why}`}>
          <Foreign text={leftOutText(one)} />
        </div>
      ))
