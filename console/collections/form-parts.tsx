import Checkbox from '@cloudscape-design/components/checkbox'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Toggle from '@cloudscape-design/components/toggle'
import type { ReactNode } from 'react'
import { Checks } from '../shell/checks.tsx'
import { Field } from '../shell/field.tsx'
import type { Faults } from '../words/faults.ts'
import { type Draft, idOf, levels, occasions } from './draft.ts'

/** The parts of a collection's form. */

export type PartProps = { draft: Draft; change: (more: Partial<Draft>) => void; faults: Faults }

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <Container header={<Header variant="h2">{title}</Header>}>
    <SpaceBetween size="m">{children}</SpaceBetween>
  </Container>
)

type WhatProps = PartProps & { isNew: boolean }

export const WhatPart = ({ draft, change, faults, isNew }: WhatProps) => (
  <Part title="Which docks">
    <ColumnLayout columns={2}>
      <Field
        label="Name – optional"
        hint="What people call it."
        fault={undefined}
        value={draft.name}
        set={(name) => change({ name })}
      />
      {isNew && (
        <Field
          label="ID"
          hint="Letters, digits, “-” and “_”. It is part of URLs, and cannot be changed."
          fault={faults.id}
          value={idOf(draft)}
          set={(id) => change({ id, hasId: true })}
        />
      )}
    </ColumnLayout>
    <FormField label="Collect from">
      <RadioGroup
        value={draft.of}
        items={[
          { value: 'fleet', label: 'All docks of a fleet' },
          { value: 'docks', label: 'These docks' },
        ]}
        onChange={({ detail }) => change({ of: detail.value === 'docks' ? 'docks' : 'fleet' })}
      />
    </FormField>
    {draft.of === 'fleet' ? (
      <Field
        label="Fleet"
        fault={faults.fleet}
        value={draft.fleet}
        set={(fleet) => change({ fleet: fleet.trim() })}
      />
    ) : (
      <Field
        many
        label="Serial numbers of the docks"
        hint="One per line, or with commas between; 200 at most."
        fault={faults.docks}
        value={draft.docks}
        set={(docks) => change({ docks })}
      />
    )}
  </Part>
)

const occasionNames: Record<Draft['when'], string> = {
  alarm: 'When an alarm is raised',
  afterFlight: 'After each flight',
  daily: 'Each day',
  hand: 'Only by hand',
}

const levelNames: Record<(typeof levels)[number], string> = {
  notice: 'Notice',
  caution: 'Caution',
  warning: 'Warning',
}
const levelOptions = levels.map((value) => ({ value, label: levelNames[value] }))

const AlarmFields = ({ draft, change, faults }: PartProps) => (
  <SpaceBetween size="m">
    <Checks
      label="Levels"
      fault={faults.levels}
      options={levelOptions}
      chosen={draft.levels}
      set={(chosen) => change({ levels: chosen })}
    />
    <ColumnLayout columns={2}>
      <Field
        many
        label="Codes – optional"
        hint="One per line, as docks write them, such as 0x16100083. Empty for any code."
        fault={undefined}
        value={draft.codes}
        set={(codes) => change({ codes })}
      />
      <Field
        many
        label="Except these codes – optional"
        fault={undefined}
        value={draft.exceptCodes}
        set={(exceptCodes) => change({ exceptCodes })}
      />
    </ColumnLayout>
    <Checkbox checked={draft.imminentToo} onChange={({ detail }) => change({ imminentToo: detail.checked })}>
      Include alarms that clear by themselves, such as wind
    </Checkbox>
    <Field
      numeric
      label="Minimum time between runs for the same alarm code (hours)"
      hint="At each dock. 0 runs for every alarm."
      fault={faults.cooldownHours}
      value={draft.cooldownHours}
      set={(cooldownHours) => change({ cooldownHours })}
    />
  </SpaceBetween>
)

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')]

