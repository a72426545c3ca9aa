import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, must } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import type { Dock } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { useNotifications } from '../shell/notifications.tsx'

const fields = [
  { name: 'dockSn', label: 'Serial number of the dock', hint: 'Letters and digits, as on its label.' },
  { name: 'name', label: 'Name – optional', hint: 'What people call it.' },
  {
    name: 'aircraftSn',
    label: 'Serial number of the aircraft – optional',
    hint: 'Without it logs of the dock alone can be read.',
  },
  { name: 'fleet', label: 'Fleet – optional', hint: 'Who may see it; a new dock is in “default” if empty.' },
] as const
type Values = Record<(typeof fields)[number]['name'], string>
const nothing: Values = { dockSn: '', name: '', aircraftSn: '', fleet: '' }

const settingsOf = ({ dockSn, name = '', aircraftSn = '', fleet }: Dock): Values => ({
  ...{ dockSn, name, aircraftSn, fleet },
})

const useSave = (done: (dockSn: string) => void) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ dockSn, ...settings }: Values) => {
      const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''))
      return must(api.PUT('/v1/docks/{dockSn}', { params: { path: { dockSn } }, body: given }))
    },
    onSuccess: async ({ dockSn }) => {
      await readAgain(queries, ['docks'], ['dock', dockSn, 'record'])
      done(dockSn)
    },
    onError: fail,
  })
}

/**
 * Asks for what is needed to register a dock, and shows it then; of a `dock` that there is, for its new
 * settings. Into which fleet it goes is asked of those alone who administer all of them.
 */
export const DockSettings = ({ dock, close }: { dock?: Dock; close: () => void }) => {
  const navigate = useNavigate()
  const { grants } = useSession()
  const [values, setValues] = useState(dock ? settingsOf(dock) : nothing)
  const save = useSave((dockSn) => (dock ? close() : void navigate(`/docks/${dockSn}`)))
  const hidden = [...(dock ? ['dockSn'] : []), ...(grants.mayInAll('admin') ? [] : ['fleet'])]
  const asked = fields.filter(({ name }) => !hidden.includes(name))
  return (
    <FormDialog
      title={dock ? 'Change the dock' : 'Register a dock'}
      answer={dock ? 'Save' : 'Register'}
      isReady={/^[A-Za-z0-9]{1,32}$/.test(values.dockSn)}
      busy={save.isPending}
      submit={() => save.mutate({ ...values, ...(hidden.includes('fleet') ? { fleet: '' } : {}) })}
      close={close}
    >
      {asked.map(({ name, label, hint }, place) => (
        <FormField key={name} label={label} constraintText={hint}>
          <Input
            autoFocus={place === 0}
            value={values[name]}
            onChange={({ detail }) => setValues((all) => ({ ...all, [name]: detail.value.trimStart() }))}
          />
        </FormField>
      ))}
    </FormDialog>
  )
}
