import Alert from '@cloudscape-design/components/alert'
import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import type { Upload } from '../api/records.ts'
import { Facts } from '../shell/facts.tsx'
import { Field } from '../shell/field.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { useStartUpload } from '../uploads/use-uploads.ts'
import { type Selection, selectionsOf } from './log-selection.ts'

const limits = [
  { value: '', label: 'When it is done' },
  { value: '15', label: 'After 15 minutes at the latest' },
  { value: '30', label: 'After 30 minutes at the latest' },
  { value: '60', label: 'After an hour at the latest' },
]
const [noLimit] = limits

type Props = {
  dockSn: string
  /** Whether to send the command even to an offline dock. */
  force: boolean
  selection: Selection
  summary: { label: string; value: string }[]
  close: () => void
  started: (upload: Upload) => void
}

/** The upload request, and its options. */
export const UploadDialog = ({ dockSn, force, selection, summary, close, started }: Props) => {
  const [note, setNote] = useState('')
  const [limit, setLimit] = useState(noLimit)
  // One dialog is one upload, even if the request is repeated.
  const [key] = useState(() => crypto.randomUUID())
  const start = useStartUpload(dockSn)
  const submit = () => {
    const finishBy = limit?.value
      ? new Date(Date.now() + Number(limit.value) * 60_000).toISOString()
      : undefined
    const selections = selectionsOf(selection)
    start.mutate(
      { key, force, selections, ...(note ? { note } : {}), ...(finishBy ? { finishBy } : {}) },
      { onSuccess: started, onError: close },
    )
  }
  return (
    <FormDialog
      title="Upload selected logs"
      answer="Start the upload"
      submit={submit}
      close={close}
      isReady
      busy={start.isPending}
    >
      <Facts columns={3} items={summary} />
      <Alert type="info">The dock does not fly until the upload has ended.</Alert>
      <Field
        isFirst
        label="Note – optional"
        hint="The reason, for readers of the history."
        fault=""
        value={note}
        set={(text) => setNote(text.slice(0, 500))}
      />
      <FormField label="Stop the upload">
        <Select
          selectedOption={limit ?? null}
          options={limits}
          onChange={({ detail }) =>
            setLimit(limits.find(({ value }) => value === detail.selectedOption.value))
          }
        />
      </FormField>
    </FormDialog>
  )
}
