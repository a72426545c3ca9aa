import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import type { Organization } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { TypeDialog } from './to-type.tsx'
import { type NewCode, useMakeCode } from './use-organizations.ts'

const lifetimes = [
  { value: '24', label: 'a day' },
  { value: '72', label: 'three days' },
  { value: '720', label: '30 days' },
  { value: '2160', label: '90 days' },
] as const
const usual = lifetimes[1]

const usesOf = (text: string): number | undefined =>
  /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 1000 ? Number(text) : undefined

const Made = ({
  organization,
  made,
  close,
}: {
  organization: Organization
  made: NewCode
  close: () => void
}) => (
  <TypeDialog
    close={close}
    secret="The code is shown this once: only its last four characters are kept."
    values={[
      { label: 'Organization ID', value: organization.id },
      { label: 'Organization name', value: organization.name },
      { label: 'Device binding code', value: made.code },
    ]}
  />
)

/** The form for a binding code, which is shown once. */
export const NewCodeDialog = ({ organization, close }: { organization: Organization; close: () => void }) => {
  const { grants } = useSession()
  const [uses, setUses] = useState('1')
  const [lifetime, setLifetime] = useState<{ value: string; label: string }>(usual)
  const [fleet, setFleet] = useState(grants.fleets?.[0] ?? '')
  const [made, setMade] = useState<NewCode>()
  const make = useMakeCode(setMade)
  const count = usesOf(uses)
  const needsFleet = !grants.mayInAll('admin')
  const isReady = count !== undefined && !(needsFleet && fleet === '')
  const submit = () => {
    if (count === undefined) return
    const request = { id: organization.id, uses: count, expiresInHours: Number(lifetime.value) }
    make.mutate({ ...request, ...(fleet ? { fleet } : {}) })
  }
  if (made) return <Made organization={organization} made={made} close={close} />
  return (
    <FormDialog
      title="Create a code for docks"
      answer="Create the code"
      isReady={isReady}
      submit={submit}
      close={close}
      busy={make.isPending}
    >
      <FormField
        label="How many docks"
        constraintText="From 1 to 1000. Each dock takes one, with its aircraft."
        errorText={count === undefined ? 'Type a number from 1 to 1000.' : ''}
      >
        <Input
          autoFocus
          inputMode="numeric"
          value={uses}
          onChange={({ detail }) => setUses(detail.value.trim())}
        />
      </FormField>
      <FormField label="Valid for">
        <Select
          selectedOption={lifetime}
          options={[...lifetimes]}
          onChange={({ detail: { selectedOption } }) =>
            setLifetime(lifetimes.find(({ value }) => value === selectedOption.value) ?? usual)
          }
        />
      </FormField>
      <FormField
        label={needsFleet ? 'Fleet' : 'Fleet – optional'}
        constraintText="Docks that bind with it are registered in this fleet."
      >
        <Input value={fleet} onChange={({ detail }) => setFleet(detail.value.trim())} />
      </FormField>
    </FormDialog>
  )
}
