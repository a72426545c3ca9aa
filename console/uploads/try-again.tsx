import Button from '@cloudscape-design/components/button'
import { useNavigate } from 'react-router'
import type { Upload } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { isMoving } from './upload-states.tsx'
import { useRetryUpload } from './use-uploads.ts'

/** Whether there is something in an upload that did not arrive and is worth another try. */
export const canTryAgain = (upload: Upload): boolean => {
  const { state, failure, archives, retriedBy, nextTry } = upload
  const failures = [failure, ...archives.map((archive) => archive.failure)]
  const isOpen = isMoving(upload) || retriedBy !== undefined || nextTry !== undefined
  return !isOpen && state !== 'verified' && failures.every((one) => one?.retryable !== false)
}

/** Starts another upload of what did not arrive, and shows it. */
export const TryAgain = ({
  upload,
  variant = 'normal',
}: {
  upload: Upload
  variant?: 'normal' | 'inline-link'
}) => {
  const { grants } = useSession()
  const navigate = useNavigate()
  const retry = useRetryUpload(({ dockSn, id }) => void navigate(`/docks/${dockSn}/uploads/${id}`))
  if (!canTryAgain(upload) || !grants.may('operate', upload.fleet)) return null
  return (
    <Button variant={variant} loading={retry.isPending} onClick={() => retry.mutate(upload)}>
      Try again
    </Button>
  )
}
