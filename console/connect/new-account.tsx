import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useSession } from '../session/session.tsx'
import { type NewLogin, useMakeAccount } from './use-accounts.ts'

const serialPattern = /^[A-Za-z0-9]{0,32}$/

/** Asks for whom an account is, and hands it over once it is made. */
export const NewAccountDialog = ({ made, close }: { made: (login: NewLogin) => void; close: () => void }) => {
  const { grants } = useSession()
  const [dockSn, setDockSn] = useState('')
  const [fleet, setFleet] = useState(grants.fleets?.[0] ?? 'default')
  const make = useMakeAccount(made)
  const isReady = fleet !== '' && serialPattern.test(dockSn)
  const submit = () => isReady && make.mutate({ fleet, ...(dockSn ? { dockSn } : {}) })
  const buttons = (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={close}>
          Close
        </Button>
        <Button variant="primary" disabled={!isReady} loading={make.isPending} onClick={submit}>
          Make the account
        </Button>
      </SpaceBetween>
    </Box>
  )
  return (
    <Modal visible header="An account for a dock" onDismiss={close} footer={buttons} closeAriaLabel="Close">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <SpaceBetween size="m">
          <FormField
            label="Serial number of the dock – optional"
            constraintText="Without it the account belongs to the first dock that logs in with it."
            errorText={serialPattern.test(dockSn) ? '' : 'Letters and digits, at most 32, as on its label.'}
          >
            <Input autoFocus value={dockSn} onChange={({ detail }) => setDockSn(detail.value.trim())} />
          </FormField>
          <FormField label="Fleet" constraintText="The dock has to be of this fleet.">
            <Input value={fleet} onChange={({ detail }) => setFleet(detail.value.trim())} />
          </FormField>
          {/* A form of several fields is sent by Enter only where it has a button. */}
          <input type="submit" hidden />
        </SpaceBetween>
      </form>
    </Modal>
  )
}
