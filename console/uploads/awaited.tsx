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
        reports again, the upload is given up at <Time at={deadlineAt} />.
      </Alert>
    )
  const what = cancelRequestedAt
    ? 'Its report that it has stopped'
    : state === 'requested'
      ? 'Its answer to the request'
      : 'Its next report of progress'
  return (
    <div>
      {what} is awaited until <Time at={deadlineAt} />.
    </div>
  )
}
