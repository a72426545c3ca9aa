import Checkbox from '@cloudscape-design/components/checkbox'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Toggle from '@cloudscape-design/components/toggle'
import { Field } from '../../shell/field.tsx'
import { days } from '../draft.ts'
import { dayNames } from '../settings-facts.tsx'
import type { StepProps } from './step.ts'

const ownZone = { value: '', label: 'Each device’s own, else UTC' }
const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')]

/** A time zone may have several names, of which browsers list one. */
const zoneOptions = (chosen: string) => [
  ownZone,
  ...[...new Set([...zones, ...(chosen ? [chosen] : [])])].map((value) => ({ value, label: value })),
]

const WindowFields = ({ draft, change, faults }: StepProps) => (
  <SpaceBetween size="m">
    <FormField label="Days" errorText={faults.days ?? ''}>
      <SpaceBetween direction="horizontal" size="m">
        {days.map((day) => (
          <Checkbox
            key={day}
            checked={draft.days.includes(day)}
            onChange={({ detail: { checked } }) =>
              change({ days: checked ? [...draft.days, day] : draft.days.filter((one) => one !== day) })
            }
          >
            {dayNames[day]}
          </Checkbox>
        ))}
      </SpaceBetween>
    </FormField>
    <ColumnLayout columns={3}>
      <Field
        label="Opens at"
        hint="Local time, such as 01:30."
        fault={faults.from}
        value={draft.from}
        set={(from) => change({ from: from.trim() })}
      />
      <Field
        numeric
        label="Open for, minutes"
        hint="It may reach into the next day."
        fault={faults.minutes}
        value={draft.minutes}
        set={(minutes) => change({ minutes })}
      />
      <FormField label="Time zone">
        <Select
          selectedOption={draft.timeZone ? { value: draft.timeZone, label: draft.timeZone } : ownZone}
          options={zoneOptions(draft.timeZone)}
          filteringType="auto"
          onChange={({ detail }) => change({ timeZone: detail.selectedOption.value ?? '' })}
        />
      </FormField>
    </ColumnLayout>
  </SpaceBetween>
)

/** The time window, pace and retries of a campaign. */
export const TimeStep = (props: StepProps) => {
  const { draft, change, faults } = props
  return (
    <SpaceBetween size="m">
      <Container header={<Header variant="h2">Window</Header>}>
        <SpaceBetween size="m">
          <Toggle
            checked={draft.hasWindow}
            onChange={({ detail: { checked } }) => change({ hasWindow: checked })}
          >
            Offer only within a window
          </Toggle>
          {draft.hasWindow && <WindowFields {...props} />}
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Pace and tries</Header>}>
        <ColumnLayout columns={2}>
          <Field
            numeric
            label="Offers a minute, at most – optional"
            fault={faults.perMinute}
            value={draft.perMinute}
            set={(perMinute) => change({ perMinute })}
          />
          <Field
            numeric
            label="Silent for, hours"
            hint="After that a device counts as failed."
            fault={faults.silentHours}
            value={draft.silentHours}
            set={(silentHours) => change({ silentHours })}
          />
          <Field
            numeric
            label="Tried again, times"
            hint="After what can go well the next time, and after silence. 0: never."
            fault={faults.retries}
            value={draft.retries}
            set={(retries) => change({ retries })}
          />
          <Field
            numeric
            label="Tried again after, minutes"
            fault={faults.retryMinutes}
            value={draft.retryMinutes}
            set={(retryMinutes) => change({ retryMinutes })}
          />
          <Field
            label="Tried again after these result codes – optional"
            hint="With commas between; empty: after all that can go well the next time."
            fault={faults.retryCodes}
            value={draft.retryCodes}
            set={(retryCodes) => change({ retryCodes })}
          />
        </ColumnLayout>
      </Container>
    </SpaceBetween>
  )
}
