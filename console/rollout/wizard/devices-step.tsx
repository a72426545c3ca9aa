import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Field } from '../../shell/field.tsx'
import { DeviceIds } from '../device-ids.tsx'
import type { StepProps } from './step.ts'

const ways = [
  {
    value: 'like',
    label: 'Devices by model, version or label',
    description: 'Model, version, labels. If none is given, all devices of the fleet.',
  },
  { value: 'ids', label: 'These devices', description: 'Named one by one; docks by their serial number.' },
]

/** The devices of a campaign. */
export const DevicesStep = ({ draft, change, faults, hasDevices }: StepProps & { hasDevices: boolean }) => (
  <Container>
    <SpaceBetween size="m">
      <FormField label="Choose">
        <RadioGroup
          value={draft.choose}
          items={ways}
          onChange={({ detail }) => change({ choose: detail.value === 'ids' ? 'ids' : 'like' })}
        />
      </FormField>
      {draft.choose === 'ids' ? (
        <DeviceIds
          hint={`One per line, or with commas between.${hasDevices ? ' Those that were chosen before stay.' : ''}`}
          fault={faults.ids}
          value={draft.ids}
          set={(ids) => change({ ids })}
        />
      ) : (
        <>
          <Field
            many
            label="Models – optional"
            hint="One per line, as devices are registered."
            fault={faults.models}
            value={draft.models}
            set={(models) => change({ models })}
          />
          <Field
            many
            label="Versions – optional"
            hint="One per line: what devices run now, as they report it."
            fault={faults.versions}
            value={draft.versions}
            set={(versions) => change({ versions })}
          />
          <Field
            many
            label="Labels – optional"
            hint="One per line, as “site: north”. A device has to have them all."
            fault={faults.labels}
            value={draft.labels}
            set={(labels) => change({ labels })}
          />
        </>
      )}
    </SpaceBetween>
  </Container>
)
