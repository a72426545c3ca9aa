import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FileInput from '@cloudscape-design/components/file-input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '../api/client.ts'
import { everything } from '../api/full-page.ts'
import { Field } from '../shell/field.tsx'
import { useNotifications } from '../shell/notifications.tsx'
import { idsInCsv, listOf } from '../words/lists.ts'
import { count } from '../words/quantities.ts'
import { labelsOf } from './draft.ts'

type DeviceQuery = { fleet: string; model: string; labels: Readonly<Record<string, string>> }

/** The devices with the given fleet, model and labels. */
const findDevices = async ({ fleet, model, labels }: DeviceQuery): Promise<string[]> => {
  const known = await everything((page) =>
    must(api.GET('/v1/devices', { params: { query: { ...page, ...(fleet ? { fleet } : {}) } } })),
  )
  return known
    .filter((device) => model === '' || device.model === model)
    .filter((device) => Object.entries(labels).every(([name, value]) => device.labels?.[name] === value))
    .map(({ deviceId }) => deviceId)
}

const ByTraits = ({ add }: { add: (deviceIds: readonly string[]) => void }) => {
  const { fail, notify } = useNotifications()
  const [fleet, setFleet] = useState('')
  const [model, setModel] = useState('')
  const [typed, setTyped] = useState('')
  const labels = labelsOf(typed)
  const finding = useMutation({
    mutationFn: findDevices,
    onSuccess: (found) => {
      add(found)
      notify({
        type: found.length > 0 ? 'success' : 'info',
        header: `${count(found.length, 'device')} found`,
      })
    },
    onError: fail,
  })
  return (
    <ExpandableSection headerText="Add devices by fleet, model or label">
      <SpaceBetween size="s">
        <Field label="Fleet – optional" fault="" value={fleet} set={setFleet} />
        <Field label="Model – optional" fault="" value={model} set={setModel} />
        <Field
          label="Labels – optional"
          hint="As “site: north”, with commas between."
          fault={labels ? '' : 'As “site: north”, with commas between.'}
          value={typed}
          set={setTyped}
        />
        <Button
          formAction="none"
          loading={finding.isPending}
          disabled={!labels}
          onClick={() => labels && finding.mutate({ fleet: fleet.trim(), model: model.trim(), labels })}
        >
          Add these devices
        </Button>
      </SpaceBetween>
    </ExpandableSection>
  )
}

type Props = {
  isFirst?: boolean
  hint: string
  fault: string | undefined
  value: string
  set: (value: string) => void
}

/** Ids of devices: typed, pasted, from a CSV file, or found by their properties. */
export const DeviceIds = ({ isFirst = false, hint, fault, value, set }: Props) => {
  const { fail } = useNotifications()
  const add = (deviceIds: readonly string[]) => set([...new Set([...listOf(value), ...deviceIds])].join('\n'))
  const read = (file: File): void => {
    file.text().then((text) => add(idsInCsv(text)), fail)
  }
  return (
    <SpaceBetween size="s">
      <Field many label="Device IDs" isFirst={isFirst} hint={hint} fault={fault} value={value} set={set} />
      <FileInput
        accept=".csv,.txt,text/csv,text/plain"
        value={[]}
        onChange={({ detail: { value: files } }) => {
          const [file] = files
          if (file) read(file)
        }}
      >
        Add from a CSV file
      </FileInput>
      <ByTraits add={add} />
    </SpaceBetween>
  )
}
