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
import { idFrom, idRule, isId } from '../words/lists.ts'
import { SilenceField, useAim, WatchedFields } from './aim-fields.tsx'

/** Creates a campaign that watches another platform's upgrades, and shows it: its devices are added there. */
export const WatchCampaign = ({ close }: { close: () => void }) => {
  const { grants } = useSession()
  const navigate = useNavigate()
  const needsFleet = !grants.mayInAll('operate')
  const [name, setName] = useState('')
  const [typedId, setTypedId] = useState('')
  const aim = useAim()
  const [fleet, setFleet] = useState(needsFleet ? (grants.fleets?.[0] ?? '') : '')
  const id = typedId || idFrom(name)
  const { timeoutSeconds, watched } = aim
  const make = useMutation({
    mutationFn: (aims: { package: 'firmware' | 'software'; targetVersion: string; timeoutSeconds: number }) =>
      must(
        api.PUT('/v1/campaigns/{id}', {
          params: { path: { id }, header: { 'If-None-Match': '*' } },
          body: { name: name.trim(), ...aims, ...(fleet.trim() ? { fleet: fleet.trim() } : {}) },
        }),
      ),
    onSuccess: (campaign) => navigate(`/campaigns/${campaign.id}`),
  })
  const isReady = name.trim() !== '' && isId(id) && !(needsFleet && fleet.trim() === '')
  return (
    <FormDialog
      title="Watch another platform’s upgrades"
      answer="Create the campaign"
      close={close}
      isReady={isReady && watched !== undefined && timeoutSeconds !== undefined}
      busy={make.isPending}
      submit={() => watched && timeoutSeconds !== undefined && make.mutate({ ...watched, timeoutSeconds })}
    >
      <Field isFirst label="Name" hint="What people call it." fault="" value={name} set={setName} />
      <Field
        label="ID"
        hint="It is part of URLs, and cannot be changed."
        fault={id === '' || isId(id) ? '' : idRule}
        value={id}
        set={setTypedId}
      />
      <WatchedFields aim={aim} label="Target version" hint="As they report it." />
      <SilenceField aim={aim} />
      <Field
        label={needsFleet ? 'Fleet' : 'Fleet – optional'}
        hint="Only devices of this fleet take part; if empty, all devices."
        fault=""
        value={fleet}
        set={setFleet}
      />
      {make.error && <ProblemAlert error={make.error} />}
    </FormDialog>
  )
}

/** Renames a campaign, in any state. */
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
      title="Rename the campaign"
      answer="Save"
      close={close}
      isReady={name.trim() !== ''}
      busy={rename.isPending}
      submit={() => rename.mutate()}
    >
      <Field isFirst label="Name" fault="" value={name} set={setName} />
    </FormDialog>
  )
}
