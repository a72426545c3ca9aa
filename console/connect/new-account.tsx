import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { useSession } from '../session/session.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { type NewLogin, useMakeAccount } from './use-accounts.ts'

const serialPattern = /^[A-Za-z0-9]{0,32}$/

/** The form for an account, which is shown once it is created. */
export const NewAccountDialog = ({ made, close }: { made: (login: NewLogin) => void; close: () => void }) => {
  const { grants } = useSession()
  const [dockSn, setDockSn] = useState('')
  const [fleet, setFleet] = useState(grants.fleets?.[0] ?? 'default')
  const make = useMakeAccount(made)
  const isReady = fleet !== '' && serialPattern.test(dockSn)
  return (
    <FormDialog
      title="Create an account for a dock"
      answer="Create the account"
      isReady={isReady}
      close={close}
      busy={make.isPending}
      submit={() => make.mutate({ fleet, ...(dockSn ? { dockSn } : {}) })}
    >
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
    </FormDialog>
  )
}
