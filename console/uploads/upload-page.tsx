import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useParams } from 'react-router'
import type { Archive, Upload } from '../api/records.ts'
import { CauseWords } from '../collections/run-words.tsx'
import { Facts } from '../shell/facts.tsx'
import { Page } from '../shell/page.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { moduleNames } from '../words/modules.ts'
import { bytes, count, duration } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { ArchiveProgress } from './archive-progress.tsx'
import { Awaited } from './awaited.tsx'
import { DeleteArchive } from './delete-archive.tsx'
import { FailureAlert, hasFailed } from './failure-alert.tsx'
import { Tries } from './tries.tsx'
import { CancelButton, DownloadButtons } from './upload-actions.tsx'
import { UploadHistory } from './upload-history.tsx'
import { ArchiveIndicator, isArchiveMoving, UploadIndicator } from './upload-states.tsx'
import { useUpload } from './use-uploads.ts'

const proofs = {
  verified: { type: 'success', text: 'Proved in storage: size and checksum match' },
  absent: { type: 'error', text: 'Not in storage' },
  sizeDiffers: { type: 'error', text: 'Size differs from the dock’s report' },
  checksumDiffers: { type: 'error', text: 'Checksum differs from the dock’s report' },
} as const

const Proof = ({ archive: { verification } }: { archive: Archive }) => {
  if (!verification) return '–'
  const { type, text } = proofs[verification]
  return <StatusIndicator type={type}>{text}</StatusIndicator>
}

/**
 * Warns the reader of an archive that another object was written over it, and whether the original is
 * available.
 */
const overwriting = ({ overwrittenAt, unpinned, deletedAt }: Archive) => [
  ...(overwrittenAt
    ? [
        {
          label: 'Overwritten',
          value: (
            <StatusIndicator type={unpinned ? 'error' : 'warning'}>
              <Time at={overwrittenAt} />
              {deletedAt
                ? ''
                : unpinned
                  ? '; the download is the later object'
                  : '; the download is the original'}
            </StatusIndicator>
          ),
        },
      ]
    : []),
  ...(unpinned ? [{ label: 'Versions', value: 'Not kept by storage' }] : []),
]

const archiveFacts = (archive: Archive) => [
  { label: 'State', value: <ArchiveIndicator archive={archive} /> },
  { label: 'Logs', value: `${count(archive.bootIndexes.length, 'log')}: ${archive.bootIndexes.join(', ')}` },
  { label: 'Size', value: archive.sizeBytes === undefined ? '–' : bytes(archive.sizeBytes) },
  { label: 'Proof', value: <Proof archive={archive} /> },
  { label: 'MD5', value: <Foreign text={archive.fingerprint} /> },
  { label: 'Object', value: <Foreign text={archive.objectKey} /> },
  ...overwriting(archive),
  ...(archive.deletedAt
    ? [
        {
          label: 'Deleted',
          value: (
            <>
              <Time at={archive.deletedAt} />, by <Foreign text={archive.deletedBy} />
            </>
          ),
        },
      ]
    : []),
]

const RequestFacts = ({ upload }: { upload: Upload }) => (
  <Container header={<Header variant="h2">Request</Header>}>
    <Facts
      columns={4}
      items={[
        { label: 'State', value: <UploadIndicator upload={upload} /> },
        { label: 'Dock', value: <Link href={`/docks/${upload.dockSn}`}>{upload.dockSn}</Link> },
        { label: 'Started', value: <Time at={upload.createdAt} /> },
        { label: 'Requested by', value: <Foreign text={upload.requestedBy} /> },
        ...(upload.cause ? [{ label: 'Cause', value: <CauseWords of={upload.cause} /> }] : []),
        { label: 'Note', value: <Foreign text={upload.note} /> },
        { label: 'Stops at the latest', value: <Time at={upload.finishBy} /> },
        {
          label: 'Times out at',
          value: <Time at={upload.archives.some(isArchiveMoving) ? upload.deadlineAt : undefined} />,
        },
        {
          label: 'Estimated time',
          value: upload.estimatedSeconds === undefined ? '–' : `about ${duration(upload.estimatedSeconds)}`,
        },
        { label: 'Series', value: <Tries upload={upload} /> },
        { label: 'Silent since', value: <Time at={upload.stalledSince} /> },
      ]}
    />
  </Container>
)

/** One upload: its progress or result, the advice, and its history. */
export const UploadPage = () => {
  const { dockSn = '', id = '' } = useParams()
  const { data: upload, error, refetch } = useUpload(dockSn, id)
  const actions = upload && (
    <SpaceBetween direction="horizontal" size="xs">
      <CancelButton upload={upload} />
      <DownloadButtons upload={upload} />
    </SpaceBetween>
  )
  return (
    <Page title="Upload" description={<Foreign text={id} />} actions={actions}>
      {error && <ProblemAlert error={error} retry={refetch} />}
      {!upload && !error && <Spinner size="large" />}
      {upload && (
        <SpaceBetween size="l">
          {hasFailed(upload) && <FailureAlert upload={upload} />}
          <Awaited upload={upload} />
          <ColumnLayout columns={upload.archives.length === 1 ? 1 : 2}>
            {upload.archives.map((archive) => (
              <Container
                key={archive.module}
                header={
                  <Header variant="h2" actions={<DeleteArchive upload={upload} archive={archive} />}>
                    {moduleNames[archive.module]}
                  </Header>
                }
              >
                <SpaceBetween size="l">
                  {isArchiveMoving(archive) && <ArchiveProgress upload={upload} archive={archive} />}
                  <Facts columns={2} items={archiveFacts(archive)} />
                </SpaceBetween>
              </Container>
            ))}
          </ColumnLayout>
          <RequestFacts upload={upload} />
          <UploadHistory upload={upload} />
        </SpaceBetween>
      )}
    </Page>
  )
}
