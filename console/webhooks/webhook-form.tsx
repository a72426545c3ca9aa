import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import { useState } from 'react'
import type { Webhook } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { Field } from '../shell/field.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { type Faults, faultsIn, isMissing } from '../words/faults.ts'
import { idRule, isId, listOf } from '../words/lists.ts'
import { typeOptionOf, typeOptions } from './types.ts'
import { useSaveWebhook, type WithSecret } from './use-webhooks.ts'

type Draft = { id: string; url: string; types: readonly string[]; fleets: string }

const isUrl = (text: string): boolean => URL.canParse(text) && /^https?:\/\//i.test(text)

const faultsOf = ({ id, url, types, fleets }: Draft, needsFleet: boolean): Faults =>
  faultsIn([
    ['id', isId(id), idRule],
    ['url', isUrl(url), 'Type an address that begins with https://.'],
    ['types', types.length > 0, 'Choose a type of event.'],
    ['fleets', !needsFleet || listOf(fleets).length > 0, isMissing],
  ])

const draftOf = (webhook: Webhook | undefined, fleets: readonly string[] | undefined): Draft => ({
  id: webhook?.id ?? '',
  url: webhook?.url ?? '',
  types: webhook?.types ?? [],
  fleets: (webhook ? (webhook.fleets ?? []) : (fleets ?? [])).join('\n'),
})

type Props = {
  /** Absent for a new one. */
  webhook?: Webhook
  close: () => void
  saved: (webhook: WithSecret) => void
}

/** The form for a webhook. */
export const WebhookForm = ({ webhook, close, saved }: Props) => {
  const { grants } = useSession()
  const needsFleet = !grants.mayInAll('admin')
  const [draft, setDraft] = useState(() => draftOf(webhook, needsFleet ? grants.fleets : undefined))
  const [showsFaults, setShowsFaults] = useState(false)
  const save = useSaveWebhook(saved)
  const all = faultsOf(draft, needsFleet)
  const faults: Faults = showsFaults ? all : {}
  const change = (more: Partial<Draft>) => setDraft((before) => ({ ...before, ...more }))
  const submit = () => {
    if (Object.keys(all).length > 0) return setShowsFaults(true)
    const fleets = listOf(draft.fleets)
    const body = { url: draft.url, types: [...draft.types], ...(fleets.length > 0 ? { fleets } : {}) }
    return save.mutate({ id: draft.id, body, isNew: webhook === undefined })
  }
  return (
    <FormDialog
      title={webhook ? 'Change the webhook' : 'Create a webhook'}
      answer={webhook ? 'Save' : 'Create the webhook'}
      isReady
      busy={save.isPending}
      submit={submit}
      close={close}
    >
      {!webhook && (
        <Field
          label="ID"
          hint="Letters, digits, “-” and “_”. It is part of URLs, and cannot be changed."
          fault={faults.id}
          value={draft.id}
          set={(id) => change({ id: id.trim() })}
        />
      )}
      <Field
        label="Address of the receiver"
        hint="An https address on the public internet. With npm start, http on this machine, too."
        fault={faults.url}
        value={draft.url}
        set={(url) => change({ url: url.trim() })}
      />
      <FormField label="Events" errorText={faults.types ?? ''}>
        <Multiselect
          selectedOptions={draft.types.map(typeOptionOf)}
          options={typeOptions}
          filteringType="auto"
          filteringAriaLabel="Find types of events"
          placeholder="Choose types of events"
          tokenLimit={8}
          deselectAriaLabel={({ label = '' }) => `Take ${label} away`}
          onChange={({ detail }) =>
            change({ types: detail.selectedOptions.flatMap(({ value = [] }) => value) })
          }
        />
      </FormField>
      <Field
        many
        label={needsFleet ? 'Fleets' : 'Fleets – optional'}
        hint={`One per line. Only their events are sent.${needsFleet ? '' : ' If empty, all events are, also those without a fleet.'}`}
        fault={faults.fleets}
        value={draft.fleets}
        set={(fleets) => change({ fleets })}
      />
    </FormDialog>
  )
}
