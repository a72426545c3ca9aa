import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import { Field } from '../shell/field.tsx'
import { numberIn, whole } from '../words/faults.ts'

/** The fields for watching upgrades: the kind, the target, and the silence timeout. */

const kinds = [
  { value: 'firmware', label: 'Firmware' },
  { value: 'software', label: 'Software' },
] as const
const [firmware] = kinds
const mostHours = 720

/** `timeoutSeconds`: undefined while the input is no number of hours. */
export const useAim = () => {
  const [kind, setKind] = useState<(typeof kinds)[number]>(firmware)
  const [version, setVersion] = useState('')
  const [hours, setHours] = useState('24')
  const timeout = numberIn(hours, 1, mostHours)
  return {
    kind,
    setKind,
    version,
    setVersion,
    hours,
    setHours,
    timeoutSeconds: timeout === undefined ? undefined : timeout * 3600,
    /** Undefined without a version. */
    watched: version.trim() === '' ? undefined : { package: kind.value, targetVersion: version.trim() },
  }
}
export type Aim = ReturnType<typeof useAim>

export const WatchedFields = ({ aim, label, hint }: { aim: Aim; label: string; hint: string }) => (
  <>
    <FormField label="What is upgraded">
      <Select
        selectedOption={aim.kind}
        options={[...kinds]}
        onChange={({ detail }) =>
          aim.setKind(kinds.find(({ value }) => value === detail.selectedOption.value) ?? firmware)
        }
      />
    </FormField>
    <Field label={label} hint={hint} fault="" value={aim.version} set={aim.setVersion} />
  </>
)

export const SilenceField = ({ aim }: { aim: Aim }) => (
  <Field
    numeric
    label="Counts as silent after, hours"
    fault={aim.timeoutSeconds === undefined ? whole(1, mostHours) : ''}
    value={aim.hours}
    set={aim.setHours}
  />
)
