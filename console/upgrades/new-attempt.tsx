import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Select from '@cloudscape-design/components/select'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import { useNewestPackages } from '../packages/use-packages.ts'
import { FormDialog } from '../shell/form-dialog.tsx'
import { useNotifications } from '../shell/notifications.tsx'
import { escaped } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { SilenceField, useAim, WatchedFields } from './aim-fields.tsx'

type Way = 'offer' | 'watch'

const ways = [
  {
    value: 'offer',
    label: 'Offer it a package',
    description: 'Groundcrew upgrades it with a proved file.',
  },
  {
    value: 'watch',
    label: 'Watch another platform upgrade it',
    description: 'Groundcrew shows whether it reached the version.',
  },
]

type AttemptBody = {
  packageId?: string
  package?: 'firmware' | 'software'
  targetVersion?: string
  timeoutSeconds: number
  replace?: boolean
}

/** Opens an attempt for each device, one after another; refusals are shown, and do not stop the others. */
const useOpen = (deviceIds: readonly string[], done: () => void) => {
  const { fail, notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (body: AttemptBody) => {
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
      if (opened > 0) notify({ type: 'success', header: `An attempt is open for ${count(opened, 'device')}` })
      done()
      await readAgain(queries, ['devices'], ...deviceIds.map((deviceId) => ['device', deviceId]))
    },
  })
}

/** Opens attempts for devices: with a package, or to watch another platform. */
export const NewAttempt = ({ deviceIds, close }: { deviceIds: readonly string[]; close: () => void }) => {
  const { data } = useNewestPackages()
  const [way, setWay] = useState<Way>('offer')
  const [packageId, setPackageId] = useState<string>()
  const aim = useAim()
  const [replace, setReplace] = useState(false)
  const open = useOpen(deviceIds, close)
  const { timeoutSeconds } = aim
  const options = (data?.items ?? [])
    .filter(({ file }) => file?.provedAt !== undefined)
    .map(({ id, name, version: brings }) => ({
      value: id,
      label: escaped(name),
      description: escaped(brings),
    }))
  const chosen = options.find(({ value }) => value === packageId)
  const body = way === 'offer' ? chosen && { packageId: chosen.value } : aim.watched
  const [only] = deviceIds
  return (
    <FormDialog
      title={deviceIds.length === 1 ? `Upgrade ${only}` : `Upgrade ${count(deviceIds.length, 'device')}`}
      answer="Open the attempt"
      isReady={body !== undefined && timeoutSeconds !== undefined}
      busy={open.isPending}
      submit={() =>
        body &&
        timeoutSeconds !== undefined &&
        open.mutate({ ...body, timeoutSeconds, ...(replace ? { replace } : {}) })
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
        <FormField label="Package" constraintText="Only packages with a proved file.">
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
        <WatchedFields aim={aim} label="Target version" hint="As the device reports it." />
      )}
      <SilenceField aim={aim} />
      <Checkbox checked={replace} onChange={({ detail }) => setReplace(detail.checked)}>
        Close the attempt that is already open
      </Checkbox>
    </FormDialog>
  )
}
