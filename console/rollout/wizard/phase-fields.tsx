import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Select from '@cloudscape-design/components/select'
import { Field } from '../../shell/field.tsx'
import type { Faults } from '../../words/faults.ts'
import type { PhaseDraft } from '../draft.ts'

const takes = [
  { value: 'percent', label: 'A percentage of all', amount: 'Percent' },
  { value: 'devices', label: 'A number of devices', amount: 'Number of devices' },
  { value: 'labels', label: 'Devices with labels', amount: 'Labels' },
] as const
const nexts = [
  { value: 'auto', label: 'Opens by itself' },
  { value: 'approval', label: 'Needs approval' },
] as const

type Props = {
  phase: PhaseDraft
  place: number
  isLast: boolean
  faults: Faults
  change: (change: Partial<PhaseDraft>) => void
  remove: (() => void) | undefined
}

type Typed = 'name' | 'amount' | 'together' | 'confirmed' | 'failed' | 'withinHours'

/** One phase: its devices, how many at a time, and its gate. */
export const PhaseFields = ({ phase, place, isLast, faults, change, remove }: Props) => {
  const title = `Phase ${place + 1}`
  const take = takes.find(({ value }) => value === phase.take) ?? takes[0]
  const field = (
    name: Typed,
    label: string,
    more: { many?: boolean; numeric?: boolean; hint?: string } = {},
  ) => (
    <Field
      label={label}
      {...more}
      fault={faults[`${phase.key}.${name}`]}
      value={phase[name]}
      set={(value) => change({ [name]: value })}
    />
  )
  const header = (
    <Header
      variant="h2"
      actions={
        remove && (
          <Button ariaLabel={`Remove ${title.toLowerCase()}`} onClick={remove}>
            Remove
          </Button>
        )
      }
    >
      {title}
    </Header>
  )
  return (
    <Container header={header}>
      <ColumnLayout columns={3}>
        {field('name', 'Name')}
        <FormField label="It takes">
          <Select
            selectedOption={take}
            options={[...takes]}
            onChange={({ detail: { selectedOption } }) => {
              const chosen = takes.find(({ value }) => value === selectedOption.value)
              if (chosen && chosen !== take) change({ take: chosen.value, amount: '' })
            }}
          />
        </FormField>
        {phase.take === 'labels'
          ? field('amount', take.amount, { many: true, hint: 'One per line, as “site: north”.' })
          : field('amount', take.amount, { numeric: true })}
        {field('together', 'At a time, at most', { numeric: true })}
        {field('confirmed', 'Gate: confirmed, percent', { numeric: true })}
        {field('withinHours', 'Gate: within, hours', { numeric: true })}
        {field('failed', 'Gate: failed at most, percent', { numeric: true })}
        {!isLast && (
          <FormField label="The next phase">
            <Select
              selectedOption={nexts.find(({ value }) => value === phase.next) ?? nexts[0]}
              options={[...nexts]}
              onChange={({ detail }) =>
                change({ next: detail.selectedOption.value === 'approval' ? 'approval' : 'auto' })
              }
            />
          </FormField>
        )}
      </ColumnLayout>
    </Container>
  )
}
