import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Select from '@cloudscape-design/components/select'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import { useNewestPackages } from '../packages/use-packages.ts'
import { Field } from '../shell/field.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { useNotifications } from '../shell/notifications.tsx'
import { numberIn, whole } from '../words/faults.ts'
import { escaped } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'

type Way = 'offer' | 'watch'

const ways = [
  {
    value: 'offer',
    label: 'Offer it a package',
    description: 'Groundcrew upgrades it with a file that is proved.',
  },
  {
    value: 'watch',
    label: 'Watch another platform upgrade it',
    description: 'Groundcrew tells whether it reached the version.',
  },
]

const kinds = [
  { value: 'firmware', label: 'Firmware' },
  { value: 'software', label: 'Software' },
] as const
const [firmware] = kinds

type Wanted = {
  packageId?: string
  package?: 'firmware' | 'software'
  targetVersion?: string
  timeoutSeconds: number
  replace?: boolean
}

/** Opens an attempt for each device, one after another; what is refused is told, and the others go on. */
const useOpen = (deviceIds: readonly string[], done: () => void) => {
  const { fail, notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (body: Wanted) => {
      let opened = 0
      for (const deviceId of deviceIds) {
        try {
          await must(
            api.POST('/v1/devices/{deviceId}/upgrade-attempts', { params: { path: { deviceId } }, body }),
          )
          opened += 1
        } catch (error) {
          fail(error)
        }
      }
      return opened
    },
    onSuccess: async (opened) => {
      if (opened > 0) notify({ type: 'success', header: `An attempt is open at ${count(opened, 'device')}` })
      done()
      await readAgain(queries, ['devices'], ...deviceIds.map((deviceId) => ['device', deviceId]))
    },
  })
}

const mostHours = 720

/** Expects devices to reach a version: offers them a package, or watches what another platform does. */
export const NewAttempt = ({ deviceIds, close }: { deviceIds: readonly string[]; close: () => void }) => {
  const { data } = useNewestPackages()
  const [way, setWay] = useState<Way>('offer')
  const [packageId, setPackageId] = useState<string>()
  const [kind, setKind] = useState<(typeof kinds)[number]>(firmware)
  const [version, setVersion] = useState('')
  const [hours, setHours] = useState('24')
  const [replace, setReplace] = useState(false)
  const open = useOpen(deviceIds, close)
  const timeout = numberIn(hours, 1, mostHours)
  const options = (data?.items ?? [])
    .filter(({ file }) => file?.provedAt !== undefined)
    .map(({ id, name, version: brings }) => ({
      value: id,
      label: escaped(name),
      description: escaped(brings),
    }))
  const chosen = options.find(({ value }) => value === packageId)
  const aim =
    way === 'offer'
      ? chosen && { packageId: chosen.value }
      : version.trim() !== '' && { package: kind.value, targetVersion: version.trim() }
  const [only] = deviceIds
  return (
    <FormDialog
      title={deviceIds.length === 1 ? `Upgrade ${only}` : `Upgrade ${count(deviceIds.length, 'device')}`}
      answer="Open the attempt"
      isReady={Boolean(aim) && timeout !== undefined}
      busy={open.isPending}
      submit={() =>
        aim &&
        timeout !== undefined &&
        open.mutate({ ...aim, timeoutSeconds: timeout * 3600, ...(replace ? { replace } : {}) })
      }
      close={close}
    >
      <FormField label="How">
        <RadioGroup
          value={way}
          items={ways}
          onChange={({ detail }) => setWay(detail.value === 'watch' ? 'watch' : 'offer')}
        />
      </FormField>
      {way === 'offer' ? (
        <FormField label="Package" constraintText="Those whose file is proved.">
          <Select
            selectedOption={chosen ?? null}
            options={options}
            placeholder="Choose a package"
            empty="No package has a proved file"
            statusType={data ? 'finished' : 'loading'}
            onChange={({ detail }) => setPackageId(detail.selectedOption.value)}
          />
        </FormField>
      ) : (
        <>
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
            label="Version that it is to run"
            hint="As the device reports it."
            fault=""
            value={version}
            set={setVersion}
          />
        </>
      )}
      <Field
        numeric
        label="Counts as silent after, hours"
        fault={timeout === undefined ? whole(1, mostHours) : ''}
        value={hours}
        set={setHours}
      />
      <Checkbox checked={replace} onChange={({ detail }) => setReplace(detail.checked)}>
        Close an attempt that is open already
      </Checkbox>
    </FormDialog>
  )
}
