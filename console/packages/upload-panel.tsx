import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FileInput from '@cloudscape-design/components/file-input'
import ProgressBar from '@cloudscape-design/components/progress-bar'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Package } from '../api/records.ts'
import { bytes } from '../words/quantities.ts'
import { cancelTransfer, type Transfer, useTransfer } from './uploads.ts'
import { useUploadFile } from './use-packages.ts'

const mostBytes = 5 * 1024 ** 3

/** The API's rule: nothing in the name needs escaping anywhere. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** Why a file is not valid for a package; undefined: it is. */
export const faultOf = ({ name, size }: Pick<File, 'name' | 'size'>): string | undefined => {
  if (!namePattern.test(name))
    return 'Its name must be of letters, digits, “.”, “_” and “-”, begin with a letter or digit, and have at most 128.'
  if (size === 0) return 'It is empty.'
  return size > mostBytes ? `It is larger than ${bytes(mostBytes)}, which is the most.` : undefined
}

const steps: Record<Transfer['step'], string> = {
  reading: 'Computing the checksums',
  sending: 'Uploading to storage',
  completing: 'Comparing the uploaded file',
}

const Progress = ({ id, of: { step, fileName, size, done } }: { id: string; of: Transfer }) => (
  <SpaceBetween size="s">
    <ProgressBar
      value={Math.floor((100 * done) / size)}
      label={fileName}
      description={steps[step]}
      additionalInfo={`${bytes(done)} of ${bytes(size)}`}
    />
    <Button disabled={step === 'completing'} onClick={() => cancelTransfer(id)}>
      Cancel the upload
    </Button>
  </SpaceBetween>
)

/** A hint about the file: a proved package accepts only the same file again. */
const hintFor = ({ file }: Package): string =>
  file?.provedAt
    ? `Choose the same file again: ${file.name}, ${bytes(file.size)}.`
    : `Any file of up to ${bytes(mostBytes)}. Its SHA-256 and MD5 are worked out here, and storage takes nothing else.`

/** Uploads the file of a package, and shows the progress. */
export const UploadPanel = ({ of }: { of: Package }) => {
  const upload = useUploadFile(of.id)
  const transfer = useTransfer(of.id)
  const [fault, setFault] = useState<string>()
  const take = (file: File): void => {
    const wrong = faultOf(file)
    setFault(wrong)
    if (wrong === undefined) upload.mutate(file)
  }
  if (transfer) return <Progress id={of.id} of={transfer} />
  return (
    <SpaceBetween size="s">
      <FileInput
        value={[]}
        onChange={({ detail: { value } }) => {
          const [file] = value
          if (file) take(file)
        }}
      >
        Choose the file
      </FileInput>
      <Box color="text-body-secondary">{hintFor(of)}</Box>
      {fault && (
        <Alert type="error" header="This file cannot be uploaded">
          {fault}
        </Alert>
      )}
    </SpaceBetween>
  )
}
