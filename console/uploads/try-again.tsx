import Button from '@cloudscape-design/components/button'
import { useNavigate } from 'react-router'
import { ApiError } from '../api/problem.ts'
import type { Upload } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { isMoving } from './upload-states.tsx'
import { useRetryUpload } from './use-uploads.ts'

/** Whether an upload has missing archives that are worth a retry. */
export const canTryAgain = (upload: Upload): boolean => {
  const { state, failure, archives, retriedBy, nextTry } = upload
  const failures = [failure, ...archives.map((archive) => archive.failure)]
  const isOpen = isMoving(upload) || retriedBy !== undefined || nextTry !== undefined
  return !isOpen && state !== 'verified' && failures.every((one) => one?.retryable !== false)
}

/** Starts another upload of the missing archives, and shows it. */
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
  // For an offline dock the first click is refused; the second one forces it.
  const isOffline = retry.error instanceof ApiError && retry.error.type === 'dock-absent'
  if (!canTryAgain(upload) || !grants.may('operate', upload.fleet)) return null
  return (
    <Button
      variant={variant}
      loading={retry.isPending}
      onClick={() => retry.mutate({ ...upload, force: isOffline })}
    >
      {isOffline ? 'Try anyway' : 'Try again'}
    </Button>
  )
}
