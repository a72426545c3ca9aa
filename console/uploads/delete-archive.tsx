import type { Archive, Upload } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { ConfirmedButton } from '../shell/confirmed-button.tsx'
import { moduleNames } from '../words/modules.ts'
import { isMoving, isStored } from './upload-states.tsx'
import { useDeleteArchive } from './use-uploads.ts'

/** Deletes a stored archive after a confirmation; for administrators, once the upload has ended. */
export const DeleteArchive = ({ upload, archive }: { upload: Upload; archive: Archive }) => {
  const { grants } = useSession()
  const remove = useDeleteArchive()
  if (!isStored(archive) || isMoving(upload) || !grants.may('admin', upload.fleet)) return null
  const { dockSn, id } = upload
  const { module } = archive
  return (
    <ConfirmedButton
      label="Delete"
      ariaLabel={`Delete ${moduleNames[module]}`}
      question="Delete this archive?"
      answer="Delete permanently"
      busy={remove.isPending}
      act={(settled) => remove.mutate({ dockSn, id, module }, settled)}
    >
      The logs of the {moduleNames[module].toLowerCase()} are deleted from storage. The record stays, and
      shows who deleted them and when.
    </ConfirmedButton>
  )
}
