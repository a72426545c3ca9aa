import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { FormDialog } from '../shell/form-dialog.tsx'
import { useSaveOrganization } from './use-organizations.ts'

const idPattern = /^[A-Za-z0-9_-]{1,32}$/

/** The form for an organization. */
export const NewOrganizationDialog = ({ close }: { close: () => void }) => {
  const [id, setId] = useState('')
  const [name, setName] = useState('')
  const save = useSaveOrganization(close)
  const isReady = idPattern.test(id) && name.trim() !== ''
  return (
    <FormDialog
      title="Create an organization"
      answer="Create the organization"
      isReady={isReady}
      close={close}
      busy={save.isPending}
      submit={() => save.mutate({ id, name: name.trim() })}
    >
      <FormField
        label="Organization ID"
        constraintText="Typed in at each dock: 1 to 32 letters, digits, - and _."
        errorText={id !== '' && !idPattern.test(id) ? 'Use only letters, digits, “-” and “_”.' : ''}
      >
        <Input autoFocus value={id} onChange={({ detail }) => setId(detail.value.trim())} />
      </FormField>
      <FormField label="Name" constraintText="What the dock's screen shows.">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
    </FormDialog>
  )
}
