import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Failure, Upload } from '../api/records.ts'
import { moduleNames } from '../words/modules.ts'
import { TryAgain } from './try-again.tsx'

type OwnFailure = { who: string; failure: Failure }

/** The failures of an upload and of its archives; a common one is shown once. */
const failuresOf = ({ failure, archives }: Upload): OwnFailure[] => {
  const own = archives.flatMap((archive) =>
    archive.failure ? [{ who: moduleNames[archive.module], failure: archive.failure }] : [],
  )
  const failures = own.length > 0 ? own : failure ? [{ who: 'Upload', failure }] : []
  const [first] = failures
  const isShared =
    first && failures.length > 1 && failures.every((one) => one.failure.code === first.failure.code)
  return isShared ? [{ who: failures.map(({ who }) => who).join(' and '), failure: first.failure }] : failures
}

export const hasFailed = (upload: Upload): boolean => failuresOf(upload).length > 0

/** The failure, the advice, and a retry button. */
export const FailureAlert = ({ upload }: { upload: Upload }) => (
  <SpaceBetween size="s">
    {failuresOf(upload).map(({ who, failure }, n) => (
      <Alert
        key={who}
        type={upload.state === 'partial' || upload.state === 'canceled' ? 'warning' : 'error'}
        header={`${who}: ${failure.reason}`}
        action={n === 0 && <TryAgain upload={upload} />}
      >
        <div>{failure.advice}</div>
        <Box color="inherit" fontSize="body-s">
          Code: {failure.code}
        </Box>
      </Alert>
    ))}
  </SpaceBetween>
)
