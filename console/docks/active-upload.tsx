import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Upload } from '../api/records.ts'
import { ArchiveProgress } from '../uploads/archive-progress.tsx'
import { Awaited } from '../uploads/awaited.tsx'
import { FailureAlert, hasFailed } from '../uploads/failure-alert.tsx'
import { CancelButton, DownloadButtons } from '../uploads/upload-actions.tsx'
import { UploadIndicator } from '../uploads/upload-states.tsx'

/** A dock's current upload, or one that has just ended, archive by archive. */
export const ActiveUpload = ({ upload }: { upload: Upload }) => (
  <SpaceBetween size="l">
    <Container
      header={
        <Header
          variant="h2"
          description={<UploadIndicator upload={upload} />}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <CancelButton upload={upload} />
              <DownloadButtons upload={upload} />
            </SpaceBetween>
          }
        >
          <Link href={`/docks/${upload.dockSn}/uploads/${upload.id}`} fontSize="heading-m">
            Upload
          </Link>
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Awaited upload={upload} />
        <ColumnLayout columns={upload.archives.length === 1 ? 1 : 2}>
          {upload.archives.map((archive) => (
            <ArchiveProgress key={archive.module} upload={upload} archive={archive} />
          ))}
        </ColumnLayout>
      </SpaceBetween>
    </Container>
    {hasFailed(upload) && <FailureAlert upload={upload} />}
  </SpaceBetween>
)
