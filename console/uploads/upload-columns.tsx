import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import type { Upload } from '../api/records.ts'
import { causeText } from '../collections/words.ts'
import { Foreign } from '../words/foreign.tsx'
import { moduleNames } from '../words/modules.ts'
import { bytes } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { TryAgain } from './try-again.tsx'
import { DownloadButtons } from './upload-actions.tsx'
import { UploadIndicator } from './upload-states.tsx'

const sizeOf = ({ archives }: Upload): number =>
  archives.reduce((total, { sizeBytes = 0 }) => total + sizeBytes, 0)

const failureOf = ({ failure, archives }: Upload) =>
  failure ?? archives.find((archive) => archive.failure)?.failure

/** The state of an upload and, if it failed, the reason, the advice, and a retry button. */
const Outcome = ({ upload }: { upload: Upload }) => {
  const failure = failureOf(upload)
  return (
    <>
      <UploadIndicator upload={upload} />
      {failure && (
        <Box fontSize="body-s">
          {failure.reason} {failure.advice}
        </Box>
      )}
      {upload.cause && (
        <Box fontSize="body-s" color="text-body-secondary">
          <Foreign text={causeText(upload.cause)} />
        </Box>
      )}
      {upload.note && (
        <Box fontSize="body-s" color="text-body-secondary">
          “
          <Foreign text={upload.note} />”
        </Box>
      )}
      {failure && <TryAgain upload={upload} variant="inline-link" />}
    </>
  )
}

const logsOf = (upload: Upload): string => {
  const names = upload.archives.map(({ module }) => moduleNames[module]).join(', ')
  return sizeOf(upload) > 0 ? `${names} · ${bytes(sizeOf(upload))}` : names
}

/** The columns of an upload table; `acrossDocks`: for several docks. */
export const uploadColumns = (acrossDocks: boolean): TableProps.ColumnDefinition<Upload>[] => [
  {
    id: 'started',
    minWidth: 180,
    header: 'Started',
    isRowHeader: true,
    cell: ({ dockSn, id, createdAt }) => (
      <Link href={`/docks/${dockSn}/uploads/${id}`}>
        <Time at={createdAt} />
      </Link>
    ),
  },
  ...(acrossDocks
    ? [
        {
          id: 'dock',
          header: 'Dock',
          minWidth: 165,
          cell: ({ dockSn }: Upload) => <Link href={`/docks/${dockSn}`}>{dockSn}</Link>,
        },
      ]
    : []),
  { id: 'state', header: 'State', minWidth: 255, cell: (upload) => <Outcome upload={upload} /> },
  {
    id: 'logs',
    header: 'Logs',
    minWidth: 130,
    cell: (upload) => logsOf(upload),
  },
  {
    id: 'download',
    header: 'Download',
    minWidth: 115,
    cell: (upload) => <DownloadButtons upload={upload} variant="inline-link" />,
  },
]
