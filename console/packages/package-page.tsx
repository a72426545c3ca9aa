import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useNavigate, useParams } from 'react-router'
import type { Package } from '../api/records.ts'
import { mayOperate } from '../session/grants.ts'
import { useSession } from '../session/session.tsx'
import { ConfirmedButton } from '../shell/confirmed-button.tsx'
import { Facts } from '../shell/facts.tsx'
import { Page } from '../shell/page.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { bytes } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { fileFaults, type PackageFile, PackageStatus } from './file-states.tsx'
import { UploadPanel } from './upload-panel.tsx'
import { useDeletePackage, usePackage } from './use-packages.ts'

const offers: Record<Package['offer'], string> = { v2: 'With a link', v1: 'With a link and a token' }
const machines: Record<Package['machines'], string> = { devices: 'Devices', docks: 'Docks and aircraft' }

const facts = (known: Package) => [
  { label: 'State', value: <PackageStatus of={known} /> },
  { label: 'For', value: machines[known.machines] },
  { label: 'From versions', value: <Foreign text={known.from?.join(', ') ?? 'any'} /> },
  { label: 'Models', value: <Foreign text={known.models?.join(', ') ?? 'any'} /> },
  { label: 'Offered', value: offers[known.offer] },
  { label: 'Info for the device', value: <Foreign text={known.customInfo} /> },
  { label: 'Created', value: <Time at={known.createdAt} /> },
  { label: 'By', value: <Foreign text={known.requestedBy} /> },
]

const fileFacts = (file: PackageFile) => [
  { label: 'Name', value: <Foreign text={file.name} /> },
  { label: 'Size', value: `${bytes(file.size)}, ${file.size.toLocaleString('en')} bytes` },
  { label: 'Proved', value: <Time at={file.provedAt} /> },
  { label: 'SHA-256', value: <Foreign text={file.sha256} /> },
  { label: 'MD5', value: <Foreign text={file.md5} /> },
  { label: 'Version in storage', value: <Foreign text={file.version} /> },
]

/** The state of the file, while devices may not have it. */
const FileNotice = ({ of: { state, fault } }: { of: PackageFile }) => {
  if (state === 'arrived')
    return (
      <Alert type="info" header="The file is being proved">
        Every byte in storage is read once and compared with the checksums. This starts within a minute.
      </Alert>
    )
  if (!fault) return null
  const { text, advice } = fileFaults[fault]
  return (
    <Alert type="error" header={text}>
      {advice}
    </Alert>
  )
}

const File = ({ of: known, mayUpload }: { of: Package; mayUpload: boolean }) => {
  const { file } = known
  const isOpen = !known.deleted && file?.state !== 'proved' && file?.state !== 'arrived'
  return (
    <Container header={<Header variant="h2">File</Header>}>
      <SpaceBetween size="l">
        {file && <FileNotice of={file} />}
        {file && <Facts columns={3} items={fileFacts(file)} />}
        {isOpen && mayUpload && <UploadPanel of={known} />}
        {isOpen && !mayUpload && !file && (
          <Box color="text-body-secondary">Somebody who may operate has to upload it.</Box>
        )}
      </SpaceBetween>
    </Container>
  )
}

const Delete = ({ of: { id } }: { of: Package }) => {
  const remove = useDeletePackage(id)
  return (
    <ConfirmedButton
      label="Delete"
      question="Delete this package?"
      answer="Delete permanently"
      busy={remove.isPending}
      act={(settled) => remove.mutate(undefined, settled)}
    >
      Its file is deleted from storage. A package that a campaign or a device may still need cannot be
      deleted.
    </ConfirmedButton>
  )
}

/** A package: its purpose, its file and the file's proof. */
export const PackagePage = () => {
  const { id = '' } = useParams()
  const { grants } = useSession()
  const navigate = useNavigate()
  const { data: known, error, refetch } = usePackage(id)
  const mayChange = known !== undefined && !known.deleted && mayOperate(grants, known)
  const isReady = known?.file?.state === 'proved' && !known.deleted && grants.may('operate')
  const actions = (
    <SpaceBetween direction="horizontal" size="xs">
      {mayChange && <Delete of={known} />}
      {isReady && (
        <Button variant="primary" onClick={() => navigate(`/new-campaign?package=${id}`)}>
          Create a campaign with it
        </Button>
      )}
    </SpaceBetween>
  )
  return (
    <Page
      title={known?.name ?? id}
      description={
        known && (
          <>
            {known.package} <Foreign text={known.version} /> ·{' '}
            {known.fleet ? `fleet ${known.fleet}` : 'every fleet'}
          </>
        )
      }
      actions={actions}
    >
      {error && <ProblemAlert error={error} retry={refetch} />}
      {!known && !error && <Spinner size="large" />}
      {known && (
        <SpaceBetween size="l">
          {known.deleted && (
            <Alert type="warning" header="This package is deleted">
              By <Foreign text={known.deleted.by} />, <Time at={known.deleted.at} />. Its id stays taken for a
              while.
            </Alert>
          )}
          <Container header={<Header variant="h2">What it is for</Header>}>
            <Facts columns={4} items={facts(known)} />
          </Container>
          <File of={known} mayUpload={mayChange} />
        </SpaceBetween>
      )}
    </Page>
  )
}
