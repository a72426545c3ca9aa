import Alert from '@cloudscape-design/components/alert'
import type { Upload } from '../api/records.ts'
import { Ago, Time } from '../words/time.tsx'
import { isActive } from './upload-states.tsx'

/** What the dock must do, and until when; a warning if it has been silent for a while. */
export const Awaited = ({ upload }: { upload: Upload }) => {
  const { state, stalledSince, deadlineAt, cancelRequestedAt } = upload
  if (!isActive(state)) return null
  if (stalledSince)
    return (
      <Alert type="warning" header="The dock is silent">
        It last reported progress <Ago at={stalledSince} />. Check that it has power and network. Unless it
        reports again, the upload times out at <Time at={deadlineAt} />.
      </Alert>
    )
  const what = cancelRequestedAt
    ? 'its report that it has stopped'
    : state === 'requested'
      ? 'its answer to the request'
      : 'its next progress report'
  return (
    <div>
      Waiting for {what} until <Time at={deadlineAt} />.
    </div>
  )
}
