import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, must } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import type { Dock } from '../api/records.ts'
import { FormDialog } from '../shell/form-dialog.tsx'
import { FormFields, isRight, useHiddenFleet } from '../shell/form-fields.tsx'
import { useNotifications } from '../shell/notifications.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { changesOf, givenOf } from '../words/changes.ts'
import { dockFaults, type DockField as Name, type DockValues as Values } from './dock-faults.ts'

const fields = [
  {
    name: 'dockSn',
    label: 'Serial number of the dock',
    hint: 'Letters and digits, in upper and lower case as on its label.',
  },
  { name: 'name', label: 'Name – optional', hint: 'What people call it.' },
  {
    name: 'aircraftSn',
    label: 'Serial number of the aircraft – optional',
    hint: 'On the label of the aircraft itself, not of its battery or controller. Without it, only the dock’s own logs can be read.',
  },
  {
    name: 'fleet',
    label: 'Fleet – optional',
    hint: 'It decides who may see the dock. If empty, a new dock is in “default”.',
  },
] as const
const nothing: Values = { dockSn: '', name: '', aircraftSn: '', fleet: '' }

const settingsOf = ({ dockSn, name = '', aircraftSn = '', fleet }: Dock): Values => ({
  dockSn,
  name,
  aircraftSn,
  fleet,
})

const useSaved = (done: (dockSn: string) => void) => {
  const queries = useQueryClient()
  return async ({ dockSn }: Dock) => {
    done(dockSn)
    await readAgain(queries, ['docks'], ['dock', dockSn, 'record'])
  }
}

const useRegister = (done: (dockSn: string) => void) =>
  useMutation({
    mutationFn: (values: Values) =>
      must(
        api.PUT('/v1/docks/{dockSn}', {
          // An existing dock keeps its fields: the answer says that it exists.
          params: { path: { dockSn: values.dockSn }, header: { 'If-None-Match': '*' } },
          body: givenOf(values, ['name', 'aircraftSn', 'fleet']),
        }),
      ),
    onSuccess: useSaved(done),
  })

const useChange = (before: Values, done: (dockSn: string) => void) => {
  const { fail } = useNotifications()
  return useMutation({
    mutationFn: (values: Values) => {
      const { fleet, ...body } = changesOf(before, values, ['name', 'aircraftSn', 'fleet'])
      return must(
        api.PATCH('/v1/docks/{dockSn}', {
          params: { path: { dockSn: before.dockSn } },
          body: { ...body, ...(fleet ? { fleet } : {}) },
        }),
      )
    },
    onSuccess: useSaved(done),
    onError: fail,
  })
}

/** The form to register a dock, which is then shown. An existing dock stays unchanged. */
export const RegisterDock = ({ close }: { close: () => void }) => {
  const navigate = useNavigate()
  const hidden = useHiddenFleet()
  const [values, setValues] = useState(nothing)
  const register = useRegister((dockSn) => void navigate(`/docks/${dockSn}`))
  const faults = dockFaults(values)
  return (
    <FormDialog
      title="Register a dock"
      answer="Register"
      close={close}
      isReady={values.dockSn !== '' && isRight(faults)}
      busy={register.isPending}
      submit={() => register.mutate(values)}
    >
      <FormFields fields={fields} hidden={hidden} values={values} faults={faults} set={setValues} />
      {register.error && <ProblemAlert error={register.error} />}
    </FormDialog>
  )
}

/** Changes only the edited fields of the dock. */
export const ChangeDock = ({ dock, close }: { dock: Dock; close: () => void }) => {
  // The state when the form was opened: a later refresh does not undo other people's changes.
  const [before] = useState(() => settingsOf(dock))
  const hidden: readonly Name[] = ['dockSn', ...useHiddenFleet()]
  const [values, setValues] = useState(before)
  const change = useChange(before, close)
  const faults = dockFaults(values, before)
  return (
    <FormDialog
      title="Change the dock"
      answer="Save"
      close={close}
      isReady={isRight(faults)}
      busy={change.isPending}
      submit={() => change.mutate(values)}
    >
      <FormFields fields={fields} hidden={hidden} values={values} faults={faults} set={setValues} />
    </FormDialog>
  )
}
