import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, must } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import type { Upgrade } from '../api/records.ts'
import { labelsOf } from '../rollout/draft.ts'
import { idFault } from '../rollout/draft-faults.ts'
import { FormDialog } from '../shell/form-dialog.tsx'
import { FormFields, isRight, useHiddenFleet } from '../shell/form-fields.tsx'
import { useNotifications } from '../shell/notifications.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { changesOf, givenOf } from '../words/changes.ts'

const fields = [
  { name: 'deviceId', label: 'Device ID', hint: 'As in its topics; upper and lower case matter.' },
  { name: 'model', label: 'Model – optional', hint: 'Packages and campaigns select devices by it.' },
  {
    name: 'labels',
    label: 'Labels – optional',
    hint: 'One per line, as “site: north”.',
    many: true,
  },
  {
    name: 'timeZone',
    label: 'Time zone – optional',
    hint: 'Such as Europe/Berlin; UTC if empty.',
  },
  {
    name: 'parentId',
    label: 'Gateway – optional',
    hint: 'The ID of the gateway that reports for it.',
  },
  {
    name: 'fleet',
    label: 'Fleet – optional',
    hint: 'It decides who may see the device. If empty, a new device is in “default”.',
  },
] as const
type Name = (typeof fields)[number]['name']
type Values = Record<Name, string>
const nothing: Values = { deviceId: '', model: '', labels: '', timeZone: '', parentId: '', fleet: '' }

const settingsOf = (device: Upgrade): Values => {
  const { deviceId, model = '', labels = {}, timeZone = '', parentId = '', fleet } = device
  const lines = Object.entries(labels).map(([name, value]) => `${name}: ${value}`)
  return { deviceId, model, labels: lines.join('\n'), timeZone, parentId, fleet }
}

const isZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

const faultsOf = (values: Values, before?: Values): Record<Name, string> => ({
  deviceId: values.deviceId === '' ? '' : idFault([values.deviceId]),
  model: '',
  labels: labelsOf(values.labels) ? '' : 'One per line, as “site: north”; names have no spaces.',
  timeZone:
    values.timeZone === '' || isZone(values.timeZone)
      ? ''
      : 'There is no such time zone; an example is Europe/Berlin.',
  parentId:
    values.parentId === '' || values.parentId !== values.deviceId
      ? idFault(values.parentId === '' ? [] : [values.parentId])
      : 'A device cannot be its own gateway.',
  fleet: before && values.fleet === '' ? 'A device is always in a fleet.' : '',
})

const texts = ['model', 'timeZone', 'parentId'] as const

const useSaved = (done: (deviceId: string) => void) => {
  const queries = useQueryClient()
  return async ({ deviceId }: { deviceId: string }) => {
    done(deviceId)
    await readAgain(queries, ['devices'], ['device', deviceId, 'record'])
  }
}

const useRegister = (done: (deviceId: string) => void) =>
  useMutation({
    mutationFn: (values: Values) => {
      const labels = labelsOf(values.labels) ?? {}
      return must(
        api.PUT('/v1/devices/{deviceId}', {
          params: { path: { deviceId: values.deviceId }, header: { 'If-None-Match': '*' } },
          body: {
            ...givenOf(values, [...texts, 'fleet']),
            ...(Object.keys(labels).length > 0 ? { labels } : {}),
          },
        }),
      )
    },
    onSuccess: useSaved(done),
  })

const useChange = (before: Values, done: () => void) => {
  const { fail } = useNotifications()
  return useMutation({
    mutationFn: (values: Values) => {
      const { fleet, labels, ...body } = changesOf(before, values, [...texts, 'fleet', 'labels'])
      return must(
        api.PATCH('/v1/devices/{deviceId}', {
          params: { path: { deviceId: before.deviceId } },
          body: {
            ...body,
            ...(fleet ? { fleet } : {}),
            ...(labels === undefined ? {} : { labels: labels === null ? null : (labelsOf(labels) ?? null) }),
          },
        }),
      )
    },
    onSuccess: useSaved(done),
    onError: fail,
  })
}

/** Registers a device and shows it. An existing one stays unchanged, and the dialog says so. */
export const RegisterDevice = ({ close }: { close: () => void }) => {
  const navigate = useNavigate()
  const hidden = useHiddenFleet()
  const [values, setValues] = useState(nothing)
  const register = useRegister((deviceId) => void navigate(`/devices/${deviceId}`))
  const faults = faultsOf(values)
  return (
    <FormDialog
      title="Register a device"
      answer="Register"
      close={close}
      isReady={values.deviceId !== '' && isRight(faults)}
      busy={register.isPending}
      submit={() => register.mutate(values)}
    >
      <FormFields fields={fields} hidden={hidden} values={values} faults={faults} set={setValues} />
      {register.error && <ProblemAlert error={register.error} />}
    </FormDialog>
  )
}

/** Changes only the edited fields of the device. */
export const ChangeDevice = ({ device, close }: { device: Upgrade; close: () => void }) => {
  const [before] = useState(() => settingsOf(device))
  const hidden: readonly Name[] = ['deviceId', ...useHiddenFleet()]
  const [values, setValues] = useState(before)
  const change = useChange(before, close)
  const faults = faultsOf(values, before)
  return (
    <FormDialog
      title="Change the device"
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
