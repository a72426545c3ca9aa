import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Upload } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { moduleNames } from '../words/modules.ts'
import { isActive, isStored } from './upload-states.tsx'
import { useCancelUpload, useDownload } from './use-uploads.ts'

/** Cancels a running upload. */
export const CancelButton = ({ upload }: { upload: Upload }) => {
  const cancel = useCancelUpload()
  const { grants } = useSession()
  if (!isActive(upload.state) || !grants.may('operate', upload.fleet)) return null
  return (
    <Button
      loading={cancel.isPending}
      disabled={upload.cancelRequestedAt !== undefined}
      onClick={() => cancel.mutate(upload)}
    >
      {upload.cancelRequestedAt ? 'Cancel requested' : 'Cancel'}
    </Button>
  )
}

/** A download button for each stored archive. */
export const DownloadButtons = ({ upload, variant }: { upload: Upload; variant?: 'inline-link' }) => {
  const download = useDownload()
  const { grants } = useSession()
  if (!grants.may('download', upload.fleet)) return null
  const stored = upload.archives.filter(isStored)
  if (stored.length === 0) return null
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {stored.map(({ module }) => (
        <Button
          key={module}
          {...(variant ? { variant } : { iconName: 'download' as const })}
          ariaLabel={`Download ${moduleNames[module]}`}
          loading={download.isPending && download.variables.module === module}
          onClick={() => download.mutate({ dockSn: upload.dockSn, id: upload.id, module })}
        >
          {variant ? moduleNames[module] : `Download ${moduleNames[module].toLowerCase()}`}
        </Button>
      ))}
    </SpaceBetween>
  )
}