const DailyFields = ({ draft, change, faults }: PartProps) => {
  const options = [...new Set([...zones, draft.timeZone])].map((value) => ({ value, label: value }))
  return (
    <ColumnLayout columns={2}>
      <Field
        label="At"
        hint="Local time, such as 03:30."
        fault={faults.at}
        value={draft.at}
        set={(at) => change({ at: at.trim() })}
      />
      <FormField label="Time zone" errorText={faults.timeZone ?? ''}>
        <Select
          selectedOption={{ value: draft.timeZone, label: draft.timeZone }}
          options={options}
          filteringType="auto"
          onChange={({ detail }) => change({ timeZone: detail.selectedOption.value ?? '' })}
        />
      </FormField>
    </ColumnLayout>
  )
}

export const WhenPart = (props: PartProps) => {
  const { draft, change } = props
  return (
    <Part title="When">
      <FormField label="Collect">
        <RadioGroup
          value={draft.when}
          items={occasions.map((value) => ({ value, label: occasionNames[value] }))}
          onChange={({ detail }) => change({ when: occasions.find((one) => one === detail.value) ?? 'hand' })}
        />
      </FormField>
      {draft.when === 'alarm' && <AlarmFields {...props} />}
      {draft.when === 'daily' && <DailyFields {...props} />}
      <Toggle checked={draft.enabled} onChange={({ detail }) => change({ enabled: detail.checked })}>
        Enabled
      </Toggle>
    </Part>
  )
}

const moduleOptions = [
  { value: 'aircraft', label: 'Aircraft' },
  { value: 'dock', label: 'Dock' },
] as const

const AroundFields = ({ draft, change, faults }: PartProps) => (
  <ColumnLayout columns={2}>
    <Field
      numeric
      label="Minutes before"
      fault={faults.beforeMinutes}
      value={draft.beforeMinutes}
      set={(beforeMinutes) => change({ beforeMinutes })}
    />
    <Field
      numeric
      label="Minutes after"
      hint="The run waits until they have passed."
      fault={faults.afterMinutes}
      value={draft.afterMinutes}
      set={(afterMinutes) => change({ afterMinutes })}
    />
  </ColumnLayout>
)

export const LogsPart = (props: PartProps) => {
  const { draft, change, faults } = props
  return (
    <Part title="Which logs">
      <Checks
        label="Logs"
        fault={faults.modules}
        options={moduleOptions}
        chosen={draft.modules}
        set={(modules) => change({ modules })}
      />
      <FormField label="Take">
        <RadioGroup
          value={draft.choose}
          items={[
            { value: 'around', label: 'Logs of the time around the cause' },
            { value: 'newest', label: 'The newest logs' },
          ]}
          onChange={({ detail }) => change({ choose: detail.value === 'newest' ? 'newest' : 'around' })}
        />
      </FormField>
      {draft.choose === 'around' ? (
        <AroundFields {...props} />
      ) : (
        <Field
          numeric
          label="How many of each"
          fault={faults.newestBoots}
          value={draft.newestBoots}
          set={(newestBoots) => change({ newestBoots })}
        />
      )}
      {draft.modules.includes('aircraft') && (
        <Checkbox
          checked={draft.wakeAircraft}
          onChange={({ detail }) => change({ wakeAircraft: detail.checked })}
        >
          Switch sleeping aircraft on, and off again afterwards
        </Checkbox>
      )}
    </Part>
  )
}

export const LimitsPart = ({ draft, change, faults }: PartProps) => (
  <Part title="Limits">
    <ColumnLayout columns={3}>
      <Field
        numeric
        label="Time limit (hours)"
        hint="Counted from the cause, including waiting."
        fault={faults.finishHours}
        value={draft.finishHours}
        set={(finishHours) => change({ finishHours })}
      />
      <Field
        numeric
        label="Docks at once"
        fault={faults.atOnce}
        value={draft.atOnce}
        set={(atOnce) => change({ atOnce })}
      />
      <Field
        numeric
        label="Retries per upload"
        fault={faults.retries}
        value={draft.retries}
        set={(retries) => change({ retries })}
      />
    </ColumnLayout>
  </Part>
)
