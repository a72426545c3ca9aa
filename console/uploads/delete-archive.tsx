import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Archive, Upload } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { isMoving, isStored, moduleNames } from './upload-states.tsx'
import { useDeleteArchive } from './use-uploads.ts'

/** Deletes an archive that storage holds, after asking; for administrators, once the upload has ended. */
export const DeleteArchive = ({ upload, archive }: { upload: Upload; archive: Archive }) => {
  const [asking, setAsking] = useState(false)
  const { grants } = useSession()
  const remove = useDeleteArchive()
  if (!isStored(archive) || isMoving(upload) || !grants.may('admin', upload.fleet)) return null
  const { dockSn, id } = upload
  const { module } = archive
  const close = () => setAsking(false)
  const buttons = (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={close}>
          Close
        </Button>
        <Button
          variant="primary"
          loading={remove.isPending}
          onClick={() => remove.mutate({ dockSn, id, module }, { onSettled: close })}
        >
          Delete for good
        </Button>
      </SpaceBetween>
    </Box>
  )
  return (
    <>
      <Button ariaLabel={`Delete ${moduleNames[module]}`} onClick={() => setAsking(true)}>
        Delete
      </Button>
      <Modal
        visible={asking}
        header="Delete this archive?"
        onDismiss={close}
        footer={buttons}
        closeAriaLabel="Close"
      >
        The logs of the {moduleNames[module].toLowerCase()} are gone from storage then. The record stays, and
        says who deleted them and when.
      </Modal>
    </>
  )
}
