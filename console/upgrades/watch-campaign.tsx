import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, must } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import type { Campaign } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { Field } from '../shell/field.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { useNotifications } from '../shell/notifications.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { numberIn, whole } from '../words/faults.ts'
import { idFrom, isId } from '../words/lists.ts'

const kinds = [
  { value: 'firmware', label: 'Firmware' },
  { value: 'software', label: 'Software' },
] as const
const [firmware] = kinds
const mostHours = 720

/** Makes a campaign that watches what another platform upgrades, and shows it: its devices are added there. */
export const WatchCampaign = ({ close }: { close: () => void }) => {
  const { grants } = useSession()
  const navigate = useNavigate()
  const needsFleet = !grants.mayInAll('operate')
  const [name, setName] = useState('')
  const [typedId, setTypedId] = useState('')
  const [kind, setKind] = useState<(typeof kinds)[number]>(firmware)
  const [version, setVersion] = useState('')
  const [hours, setHours] = useState('24')
  const [fleet, setFleet] = useState(needsFleet ? (grants.fleets?.[0] ?? '') : '')
  const id = typedId || idFrom(name)
  const timeout = numberIn(hours, 1, mostHours)
  const make = useMutation({
    mutationFn: (timeoutSeconds: number) =>
      must(
        api.PUT('/v1/campaigns/{id}', {
          params: { path: { id }, header: { 'If-None-Match': '*' } },
          body: {
            ...{ name: name.trim(), package: kind.value, targetVersion: version.trim(), timeoutSeconds },
            ...(fleet.trim() ? { fleet: fleet.trim() } : {}),
          },
        }),
      ),
    onSuccess: (campaign) => navigate(`/campaigns/${campaign.id}`),
  })
  const isReady =
    name.trim() !== '' && isId(id) && version.trim() !== '' && !(needsFleet && fleet.trim() === '')
  return (
    <FormDialog
      {...{ title: 'Watch another platform’s upgrades', answer: 'Make the campaign', close }}
      isReady={isReady && timeout !== undefined}
      busy={make.isPending}
      submit={() => timeout !== undefined && make.mutate(timeout * 3600)}
    >
      <Field isFirst label="Name" hint="What people call it." fault="" value={name} set={setName} />
      <Field
        label="ID"
        hint="It stands in addresses, and stays."
        fault={id === '' || isId(id) ? '' : 'Use letters, digits, “-” and “_” alone, at most 64.'}
        value={id}
        set={setTypedId}
      />
      <FormField label="What is upgraded">
        <Select
          selectedOption={kind}
          options={[...kinds]}
          onChange={({ detail }) =>
            setKind(kinds.find(({ value }) => value === detail.selectedOption.value) ?? firmware)
          }
        />
      </FormField>
      <Field
        label="Version that devices are to run"
        hint="As they report it."
        fault=""
        value={version}
        set={setVersion}
      />
      <Field
        numeric
        label="Counts as silent after, hours"
        fault={timeout === undefined ? whole(1, mostHours) : ''}
        value={hours}
        set={setHours}
      />
      <Field
        label={needsFleet ? 'Fleet' : 'Fleet – optional'}
        hint="Devices of this fleet alone take part; empty: of all."
        fault=""
        value={fleet}
        set={setFleet}
      />
      {make.error && <ProblemAlert error={make.error} />}
    </FormDialog>
  )
}

/** Gives a campaign another name, whatever it is at. */
export const RenameCampaign = ({ campaign, close }: { campaign: Campaign; close: () => void }) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  const { id } = campaign
  const [name, setName] = useState(campaign.name)
  const rename = useMutation({
    mutationFn: () =>
      must(api.PATCH('/v1/campaigns/{id}', { params: { path: { id } }, body: { name: name.trim() } })),
    onSuccess: () => {
      close()
      return readAgain(queries, ['campaign', id, 'record'], ['campaigns'])
    },
    onError: fail,
  })
  return (
    <FormDialog
      {...{ title: 'Rename the campaign', answer: 'Save', close }}
      isReady={name.trim() !== ''}
      busy={rename.isPending}
      submit={() => rename.mutate()}
    >
      <Field isFirst label="Name" fault="" value={name} set={setName} />
    </FormDialog>
  )
}
