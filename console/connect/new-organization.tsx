import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useSaveOrganization } from './use-organizations.ts'

const idPattern = /^[A-Za-z0-9_-]{1,32}$/

/** Makes an organization. */
export const NewOrganizationDialog = ({ close }: { close: () => void }) => {
  const [id, setId] = useState('')
  const [name, setName] = useState('')
  const save = useSaveOrganization(close)
  const isReady = idPattern.test(id) && name.trim() !== ''
  const submit = () => isReady && save.mutate({ id, name: name.trim() })
  const buttons = (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={close}>
          Close
        </Button>
        <Button variant="primary" disabled={!isReady} loading={save.isPending} onClick={submit}>
          Make it
        </Button>
      </SpaceBetween>
    </Box>
  )
  return (
    <Modal visible header="An organization" onDismiss={close} footer={buttons} closeAriaLabel="Close">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <SpaceBetween size="m">
          <FormField
            label="Organization ID"
            constraintText="Typed in at each dock: 1 to 32 letters, digits, - and _."
            errorText={id !== '' && !idPattern.test(id) ? 'Use letters, digits, - and _ alone.' : ''}
          >
            <Input autoFocus value={id} onChange={({ detail }) => setId(detail.value.trim())} />
          </FormField>
          <FormField label="Name" constraintText="What the dock's screen shows.">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          {/* A form of several fields is sent by Enter only where it has a button. */}
          <input type="submit" hidden />
        </SpaceBetween>
      </form>
    </Modal>
  )
}
